//! Purchases earn points: from the till over HTTP, and from a queue.
//!
//! Also answers what a purchase would earn, and whether a purchase arrived.

mod find;
mod quote;
mod record;

use puntos_api::purchases;
use puntos_runtime::http::{Failure, HttpAndQueue, HttpFunction, Message, QueueFunction};
use puntos_runtime::queue::Queue;
use puntos_runtime::retries::Received;
use puntos_runtime::{Environment, StartError, routes};
use puntos_store::StoreError;

/// The function.
pub type Function = HttpAndQueue<AccruePoints>;

/// The queue of the purchases, and the one of those that need an agent.
pub struct AccruePoints {
    purchases: Queue,
    dead_letters: Queue,
}

impl HttpFunction for AccruePoints {
    routes! {
        purchases::RECORD => record::record,
        purchases::QUOTE => quote::quote,
        purchases::FIND => find::find,
    }

    fn new(environment: &Environment) -> Result<Self, StartError> {
        Ok(Self {
            purchases: Queue::new(environment, "PURCHASE_QUEUE_URL")?,
            dead_letters: Queue::new(environment, "PURCHASE_DEAD_LETTERS_URL")?,
        })
    }
}

impl QueueFunction for AccruePoints {
    /// A purchase that is refused for what it says goes to the dead-letter queue at once, where
    /// `find-failures` makes a claim of it. Any other failure passes: the purchase is tried again.
    async fn handle_message(&self, message: &Message) -> Result<(), Failure> {
        let Err(failure) = record::of_message(message).await else { return Ok(()) };
        let Failure::Refused(problem) = failure else { return Err(failure) };
        tracing::warn!(code = problem.code(), "a purchase is refused");
        let sent = self.dead_letters.send_text(message.text()).await;
        Ok(sent.map_err(StoreError::unavailable)?)
    }

    async fn put_off(&self, failed: &[Received]) {
        self.purchases.put_off(failed).await;
    }
}
