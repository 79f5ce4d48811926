//! The update of a single item, which answers with the item: after the update, or as it refused it.

use std::ops::ControlFlow;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    ReturnConsumedCapacity, ReturnValue, ReturnValuesOnConditionCheckFailure,
};

use crate::keys::Key;
use crate::table::{Condition, Item, Update, unavailable};
use crate::{Store, StoreError};

/// The result of an update on a condition.
#[derive(Debug)]
pub(crate) enum Updated {
    /// The item after the update.
    Done(Item),
    /// The condition did not hold: the item as it is, if there is one.
    Refused(Option<Item>),
}

impl Store {
    /// Updates one item on a condition.
    ///
    /// An update that conflicts with a transaction is tried again a limited number of times.
    pub(crate) async fn update_one(
        &self,
        key: &Key,
        update: Update,
        condition: Condition,
    ) -> Result<Updated, StoreError> {
        let (text, parts) = update.parts(condition);
        let update = self
            .client
            .update_item()
            .table_name(&*self.table_name)
            .set_key(Some(key.attributes()))
            .update_expression(text)
            .set_condition_expression(parts.text)
            .set_expression_attribute_names(parts.names)
            .set_expression_attribute_values(parts.values)
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        self.retry_on_conflict(|| async {
            match update.clone().send().await {
                Ok(output) => {
                    self.meter.written(output.consumed_capacity());
                    Ok(ControlFlow::Break(Updated::Done(output.attributes.unwrap_or_default())))
                }
                Err(error) => match error.as_service_error() {
                    Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                        Ok(ControlFlow::Break(Updated::Refused(failed.item.clone())))
                    }
                    Some(UpdateItemError::TransactionConflictException(_)) => {
                        Ok(ControlFlow::Continue(StoreError::Busy))
                    }
                    _ => Err(unavailable(error)),
                },
            }
        })
        .await
    }
}
