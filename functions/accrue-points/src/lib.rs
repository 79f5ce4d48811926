//! Purchases earn points: from the till over HTTP, and from a queue.
//!
//! Also reserves points that pay for a purchase, takes returns, and answers what a purchase would earn.

mod quote;
mod record;
mod reserve;
mod take_return;

use puntos_api::purchases;
use puntos_runtime::http::{Failure, HttpAndQueue, HttpFunction, Message, QueueFunction};
use puntos_runtime::{Environment, StartError, routes};

pub type Function = HttpAndQueue<AccruePoints>;

/// The function has nothing of its own.
pub struct AccruePoints;

impl HttpFunction for AccruePoints {
    routes! {
        purchases::RECORD => record::record,
        purchases::QUOTE => quote::quote,
        puntos_api::returns::RECORD => take_return::record,
        puntos_api::reservations::RESERVE => reserve::reserve,
        puntos_api::reservations::RELEASE => reserve::release,
    }

    fn new(_: &Environment) -> Result<Self, StartError> {
        Ok(Self)
    }
}

impl QueueFunction for AccruePoints {
    /// `find-failures` makes a claim of a purchase that is refused for what it says.
    async fn handle_message(&self, message: &Message) -> Result<(), Failure> {
        record::of_message(message).await
    }
}
