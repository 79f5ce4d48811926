//! Writes of a single item.

use std::ops::ControlFlow;

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure};
use serde::Serialize;

use crate::keys::Key;
use crate::table::{Commit, Condition, Label, to_item, unavailable};
use crate::{Store, StoreError};

impl Store {
    /// Writes one whole item on a condition. Without a condition, the write replaces the item.
    ///
    /// A write that conflicts with a transaction is tried again a limited number of times.
    pub(crate) async fn put(
        &self,
        label: Label,
        key: Key,
        shape: &impl Serialize,
        condition: Condition,
    ) -> Result<Commit, StoreError> {
        let item = to_item(&key, shape)?;
        let condition = condition.parts();
        let put = self
            .client
            .put_item()
            .table_name(&*self.table_name)
            .set_item(Some(item))
            .set_condition_expression(condition.text)
            .set_expression_attribute_names(condition.names)
            .set_expression_attribute_values(condition.values)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        self.retry_on_conflict(|| async {
            match put.clone().send().await {
                Ok(output) => {
                    self.meter.written(output.consumed_capacity());
                    Ok(ControlFlow::Break(Commit::Committed))
                }
                Err(error) => match error.as_service_error() {
                    Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                        let refused = Commit::refused(label, key.clone(), failed.item.clone());
                        Ok(ControlFlow::Break(refused))
                    }
                    Some(PutItemError::TransactionConflictException(_)) => {
                        Ok(ControlFlow::Continue(StoreError::Busy))
                    }
                    _ => Err(unavailable(error)),
                },
            }
        })
        .await
    }
}
