//! Asynchronous invocations by topics and schedules: a limited number of retries, then the failure
//! destination.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::json;

use crate::clock::StackClock;
use crate::embedded::queues::Queues;
use crate::functions::local::LocalFunction;
use crate::identity;
use crate::stack::Pace;
use crate::triggers::progress::Progress;

/// How long the first retry waits; Lambda waits a minute.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// Invokes functions whose answers are not used.
#[derive(Clone)]
pub(crate) struct AsynchronousInvoker {
    /// The queues of the failure destinations.
    pub queues: Arc<Queues>,
    pub progress: Arc<Progress>,
    /// The time on failure records.
    pub clock: StackClock,
    /// Whether retries wait.
    pub pace: Pace,
}

impl AsynchronousInvoker {
    /// Invokes a function, with the retries of its plan, and returns whether it succeeded. An event that
    /// fails each time goes to the failure destination, if there is one.
    pub(crate) async fn invoke(&self, function: &LocalFunction, event: impl Serialize) -> bool {
        let _running = self.progress.begin();
        let plan = &function.plan;
        let request_id = identity::fresh();
        let attempts = plan.maximum_retry_attempts.saturating_add(1);
        let mut reason = String::new();
        for attempt in 1..=attempts {
            match function.invoke(&request_id, &event).await {
                Ok(_) => return true,
                Err(failure) => reason = failure.to_string(),
            }
            if attempt < attempts {
                let pause = FIRST_PAUSE.saturating_mul(1 << (attempt - 1).min(4));
                tokio::time::sleep(self.pace.pause(pause)).await;
            }
        }
        if let Some(destination) = &plan.on_failure {
            let record = json!({
                "version": "1.0",
                "timestamp": self.clock.now().to_string(),
                "requestContext": {
                    "requestId": request_id,
                    "functionArn": format!("{}:$LATEST", function.arn()),
                    "condition": "RetriesExhausted",
                    "approximateInvokeCount": attempts,
                },
                "requestPayload": event,
                "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
                "responsePayload": {"errorMessage": reason},
            });
            if let Err(error) = self.queues.send(&destination.queue_arn, record.to_string()).await {
                tracing::error!(%error, function = %plan.name, "a failure could not be kept");
            }
        }
        false
    }

    /// Checks that the function's role allows what Lambda needs to keep failures.
    ///
    /// # Errors
    /// Refuses if the role does not allow it.
    pub(crate) fn check(function: &LocalFunction) -> anyhow::Result<()> {
        if let Some(destination) = &function.plan.on_failure {
            function.policy.allow_one("sqs:SendMessage", &destination.queue_arn)?;
        }
        Ok(())
    }
}
