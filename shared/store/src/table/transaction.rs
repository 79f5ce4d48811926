//! One conditional write of several items: all of it or nothing.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, TransactWriteItem};

use crate::table::{Item, failure, pause, unavailable};
use crate::{Store, StoreError};

/// How often a transaction that met another one is tried again before the caller is told.
const CONFLICT_TRIES_MAX: u32 = 5;

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
