//! Failed messages of a queue: each try waits twice as long as the one before.
//!
//! Does not decide which failures are worth a retry.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use aws_sdk_sqs::types::ChangeMessageVisibilityBatchRequestEntry;

use crate::queue::{BATCH_MAX, Queue};

/// The longest wait: the visibility timeout that the template gives to such a queue.
const WAIT_MAX_S: i32 = 1800;

/// A message that was received, as its queue knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    message_id: String,
    receipt_handle: String,
    times: u32,
}

impl Received {
    /// Returns the messages of an event.
    pub(crate) fn all(event: &SqsEvent) -> Vec<Self> {
        let records = event.records.iter();
        let received = records.filter_map(|record| {
            let times = record.attributes.get("ApproximateReceiveCount");
            Some(Self {
                message_id: record.message_id.clone()?,
                receipt_handle: record.receipt_handle.clone()?,
                times: times.and_then(|times| times.parse().ok()).unwrap_or(1),
            })
        });
        received.collect()
    }

    /// Keeps the messages that failed.
    pub(crate) fn failed(mut received: Vec<Self>, response: &SqsBatchResponse) -> Vec<Self> {
        let failures = &response.batch_item_failures;
        received.retain(|message| {
            failures.iter().any(|failure| failure.item_identifier == message.message_id)
        });
        received
    }

    /// Returns the seconds until the next try: 1, 2, 4, … up to half an hour.
    fn wait_s(&self) -> i32 {
        let doublings = self.times.saturating_sub(1);
        1_i32.checked_shl(doublings).filter(|wait| *wait > 0).unwrap_or(WAIT_MAX_S).min(WAIT_MAX_S)
    }
}

impl Queue {
    /// Hides failed messages until their next try. A message that cannot be hidden comes back after the
    /// queue's visibility timeout.
    pub async fn put_off(&self, failed: &[Received]) {
        for chunk in failed.chunks(BATCH_MAX) {
            let mut request = self.client.change_message_visibility_batch().queue_url(&self.url);
            for (index, message) in chunk.iter().enumerate() {
                let entry = ChangeMessageVisibilityBatchRequestEntry::builder()
                    .id(index.to_string())
                    .receipt_handle(&message.receipt_handle)
                    .visibility_timeout(message.wait_s())
                    .build();
                match entry {
                    Ok(entry) => request = request.entries(entry),
                    Err(error) => tracing::error!(%error, "a message cannot be put off"),
                }
            }
            if let Err(error) = request.send().await {
                tracing::warn!(%error, "failed messages could not be put off");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(times: &str) -> Received {
        let event = format!(
            r#"{{"Records": [{{"messageId": "m", "receiptHandle": "r",
                "attributes": {{"ApproximateReceiveCount": "{times}"}}}}]}}"#
        );
        Received::all(&serde_json::from_str(&event).unwrap()).remove(0)
    }

    #[test]
    fn waits_double_up_to_half_an_hour() {
        let waits = |times: [&str; 8]| times.map(|times| received(times).wait_s());
        assert_eq!(
            waits(["1", "2", "3", "10", "11", "12", "32", "600"]),
            [1, 2, 4, 512, 1024, 1800, 1800, 1800]
        );
    }

    #[test]
    fn an_hour_of_failures_takes_few_tries_and_ends_at_most_half_an_hour_later() {
        let tries = (1..).scan(0, |at, times| {
            *at += received(&format!("{times}")).wait_s();
            Some(*at)
        });
        let before_the_end = tries.take_while(|at| *at < 3600).count();
        assert_eq!(before_the_end, 11);
    }

    #[test]
    fn only_messages_that_failed_are_put_off() {
        let other = Received { message_id: "other".to_owned(), ..received("1") };
        let response = serde_json::from_str(r#"{"batchItemFailures": [{"itemIdentifier": "m"}]}"#);
        let failed = Received::failed(vec![received("1"), other], &response.unwrap());
        assert_eq!(failed, [received("1")]);
    }
}
