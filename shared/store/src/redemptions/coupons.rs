//! Coupons at the till, of redemptions and of gifts: found by code, used once, and a use taken back.

use std::time::Duration;

use jiff::Timestamp;
use puntos_domain::coupon::CouponSource;
use puntos_domain::coupon::GrantedCoupon;
use puntos_domain::coupon::{CouponCode, CouponStatus, CouponUnuse, CouponUse};
use puntos_domain::gift::GivenGift;
use puntos_domain::redemption::Redemption;
use serde::Deserialize;

use crate::keys::{GIFT_PREFIX, Key, LOOKUP_INDEX, coupon_lookup};
use crate::ratings::gifts::gift_of;
use crate::redemptions::redemption_of;
use crate::table::expression::{number, text};
use crate::table::update::Updated;
use crate::table::{Commit, Condition, Item, Label, Transaction, Update, from_item};
use crate::{Store, StoreError};

/// The waits between lookups of a new coupon, which the index may not have yet.
const INDEX_WAITS: [Duration; 4] = [
    Duration::from_millis(50),
    Duration::from_millis(150),
    Duration::from_millis(300),
    Duration::from_millis(500),
];

/// The attribute with the status of a coupon, in the row of its redemption or gift.
pub(crate) const COUPON_STATUS: &str = "row.coupon_status";

/// The result of using a coupon.
#[derive(Debug)]
pub enum UseOutcome {
    /// The coupon was used.
    Used,
    /// Another write came first; this is the current state.
    Changed(Box<GrantedCoupon>),
}

/// The result of taking the use of a coupon back.
#[derive(Debug)]
pub enum UnuseOutcome {
    /// The coupon is issued again.
    Unused(Box<GrantedCoupon>),
    /// The coupon is not used on this invoice, or for too long; this is the current state.
    Unchanged(Box<GrantedCoupon>),
}

#[derive(Deserialize)]
struct TakenBackItem {
    taken_back: Option<CouponUse>,
    unused: Option<CouponUnuse>,
}

impl Store {
    /// Finds the coupon with this code, and reads it strongly.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn coupon_by_code(
        &self,
        code: &CouponCode,
        now: Timestamp,
    ) -> Result<Option<GrantedCoupon>, StoreError> {
        let Some(key) = self.coupon_place(code, now).await? else { return Ok(None) };
        let item = self.get(&key).await?;
        item.map_or(Ok(None), coupon_of)
    }

    /// Finds the item that holds the coupon with this code. The index may not have a new coupon yet, so a
    /// code that may be new is looked up again for about a second.
    async fn coupon_place(
        &self,
        code: &CouponCode,
        now: Timestamp,
    ) -> Result<Option<Key>, StoreError> {
        let (partition, sort) = coupon_lookup(code);
        let partition = ("lookup_key", partition.as_str());
        let sort = Some(("lookup_sort", sort.as_str()));
        let mut found = self.find_in_index(LOOKUP_INDEX, partition, sort).await?;
        for wait in INDEX_WAITS {
            if found.is_some() || !code.may_be_new(now) {
                break;
            }
            tokio::time::sleep(wait).await;
            found = self.find_in_index(LOOKUP_INDEX, partition, sort).await?;
        }
        Ok(found.as_ref().map(crate::table::key_of).map(|(pk, sk)| Key::new(pk, sk)))
    }

    /// Uses a coupon that is issued and has not expired.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn use_coupon(
        &self,
        coupon: &GrantedCoupon,
        taken: &CouponUse,
    ) -> Result<UseOutcome, StoreError> {
        let used = serde_dynamo::to_attribute_value(taken).map_err(StoreError::unavailable)?;
        let update = Update::default().set(COUPON_STATUS, text("used")).set("used", used);
        let usable = Condition::compares(COUPON_STATUS, "=", text("issued"))
            .and(Condition::compares("coupon_expires_at", ">", number(taken.at.as_second())))
            .and(is_new("taken_back", &taken.key));
        let mut transaction = Transaction::default();
        transaction.update(Label::Coupon, key_of(&coupon.source), update, usable);
        let Commit::Refused(mut refusals) = self.commit(transaction).await? else {
            return Ok(UseOutcome::Used);
        };
        let found = refusals.found(Label::Coupon)?.map(coupon_of).transpose()?.flatten();
        Ok(UseOutcome::Changed(Box::new(found.ok_or(StoreError::Busy)?)))
    }

    /// Takes the use of the coupon with this code back, if it was used on this invoice and not too long ago;
    /// `None` if there is no such coupon.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn unuse_coupon(
        &self,
        code: &CouponCode,
        unuse: &CouponUnuse,
    ) -> Result<Option<UnuseOutcome>, StoreError> {
        let Some(key) = self.coupon_place(code, unuse.at).await? else { return Ok(None) };
        let unused = serde_dynamo::to_attribute_value(unuse).map_err(StoreError::unavailable)?;
        let update = Update::default()
            .set(COUPON_STATUS, text("issued"))
            .set("unused", unused)
            .copy("taken_back", "used")
            .remove("used");
        let can_be_unused = Condition::compares(COUPON_STATUS, "=", text("used"))
            .and(Condition::compares("used.purchase_id", "=", text(unuse.purchase_id.as_str())))
            .and(Condition::compares("used.unuse_until", ">=", number(unuse.at.as_second())))
            .and(is_new("unused", &unuse.key));
        Ok(match self.update_one(&key, update, can_be_unused).await? {
            Updated::Done(item) => {
                coupon_of(item)?.map(|coupon| UnuseOutcome::Unused(Box::new(coupon)))
            }
            Updated::Refused(None) => None,
            Updated::Refused(Some(item)) => {
                coupon_of(item)?.map(|coupon| UnuseOutcome::Unchanged(Box::new(coupon)))
            }
        })
    }
}

/// Holds if the request that is recorded in this attribute has another key.
fn is_new(recorded: &str, key: &str) -> Condition {
    let other = Condition::compares(&format!("{recorded}.key"), "<>", text(key));
    Condition::missing(recorded).or(other)
}

fn key_of(source: &CouponSource) -> Key {
    match source {
        CouponSource::Redemption(redemption_id) => Key::redemption(redemption_id),
        CouponSource::Gift(rating_id, gift_id) => Key::gift(rating_id, gift_id),
    }
}

/// Reads the coupon from the item that holds it; `None` if the item has no coupon.
pub(super) fn coupon_of(item: Item) -> Result<Option<GrantedCoupon>, StoreError> {
    let is_gift = crate::table::key_of(&item).1.starts_with(GIFT_PREFIX);
    let taken_back: TakenBackItem = from_item(item.clone())?;
    let found = match is_gift {
        true => of_gift(gift_of(item)?),
        false => Some(of_redemption(redemption_of(item)?)),
    };
    let unused = taken_back.taken_back.zip(taken_back.unused);
    Ok(found.map(|coupon| GrantedCoupon { unused, ..coupon }))
}

fn of_redemption(redemption: Redemption) -> GrantedCoupon {
    GrantedCoupon {
        source: CouponSource::Redemption(redemption.redemption_id),
        member_id: redemption.member_id,
        reward_id: Some(redemption.reward_id),
        reward_name: redemption.reward_name,
        reward_kind: redemption.reward_kind,
        discount: redemption.discount,
        coupon: redemption.coupon,
        used: redemption.used,
        unused: None,
    }
}

fn of_gift(stored: GivenGift) -> Option<GrantedCoupon> {
    Some(GrantedCoupon {
        member_id: stored.rating_id.member_id(),
        source: CouponSource::Gift(stored.rating_id, stored.gift_id),
        reward_id: stored.gift.reward_id,
        reward_name: stored.gift.name,
        reward_kind: stored.gift.kind,
        discount: stored.gift.discount,
        coupon: stored.gift.coupon?,
        used: stored.used,
        unused: None,
    })
}

/// Returns the stored name of a coupon's status.
pub(crate) fn status_attribute(status: CouponStatus) -> aws_sdk_dynamodb::types::AttributeValue {
    text(match status {
        CouponStatus::Issued | CouponStatus::Expired => "issued",
        CouponStatus::Used => "used",
        CouponStatus::Cancelled => "cancelled",
    })
}
