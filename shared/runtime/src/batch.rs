//! The messages of the queue that a function reads. Each message is handled alone, and only failed ones are
//! tried again, each time after a longer wait.
//!
//! A message that no try would handle, such as one that cannot be read, becomes a dead letter at once. Any
//! other message is tried again for as long as the queue keeps it, so an outage needs no work by hand.

use std::error::Error;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures::FutureExt;
use jiff::Timestamp;

use crate::queue::Queue;
use crate::{Deadline, Environment, Invocation, InvocationError, StartError, chain};

/// The setting with the URL of the queue that the function reads.
const QUEUE_SETTING: &str = "SOURCE_QUEUE_URL";
/// The setting with the URL of its dead-letter queue. A function that reads dead letters has none.
const DEAD_LETTERS_SETTING: &str = "DEAD_LETTERS_URL";

/// The longest wait between two tries, which is also the queues' visibility timeout.
const WAIT_MAX_S: i32 = 1800;

/// The time of an invocation that is left when the failed messages must have been put off.
const PUT_OFF_RESERVE: Duration = Duration::from_millis(100);

/// The queue that a function reads, and the queue of its dead letters.
pub struct Source {
    queue: Queue,
    dead_letters: Option<Queue>,
}

/// A message that was received from the queue.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Its text.
    pub body: String,
    /// When it was sent to the queue. SQS always says so.
    pub sent_at: Option<Timestamp>,
    /// How often it was received, this time included.
    pub tries: u32,
    message_id: String,
    receipt_handle: String,
}

/// Why a message was not handled.
#[derive(Debug)]
pub enum Unhandled {
    /// Another try may handle it.
    Later(Reason),
    /// No try would handle it.
    Never(Reason),
}

type Reason = Box<dyn Error + Send + Sync>;

impl<E: Into<Reason>> From<E> for Unhandled {
    fn from(error: E) -> Self {
        Self::Later(error.into())
    }
}

impl Delivery {
    fn of(record: SqsMessage) -> Result<Self, InvocationError> {
        let Some(message_id) = record.message_id.filter(|id| !id.is_empty()) else {
            return Err(InvocationError::UnknownEvent("a message has no id".to_owned()));
        };
        let number = |name: &str| record.attributes.get(name)?.parse::<i64>().ok();
        let tries = number("ApproximateReceiveCount").and_then(|tries| tries.try_into().ok());
        Ok(Self {
            sent_at: number("SentTimestamp").and_then(|ms| Timestamp::from_millisecond(ms).ok()),
            tries: tries.unwrap_or(1),
            message_id,
            receipt_handle: record.receipt_handle.unwrap_or_default(),
            body: record.body.unwrap_or_default(),
        })
    }

    /// Returns the seconds until the next try: 0, 1, 2, 4, … up to half an hour.
    fn wait_s(&self) -> i32 {
        let Some(doublings) = self.tries.checked_sub(2) else { return 0 };
        let doubled = 1_i32.checked_shl(doublings);
        doubled.filter(|wait| *wait > 0).unwrap_or(WAIT_MAX_S).min(WAIT_MAX_S)
    }
}

impl Source {
    /// Returns the queues of the settings.
    ///
    /// # Errors
    /// Refuses if the queue has no setting.
    pub fn new(environment: &Environment) -> Result<Self, StartError> {
        Ok(Self {
            queue: Queue::new(environment, QUEUE_SETTING)?,
            dead_letters: Queue::new(environment, DEAD_LETTERS_SETTING).ok(),
        })
    }

    /// Handles each message of an event, and reports those to be tried again. Messages that are not handled at
    /// the deadline are among them: Lambda would stop the function without an answer.
    ///
    /// # Errors
    /// Fails as a whole if a message has no id: the report could not name it, and SQS would consider every
    /// message done.
    pub async fn each<Work, Done>(
        &self,
        event: SqsEvent,
        invocation: &Invocation,
        work: Work,
    ) -> Result<SqsBatchResponse, InvocationError>
    where
        Work: Fn(Arc<Delivery>) -> Done,
        Done: Future<Output = Result<(), Unhandled>>,
    {
        let end = Deadline::after(invocation.remaining.saturating_sub(PUT_OFF_RESERVE));
        let unhandled = all(event, invocation.deadline(), work).await?;
        let mut failed = Vec::new();
        for (delivery, why) in unhandled {
            if !self.is_aside(&delivery, &why).await {
                failed.push(delivery);
            }
        }
        let waits: Vec<(&str, i32)> =
            failed.iter().map(|one| (one.receipt_handle.as_str(), one.wait_s())).collect();
        // If there is no time, the messages come back after the queue's visibility timeout.
        let _ = tokio::time::timeout(end.left(), self.queue.put_off(&waits)).await;
        let mut response = SqsBatchResponse::default();
        response.batch_item_failures = failed.iter().map(|delivery| failure(delivery)).collect();
        Ok(response)
    }

    /// Makes a message that no try would handle a dead letter. Returns whether it is one.
    async fn is_aside(&self, delivery: &Delivery, why: &Unhandled) -> bool {
        let message_id = delivery.message_id.as_str();
        match (why, &self.dead_letters) {
            (Unhandled::Never(reason), Some(dead_letters)) => {
                tracing::error!(
                    message_id,
                    reason = chain(&**reason),
                    "a message is a dead letter"
                );
                let sent = dead_letters.send_text(&delivery.body).await;
                sent.inspect_err(|error| tracing::warn!(error = chain(error), "try again")).is_ok()
            }
            (Unhandled::Never(reason) | Unhandled::Later(reason), _) => {
                tracing::warn!(message_id, reason = chain(&**reason), "a message failed");
                false
            }
        }
    }
}

/// Does the work for each message. Returns the messages that were not handled.
async fn all<Work, Done>(
    event: SqsEvent,
    deadline: Deadline,
    work: Work,
) -> Result<Vec<(Arc<Delivery>, Unhandled)>, InvocationError>
where
    Work: Fn(Arc<Delivery>) -> Done,
    Done: Future<Output = Result<(), Unhandled>>,
{
    let records = event.records.into_iter().map(Delivery::of);
    let deliveries = records.collect::<Result<Vec<_>, _>>()?.into_iter().map(Arc::new);
    let mut unhandled = Vec::new();
    for delivery in deliveries {
        let outcome = if deadline.is_over() {
            Err(Unhandled::from("not begun: the time is over"))
        } else {
            let done = AssertUnwindSafe(work(Arc::clone(&delivery))).catch_unwind();
            match tokio::time::timeout(deadline.left(), done).await {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(_)) => Err(Unhandled::from(InvocationError::Panicked)),
                Err(_) => Err(Unhandled::from("not finished: the time is over")),
            }
        };
        if let Err(why) = outcome {
            unhandled.push((delivery, why));
        }
    }
    Ok(unhandled)
}

fn failure(delivery: &Delivery) -> BatchItemFailure {
    let mut failure = BatchItemFailure::default();
    failure.item_identifier = delivery.message_id.clone();
    failure
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn unhandled(left: Duration) -> Vec<String> {
        let event = serde_json::from_str(
            r#"{"Records": [{"messageId": "1", "body": "good"}, {"messageId": "2", "body": "bad"},
                {"messageId": "3", "body": "panics"}, {"messageId": "4", "body": "hangs"}]}"#,
        );
        let work = |delivery: Arc<Delivery>| async move {
            match delivery.body.as_str() {
                "good" => Ok(()),
                "bad" => Err(Unhandled::from("refused")),
                "hangs" => std::future::pending().await,
                _ => panic!("as asked"),
            }
        };
        let unhandled = all(event.unwrap(), Deadline::after(left), work).await.unwrap();
        unhandled.into_iter().map(|(delivery, _)| delivery.message_id.clone()).collect()
    }

    #[tokio::test]
    async fn only_the_messages_that_failed_are_handed_back() {
        assert_eq!(unhandled(Duration::from_millis(100)).await, ["2", "3", "4"]);
    }

    #[tokio::test]
    async fn messages_that_were_not_begun_in_time_are_handed_back() {
        assert_eq!(unhandled(Duration::ZERO).await, ["1", "2", "3", "4"]);
    }

    fn delivered(tries: u32) -> Delivery {
        let record = format!(
            r#"{{"messageId": "m", "receiptHandle": "r", "attributes": {{"ApproximateReceiveCount": "{tries}"}}}}"#
        );
        Delivery::of(serde_json::from_str(&record).unwrap()).unwrap()
    }

    #[test]
    fn waits_double_up_to_half_an_hour() {
        let waits = [1, 2, 3, 11, 12, 13, 33, 600].map(|tries| delivered(tries).wait_s());
        assert_eq!(waits, [0, 1, 2, 512, 1024, 1800, 1800, 1800]);
    }

    #[test]
    fn an_hour_of_failures_takes_few_tries_and_ends_at_most_half_an_hour_later() {
        let tries = (1..).scan(0, |at, tries| {
            *at += delivered(tries).wait_s();
            Some(*at)
        });
        let before_the_end = tries.take_while(|at| *at < 3600).count();
        assert_eq!(before_the_end, 12);
    }
}
