//! Coupons at the till: found by code, used once.

use jiff::Timestamp;
use puntos_domain::coupon::{CouponCode, CouponStatus};
use serde::{Deserialize, Serialize};

use super::expression::{number, text};
use super::redemptions::redemption_of;
use super::{Committed, Condition, Item, Store, StoreError, StoredRedemption, Update};
use crate::keys::{Key, LOOKUP_INDEX, coupon_lookup};

/// How a coupon was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CouponUse {
    /// Where.
    pub branch: String,
    /// On which invoice.
    pub invoice_number: String,
    /// When.
    pub at: Timestamp,
    /// The idempotency key of the use.
    pub key: String,
    /// Who took it.
    pub actor: String,
    /// The request that took it.
    pub request_id: String,
}

/// What became of the use of a coupon.
#[derive(Debug)]
pub enum UseOutcome {
    /// It is used now.
    Used,
    /// Something else was faster; this is what is there.
    Changed(Box<StoredRedemption>),
}

impl Store {
    /// Finds the redemption whose coupon has this code, and reads it strongly.
    ///
    /// # Errors
    /// Fails where the table does not answer.
    pub async fn redemption_by_code(
        &self,
        code: &CouponCode,
    ) -> Result<Option<StoredRedemption>, StoreError> {
        let (partition, sort) = coupon_lookup(code);
        let partition = ("lookup_key", partition.as_str());
        let found =
            self.find_in_index(LOOKUP_INDEX, partition, Some(("lookup_sort", &sort))).await?;
        match found.as_ref().and_then(|item| item.get("pk")).and_then(|pk| pk.as_s().ok()) {
            None => Ok(None),
            Some(pk) => self.redemption_at(&Key::new(pk.clone(), "redemption")).await,
        }
    }

    /// Uses a coupon that is issued and has not expired.
    ///
    /// # Errors
    /// Fails where the table does not answer.
    pub async fn use_coupon(
        &self,
        redemption: &StoredRedemption,
        taken: &CouponUse,
    ) -> Result<UseOutcome, StoreError> {
        let used = serde_dynamo::to_attribute_value(taken)
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let update = Update::default().set("coupon_status", text("used")).set("used", used);
        let usable = Condition::compares("coupon_status", "=", text("issued"))
            .and(Condition::compares("coupon_expires_at", ">", number(taken.at.as_second())));
        let write = self.update(&Key::redemption(&redemption.redemption_id), update, usable)?;
        match self.commit(vec![write]).await? {
            Committed::Yes => Ok(UseOutcome::Used),
            Committed::Refused(mut failed) => {
                let found: Item = failed.swap_remove(0).found.ok_or(StoreError::Busy)?;
                Ok(UseOutcome::Changed(Box::new(redemption_of(found)?)))
            }
        }
    }
}

/// Returns the name under which a coupon's status is stored.
pub(super) fn status_attribute(status: CouponStatus) -> aws_sdk_dynamodb::types::AttributeValue {
    text(match status {
        CouponStatus::Issued | CouponStatus::Expired => "issued",
        CouponStatus::Used => "used",
        CouponStatus::Cancelled => "cancelled",
    })
}
