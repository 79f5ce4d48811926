//! Records what SES reports about mails: on the mail itself, as blocks of addresses, and as consent when
//! a recipient unsubscribes.
//!
//! Reports come late, twice and in any order; the result is the same.

pub mod event;
mod recording;
mod subscribing;

use aws_lambda_events::sns::SnsEvent;
use jiff::Timestamp;
use puntos_domain::mail::Outcome;
use puntos_runtime::{Deadline, Environment, Invocation, InvocationError, StartError};
use puntos_store::Store;

use event::Parsed;

/// The function.
pub struct Function {
    store: Store,
}

impl puntos_runtime::Function for Function {
    type Event = SnsEvent;
    type Answer = ();

    fn new(environment: Environment) -> Result<Self, StartError> {
        Ok(Self { store: environment.store()? })
    }

    async fn handle(&self, event: SnsEvent, invocation: Invocation) -> Result<(), InvocationError> {
        for record in event.records {
            let sent_at = Timestamp::from_millisecond(record.sns.timestamp.timestamp_millis());
            let sent_at = sent_at.map_err(InvocationError::failed)?;
            let reports = match event::parse(&record.sns.message, sent_at) {
                Parsed::Reports(reports) => reports,
                Parsed::Ignored(why) => {
                    tracing::info!(why, "ignored");
                    continue;
                }
                // SNS tries again, and then puts the message into the dead-letter queue.
                Parsed::Malformed(why) => return Err(InvocationError::UnknownEvent(why)),
            };
            for report in reports {
                let store = self.store.metered();
                let deadline = Deadline::after(invocation.remaining);
                let outcome = match report.outcome {
                    Outcome::Subscription { consents: Some(consents) } => {
                        subscribing::record(
                            &store,
                            &report,
                            consents,
                            &invocation.request_id,
                            deadline,
                        )
                        .await
                    }
                    _ => recording::record(&store, &report, deadline).await,
                };
                let outcome = outcome.map_err(InvocationError::failed)?;
                let cost = store.meter().total();
                tracing::info!(
                    email_id = report.email_id.as_ref().map(tracing::field::display),
                    ?outcome,
                    requests = cost.requests,
                    read_units = cost.read_units,
                    write_units = cost.write_units,
                    "report handled"
                );
            }
        }
        Ok(())
    }
}
