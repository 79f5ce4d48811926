//! The stream is the outbox: every commit with an `outbox` becomes an order in the mail queue, or a
//! purchase in the order queue, where a care cycle starts with it.
//!
//! Reads the programme once per batch of mails, for their language and time zone. Writes nothing.

pub mod event;

use aws_lambda_events::dynamodb::Event as StreamEvent;
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use puntos_domain::mail::{Composer, MailRequest};
use puntos_domain::outbox::{CycleStart, Outbox};
use puntos_runtime::queue::Queue;
use puntos_runtime::{Environment, Invocation, InvocationError, StartError};
use puntos_store::Store;
use serde::Serialize;

use event::Change;

/// The function.
pub struct Function {
    store: Store,
    emails: Queue,
    orders: Queue,
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
                // What came before it is relayed; the stream comes back to it, alone in the end.
                Err(broken) => {
                    tracing::error!(
                        sequence_number = broken.sequence_number,
                        reason = broken.reason,
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
        let unordered = self.start_cycles(changes).await;
        let unmailed = self.order_mails(changes).await?;
        let first = unordered.into_iter().chain(unmailed).min();
        Ok(first.and_then(|index| changes.get(index)).map(|change| change.sequence_number.clone()))
    }

    /// Sends the purchases with which a care cycle starts; returns the place of the first not sent.
    async fn start_cycles(&self, changes: &[Change]) -> Option<usize> {
        let of_purchase = |(index, change): (usize, &'_ Change)| match &change.committed {
            Outbox::Purchase(order) => Some((index, order.clone())),
            _ => None,
        };
        let orders: Vec<(usize, CycleStart)> =
            changes.iter().enumerate().filter_map(of_purchase).collect();
        sent(&self.orders, &orders).await
    }

    /// Sends the orders for mails; returns the place of the first change whose order was not sent.
    async fn order_mails(&self, changes: &[Change]) -> Result<Option<usize>, InvocationError> {
        let is_mail = |change: &Change| !matches!(change.committed, Outbox::Purchase(_));
        if !changes.iter().any(is_mail) {
            return Ok(None);
        }
        let head = self
            .store
            .program_head()
            .await
            .map_err(|error| InvocationError::Service(error.chain()))?;
        let head =
            head.ok_or_else(|| InvocationError::Service("there is no programme".to_owned()))?;
        let program = self.store.program_at(&head, self.environment.now()).await;
        let program = program.map_err(|error| InvocationError::Service(error.to_string()))?;
        let context = Composer { program: &program, brand: &self.brand };
        let orders: Vec<(usize, MailRequest)> = changes
            .iter()
            .enumerate()
            .filter_map(|(index, change)| Some((index, change.committed.order(&context)?)))
            .collect();
        Ok(sent(&self.emails, &orders).await)
    }
}

/// Sends messages, each with the place of its change; returns the place of the first not sent.
async fn sent<M: Serialize>(queue: &Queue, orders: &[(usize, M)]) -> Option<usize> {
    if orders.is_empty() {
        return None;
    }
    let messages: Vec<&M> = orders.iter().map(|(_, order)| order).collect();
    match queue.send_all(&messages).await {
        Ok(()) => {
            tracing::info!(orders = orders.len(), "relayed");
            None
        }
        Err((sent, error)) => {
            tracing::warn!(sent, %error, "the queue did not take every order");
            Some(orders.get(sent).map_or(0, |(index, _)| *index))
        }
    }
}

/// The stream is read again from this change on; none means that all is done.
fn failed_from(sequence_number: Option<String>) -> DynamoDbEventResponse {
    let mut response = DynamoDbEventResponse::default();
    if let Some(sequence_number) = sequence_number {
        let mut failure = DynamoDbBatchItemFailure::default();
        failure.item_identifier = Some(sequence_number);
        response.batch_item_failures.push(failure);
    }
    response
}
