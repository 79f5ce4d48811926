//! Records what SES reports about mails: on the mail itself, as blocks of addresses, and as consent when
//! a recipient unsubscribes.
//!
//! Reports come late, twice and in any order; the result is the same.

pub mod event;
mod recording;
mod subscribing;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use puntos_domain::mail::{DeliveryReport, Outcome};
use puntos_runtime::batch::{self, Delivery};
use puntos_runtime::queue::{NotQueued, Queue};
use puntos_runtime::{Deadline, Environment, Invocation, InvocationError, StartError};
use puntos_store::{Store, StoreError};

use event::Parsed;

/// The function.
pub struct Function {
    environment: Environment,
    store: Store,
    dead_letters: Queue,
}

/// Why a message is tried again.
#[derive(Debug, thiserror::Error)]
enum HandlingError {
    #[error("the reports cannot be recorded")]
    Store(#[from] StoreError),
    #[error("the event cannot be put aside")]
    Queue(#[from] NotQueued),
}

impl puntos_runtime::Function for Function {
    type Event = SqsEvent;
    type Answer = SqsBatchResponse;

    fn new(environment: Environment) -> Result<Self, StartError> {
        let dead_letters = Queue::new(&environment, "MAIL_EVENT_DEAD_LETTERS_URL")?;
        let store = environment.store()?;
        Ok(Self { environment, store, dead_letters })
    }

    async fn handle(
        &self,
        event: SqsEvent,
        invocation: Invocation,
    ) -> Result<SqsBatchResponse, InvocationError> {
        let deadline = invocation.deadline();
        let request_id = invocation.request_id.as_str();
        batch::each(event, deadline, |delivery| async move {
            self.record(&delivery, request_id, deadline).await
        })
        .await
    }
}

impl Function {
    /// Records the reports of a message. An event that cannot be read becomes a dead letter at once: another
    /// try would not read it either.
    async fn record(
        &self,
        delivery: &Delivery,
        request_id: &str,
        deadline: Deadline,
    ) -> Result<(), HandlingError> {
        let sent_at = delivery.sent_at.unwrap_or_else(|| self.environment.now());
        let reports = match event::parse(&delivery.body, sent_at) {
            Parsed::Reports(reports) => reports,
            Parsed::Ignored(why) => {
                tracing::info!(why, "ignored");
                return Ok(());
            }
            Parsed::Malformed(why) => {
                tracing::error!(why, "an event cannot be read");
                return Ok(self.dead_letters.send_text(&delivery.body).await?);
            }
        };
        for report in reports {
            self.record_one(&report, request_id, deadline).await?;
        }
        Ok(())
    }

    async fn record_one(
        &self,
        report: &DeliveryReport,
        request_id: &str,
        deadline: Deadline,
    ) -> Result<(), StoreError> {
        let store = self.store.metered();
        let outcome = match report.outcome {
            Outcome::Subscription { consents: Some(consents) } => {
                subscribing::record(&store, report, consents, request_id, deadline).await
            }
            _ => recording::record(&store, report, deadline).await,
        }?;
        let cost = store.meter().total();
        tracing::info!(
            email_id = report.email_id.as_ref().map(tracing::field::display),
            ?outcome,
            requests = cost.requests,
            read_units = cost.read_units,
            write_units = cost.write_units,
            "report handled"
        );
        Ok(())
    }
}
