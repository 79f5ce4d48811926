//! Batches of SQS messages: each message is handled alone, and only failed ones are tried again.
//!
//! A message that keeps failing, even by a panic, ends in the dead-letter queue by the queue's own redrive
//! policy. The reason is in the log under its message id.

use std::error::Error;
use std::future::Future;
use std::panic::AssertUnwindSafe;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use futures::FutureExt;
use jiff::Timestamp;

use crate::{Deadline, InvocationError, chain};

/// One message of a queue.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Its text.
    pub body: String,
    /// When it was sent to the queue. SQS always says so.
    pub sent_at: Option<Timestamp>,
}

/// The reason for a message that was not started.
const OUT_OF_TIME: &str = "not begun: the time is over";

/// Handles each message of a batch and reports those that failed. Messages that were not started at the
/// deadline are reported as failed.
///
/// # Errors
/// Fails as a whole if a message has no id: the report could not name it, and SQS would consider every
/// message done.
pub async fn each<Work, Done, Reason>(
    event: SqsEvent,
    deadline: Deadline,
    work: Work,
) -> Result<SqsBatchResponse, InvocationError>
where
    Work: Fn(Delivery) -> Done,
    Done: Future<Output = Result<(), Reason>>,
    Reason: Into<Box<dyn Error + Send + Sync>>,
{
    let mut response = SqsBatchResponse::default();
    for record in event.records {
        let Some(message_id) = record.message_id.filter(|id| !id.is_empty()) else {
            return Err(InvocationError::UnknownEvent("a message has no id".to_owned()));
        };
        let reason = if deadline.is_over() {
            OUT_OF_TIME.to_owned()
        } else {
            let sent_at = record.attributes.get("SentTimestamp").and_then(|sent| sent.parse().ok());
            let sent_at = sent_at.and_then(|ms| Timestamp::from_millisecond(ms).ok());
            let delivery = Delivery { body: record.body.unwrap_or_default(), sent_at };
            match AssertUnwindSafe(work(delivery)).catch_unwind().await {
                Ok(Ok(())) => continue,
                Ok(Err(reason)) => chain(&*reason.into()),
                Err(_) => InvocationError::Panicked.to_string(),
            }
        };
        tracing::warn!(message_id, reason, "a message failed");
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = message_id;
        response.batch_item_failures.push(failure);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    async fn failures(left: Duration) -> Vec<String> {
        let event = serde_json::from_str(
            r#"{"Records": [{"messageId": "1", "body": "good"}, {"messageId": "2", "body": "bad"}]}"#,
        );
        let work = |delivery: Delivery| async move {
            if delivery.body == "good" { Ok(()) } else { Err("refused".to_owned()) }
        };
        let response = each(event.unwrap(), Deadline::after(left), work).await.unwrap();
        response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
    }

    #[tokio::test]
    async fn only_the_messages_that_failed_are_handed_back() {
        assert_eq!(failures(Duration::from_secs(60)).await, ["2"]);
    }

    #[tokio::test]
    async fn messages_that_were_not_begun_in_time_are_handed_back() {
        assert_eq!(failures(Duration::ZERO).await, ["1", "2"]);
    }
}
