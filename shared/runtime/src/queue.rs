//! A queue that a function writes to.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::BuildError;
use aws_sdk_sqs::types::{ChangeMessageVisibilityBatchRequestEntry, SendMessageBatchRequestEntry};
use serde::Serialize;

use crate::{Environment, StartError, chain};

/// The most messages that SQS accepts in one request.
const BATCH_MAX: usize = 10;

#[derive(Clone)]
pub struct Queue {
    client: Client,
    url: String,
}

/// The queue did not accept every message.
#[derive(Debug, thiserror::Error)]
#[error("the queue did not take message {index}")]
pub struct NotQueued {
    /// The index of the first message that was not accepted.
    pub index: usize,
    /// Why.
    #[source]
    pub reason: QueueError,
}

/// Why the queue did not accept a message.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// The message cannot be written as JSON.
    #[error("the message cannot be written")]
    Message(#[from] serde_json::Error),
    /// The request cannot be built.
    #[error("the request cannot be built")]
    Build(#[from] BuildError),
    /// SQS did not answer, or answered with an error.
    #[error("SQS answered: {0}")]
    Sqs(String),
    /// SQS refused the message in a batch.
    #[error("SQS refused the message")]
    Refused,
}

impl QueueError {
    fn at(self, index: usize) -> NotQueued {
        NotQueued { index, reason: self }
    }
}

impl Queue {
    /// Returns the queue whose URL a setting names.
    ///
    /// # Errors
    /// Refuses if the setting is missing.
    pub fn new(environment: &Environment, setting: &'static str) -> Result<Self, StartError> {
        let url = environment.setting(setting)?.to_owned();
        Ok(Self { client: environment.clients().sqs().clone(), url })
    }

    /// Sends messages in order, ten at a time.
    ///
    /// # Errors
    /// Names the first message that was not accepted.
    pub async fn send_all<M: Serialize>(&self, messages: &[M]) -> Result<(), NotQueued> {
        let at_once: Vec<(&M, u32)> = messages.iter().map(|message| (message, 0)).collect();
        self.send_later(&at_once).await
    }

    /// Sends messages in order, each with its delay in seconds, ten at a time.
    ///
    /// # Errors
    /// Names the first message that was not accepted.
    pub async fn send_later<M: Serialize>(&self, messages: &[(M, u32)]) -> Result<(), NotQueued> {
        for (chunk_index, chunk) in messages.chunks(BATCH_MAX).enumerate() {
            let taken = chunk_index * BATCH_MAX;
            self.send_chunk(chunk).await.map_err(|error| error.reason.at(taken + error.index))?;
        }
        Ok(())
    }

    /// Sends one message with this text as its body.
    ///
    /// # Errors
    /// Fails if it was not accepted.
    pub async fn send_text(&self, body: &str) -> Result<(), NotQueued> {
        self.send_bodies(vec![(body.to_owned(), 0)]).await
    }

    /// Hides received messages, each by its receipt handle, for some seconds. A message that cannot be hidden
    /// comes back after the queue's visibility timeout.
    pub async fn put_off(&self, waits: &[(&str, i32)]) {
        for chunk in waits.chunks(BATCH_MAX) {
            let mut request = self.client.change_message_visibility_batch().queue_url(&self.url);
            for (index, (receipt_handle, wait_s)) in chunk.iter().enumerate() {
                let entry = ChangeMessageVisibilityBatchRequestEntry::builder()
                    .id(index.to_string())
                    .receipt_handle(*receipt_handle)
                    .visibility_timeout(*wait_s)
                    .build();
                match entry {
                    Ok(entry) => request = request.entries(entry),
                    Err(error) => tracing::error!(%error, "a message cannot be put off"),
                }
            }
            if let Err(error) = request.send().await {
                tracing::warn!(error = chain(&error), "failed messages could not be put off");
            }
        }
    }

    async fn send_chunk<M: Serialize>(&self, chunk: &[(M, u32)]) -> Result<(), NotQueued> {
        let mut bodies = Vec::with_capacity(chunk.len());
        for (index, (message, delay_s)) in chunk.iter().enumerate() {
            let body = serde_json::to_string(message);
            bodies.push((body.map_err(|error| QueueError::from(error).at(index))?, *delay_s));
        }
        self.send_bodies(bodies).await
    }

    async fn send_bodies(&self, bodies: Vec<(String, u32)>) -> Result<(), NotQueued> {
        let mut entries = Vec::with_capacity(bodies.len());
        for (index, (body, delay_s)) in bodies.into_iter().enumerate() {
            let entry = SendMessageBatchRequestEntry::builder()
                .id(index.to_string())
                .message_body(body)
                .set_delay_seconds(
                    (delay_s > 0).then(|| i32::try_from(delay_s).unwrap_or(i32::MAX)),
                )
                .build();
            entries.push(entry.map_err(|error| QueueError::from(error).at(index))?);
        }
        let sent = self
            .client
            .send_message_batch()
            .queue_url(&self.url)
            .set_entries(Some(entries))
            .send()
            .await;
        let output = sent.map_err(|error| {
            let service = error.as_service_error().map(ToString::to_string);
            QueueError::Sqs(service.unwrap_or_else(|| error.to_string())).at(0)
        })?;
        let refused =
            output.failed().iter().filter_map(|entry| entry.id().parse::<usize>().ok()).min();
        match refused {
            None => Ok(()),
            Some(index) => Err(QueueError::Refused.at(index)),
        }
    }
}
