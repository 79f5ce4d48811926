//! The embedded SQS: winterbaume's queues in memory, created as the template says.
//!
//! Keeps nothing over a restart: the stream is read again instead.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use anyhow::Context;
use serde_json::json;
use tokio::sync::Notify;
use winterbaume_core::MockService;
use winterbaume_sqs::types::Message;
use winterbaume_sqs::{InMemorySqsBackend, SqsBackend, SqsService};

use crate::identity::{ACCOUNT, REGION};
use crate::wiring::QueuePlan;

/// All queues of the stack.
pub(crate) struct Queues {
    backend: Arc<InMemorySqsBackend>,
    service: Arc<SqsService>,
    queues: BTreeMap<String, Queue>,
}

struct Queue {
    plan: QueuePlan,
    wake: Arc<Notify>,
}

/// How many messages a queue holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Messages that can be received.
    pub visible: u64,
    /// Messages that are being processed, or wait for a retry.
    pub in_flight: u64,
    /// Messages that are not visible yet.
    pub delayed: u64,
}

impl Queues {
    /// Creates the queues.
    ///
    /// # Errors
    /// Fails when the embedded SQS refuses one.
    pub(crate) async fn create(plans: &[QueuePlan]) -> anyhow::Result<Self> {
        let backend = Arc::new(InMemorySqsBackend::new());
        let service =
            Arc::new(SqsService::with_backend(Arc::clone(&backend) as Arc<dyn SqsBackend>));
        let mut queues = BTreeMap::new();
        for plan in plans {
            let mut attributes = HashMap::from([
                ("VisibilityTimeout".to_owned(), plan.visibility_timeout.as_secs().to_string()),
                ("DelaySeconds".to_owned(), plan.delay_seconds.to_string()),
            ]);
            if let Some(redrive) = &plan.redrive {
                let policy = json!({
                    "deadLetterTargetArn": redrive.target_arn,
                    "maxReceiveCount": redrive.max_receive_count,
                });
                attributes.insert("RedrivePolicy".to_owned(), policy.to_string());
            }
            backend
                .create_queue(account(), region(), plan.name.clone(), attributes, None)
                .await
                .with_context(|| format!("the queue {} cannot be created", plan.name))?;
            let queue = Queue { plan: plan.clone(), wake: Arc::new(Notify::new()) };
            queues.insert(plan.arn.clone(), queue);
        }
        Ok(Self { backend, service, queues })
    }

    /// Returns the service that answers the SDK.
    pub(crate) fn service(&self) -> Arc<dyn MockService> {
        Arc::clone(&self.service) as Arc<dyn MockService>
    }

    /// Returns the plans of all queues.
    pub(crate) fn plans(&self) -> impl Iterator<Item = &QueuePlan> {
        self.queues.values().map(|queue| &queue.plan)
    }

    /// Returns the notification of new messages in a queue.
    ///
    /// # Errors
    /// Refuses a queue that does not exist.
    pub(crate) fn wake(&self, arn: &str) -> anyhow::Result<Arc<Notify>> {
        Ok(Arc::clone(&self.queue(arn)?.wake))
    }

    /// Wakes the reader of a queue.
    pub(crate) fn notify(&self, arn: &str) {
        if let Some(queue) = self.queues.get(arn) {
            queue.wake.notify_one();
        }
    }

    /// Wakes the readers of all queues.
    pub(crate) fn notify_all(&self) {
        for queue in self.queues.values() {
            queue.wake.notify_one();
        }
    }

    /// Sends a message.
    ///
    /// # Errors
    /// Fails if the queue does not exist.
    pub(crate) async fn send(&self, arn: &str, body: String) -> anyhow::Result<()> {
        let name = self.queue(arn)?.plan.name.clone();
        self.backend
            .send_message(account(), region(), name, body, None, HashMap::new(), None, None)
            .await
            .with_context(|| format!("sending to {arn}"))?;
        self.notify(arn);
        Ok(())
    }

    /// Receives messages and hides them for the queue's visibility timeout. Moves messages that were
    /// received too often to the dead-letter queue.
    ///
    /// # Errors
    /// Fails if the queue does not exist.
    pub(crate) async fn receive(&self, arn: &str, at_most: usize) -> anyhow::Result<Vec<Message>> {
        let name = self.queue(arn)?.plan.name.clone();
        self.backend
            .receive_messages(account(), region(), name, at_most, None)
            .await
            .with_context(|| format!("receiving from {arn}"))
    }

    /// Deletes a processed message.
    ///
    /// # Errors
    /// Fails if the queue or the message does not exist.
    pub(crate) async fn delete(&self, arn: &str, message: &Message) -> anyhow::Result<()> {
        let name = self.queue(arn)?.plan.name.clone();
        self.backend
            .delete_message(account(), region(), name, receipt_handle(message)?)
            .await
            .with_context(|| format!("deleting from {arn}"))
    }

    /// Makes a failed message visible again after some seconds.
    ///
    /// # Errors
    /// Fails if the queue or the message does not exist.
    pub(crate) async fn put_back(
        &self,
        arn: &str,
        message: &Message,
        seconds: u32,
    ) -> anyhow::Result<()> {
        let name = self.queue(arn)?.plan.name.clone();
        self.backend
            .change_message_visibility(account(), region(), name, receipt_handle(message)?, seconds)
            .await
            .with_context(|| format!("putting back into {arn}"))?;
        self.notify(arn);
        Ok(())
    }

    /// Returns how many messages a queue holds.
    ///
    /// # Errors
    /// Fails if the queue does not exist.
    pub(crate) async fn counts(&self, arn: &str) -> anyhow::Result<Counts> {
        let name = self.queue(arn)?.plan.name.clone();
        let attributes = self
            .backend
            .get_queue_attributes(account(), region(), name)
            .await
            .with_context(|| format!("looking into {arn}"))?;
        let count = |kind: &str| {
            let name = format!("ApproximateNumberOfMessages{kind}");
            attributes.get(&name).and_then(|text| text.parse().ok()).unwrap_or(0)
        };
        Ok(Counts { visible: count(""), in_flight: count("NotVisible"), delayed: count("Delayed") })
    }

    fn queue(&self, arn: &str) -> anyhow::Result<&Queue> {
        self.queues.get(arn).with_context(|| format!("there is no queue {arn}"))
    }
}

fn account() -> String {
    ACCOUNT.to_owned()
}

fn region() -> String {
    REGION.to_owned()
}

fn receipt_handle(message: &Message) -> anyhow::Result<String> {
    message.receipt_handle.clone().context("the message was not received")
}
