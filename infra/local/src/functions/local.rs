//! A function in the local stack: its handler, invoked with Lambda's time limit.
//!
//! A panic or a timeout fails one invocation, never the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use puntos_runtime::{Environment, Handler, Invocation, InvocationError};
use serde::Serialize;
use serde_json::Value;
use tokio::task::JoinError;

use crate::connector::policy::Policy;
use crate::identity;
use crate::wiring::FunctionPlan;

/// A function that can be invoked.
pub(crate) struct LocalFunction {
    /// Its description in the template.
    pub plan: FunctionPlan,
    /// The environment that it was built with.
    pub environment: Environment,
    /// Its permissions.
    pub policy: Arc<Policy>,
    /// The function itself.
    pub handler: Handler,
    /// The number of invocations that took longer than the template allows.
    pub cut_off: AtomicU64,
}

/// Why an invocation failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The event has no form in JSON.
    #[error("the event cannot be written as JSON")]
    Event(#[from] serde_json::Error),
    /// The function returned an error.
    #[error(transparent)]
    Function(#[from] InvocationError),
    #[error("the function panicked")]
    Panicked(#[source] JoinError),
    /// It took longer than the template allows.
    #[error("the function took longer than {} s", .0.as_secs())]
    TimedOut(Duration),
}

impl LocalFunction {
    /// Invokes the function and waits for its answer. The invocation goes on when the caller stops
    /// waiting.
    ///
    /// # Errors
    /// Fails where the function fails, panics or takes too long.
    pub(crate) async fn invoke(
        &self,
        request_id: &str,
        event: impl Serialize,
    ) -> Result<Value, Failure> {
        let outcome = self.attempt(request_id, event).await;
        if let Err(failure) = &outcome {
            tracing::warn!(function = %self.plan.name, request_id, %failure, "an invocation failed");
        }
        outcome
    }

    async fn attempt(&self, request_id: &str, event: impl Serialize) -> Result<Value, Failure> {
        let event = serde_json::to_value(event)?;
        let timeout = self.plan.timeout;
        let invocation = Invocation { request_id: request_id.to_owned(), remaining: timeout };
        let handler = Arc::clone(&self.handler);
        let mut task = tokio::spawn(async move { handler(event, invocation).await });
        match tokio::time::timeout(timeout, &mut task).await {
            Ok(Ok(outcome)) => Ok(outcome?),
            Ok(Err(panic)) => Err(Failure::Panicked(panic)),
            Err(_) => {
                task.abort();
                self.cut_off.fetch_add(1, Ordering::SeqCst);
                Err(Failure::TimedOut(timeout))
            }
        }
    }

    /// Returns the function's ARN.
    pub(crate) fn arn(&self) -> String {
        let name = format!("{}-{}", identity::STACK, self.plan.name);
        format!("arn:aws:lambda:{}:{}:function:{name}", identity::REGION, identity::ACCOUNT)
    }
}
