//! The stream is the outbox: every commit with an `outbox` becomes a mail request in the mail queue, a purchase in
//! the order queue, where a care cycle starts with it, or a changed address in the sign-in queue.
//!
//! Reads the programme once per batch of mails, for their language and time zone. Writes nothing.

pub mod event;

use std::sync::Arc;

use aws_lambda_events::dynamodb::Event as StreamEvent;
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use puntos_domain::mail::Composer;
use puntos_domain::outbox::Outbox;
use puntos_domain::program::ProgramVersion;
use puntos_runtime::queue::Queue;
use puntos_runtime::{Environment, Invocation, InvocationError, StartError, chain};
use puntos_store::{Store, StoreError};
use serde::Serialize;

use event::Change;

pub struct Function {
    store: Store,
    emails: Queue,
    orders: Queue,
    sign_ins: Queue,
    brand: String,
    environment: Environment,
}

impl puntos_runtime::Function for Function {
    type Event = StreamEvent;
    type Answer = DynamoDbEventResponse;

    fn new(environment: Environment) -> Result<Self, StartError> {
        Ok(Self {
            store: environment.store()?,
            emails: Queue::new(&environment, "EMAIL_QUEUE_URL")?,
            orders: Queue::new(&environment, "ORDER_QUEUE_URL")?,
            sign_ins: Queue::new(&environment, "SIGN_IN_QUEUE_URL")?,
            brand: environment.setting("BRAND_NAME")?.to_owned(),
            environment,
        })
    }

    async fn handle(
        &self,
        event: StreamEvent,
        _: Invocation,
    ) -> Result<DynamoDbEventResponse, InvocationError> {
        let mut changes = Vec::with_capacity(event.records.len());
        let mut poison = None;
        for record in event.records {
            match event::parse(record) {
                Ok(change) => changes.extend(change),
                // The records before it are relayed. The stream delivers this one again, at last alone.
                Err(broken) => {
                    tracing::error!(
                        sequence_number = broken.sequence_number,
                        reason = %broken.reason,
                        "a change cannot be read"
                    );
                    poison = Some(broken.sequence_number);
                    break;
                }
            }
        }
        let unsent = self.relay(&changes).await?;
        Ok(failed_from(unsent.or(poison)))
    }
}

impl Function {
    /// Sends what follows in the order of the commits, and returns the first change that was not sent.
    async fn relay(&self, changes: &[Change]) -> Result<Option<String>, InvocationError> {
        let cycles = picked(changes, |committed| match committed {
            Outbox::Purchase(start) => Some(start.clone()),
            _ => None,
        });
        let addresses = picked(changes, |committed| match committed {
            Outbox::Address(change) => Some(change.clone()),
            _ => None,
        });
        let first_unsent = [
            sent(&self.orders, &cycles).await,
            sent(&self.sign_ins, &addresses).await,
            self.request_mails(changes).await?,
        ];
        let first = first_unsent.into_iter().flatten().min();
        Ok(first.and_then(|index| changes.get(index)).map(|change| change.sequence_number.clone()))
    }

    /// Sends the mail requests; returns the index of the first change whose request was not sent.
    async fn request_mails(&self, changes: &[Change]) -> Result<Option<usize>, InvocationError> {
        if changes.iter().all(|change| change.committed.is_no_mail()) {
            return Ok(None);
        }
        let program = self.program().await.map_err(InvocationError::failed)?;
        let composer = Composer { program: &program, brand: &self.brand };
        let requests = picked(changes, |committed| committed.mail_request(&composer));
        Ok(sent(&self.emails, &requests).await)
    }

    async fn program(&self) -> Result<Arc<ProgramVersion>, ProgramError> {
        let rules = self.store.program_in_force(self.environment.now()).await?;
        rules.ok_or(ProgramError::Missing)
    }
}

/// Why the programme is not known.
#[derive(Debug, thiserror::Error)]
enum ProgramError {
    #[error("there is no programme")]
    Missing,
    #[error("the programme cannot be read")]
    Store(#[from] StoreError),
}

/// Returns the messages that follow from changes, each with the index of its change.
fn picked<M>(changes: &[Change], message: impl Fn(&Outbox) -> Option<M>) -> Vec<(usize, M)> {
    let messages = changes.iter().map(|change| message(&change.committed));
    messages.enumerate().filter_map(|(index, message)| Some((index, message?))).collect()
}

/// Sends messages, each with the index of its change; returns the index of the first not sent.
async fn sent<M: Serialize>(queue: &Queue, messages: &[(usize, M)]) -> Option<usize> {
    if messages.is_empty() {
        return None;
    }
    let bodies: Vec<&M> = messages.iter().map(|(_, message)| message).collect();
    match queue.send_all(&bodies).await {
        Ok(()) => {
            tracing::info!(messages = messages.len(), "relayed");
            None
        }
        Err(error) => {
            tracing::warn!(error = chain(&error), "the queue did not take every message");
            Some(messages.get(error.index).map_or(0, |(index, _)| *index))
        }
    }
}

/// The stream delivers again from this change on. `None` means that all changes are done.
fn failed_from(sequence_number: Option<String>) -> DynamoDbEventResponse {
    let mut response = DynamoDbEventResponse::default();
    if let Some(sequence_number) = sequence_number {
        let mut failure = DynamoDbBatchItemFailure::default();
        failure.item_identifier = Some(sequence_number);
        response.batch_item_failures.push(failure);
    }
    response
}
