//! Records order events, which change the care cycle of their member. The shop sends them over HTTP. If
//! the programme says that purchases start a cycle too, the purchases come from a queue.

mod record;

use puntos_api::orders;
use puntos_domain::care::OrderEvent;
use puntos_domain::outbox::CycleStart;
use puntos_runtime::http::{Answer, Failure, HttpAndQueue, HttpFunction, Message, QueueFunction};
use puntos_runtime::{Environment, StartError, decide, routes};

pub type Function = HttpAndQueue<TrackOrders>;

/// The settings of the function.
pub struct TrackOrders {
    brand: String,
}

impl HttpFunction for TrackOrders {
    routes! {
        orders::RECORD_EVENT => record::record,
    }

    fn new(environment: &Environment) -> Result<Self, StartError> {
        Ok(Self { brand: environment.setting("BRAND_NAME")?.to_owned() })
    }
}

impl QueueFunction for TrackOrders {
    /// A purchase may come many times. The id of its event is the purchase's, so it counts once.
    async fn handle_message(&self, message: &Message) -> Result<(), Failure> {
        let start: CycleStart = message.body()?;
        let event =
            OrderEvent::of_purchase(&start.purchase_id, start.member_id, start.purchased_at);
        let (store, stamp) = (&message.store, &message.stamp);
        let outcome =
            decide(message.deadline, |_| record::attempt(self, store, &event, stamp, true)).await?;
        Ok(Answer::of_outcome(201, outcome).map(drop)?)
    }
}
