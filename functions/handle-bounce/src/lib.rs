//! Records what SES reports about mails: on the mail itself, as blocks of addresses, and as consent when
//! a recipient unsubscribes.
//!
//! Reports come late, twice and in any order; the result is the same.

pub mod event;
mod recording;
mod subscribing;

use std::sync::Arc;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use puntos_domain::mail::{DeliveryReport, Outcome};
use puntos_runtime::batch::{Delivery, Source, Unhandled};
use puntos_runtime::{Deadline, Environment, Invocation, InvocationError, StartError};
use puntos_store::{Store, StoreError};

use event::Parsed;

pub struct Function {
    environment: Environment,
    store: Store,
    source: Source,
}

impl puntos_runtime::Function for Function {
    type Event = SqsEvent;
    type Answer = SqsBatchResponse;

    fn new(environment: Environment) -> Result<Self, StartError> {
        let source = Source::new(&environment)?;
        let store = environment.store()?;
        Ok(Self { environment, store, source })
    }

    async fn handle(
        &self,
        event: SqsEvent,
        invocation: Invocation,
    ) -> Result<SqsBatchResponse, InvocationError> {
        let work = |delivery| self.record(delivery, &invocation);
        self.source.each(event, &invocation, work).await
    }
}

impl Function {
    /// Records the reports of a message.
    async fn record(
        &self,
        delivery: Arc<Delivery>,
        invocation: &Invocation,
    ) -> Result<(), Unhandled> {
        let sent_at = delivery.sent_at.unwrap_or_else(|| self.environment.now());
        let reports = match event::parse(&delivery.body, sent_at) {
            Parsed::Reports(reports) => reports,
            Parsed::Ignored(why) => {
                tracing::info!(why, "ignored");
                return Ok(());
            }
            Parsed::Malformed(why) => return Err(Unhandled::Never(why.into())),
        };
        for report in reports {
            self.record_one(&report, &invocation.request_id, invocation.deadline()).await?;
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
