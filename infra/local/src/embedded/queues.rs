//! The embedded SQS: winterbaume's queues in memory, created as the template says. Messages that a
//! function puts off come back by the stack's clock.
//!
//! Keeps nothing over a restart: the stream is read again instead.

mod put_off;

use std::collections::{BTreeMap, HashMap};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio::sync::Notify;
use winterbaume_core::{MockRequest, MockResponse, MockService};
use winterbaume_sqs::types::Message;
use winterbaume_sqs::{InMemorySqsBackend, SqsBackend, SqsService};

use self::put_off::PutOff;
use crate::clock::StackClock;
use crate::identity::{ACCOUNT, REGION, queue_arn_of};
use crate::wiring::QueuePlan;

/// How long SQS can hide a message: twelve hours.
const HIDDEN_MAX_S: u32 = 43_200;

/// All queues of the stack.
pub(crate) struct Queues {
    backend: Arc<InMemorySqsBackend>,
    service: SqsService,
    queues: BTreeMap<String, Queue>,
    clock: StackClock,
}

struct Queue {
    plan: QueuePlan,
    wake: Arc<Notify>,
    put_off: Mutex<PutOff>,
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
    pub(crate) async fn create(plans: &[QueuePlan], clock: StackClock) -> anyhow::Result<Self> {
        let backend = Arc::new(InMemorySqsBackend::new());
        let service = SqsService::with_backend(Arc::clone(&backend) as Arc<dyn SqsBackend>);
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
            let queue = Queue {
                plan: plan.clone(),
                wake: Arc::new(Notify::new()),
                put_off: Mutex::default(),
            };
            queues.insert(plan.arn.clone(), queue);
        }
        Ok(Self { backend, service, queues, clock })
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
        let queue = self.queue(arn)?;
        let name = queue.plan.name.clone();
        let due = queue.put_off().take_due(self.clock.now());
        for receipt_handle in due {
            if let Err(error) = self.hide(&name, receipt_handle, 0).await {
                tracing::error!(%error, "a message does not come back");
            }
        }
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
        let name = &self.queue(arn)?.plan.name;
        self.hide(name, receipt_handle(message)?, seconds).await?;
        self.notify(arn);
        Ok(())
    }

    async fn hide(&self, name: &str, receipt_handle: String, seconds: u32) -> anyhow::Result<()> {
        self.backend
            .change_message_visibility(
                account(),
                region(),
                name.to_owned(),
                receipt_handle,
                seconds,
            )
            .await
            .with_context(|| format!("hiding a message of {name}"))
    }

    /// Returns whether a function put a message off.
    pub(crate) fn is_put_off(&self, arn: &str, message: &Message) -> anyhow::Result<bool> {
        Ok(self.queue(arn)?.put_off().has(&receipt_handle(message)?))
    }

    /// Returns how many messages a function put off to a later date.
    pub(crate) fn later(&self, arn: &str) -> anyhow::Result<u64> {
        Ok(self.queue(arn)?.put_off().later(self.clock.now()))
    }

    /// Answers the request that puts messages off.
    async fn put_off(&self, request: &put_off::Request) -> anyhow::Result<Value> {
        let queue = self.queue(&queue_arn_of(&request.queue_url))?;
        let mut done = Vec::new();
        for entry in &request.entries {
            self.hide(&queue.plan.name, entry.receipt_handle.clone(), HIDDEN_MAX_S).await?;
            let wait = SignedDuration::from_secs(entry.visibility_timeout.into());
            queue.put_off().add(entry.receipt_handle.clone(), self.clock.now() + wait);
            done.push(json!({"Id": entry.id}));
        }
        Ok(json!({"Successful": done, "Failed": []}))
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

impl Queue {
    fn put_off(&self) -> MutexGuard<'_, PutOff> {
        self.put_off.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MockService for Queues {
    fn service_name(&self) -> &str {
        self.service.service_name()
    }

    fn url_patterns(&self) -> Vec<&str> {
        self.service.url_patterns()
    }

    fn handle(
        &self,
        request: MockRequest,
    ) -> Pin<Box<dyn Future<Output = MockResponse> + Send + '_>> {
        let target = request.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
        if target != Some("AmazonSQS.ChangeMessageVisibilityBatch") {
            return self.service.handle(request);
        }
        Box::pin(async move {
            let put_off = match serde_json::from_slice(&request.body) {
                Ok(request) => self.put_off(&request).await,
                Err(error) => Err(error.into()),
            };
            match put_off {
                Ok(answer) => MockResponse::rest_json(200, answer.to_string()),
                Err(error) => {
                    let body = json!({"__type": "InvalidRequest", "message": format!("{error:#}")});
                    MockResponse::rest_json(400, body.to_string())
                }
            }
        })
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
