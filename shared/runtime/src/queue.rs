//! A queue that a function writes to.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use serde::Serialize;

use crate::{Environment, StartError};

/// The most messages that SQS takes with one request.
const BATCH_MAX: usize = 10;

/// A queue.
#[derive(Clone)]
pub struct Queue {
    client: Client,
    url: String,
}

/// The queue did not take every message.
#[derive(Debug, thiserror::Error)]
#[error("the queue did not take a message: {0}")]
pub struct NotQueued(String);

impl Queue {
    /// Returns the queue whose URL a setting names.
    ///
    /// # Errors
    /// Refuses where the setting is missing.
    pub fn new(environment: &Environment, setting: &'static str) -> Result<Self, StartError> {
        let url = environment.setting(setting)?.to_owned();
        Ok(Self { client: environment.clients().sqs().clone(), url })
    }

    /// Sends messages in order, ten at a time.
    ///
    /// # Errors
    /// Says how many of them were taken before the first that was not.
    pub async fn send_all<M: Serialize>(&self, messages: &[M]) -> Result<(), (usize, NotQueued)> {
        for (chunk_index, chunk) in messages.chunks(BATCH_MAX).enumerate() {
            let taken = chunk_index * BATCH_MAX;
            self.send_chunk(chunk).await.map_err(|(index, error)| (taken + index, error))?;
        }
        Ok(())
    }

    /// Sends one message whose body is this very text.
    ///
    /// # Errors
    /// Fails where it was not taken.
    pub async fn send_text(&self, body: &str) -> Result<(), NotQueued> {
        self.send_bodies(vec![body.to_owned()]).await.map_err(|(_, error)| error)
    }

    async fn send_chunk<M: Serialize>(&self, chunk: &[M]) -> Result<(), (usize, NotQueued)> {
        let mut bodies = Vec::with_capacity(chunk.len());
        for (index, message) in chunk.iter().enumerate() {
            let body = serde_json::to_string(message);
            bodies.push(body.map_err(|error| (index, NotQueued(error.to_string())))?);
        }
        self.send_bodies(bodies).await
    }

    async fn send_bodies(&self, bodies: Vec<String>) -> Result<(), (usize, NotQueued)> {
        let mut entries = Vec::with_capacity(bodies.len());
        for (index, body) in bodies.into_iter().enumerate() {
            let entry = SendMessageBatchRequestEntry::builder()
                .id(index.to_string())
                .message_body(body)
                .build();
            entries.push(entry.map_err(|error| (index, NotQueued(error.to_string())))?);
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
            (0, NotQueued(service.unwrap_or_else(|| error.to_string())))
        })?;
        let refused =
            output.failed().iter().filter_map(|entry| entry.id().parse::<usize>().ok()).min();
        match refused {
            None => Ok(()),
            Some(index) => Err((index, NotQueued("refused by the service".to_owned()))),
        }
    }
}
