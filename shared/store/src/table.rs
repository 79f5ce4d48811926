//! The table: strong reads by key, bounded queries, and conditional writes.
//!
//! Knows requests, items and conditions, but not their meaning.

pub(crate) mod base64url;
pub(crate) mod batch;
pub(crate) mod cursor;
pub(crate) mod day;
pub(crate) mod expression;
pub(crate) mod item;
pub(crate) mod merged;
pub(crate) mod meter;
pub(crate) mod put;
pub(crate) mod query;
pub(crate) mod transaction;
pub(crate) mod update;

use std::ops::ControlFlow;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::ReturnConsumedCapacity;

use crate::StoreError;
use crate::branches::Met;
use crate::keys::Key;
use crate::program::Versions;
use crate::signed_tokens::KnownTokenKey;

pub(crate) use cursor::Cursors;
pub(crate) use day::DayLimit;
pub(crate) use expression::{Condition, Update};
pub(crate) use item::{Item, from_item, json, key_of, to_item};
pub(crate) use meter::Meter;
pub(crate) use transaction::{Commit, Label, Transaction};

/// The table.
#[derive(Clone)]
pub struct Store {
    pub(crate) client: Client,
    pub(crate) table_name: Arc<str>,
    pub(crate) meter: Arc<Meter>,
    pub(crate) cursors: Arc<Cursors>,
    pub(crate) versions: Versions,
    pub(crate) branches_met: Met,
    pub(crate) known_token_key: KnownTokenKey,
}

impl Store {
    /// Returns the store over a table. The id of its stack seals the cursors of lists.
    pub fn new(client: Client, table_name: &str, stack_id: &str) -> Self {
        Self {
            client,
            table_name: table_name.into(),
            meter: Arc::new(Meter::default()),
            cursors: Arc::new(Cursors::new(stack_id)),
            versions: Versions::default(),
            branches_met: Met::default(),
            known_token_key: KnownTokenKey::default(),
        }
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

    pub(crate) fn table_name(&self) -> &str {
        &self.table_name
    }
}

/// The most times that a write is tried again after a conflict with a transaction.
const CONFLICT_TRIES_MAX: u32 = 5;

/// The result of one attempt to write: the result of the write, or why another attempt may help.
pub(crate) type Attempt<T> = Result<ControlFlow<T, StoreError>, StoreError>;

impl Store {
    /// Tries a write until no transaction is in its way, a limited number of times. The SDK does not do that.
    pub(crate) async fn retry_on_conflict<T, F: Future<Output = Attempt<T>>>(
        &self,
        attempt: impl Fn() -> F,
    ) -> Result<T, StoreError> {
        let mut passing = StoreError::Busy;
        for tried in 0..CONFLICT_TRIES_MAX {
            pause(tried).await;
            let result = attempt().await;
            self.meter.request();
            match result? {
                ControlFlow::Break(done) => return Ok(done),
                ControlFlow::Continue(reason) => passing = reason,
            }
        }
        Err(passing)
    }
}

/// Waits before the next attempt: longer each time, and with a random part, so that callers do not meet
/// again.
pub async fn pause(attempt: u32) {
    if attempt == 0 {
        return;
    }
    let mut random = [0; 2];
    // Without random bytes, callers only collide more often.
    let _ = getrandom::fill(&mut random);
    let most_ms = 4_u64 << (2 * attempt).min(8);
    let wait_ms = u64::from(u16::from_be_bytes(random)) % most_ms + 1;
    tokio::time::sleep(std::time::Duration::from_millis(wait_ms)).await;
}

/// Returns the error for a failed request.
pub(crate) fn unavailable<E>(error: SdkError<E>) -> StoreError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    match error {
        SdkError::ServiceError(context) => failure(context.into_err()),
        other => StoreError::unavailable(other),
    }
}

/// Returns the error for a refusal by the service.
pub(crate) fn failure<E>(error: E) -> StoreError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    match error.code() {
        Some(
            "ProvisionedThroughputExceededException"
            | "ThrottlingException"
            | "RequestLimitExceeded",
        ) => StoreError::Throttled,
        _ => StoreError::unavailable(error),
    }
}
