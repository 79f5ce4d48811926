//! The table: strong reads by key, bounded queries, and one conditional write.
//!
//! Knows keys, items and conditions, not what they mean: every entity's reads and writes are in a
//! module of their own beside this file.

mod accounts;
mod accruals;
mod adjustments;
mod blocks;
mod care;
mod claims;
mod counts;
mod coupons;
mod cursor;
mod emails;
mod expression;
mod gifts;
pub mod keys;
mod lines;
mod members;
mod merged;
mod meter;
mod outbox;
mod profiles;
mod programs;
mod query;
mod rating_lists;
mod ratings;
mod redemptions;
mod reversals;
mod settings;
mod tasks;
mod threads;
mod timeline;

pub use accruals::{Credit, Earned, PurchaseOutcome, PurchaseWrite, Receipt, StoredPurchase};
pub use adjustments::{AdjustmentOutcome, AdjustmentWrite, StoredAdjustment};
pub use blocks::AddressState;
pub use care::{
    Due, DuePage, DueStart, MemberCare, OrderBasis, OrderEventOutcome, StoredCare,
    StoredOrderEvent, TaskBrief,
};
pub use claims::{CLAIMS_MAX, ClaimChange, ClaimSources, FixOutcome, FollowUp};
pub use counts::DayCount;
pub use coupons::{CouponSource, StoredCoupon, UseOutcome};
pub(crate) use cursor::Cursor;
pub use emails::LockOutcome;
pub use expression::{Condition, Update};
pub use gifts::{GIFTS_MAX, GiftOutcome, GiftState, GiftWrite, StoredGift};
pub use members::{EnrolOutcome, PatchOutcome};
pub use meter::{Cost, Meter};
pub use outbox::outbox_of;
pub use rating_lists::{RatingQuery, RatingSort};
pub use ratings::{RatingBasis, RatingOutcome, RatingWrite, StoredRating};
pub use redemptions::{RedemptionOutcome, RedemptionWrite};
pub use reversals::{ReversalOutcome, ReversalState, ReversalWrite};
pub use settings::StoredAutoReply;
pub use tasks::{DayQuery, StoredTask, TaskDone};
pub use threads::{MESSAGES_MAX, MessageOutcome, Sender, StoredMessage, ThreadState};
pub use timeline::{Entry, EntryKind};

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, KeysAndAttributes, ReturnConsumedCapacity, TransactWriteItem,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::keys::Key;

/// One item as the SDK has it.
pub type Item = HashMap<String, AttributeValue>;

/// How often a transaction that met another one is tried again before the caller is told.
const CONFLICT_TRIES_MAX: u32 = 5;
/// How often a batch of reads asks again for keys that were left out.
const BATCH_TRIES_MAX: u32 = 4;

/// The table.
#[derive(Clone)]
pub struct Store {
    client: Client,
    table_name: Arc<str>,
    meter: Arc<Meter>,
}

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Others were faster too often, or the table is throttled: trying again may help.
    #[error("the table is busy")]
    Busy,
    /// The time of the invocation is over: nothing is known to be written.
    #[error("the time is over")]
    OutOfTime,
    /// The service did not answer, or refused for a reason that is ours to mend.
    #[error("the table did not answer: {0}")]
    Unavailable(String),
    /// The cursor is not of the list it is used for.
    #[error("the cursor is not of this list")]
    BadCursor,
    /// An item is not of the shape that this version writes.
    #[error("the item {pk} / {sk} cannot be read: {reason}")]
    Corrupt {
        /// The partition of the item.
        pk: String,
        /// Its place in the partition.
        sk: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// What became of one conditional write.
#[derive(Debug)]
pub(crate) enum Committed {
    /// Everything was written.
    Yes,
    /// Nothing was: the conditions that failed, by place in the transaction, each with the item that
    /// is there instead.
    Refused(Vec<FailedCondition>),
}

/// A condition that did not hold.
#[derive(Debug)]
pub(crate) struct FailedCondition {
    /// The place in the transaction.
    pub(crate) index: usize,
    /// The item that is there.
    pub(crate) found: Option<Item>,
}

impl Store {
    /// Returns the store over a table.
    pub fn new(client: Client, table_name: &str) -> Self {
        Self { client, table_name: table_name.into(), meter: Arc::new(Meter::default()) }
    }

    /// Returns the same store with a meter of its own, for one invocation.
    pub fn metered(&self) -> Self {
        Self { meter: Arc::new(Meter::default()), ..self.clone() }
    }

    /// Returns what this store's requests have cost so far.
    pub fn meter(&self) -> Arc<Meter> {
        Arc::clone(&self.meter)
    }

    /// Reads one item strongly.
    pub(crate) async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        let output = self
            .client
            .get_item()
            .table_name(&*self.table_name)
            .set_key(Some(key.attributes()))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(unavailable)?;
        self.meter.read(output.consumed_capacity());
        Ok(output.item)
    }

    /// Reads several items with one request; the answer has no order, and lacks what is missing. A key
    /// may come twice, as a lagging index gives it: the table would refuse the whole request.
    pub(crate) async fn batch_get(
        &self,
        keys: &[Key],
        strongly: bool,
    ) -> Result<HashMap<(String, String), Item>, StoreError> {
        let mut found = HashMap::with_capacity(keys.len());
        let mut asked = HashSet::with_capacity(keys.len());
        let once = keys.iter().filter(|key| asked.insert(*key));
        let mut wanted = KeysAndAttributes::builder()
            .set_keys(Some(once.map(Key::attributes).collect()))
            .consistent_read(strongly)
            .build()
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        for attempt in 0..BATCH_TRIES_MAX {
            pause(attempt).await;
            let output = self
                .client
                .batch_get_item()
                .request_items(&*self.table_name, wanted)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(unavailable)?;
            output.consumed_capacity().iter().for_each(|cost| self.meter.read_more(cost));
            self.meter.request();
            for item in output.responses.unwrap_or_default().into_values().flatten() {
                found.insert(key_of(&item), item);
            }
            let left = output.unprocessed_keys.unwrap_or_default().into_values().next();
            match left {
                None => return Ok(found),
                Some(keys) => wanted = keys,
            }
        }
        Err(StoreError::Busy)
    }

    /// Commits one conditional write of several items: all of it or nothing.
    ///
    /// Transactions that met another one are tried again a few times; the SDK does not do that. The
    /// SDK gives each call a token of its own, so a retry after a lost answer does not apply twice;
    /// across calls the permanent conditions guard.
    pub(crate) async fn commit(
        &self,
        writes: Vec<TransactWriteItem>,
    ) -> Result<Committed, StoreError> {
        for attempt in 0..CONFLICT_TRIES_MAX {
            pause(attempt).await;
            let result = self
                .client
                .transact_write_items()
                .set_transact_items(Some(writes.clone()))
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await;
            self.meter.request();
            match result {
                Ok(output) => {
                    output
                        .consumed_capacity()
                        .iter()
                        .for_each(|cost| self.meter.written_more(cost));
                    return Ok(Committed::Yes);
                }
                Err(error) => match cancelled(error)? {
                    Some(failed) => return Ok(Committed::Refused(failed)),
                    None => continue,
                },
            }
        }
        Err(StoreError::Busy)
    }

    fn table_name(&self) -> &str {
        &self.table_name
    }
}

/// Returns the failed conditions of a cancelled transaction, or none where it only met another one.
/// A failed condition decides: trying again would not help it.
fn cancelled(
    error: SdkError<TransactWriteItemsError>,
) -> Result<Option<Vec<FailedCondition>>, StoreError> {
    let service = match error {
        SdkError::ServiceError(context) => context.into_err(),
        other => return Err(unavailable(other)),
    };
    let reasons = match service {
        TransactWriteItemsError::TransactionCanceledException(cancelled) => {
            cancelled.cancellation_reasons.unwrap_or_default()
        }
        TransactWriteItemsError::TransactionInProgressException(_) => return Ok(None),
        other => return Err(failure(&other)),
    };
    let mut failed = Vec::new();
    let mut passing = false;
    for (index, reason) in reasons.into_iter().enumerate() {
        match reason.code.as_deref() {
            None | Some("None") => {}
            Some("ConditionalCheckFailed") => {
                failed.push(FailedCondition { index, found: reason.item });
            }
            Some("TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded") => {
                passing = true;
            }
            Some(other) => return Err(StoreError::Unavailable(other.to_owned())),
        }
    }
    match (failed.is_empty(), passing) {
        (false, _) => Ok(Some(failed)),
        (true, true) => Ok(None),
        (true, false) => Err(StoreError::Unavailable("cancelled without a reason".to_owned())),
    }
}

/// Waits before a further attempt, longer each time and never the same for two callers.
pub async fn pause(attempt: u32) {
    if attempt == 0 {
        return;
    }
    let mut random = [0; 2];
    // Without randomness the callers only meet more often.
    let _ = getrandom::fill(&mut random);
    let most_ms = 4_u64 << (2 * attempt).min(8);
    let wait_ms = u64::from(u16::from_be_bytes(random)) % most_ms + 1;
    tokio::time::sleep(std::time::Duration::from_millis(wait_ms)).await;
}

fn unavailable<E>(error: SdkError<E>) -> StoreError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match error.as_service_error() {
        Some(service) => failure(service),
        None => StoreError::Unavailable(error.to_string()),
    }
}

/// Returns what a refusal by the service means.
fn failure(error: &impl ProvideErrorMetadata) -> StoreError {
    match error.code() {
        Some(
            "ProvisionedThroughputExceededException"
            | "ThrottlingException"
            | "RequestLimitExceeded",
        ) => StoreError::Busy,
        _ => StoreError::Unavailable(described(error)),
    }
}

fn described(error: &impl ProvideErrorMetadata) -> String {
    format!("{}: {}", error.code().unwrap_or("?"), error.message().unwrap_or("?"))
}

fn key_of(item: &Item) -> (String, String) {
    let part = |name: &str| {
        item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default()
    };
    (part("pk"), part("sk"))
}

/// Reads an item as the shape that this version writes.
pub(crate) fn from_item<T: DeserializeOwned>(item: Item) -> Result<T, StoreError> {
    let (pk, sk) = key_of(&item);
    serde_dynamo::from_item(item).map_err(|error| StoreError::Corrupt {
        // Errors go to logs, and keys and values can be addresses: only ids and kinds are named.
        pk: without_values(&pk, '#'),
        sk: without_values(&sk, '#'),
        reason: without_values(&error.to_string(), '"'),
    })
}

fn without_values(text: &str, before: char) -> String {
    text.split(before).next().unwrap_or_default().to_owned()
}

/// Writes a shape as an item, without the attributes that are not set.
pub(crate) fn to_item<T: Serialize>(key: &Key, shape: &T) -> Result<Item, StoreError> {
    let mut item: Item = serde_dynamo::to_item(shape).map_err(|error| StoreError::Corrupt {
        pk: key.pk.clone(),
        sk: key.sk.clone(),
        reason: error.to_string(),
    })?;
    item.extend(key.attributes());
    Ok(item)
}

/// Returns the image of a stream record as an item.
pub fn from_stream_image(image: serde_dynamo::Item) -> Item {
    image.into()
}
