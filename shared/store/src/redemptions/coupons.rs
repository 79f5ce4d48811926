//! Coupons at the till, of redemptions and of gifts: found by code, and used once.

use std::time::Duration;

use jiff::Timestamp;
use puntos_domain::coupon::CouponSource;
use puntos_domain::coupon::GrantedCoupon;
use puntos_domain::coupon::{CouponCode, CouponStatus, CouponUse};
use puntos_domain::gift::GivenGift;
use puntos_domain::redemption::Redemption;

use crate::keys::{GIFT_PREFIX, Key, LOOKUP_INDEX, coupon_lookup};
use crate::ratings::gifts::gift_of;
use crate::redemptions::redemption_of;
use crate::table::expression::{number, text};
use crate::table::{Commit, Condition, Item, Label, Transaction, Update};
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

impl Store {
    /// Finds the coupon with this code, and reads it strongly. The index may not have a new coupon yet, so a
    /// code that may be new is looked up again for about a second.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn coupon_by_code(
        &self,
        code: &CouponCode,
        now: Timestamp,
    ) -> Result<Option<GrantedCoupon>, StoreError> {
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
        let Some((pk, sk)) = found.as_ref().map(crate::table::key_of) else { return Ok(None) };
        let item = self.get(&Key::new(pk, sk)).await?;
        item.map_or(Ok(None), coupon_of)
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
            .and(Condition::compares("coupon_expires_at", ">", number(taken.at.as_second())));
        let mut transaction = Transaction::default();
        transaction.update(Label::Coupon, key_of(&coupon.source), update, usable);
        let Commit::Refused(mut refusals) = self.commit(transaction).await? else {
            return Ok(UseOutcome::Used);
        };
        let found = refusals.found(Label::Coupon)?.map(coupon_of).transpose()?.flatten();
        Ok(UseOutcome::Changed(Box::new(found.ok_or(StoreError::Busy)?)))
    }
}

fn key_of(source: &CouponSource) -> Key {
    match source {
        CouponSource::Redemption(redemption_id) => Key::redemption(redemption_id),
        CouponSource::Gift(rating_id, gift_id) => Key::gift(rating_id, gift_id),
    }
}

/// Reads the coupon from the item that holds it; `None` if the item has no coupon.
fn coupon_of(item: Item) -> Result<Option<GrantedCoupon>, StoreError> {
    let is_gift = crate::table::key_of(&item).1.starts_with(GIFT_PREFIX);
    Ok(if is_gift { of_gift(gift_of(item)?) } else { Some(of_redemption(redemption_of(item)?)) })
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
