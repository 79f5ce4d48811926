//! Rates the purchases of a period again: a re-rate corrects what they earned, a dry run and a preview only say what
//! would change.
//!
//! All three are one walk over all members, a segment for each message of a queue. Each segment adds its members
//! to the sums and writes the place where the next one begins. So the walk can die anywhere, and goes on from the
//! segment that was written last. A correction has the id of its re-rate as its cause, so it is written once.

mod member;
mod segment;
mod sheet;
mod show;
mod start;

use puntos_api::comparisons;
use puntos_runtime::http::{
    Failure, HttpFunction, HttpQueueAndSchedule, Message, QueueFunction, ScheduledFunction,
};
use puntos_runtime::queue::Queue;
use puntos_runtime::scheduled::ScheduledRun;
use puntos_runtime::{Environment, StartError, routes};

pub use start::STANDS_STILL;

pub type Function = HttpQueueAndSchedule<ReratePurchases>;

pub struct ReratePurchases {
    queue: Queue,
    /// The name of the programme, for mails.
    brand: String,
}

impl HttpFunction for ReratePurchases {
    routes! {
        comparisons::RERATE => start::rerate,
        comparisons::SHOW_RERATE => show::rerate,
        comparisons::STOP_RERATE => show::stop_rerate,
        comparisons::PREVIEW => start::preview,
        comparisons::SHOW_PREVIEW => show::preview,
        comparisons::STOP_PREVIEW => show::stop_preview,
    }

    fn new(environment: &Environment) -> Result<Self, StartError> {
        Ok(Self {
            queue: Queue::new(environment, "SOURCE_QUEUE_URL")?,
            brand: environment.setting("BRAND_NAME")?.to_owned(),
        })
    }
}

impl QueueFunction for ReratePurchases {
    async fn handle_message(&self, message: &Message) -> Result<(), Failure> {
        segment::walk(self, message).await
    }
}

impl ScheduledFunction for ReratePurchases {
    async fn handle_run(&self, run: &ScheduledRun) -> Result<(), Failure> {
        start::go_on(self, run).await
    }
}
