//! Runs the reports: one walk over all members, a segment for each message of a queue.
//!
//! A run starts by a request or once a day. Each segment adds its members to the sums of the run and writes
//! the place where the next one begins. So a run can die anywhere, and goes on from the segment that was
//! written last. Only one segment of a run is at work at a time, which keeps the load on the table low.

mod report;
mod segment;
mod sheet;
mod start;

use puntos_api::reports;
use puntos_runtime::http::{
    Failure, HttpFunction, HttpQueueAndSchedule, Message, QueueFunction, ScheduledFunction,
};
use puntos_runtime::queue::Queue;
use puntos_runtime::scheduled::ScheduledRun;
use puntos_runtime::{Environment, StartError, routes};

pub use segment::DIFFERENCE;
pub use start::STANDS_STILL;

pub type Function = HttpQueueAndSchedule<RunReports>;

pub struct RunReports {
    queue: Queue,
}

impl HttpFunction for RunReports {
    routes! {
        reports::START => start::requested,
        reports::RECONCILE => report::reconcile,
        reports::LIABILITY => report::liability,
        reports::MOVEMENTS => report::movements,
    }

    fn new(environment: &Environment) -> Result<Self, StartError> {
        Ok(Self { queue: Queue::new(environment, "SOURCE_QUEUE_URL")? })
    }
}

impl QueueFunction for RunReports {
    async fn handle_message(&self, message: &Message) -> Result<(), Failure> {
        segment::walk(self, message).await
    }
}

impl ScheduledFunction for RunReports {
    async fn handle_run(&self, run: &ScheduledRun) -> Result<(), Failure> {
        start::scheduled(self, run).await
    }
}
