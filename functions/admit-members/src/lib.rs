//! Admits people who sign up in the user pool: links them to the member whose address they proved, and writes the
//! words of the mails that the pool sends.
//!
//! The pool waits for the answer, for at most five seconds, and asks again up to three times:
//! <https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html>.
//! An error is shown to the person, and no mail is sent.

pub mod event;
mod link;
mod words;

use puntos_runtime::{Environment, Invocation, InvocationError, StartError};
use puntos_store::Store;

use event::PoolEvent;

pub struct Function {
    store: Store,
    brand: String,
    environment: Environment,
}

impl puntos_runtime::Function for Function {
    type Event = PoolEvent;
    type Answer = PoolEvent;

    fn new(environment: Environment) -> Result<Self, StartError> {
        Ok(Self {
            store: environment.store()?,
            brand: environment.setting("BRAND_NAME")?.to_owned(),
            environment,
        })
    }

    async fn handle(
        &self,
        event: PoolEvent,
        invocation: Invocation,
    ) -> Result<PoolEvent, InvocationError> {
        let unknown = |missing: event::Missing| InvocationError::UnknownEvent(missing.to_string());
        let store = self.store.metered();
        let (event, outcome) = match event {
            PoolEvent::Confirmed(confirmed) => {
                let outcome = match event::sign_up(&confirmed).map_err(unknown)? {
                    None => link::Outcome::NoAddress,
                    Some(sign_up) => link::link(&store, &sign_up, invocation.deadline())
                        .await
                        .map_err(InvocationError::failed)?,
                };
                (PoolEvent::Confirmed(confirmed), format!("{outcome:?}"))
            }
            PoolEvent::Message(mut message) => {
                let order = event::mail_order(&message).map_err(unknown)?;
                let now = self.environment.now();
                let mail = words::of(&store, &order, &self.brand, now).await?;
                let outcome = format!("{:?}", order.kind);
                if let Some(mail) = mail {
                    message.response.email_subject = Some(mail.subject);
                    message.response.email_message = Some(mail.html);
                }
                (PoolEvent::Message(message), outcome)
            }
        };
        let cost = store.meter().total();
        tracing::info!(
            outcome,
            requests = cost.requests,
            read_units = cost.read_units,
            write_units = cost.write_units,
            "event of the user pool handled"
        );
        Ok(event)
    }
}
