//! Sends mails, each once: claim, send, record.
//!
//! SES has no idempotency token, so a mail whose claim is found already made, by an instance that may
//! have died between sending and recording, is never sent again: it becomes `uncertain`, and what SES
//! reports settles it.

pub mod event;
mod sending;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use puntos_runtime::batch;
use puntos_runtime::mailer::Mailer;
use puntos_runtime::{Environment, Invocation, InvocationError, StartError};
use puntos_store::Store;

/// The function.
pub struct Function {
    environment: Environment,
    store: Store,
    mailer: Mailer,
}

impl puntos_runtime::Function for Function {
    type Event = SqsEvent;
    type Answer = SqsBatchResponse;

    fn new(environment: Environment) -> Result<Self, StartError> {
        let store = environment.store()?;
        let mailer = Mailer::new(&environment)?;
        Ok(Self { environment, store, mailer })
    }

    async fn handle(
        &self,
        event: SqsEvent,
        invocation: Invocation,
    ) -> Result<SqsBatchResponse, InvocationError> {
        batch::each(event, invocation.deadline(), |message| async move {
            let order = event::parse(&message)?;
            let store = self.store.metered();
            let email_id = order.email.email_id.clone();
            let status = sending::send(&store, &self.mailer, order, &self.environment).await?;
            let cost = store.meter().total();
            tracing::info!(
                %email_id, %status,
                requests = cost.requests, read_units = cost.read_units, write_units = cost.write_units,
                "mail handled"
            );
            Ok(())
        })
        .await
    }
}
