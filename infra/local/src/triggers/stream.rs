//! Reads the table's stream, filters the records, and passes batches to the function with Lambda's rules
//! for failures: partial responses, bisecting, limited retries, failure destination.
//!
//! Keeps no record longer than its batch.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::BatchOutcome;
use crate::clock::StackClock;
use crate::embedded::database::{Database, SequenceNumber};
use crate::embedded::queues::Queues;
use crate::functions::local::LocalFunction;
use crate::identity;
use crate::triggers::progress::Progress;
use crate::wiring::events::StreamTrigger;

/// How long the reader sleeps without a wake-up.
const SLOW_POLL: Duration = Duration::from_millis(200);

/// Records read at once, which locks the table.
const READ_AT_ONCE: usize = 200;

/// How long the reader waits after a wake-up, so that it does not read a busy table for each write.
const GATHERING: Duration = Duration::from_millis(5);

/// The longest pause between two tries of a batch.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The reader of the stream for one function.
pub(crate) struct StreamReader {
    /// Its settings in the template.
    pub trigger: StreamTrigger,
    /// The function that receives the records.
    pub function: Arc<LocalFunction>,
    /// The table.
    pub database: Arc<Database>,
    /// The queues of the failure destinations.
    pub queues: Arc<Queues>,
    pub progress: Arc<Progress>,
    /// Notified when the table changed.
    pub wake: Arc<Notify>,
    /// The time on failure records.
    pub clock: StackClock,
}

/// A batch and how often it was tried again.
struct Batch {
    records: Vec<Value>,
    retries: u32,
}

impl StreamReader {
    /// Checks that the function's role allows what Lambda needs to read the stream.
    ///
    /// # Errors
    /// Refuses if the role does not allow it.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        let policy = &self.function.policy;
        for action in ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"] {
            policy.allow_one(&format!("dynamodb:{action}"), &self.trigger.stream_arn)?;
        }
        if let Some(queue) = self.trigger.failure_queue() {
            policy.allow_one("sqs:SendMessage", &queue)?;
        }
        Ok(())
    }

    /// Reads from a position, or from the beginning, until the stack shuts down.
    pub(crate) async fn run(
        self,
        mut position: Option<SequenceNumber>,
        shutdown: CancellationToken,
    ) {
        // The records after the position came later than this.
        let mut caught_up = self.clock.now();
        while !shutdown.is_cancelled() {
            match self.advance(position, caught_up).await {
                Ok(Some(end)) => {
                    position = Some(end);
                    self.progress.relayed_to(end);
                    continue;
                }
                Ok(None) => caught_up = self.clock.now(),
                Err(error) => tracing::error!(%error, "the stream cannot be read; trying again"),
            }
            tokio::select! {
                () = self.wake.notified() => tokio::time::sleep(GATHERING).await,
                () = tokio::time::sleep(SLOW_POLL) => {}
                () = shutdown.cancelled() => {}
            }
        }
    }

    /// Reads from a position and delivers the records that pass the filters. Returns the new position, or
    /// `None` at the end of the stream.
    async fn advance(
        &self,
        position: Option<SequenceNumber>,
        caught_up: Timestamp,
    ) -> anyhow::Result<Option<SequenceNumber>> {
        let database = Arc::clone(&self.database);
        let read = move || database.records_after(position, READ_AT_ONCE);
        let records = tokio::task::spawn_blocking(read).await??;
        let Some(last) = records.last() else { return Ok(None) };
        let end = last.dynamodb.sequence_number.parse().context("a sequence number")?;
        let mut passing = Vec::new();
        for record in records {
            // dynoxide writes the whole record of Lambda's event but its source.
            let mut record = serde_json::to_value(record)?;
            record["eventSourceARN"] = json!(self.trigger.stream_arn);
            record["awsRegion"] = json!(identity::REGION);
            if self.passes(&record) {
                passing.push(record);
            }
        }
        while !passing.is_empty() {
            let rest = passing.split_off(passing.len().min(self.trigger.batch_size));
            self.deliver(std::mem::replace(&mut passing, rest), caught_up).await;
        }
        Ok(Some(end))
    }

    fn passes(&self, record: &Value) -> bool {
        let mut filters = self.trigger.filters().peekable();
        filters.peek().is_none() || filters.any(|filter| filter.passes(record))
    }

    /// Delivers a batch until each of its records is done or in the failure destination.
    async fn deliver(&self, records: Vec<Value>, caught_up: Timestamp) {
        let _running = self.progress.begin();
        let mut waiting = VecDeque::from([Batch { records, retries: 0 }]);
        while let Some(mut batch) = waiting.pop_front() {
            let Some(first_failed) = self.attempt(&batch.records).await else { continue };
            if first_failed > 0 {
                // The records before the first failure are done.
                batch.records.drain(..first_failed);
            } else if self.trigger.bisect_batch_on_function_error && batch.records.len() > 1 {
                let second = batch.records.split_off(batch.records.len() / 2);
                waiting.push_front(Batch { records: second, retries: batch.retries });
                waiting.push_front(batch);
                continue;
            }
            if batch.retries == self.trigger.maximum_retry_attempts {
                self.give_up(&batch, caught_up).await;
                continue;
            }
            let pause = Duration::from_millis(50).saturating_mul(1 << batch.retries.min(10));
            tokio::time::sleep(pause.min(LONGEST_PAUSE)).await;
            batch.retries += 1;
            waiting.push_front(batch);
        }
    }

    /// Invokes the function with a batch; returns the index of the first record that failed.
    async fn attempt(&self, records: &[Value]) -> Option<usize> {
        let event = json!({ "Records": records });
        let Ok(answer) = self.function.invoke(&identity::fresh(), event).await else {
            return Some(0);
        };
        if !self.trigger.reports_failures() {
            return None;
        }
        let numbers: Vec<&str> = records.iter().map(sequence_number).collect();
        match BatchOutcome::of_answer(&answer, &numbers) {
            BatchOutcome::Done => None,
            BatchOutcome::AllFailed => Some(0),
            BatchOutcome::Failed(failed) => {
                numbers.iter().position(|number| failed.contains(*number))
            }
        }
    }

    /// Sends the position of a batch, not its content, to the failure destination, as Lambda does.
    async fn give_up(&self, batch: &Batch, caught_up: Timestamp) {
        let (Some(first), Some(last)) = (batch.records.first(), batch.records.last()) else {
            return;
        };
        tracing::error!(
            function = %self.function.plan.name,
            first = sequence_number(first),
            records = batch.records.len(),
            "records of the stream were given up"
        );
        let Some(queue) = self.trigger.failure_queue() else { return };
        let now = self.clock.now().to_string();
        let record = json!({
            "version": "1.0",
            "timestamp": now,
            "requestContext": {
                "requestId": identity::fresh(),
                "functionArn": self.function.arn(),
                "condition": "RetryAttemptsExhausted",
                "approximateInvokeCount": batch.retries + 1,
            },
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST"},
            "DDBStreamBatchInfo": {
                "shardId": "shardId-local",
                "startSequenceNumber": sequence_number(first),
                "endSequenceNumber": sequence_number(last),
                "approximateArrivalOfFirstRecord": caught_up.to_string(),
                "approximateArrivalOfLastRecord": now,
                "batchSize": batch.records.len(),
                "streamArn": self.trigger.stream_arn,
            },
        });
        if let Err(error) = self.queues.send(&queue, record.to_string()).await {
            tracing::error!(%error, "given-up records could not be noted");
        }
    }
}

fn sequence_number(record: &Value) -> &str {
    record["dynamodb"]["SequenceNumber"].as_str().unwrap_or_default()
}
