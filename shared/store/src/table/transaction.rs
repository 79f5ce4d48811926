//! One conditional write of several items: all of them or none.
//!
//! Each write has a label, the kind of its item. Callers look up refusals by label, never by position.

use std::ops::ControlFlow;

use aws_sdk_dynamodb::error::{BuildError, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    CancellationReason, ConditionCheck, Delete, Put, ReturnConsumedCapacity,
    ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update as UpdateItem,
};
use serde::Serialize;

use crate::keys::Key;
use crate::table::{Attempt, Condition, Item, Update, failure, to_item, unavailable};
use crate::{Store, StoreError};

/// The kind of item that a write belongs to, as `infra/TABLE.md` lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Label {
    Profile,
    Account,
    ProfileChange,
    Owner,
    /// The link of a member to a subject, or the code for it.
    SignIn,
    /// The key of signed tokens.
    TokenKey,
    NameWord,
    Block,
    Purchase,
    Return,
    Correction,
    /// The entry of one member when a purchase moves.
    PurchaseMove,
    /// The entry of one member when two are merged.
    Merge,
    Reservation,
    /// The credit for the invoice of a missing purchase.
    Credit,
    Redemption,
    /// The coupon in the item of its redemption or gift.
    Coupon,
    Reversal,
    Limit,
    /// The units left of a reward.
    Units,
    Reward,
    RewardVersion,
    Adjustment,
    Agent,
    Branch,
    /// What an agent or a member did on a local day.
    Day,
    ProgramHead,
    ProgramVersion,
    Mail,
    Rating,
    RatingKey,
    Message,
    Gift,
    Counts,
    AutoReply,
    OrderEvent,
    /// The money of an order.
    Payment,
    Care,
    ExpiryWarning,
    ReportRun,
    ReportMonth,
    /// A re-rate or a preview.
    Comparison,
    /// The draft of a preview.
    Draft,
    Task,
    Claim,
    ClaimKey,
    ClaimBody,
    ClaimStep,
}

/// Writes that are committed together.
#[derive(Debug, Default)]
pub(crate) struct Transaction {
    writes: Vec<Write>,
}

#[derive(Debug)]
struct Write {
    label: Label,
    key: Key,
    action: Action,
}

#[derive(Debug)]
enum Action {
    Put(Item, Condition),
    Update(Update, Condition),
    Check(Condition),
    Delete,
}

/// The result of a conditional write.
#[derive(Debug)]
#[must_use]
pub(crate) enum Commit {
    /// Everything was written.
    Committed,
    /// Nothing was written.
    Refused(Refusals),
}

/// The conditions that did not hold: at least one.
#[derive(Debug)]
pub(crate) struct Refusals(Vec<Refusal>);

/// A condition that did not hold.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// The kind of the item.
    pub(crate) label: Label,
    /// The key of the item.
    pub(crate) key: Key,
    /// The stored item that refused the write; `None` if there is none.
    pub(crate) found: Option<Item>,
}

impl Transaction {
    /// Adds a whole item.
    pub(crate) fn put(
        &mut self,
        label: Label,
        key: Key,
        shape: &impl Serialize,
        condition: Condition,
    ) -> Result<(), StoreError> {
        let item = to_item(&key, shape)?;
        self.add(label, key, Action::Put(item, condition));
        Ok(())
    }

    /// Adds an update of single attributes.
    pub(crate) fn update(&mut self, label: Label, key: Key, update: Update, condition: Condition) {
        self.add(label, key, Action::Update(update, condition));
    }

    /// Adds a condition on an item that is not written.
    pub(crate) fn check(&mut self, label: Label, key: Key, condition: Condition) {
        self.add(label, key, Action::Check(condition));
    }

    /// Adds the removal of an item.
    pub(crate) fn delete(&mut self, label: Label, key: Key) {
        self.add(label, key, Action::Delete);
    }

    fn add(&mut self, label: Label, key: Key, action: Action) {
        self.writes.push(Write { label, key, action });
    }

    /// Returns what follows from a failed attempt.
    fn failed(&self, error: SdkError<TransactWriteItemsError>) -> Attempt<Commit> {
        let service = match error {
            SdkError::ServiceError(context) => context.into_err(),
            other => return Err(unavailable(other)),
        };
        match service {
            TransactWriteItemsError::TransactionCanceledException(cancelled) => {
                self.cancelled(cancelled.cancellation_reasons.unwrap_or_default())
            }
            TransactWriteItemsError::TransactionInProgressException(_) => {
                Ok(ControlFlow::Continue(StoreError::Busy))
            }
            other => Err(failure(other)),
        }
    }

    /// Returns what follows from a cancelled transaction. A failed condition is final: another attempt would
    /// not help.
    fn cancelled(&self, reasons: Vec<CancellationReason>) -> Attempt<Commit> {
        let mut refusals = Vec::new();
        let mut passing = None;
        for (write, reason) in self.writes.iter().zip(reasons) {
            match reason.code.as_deref() {
                None | Some("None") => {}
                Some("ConditionalCheckFailed") => refusals.push(write.refusal(reason.item)),
                Some("TransactionConflict") => passing = passing.or(Some(StoreError::Busy)),
                Some("ThrottlingError" | "ProvisionedThroughputExceeded") => {
                    passing = Some(StoreError::Throttled);
                }
                Some(other) => return Err(StoreError::unavailable(other)),
            }
        }
        match passing {
            _ if !refusals.is_empty() => {
                Ok(ControlFlow::Break(Commit::Refused(Refusals(refusals))))
            }
            Some(reason) => Ok(ControlFlow::Continue(reason)),
            None => Err(StoreError::unavailable("cancelled without a reason")),
        }
    }
}

impl Write {
    fn refusal(&self, found: Option<Item>) -> Refusal {
        Refusal { label: self.label, key: self.key.clone(), found }
    }

    /// Returns the write in the form that the SDK takes.
    fn request(&self, table_name: &str) -> Result<TransactWriteItem, BuildError> {
        let all_old = ReturnValuesOnConditionCheckFailure::AllOld;
        let request = TransactWriteItem::builder();
        let key = Some(self.key.attributes());
        Ok(match &self.action {
            Action::Put(item, condition) => {
                let condition = condition.clone().parts();
                let put = Put::builder()
                    .table_name(table_name)
                    .set_item(Some(item.clone()))
                    .set_condition_expression(condition.text)
                    .set_expression_attribute_names(condition.names)
                    .set_expression_attribute_values(condition.values)
                    .return_values_on_condition_check_failure(all_old);
                request.put(put.build()?).build()
            }
            Action::Update(update, condition) => {
                let (text, parts) = update.clone().parts(condition.clone());
                let update = UpdateItem::builder()
                    .table_name(table_name)
                    .set_key(key)
                    .update_expression(text)
                    .set_condition_expression(parts.text)
                    .set_expression_attribute_names(parts.names)
                    .set_expression_attribute_values(parts.values)
                    .return_values_on_condition_check_failure(all_old);
                request.update(update.build()?).build()
            }
            Action::Check(condition) => {
                let condition = condition.clone().parts();
                let check = ConditionCheck::builder()
                    .table_name(table_name)
                    .set_key(key)
                    .set_condition_expression(condition.text)
                    .set_expression_attribute_names(condition.names)
                    .set_expression_attribute_values(condition.values)
                    .return_values_on_condition_check_failure(all_old);
                request.condition_check(check.build()?).build()
            }
            Action::Delete => {
                let delete = Delete::builder().table_name(table_name).set_key(key);
                request.delete(delete.build()?).build()
            }
        })
    }
}

impl Commit {
    /// Returns the result of a single conditional write that was refused.
    pub(crate) fn refused(label: Label, key: Key, found: Option<Item>) -> Self {
        Self::Refused(Refusals(vec![Refusal { label, key, found }]))
    }

    /// Returns whether everything was written.
    pub(crate) fn is_committed(&self) -> bool {
        matches!(self, Self::Committed)
    }
}

impl Refusals {
    /// Returns whether a write with this label was refused.
    pub(crate) fn has(&self, label: Label) -> bool {
        self.of(label).next().is_some()
    }

    /// Returns whether all refused writes have this label.
    pub(crate) fn only(&self, label: Label) -> bool {
        self.0.iter().all(|refusal| refusal.label == label)
    }

    pub(crate) fn of(&self, label: Label) -> impl Iterator<Item = &Refusal> {
        self.0.iter().filter(move |refusal| refusal.label == label)
    }

    /// Returns the stored item that refused the write with this label; `None` if that write was not refused.
    ///
    /// # Errors
    /// Returns `Busy` if the item is gone again.
    pub(crate) fn found(&mut self, label: Label) -> Result<Option<Item>, StoreError> {
        match self.0.iter_mut().find(|refusal| refusal.label == label) {
            None => Ok(None),
            Some(refusal) => refusal.found.take().map(Some).ok_or(StoreError::Busy),
        }
    }
}

impl Store {
    /// Commits a transaction, which is tried again after a conflict with another one.
    ///
    /// The SDK gives each call its own token, so a retry after a lost answer does not apply twice. Across
    /// calls, the conditions on stored items prevent that.
    pub(crate) async fn commit(&self, transaction: Transaction) -> Result<Commit, StoreError> {
        let requests: Result<Vec<TransactWriteItem>, BuildError> =
            transaction.writes.iter().map(|write| write.request(&self.table_name)).collect();
        let requests = requests.map_err(StoreError::unavailable)?;
        self.retry_on_conflict(|| async {
            let result = self
                .client
                .transact_write_items()
                .set_transact_items(Some(requests.clone()))
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await;
            match result {
                Ok(output) => {
                    self.meter.written(output.consumed_capacity());
                    Ok(ControlFlow::Break(Commit::Committed))
                }
                Err(error) => transaction.failed(error),
            }
        })
        .await
    }
}
