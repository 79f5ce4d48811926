//! Claims from their opening to their proven end: opened, followed and answered by members and agents,
//! and fixed by an agent in one step.
//!
//! What the system does by itself with claims is in `generate-tasks` and `find-failures`.

mod attach;
mod context;
mod fix;
mod look_up;
mod open;
mod read;
mod update;

use puntos_api::claims;
use puntos_runtime::bucket::Bucket;
use puntos_runtime::http::{Http, HttpFunction};
use puntos_runtime::queue::Queue;
use puntos_runtime::{Environment, StartError, routes};

pub type Function = Http<TrackClaims>;

/// The settings of the function, the queue that it writes to, and the bucket of the attachments.
pub struct TrackClaims {
    brand: String,
    purchases: Queue,
    attachments: Bucket,
}

impl HttpFunction for TrackClaims {
    routes! {
        claims::OPEN => open::open,
        claims::LIST => read::list,
        claims::SHOW => read::show,
        claims::UPDATE => update::update,
        claims::FIX => fix::fix,
        claims::ATTACH => attach::attach,
        claims::SHOW_ATTACHMENT => attach::show,
    }

    fn new(environment: &Environment) -> Result<Self, StartError> {
        Ok(Self {
            brand: environment.setting("BRAND_NAME")?.to_owned(),
            purchases: Queue::new(environment, "PURCHASE_QUEUE_URL")?,
            attachments: Bucket::new(environment, "ATTACHMENT_BUCKET")?,
        })
    }
}
