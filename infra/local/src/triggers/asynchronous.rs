//! Asynchronous invocations by schedules, with Lambda's two retries. A run that failed each time is not kept:
//! the next run does its work.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use crate::functions::local::LocalFunction;
use crate::identity;
use crate::stack::Pace;
use crate::triggers::progress::Progress;

/// The number of tries of an invocation.
const TRIES: u32 = 3;

/// How long the first retry waits; Lambda waits a minute.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// Invokes functions whose answers are not used.
#[derive(Clone)]
pub(crate) struct AsynchronousInvoker {
    pub progress: Arc<Progress>,
    /// Whether retries wait.
    pub pace: Pace,
}

impl AsynchronousInvoker {
    /// Invokes a function, with retries, and returns whether it succeeded.
    pub(crate) async fn invoke(&self, function: &LocalFunction, event: impl Serialize) -> bool {
        let _running = self.progress.begin();
        let request_id = identity::fresh();
        for retry in 0..TRIES {
            if retry > 0 {
                tokio::time::sleep(self.pace.pause(FIRST_PAUSE.saturating_mul(retry))).await;
            }
            if function.invoke(&request_id, &event).await.is_ok() {
                return true;
            }
        }
        false
    }
}
