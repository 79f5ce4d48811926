//! Batches of SQS messages: each is handled alone, and only those that failed are tried again.
//!
//! A message that keeps failing, also by a panic, ends in the dead-letter queue by the queue's own
//! redrive policy; the reason is in the log under its message id.

use std::error::Error;
use std::future::Future;
use std::panic::AssertUnwindSafe;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use futures::FutureExt;

use crate::{InvocationError, chain};

/// Handles each message of a batch and reports those that failed.
///
/// # Errors
/// Fails as a whole where a message has no id: reporting it could not name it, and SQS would take
/// every message as done.
pub async fn each<Work, Done, Reason>(
    event: SqsEvent,
    work: Work,
) -> Result<SqsBatchResponse, InvocationError>
where
    Work: Fn(String) -> Done,
    Done: Future<Output = Result<(), Reason>>,
    Reason: Into<Box<dyn Error + Send + Sync>>,
{
    let mut response = SqsBatchResponse::default();
    for record in event.records {
        let Some(message_id) = record.message_id.filter(|id| !id.is_empty()) else {
            return Err(InvocationError::UnknownEvent("a message has no id".to_owned()));
        };
        let body = record.body.unwrap_or_default();
        let handled = AssertUnwindSafe(work(body)).catch_unwind().await;
        let reason = match handled {
            Ok(Ok(())) => continue,
            Ok(Err(reason)) => chain(&*reason.into()),
            Err(_) => InvocationError::Panicked.to_string(),
        };
        tracing::warn!(message_id, reason, "a message failed");
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = message_id;
        response.batch_item_failures.push(failure);
    }
    Ok(response)
}
