//! Reads queues: receives batches, invokes the function within its concurrency, deletes processed
//! messages and puts failed ones back.
//!
//! A message whose worker died comes back after the visibility timeout. A failed message comes back
//! when its function says, otherwise after 0, 1, 2, 4, … seconds, so that a poisoned one soon is a dead
//! letter.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::sqs::{SqsEvent, SqsMessage, SqsMessageAttribute};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use winterbaume_sqs::types::{Message, MessageAttribute};

use super::BatchOutcome;
use crate::embedded::queues::Queues;
use crate::functions::local::LocalFunction;
use crate::identity;
use crate::stack::Pace;
use crate::triggers::progress::{Progress, Reader};
use crate::wiring::events::QueueTrigger;

/// How long a reader sleeps without a wake-up: the delay of messages that become visible by
/// themselves.
const SLOW_POLL: Duration = Duration::from_millis(200);

/// The reader of one queue for one function.
pub(crate) struct QueueReader {
    /// Its settings in the template.
    pub trigger: QueueTrigger,
    /// The function that receives the messages.
    pub function: Arc<LocalFunction>,
    pub queues: Arc<Queues>,
    pub progress: Arc<Progress>,
    /// Notified when a message arrives.
    pub wake: Arc<Notify>,
    /// Whether failed messages wait.
    pub pace: Pace,
}

impl QueueReader {
    /// Checks that the function's role allows what Lambda needs to read the queue.
    ///
    /// # Errors
    /// Refuses if the role does not allow it.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        for action in ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"] {
            self.function.policy.allow_one(action, &self.trigger.queue_arn)?;
        }
        Ok(())
    }

    /// Reads until the stack shuts down, then waits for the invocations under way.
    pub(crate) async fn run(self, shutdown: CancellationToken) {
        let slots = Arc::new(Semaphore::new(self.trigger.concurrency()));
        let mark = self.progress.reader(&self.trigger.queue_arn);
        let reader = Arc::new(self);
        while !shutdown.is_cancelled() {
            let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { break };
            match reader.receive(&mark).await {
                Ok(messages) if !messages.is_empty() => {
                    tokio::spawn(Arc::clone(&reader).process(messages, slot));
                    continue;
                }
                Ok(_) => drop(slot),
                Err(error) => tracing::error!(%error, "a queue cannot be read; trying again"),
            }
            tokio::select! {
                () = reader.wake.notified() => {}
                () = tokio::time::sleep(SLOW_POLL) => {}
                () = shutdown.cancelled() => {}
            }
        }
        for _ in 0..reader.trigger.concurrency() {
            if let Ok(slot) = slots.acquire().await {
                slot.forget();
            }
        }
    }

    /// Receives a batch. If there is none, records whether the queue is empty.
    async fn receive(&self, mark: &Reader) -> anyhow::Result<Vec<Message>> {
        let queue = &self.trigger.queue_arn;
        let round = self.progress.round();
        let before = self.queues.counts(queue).await?;
        let messages = self.queues.receive(queue, self.trigger.batch_size).await?;
        // No message was hidden before and none is visible now: the queue is empty, except for messages that
        // come back at a later date.
        if messages.is_empty()
            && before.delayed == 0
            && before.in_flight <= self.queues.later(queue)?
        {
            mark.found_empty(round);
        }
        Ok(messages)
    }

    async fn process(self: Arc<Self>, messages: Vec<Message>, _slot: OwnedSemaphorePermit) {
        let _running = self.progress.begin();
        let records = messages.iter().map(|message| record(message, &self.trigger.queue_arn));
        let mut event = SqsEvent::default();
        event.records = records.collect();
        let outcome = match self.function.invoke(&identity::fresh(), event).await {
            Ok(answer) if self.trigger.reports_failures() => {
                let identifiers: Vec<&str> =
                    messages.iter().map(|message| message.message_id.as_str()).collect();
                BatchOutcome::of_answer(&answer, &identifiers)
            }
            Ok(_) => BatchOutcome::Done,
            Err(_) => BatchOutcome::AllFailed,
        };
        for message in &messages {
            let failed = match &outcome {
                BatchOutcome::Done => false,
                BatchOutcome::Failed(failed) => failed.contains(&message.message_id),
                BatchOutcome::AllFailed => true,
            };
            if let Err(error) = self.finish(message, failed).await {
                tracing::error!(%error, "a message could not be finished");
            }
        }
    }

    async fn finish(&self, message: &Message, failed: bool) -> anyhow::Result<()> {
        let queue = &self.trigger.queue_arn;
        if !failed {
            return self.queues.delete(queue, message).await;
        }
        if self.queues.is_put_off(queue, message)? {
            return Ok(());
        }
        let received = message.approximate_receive_count;
        tracing::warn!(queue, message_id = message.message_id, received, "a message failed");
        let seconds = match self.pace {
            Pace::Real => seconds_until_retry(received),
            Pace::Patient => 0,
        };
        self.queues.put_back(queue, message, seconds).await
    }
}

/// Returns 0, 1, 2, 4, … seconds for the first, second, third, fourth, … failure.
fn seconds_until_retry(received: u32) -> u32 {
    match received {
        0 | 1 => 0,
        more => 1 << (more - 2).min(6),
    }
}

/// Returns a message as Lambda's event has it.
fn record(message: &Message, queue_arn: &str) -> SqsMessage {
    let attributes = message.message_attributes.iter();
    let first_received =
        message.approximate_first_receive_timestamp.unwrap_or(message.sent_timestamp);
    let mut record = SqsMessage::default();
    record.message_id = Some(message.message_id.clone());
    record.receipt_handle = message.receipt_handle.clone();
    record.body = Some(message.body.clone());
    record.md5_of_body = Some(message.body_md5.clone());
    record.attributes = HashMap::from([
        ("ApproximateReceiveCount".to_owned(), message.approximate_receive_count.to_string()),
        ("SentTimestamp".to_owned(), message.sent_timestamp.to_string()),
        ("SenderId".to_owned(), message.sender_id.clone()),
        ("ApproximateFirstReceiveTimestamp".to_owned(), first_received.to_string()),
    ]);
    record.message_attributes =
        attributes.map(|(name, value)| (name.clone(), attribute(value))).collect();
    record.event_source = Some("aws:sqs".to_owned());
    record.event_source_arn = Some(queue_arn.to_owned());
    record.aws_region = Some(identity::REGION.to_owned());
    record
}

fn attribute(given: &MessageAttribute) -> SqsMessageAttribute {
    let mut attribute = SqsMessageAttribute::default();
    attribute.data_type = Some(given.data_type.clone());
    attribute.string_value = given.string_value.clone();
    attribute
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_come_ever_later() {
        let delays: Vec<u32> = (1..=5).map(seconds_until_retry).collect();
        assert_eq!(delays, [0, 1, 2, 4, 8]);
        assert_eq!(seconds_until_retry(100), 64);
    }
}
