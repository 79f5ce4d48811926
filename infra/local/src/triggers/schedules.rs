//! Schedules: fires each at its rate by real time, and on request with any time.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::asynchronous::AsynchronousInvoker;
use crate::clock::StackClock;
use crate::functions::local::LocalFunction;
use crate::identity;
use crate::wiring::events::Schedule;

/// A schedule and the function it starts.
#[derive(Clone)]
pub(crate) struct ScheduledFunction {
    /// Its settings in the template.
    pub schedule: Schedule,
    pub function: Arc<LocalFunction>,
    /// Invokes the function.
    pub invoker: AsynchronousInvoker,
    /// The time in the event.
    pub clock: StackClock,
}

impl ScheduledFunction {
    /// Fires the schedule with a time. Returns whether the function succeeded.
    pub(crate) async fn fire(&self, time: Timestamp) -> bool {
        let event = event(&self.function.plan.name, time);
        self.invoker.invoke(&self.function, event).await
    }

    /// Fires at the schedule's rate until the stack shuts down, for the first time after one period.
    pub(crate) async fn run(self, shutdown: CancellationToken) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(self.schedule.period()) => {}
                () = shutdown.cancelled() => return,
            }
            self.fire(self.clock.now()).await;
        }
    }
}

/// Returns the event that EventBridge Scheduler delivers for a schedule without input.
fn event(function: &str, time: Timestamp) -> Value {
    let (region, account) = (identity::REGION, identity::ACCOUNT);
    json!({
        "version": "0",
        "id": identity::fresh(),
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": account,
        "time": format!("{time:.0}"),
        "region": region,
        "resources": [format!("arn:aws:scheduler:{region}:{account}:schedule/default/{function}")],
        "detail": "{}",
    })
}
