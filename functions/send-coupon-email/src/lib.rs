//! Sends mails, each once: lock, send, record.
//!
//! SES has no idempotency token. A mail that another sender locked may have been sent before that sender
//! died, so it is never sent again: it becomes `uncertain`, and the reports of SES settle it.

pub mod event;
mod sending;

use std::sync::Arc;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use puntos_domain::mail::{EmailStatus, PagesUrl};
use puntos_runtime::batch::{Delivery, Source, Unhandled};
use puntos_runtime::mailer::Mailer;
use puntos_runtime::{Deadline, Environment, Invocation, InvocationError, StartError};
use puntos_store::Store;

use sending::{Sender, SendingError};

/// The line of the log when the set-up of SES keeps a mail from being sent. An alarm counts it.
pub const SET_UP_FAULT: &str = "the set-up of SES does not let this mail go";

/// How often a message is received before a mail that SES does not take now is left to the sweep. The mail
/// waits as `queued`, and the sweep requests it again at the pace that SES allows.
const TRIES_MAX: u32 = 5;

pub struct Function {
    environment: Environment,
    store: Store,
    mailer: Mailer,
    pages: Option<PagesUrl>,
    source: Source,
}

impl puntos_runtime::Function for Function {
    type Event = SqsEvent;
    type Answer = SqsBatchResponse;

    fn new(environment: Environment) -> Result<Self, StartError> {
        let store = environment.store()?;
        let mailer = Mailer::new(&environment)?;
        let source = Source::new(&environment)?;
        let pages = environment.pages_url();
        Ok(Self { environment, store, mailer, pages, source })
    }

    async fn handle(
        &self,
        event: SqsEvent,
        invocation: Invocation,
    ) -> Result<SqsBatchResponse, InvocationError> {
        let deadline = invocation.deadline();
        let work = |delivery| self.send(delivery, deadline);
        self.source.each(event, &invocation, work).await
    }
}

impl Function {
    async fn send(&self, delivery: Arc<Delivery>, deadline: Deadline) -> Result<(), Unhandled> {
        let request = event::parse(&delivery.body)
            .map_err(|not_a_request| Unhandled::Never(not_a_request.into()))?;
        let store = self.store.metered();
        let (mailer, environment, pages) = (&self.mailer, &self.environment, self.pages.as_ref());
        let email_id = request.email.email_id.clone();
        let sender = Sender { store, mailer, environment, pages, deadline };
        let status = match sender.send(request).await {
            Err(SendingError::Later(_)) if delivery.tries >= TRIES_MAX => EmailStatus::Queued,
            sent => sent?,
        };
        let cost = sender.store.meter().total();
        tracing::info!(
            %email_id, %status,
            requests = cost.requests, read_units = cost.read_units, write_units = cost.write_units,
            "mail handled"
        );
        Ok(())
    }
}
