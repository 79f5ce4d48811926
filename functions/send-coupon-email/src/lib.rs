//! Sends mails, each once: lock, send, record.
//!
//! SES has no idempotency token. A mail that another sender locked may have been sent before that sender
//! died, so it is never sent again: it becomes `uncertain`, and the reports of SES settle it.

pub mod event;
mod sending;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use puntos_runtime::batch;
use puntos_runtime::mailer::Mailer;
use puntos_runtime::{Deadline, Environment, Invocation, InvocationError, StartError};
use puntos_store::Store;

use sending::{Sender, SendingError};

/// The line of the log when the set-up of SES keeps a mail from being sent. An alarm counts it.
pub const SET_UP_FAULT: &str = "the set-up of SES does not let this mail go";

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
        let deadline = Deadline::after(invocation.remaining);
        batch::each(event, deadline, |delivery| async move {
            let request = event::parse(&delivery.body)?;
            let store = self.store.metered();
            let (mailer, environment) = (&self.mailer, &self.environment);
            let email_id = request.email.email_id.clone();
            let sender = Sender { store, mailer, environment, deadline };
            let status = sender.send(request).await?;
            let cost = sender.store.meter().total();
            tracing::info!(
                %email_id, %status,
                requests = cost.requests, read_units = cost.read_units, write_units = cost.write_units,
                "mail handled"
            );
            Ok::<(), SendingError>(())
        })
        .await
    }
}
