//! Redemptions in the table. One item holds the points taken, the coupon and the outbox for its mail.
//!
//! The primary key is the digest of the idempotency key, so one strong read shows whether it happened.

pub(crate) mod coupons;
mod coupons_of_member;
pub(crate) mod reversals;

use puntos_domain::account::MemberAccount;
use puntos_domain::coupon::{Coupon, CouponCode, CouponStatus, CouponUse};
use puntos_domain::id::{MemberId, RedemptionId};
use puntos_domain::mail::Recipient;
use puntos_domain::redemption::{Decision, Redemption};
use puntos_domain::reward::{Listing, Reward, RewardKind};
use puntos_domain::stamp::Stamp;
use serde::{Deserialize, Serialize};

use crate::keys::{Key, coupon_lookup, timeline_at};
use crate::ledger::EntryPut;
use crate::members::accounts::{account_of, instant_of};
use crate::program::rewards::listing_of;
use crate::table::expression::number;
use crate::table::{Commit, Condition, Item, Label, Transaction, Update, from_item, json};
use crate::timeline::row::{RedemptionRow, allocations_item, allocations_of, expired_item};
use crate::{Store, StoreError};

/// The result of writing a redemption.
#[derive(Debug)]
pub enum RedemptionOutcome {
    /// It was written.
    Recorded(Box<Redemption>),
    /// Its idempotency key was used before.
    Exists(Box<Redemption>),
    /// Another write changed the account or took the stock first: read and decide again.
    Outdated,
    /// The member has reached the limit of the reward.
    LimitReached,
}

/// The data of a redemption to be written.
pub struct RedemptionWrite<'a> {
    pub redemption_id: &'a RedemptionId,
    /// The account as it was read.
    pub account: &'a MemberAccount,
    /// The reward's id.
    pub reward_id: &'a str,
    /// The reward as it was read.
    pub reward: &'a Reward,
    pub decision: &'a Decision,
    /// The fingerprint of the request.
    pub fingerprint: &'a str,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct RedemptionItem {
    kind: String,
    timeline_member: MemberId,
    timeline_at: String,
    row: RedemptionRow,
    reward_kind: RewardKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    discount: Option<String>,
    lookup_key: String,
    lookup_sort: CouponCode,
    coupon_expires_at: i64,
    #[serde(rename = "content")]
    fingerprint: String,
    #[serde(default, skip_serializing_if = "is_false")]
    took_stock: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    counted: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outbox: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mail: Option<Recipient>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    used: Option<CouponUse>,
    actor: String,
    request_id: String,
}

impl Store {
    /// Reads the account and the reward for a redemption with one request.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn account_and_reward(
        &self,
        member_id: &MemberId,
        reward_id: &str,
        strongly: bool,
    ) -> Result<(Option<MemberAccount>, Option<Listing>), StoreError> {
        let keys = [Key::account(member_id), Key::reward(reward_id)];
        let mut found = self.batch_get(&keys, strongly).await?;
        let [account_key, reward_key] = keys.map(|key| (key.pk, key.sk));
        let account =
            found.remove(&account_key).map(|item| account_of(member_id, item)).transpose()?;
        let account = self.followed(account).await?;
        let listing = found.remove(&reward_key).map(listing_of).transpose()?;
        Ok((account, listing.map(|(_, listing)| listing)))
    }

    /// Writes a redemption, the account after it, its unit of stock and its use of the limit: all or nothing.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn record_redemption(
        &self,
        write: &RedemptionWrite<'_>,
        stamp: &Stamp,
    ) -> Result<RedemptionOutcome, StoreError> {
        let decision = write.decision;
        let member_id = &write.account.member_id;
        let key = Key::redemption(write.redemption_id);
        let item = item_of(write, stamp)?;
        let mut transaction = Transaction::default();
        let as_read = Condition::absent();
        // Spending opens no expiry.
        let (label, warnings) = (Label::Redemption, &[]);
        let entry = EntryPut { label, key, item: &item, as_read, warnings };
        transaction.put_entry(entry, write.account, &decision.account)?;
        if decision.takes_stock {
            transaction.take_unit(write.reward_id);
        }
        if let Some(limit) = decision.per_member_limit {
            let below = Condition::missing("redeemed").or(Condition::compares(
                "redeemed",
                "<",
                number(limit),
            ));
            let key = Key::reward_limit(member_id, write.reward_id);
            transaction.update(Label::Limit, key, Update::default().add("redeemed", 1), below);
        }
        let Commit::Refused(mut refusals) = self.commit(transaction).await? else {
            return Ok(RedemptionOutcome::Recorded(Box::new(redemption_from(item)?)));
        };
        if let Some(found) = refusals.found(Label::Redemption)? {
            return Ok(RedemptionOutcome::Exists(Box::new(redemption_of(found)?)));
        }
        let limit_reached = refusals.only(Label::Limit);
        Ok(if limit_reached {
            RedemptionOutcome::LimitReached
        } else {
            RedemptionOutcome::Outdated
        })
    }

    /// Reads a redemption strongly by its id; `None` if any part of the id differs.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn redemption(
        &self,
        redemption_id: &RedemptionId,
    ) -> Result<Option<Redemption>, StoreError> {
        let found = self.redemption_at(&Key::redemption(redemption_id)).await?;
        Ok(found.filter(|found| found.redemption_id == *redemption_id))
    }

    /// Reads a redemption strongly by its idempotency key, which proves whether it happened.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn redemption_by_key(
        &self,
        idempotency_key: &str,
    ) -> Result<Option<Redemption>, StoreError> {
        self.redemption_at(&Key::redemption_of_key(idempotency_key)).await
    }

    pub(crate) async fn redemption_at(&self, key: &Key) -> Result<Option<Redemption>, StoreError> {
        let item = self.get(key).await?;
        item.map(redemption_of).transpose()
    }

    /// Reads redemptions strongly by their ids, in no order. Missing ones are left out.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn redemptions(&self, ids: &[RedemptionId]) -> Result<Vec<Redemption>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<Key> = ids.iter().map(Key::redemption).collect();
        self.batch_get(&keys, true).await?.into_values().map(redemption_of).collect()
    }
}

fn item_of(write: &RedemptionWrite<'_>, stamp: &Stamp) -> Result<RedemptionItem, StoreError> {
    let decision = write.decision;
    let (lookup_key, _) = coupon_lookup(&decision.coupon.code);
    let mail = Recipient::of(&write.account.contact);
    Ok(RedemptionItem {
        kind: "redemption".to_owned(),
        timeline_member: write.account.member_id.clone(),
        timeline_at: timeline_at(stamp.at, write.account.account.version + 1),
        row: RedemptionRow {
            redemption_id: write.redemption_id.clone(),
            reward_id: write.reward_id.to_owned(),
            reward_name: write.reward.name.clone(),
            points: -decision.points_spent,
            balance_after: decision.balance.available,
            allocations: allocations_item(&decision.allocations),
            expired: expired_item(&decision.expired),
            coupon_status: CouponStatus::Issued,
        },
        reward_kind: write.reward.kind,
        discount: write.reward.discount.as_ref().map(json).transpose()?,
        lookup_key,
        lookup_sort: decision.coupon.code.clone(),
        coupon_expires_at: decision.coupon.expires_at.as_second(),
        fingerprint: write.fingerprint.to_owned(),
        took_stock: decision.takes_stock,
        counted: decision.per_member_limit.is_some(),
        outbox: mail.as_ref().map(|_| "coupon_email".to_owned()),
        mail,
        used: None,
        actor: stamp.actor.clone(),
        request_id: stamp.request_id.clone(),
    })
}

/// Reads a redemption from its item.
pub(crate) fn redemption_of(item: Item) -> Result<Redemption, StoreError> {
    redemption_from(from_item(item)?)
}

fn redemption_from(item: RedemptionItem) -> Result<Redemption, StoreError> {
    let corrupt = |name| StoreError::attribute(item.row.redemption_id.as_str(), "redemption", name);
    let created_at =
        crate::timeline::time_of(&item.timeline_at).ok_or_else(|| corrupt("timeline_at"))?;
    let expires_at =
        instant_of(item.coupon_expires_at).ok_or_else(|| corrupt("coupon_expires_at"))?;
    let discount = item.discount.as_deref().map(serde_json::from_str).transpose();
    Ok(Redemption {
        member_id: item.timeline_member,
        reward_id: item.row.reward_id,
        reward_name: item.row.reward_name,
        reward_kind: item.reward_kind,
        discount: discount.map_err(|_| corrupt("discount"))?,
        points_spent: -item.row.points,
        balance_after: item.row.balance_after,
        allocations: allocations_of(&item.row.allocations),
        coupon: Coupon { code: item.lookup_sort, written: item.row.coupon_status, expires_at },
        used: item.used,
        created_at,
        fingerprint: item.fingerprint,
        mail: item.mail,
        took_stock: item.took_stock,
        counted: item.counted,
        redemption_id: item.row.redemption_id,
    })
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
fn is_false(value: &bool) -> bool {
    !value
}
