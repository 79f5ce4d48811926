//! A function as it runs here: its handler, given one event at a time, with Lambda's time limit.
//!
//! A panic or an overrun is the failure of one invocation, never of the process.

use std::sync::Arc;
use std::time::Duration;

use puntos_runtime::{Environment, Handler, Invocation, InvocationError};
use serde_json::Value;

use crate::identity;
use crate::policy::Policy;

/// A function that can be invoked.
pub(crate) struct LocalFunction {
    /// The name of its folder.
    pub name: String,
    /// The environment that it was built with.
    pub environment: Environment,
    /// What it may do.
    pub policy: Arc<Policy>,
    handler: Handler,
    timeout: Duration,
}

/// Why an invocation failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The function said so.
    #[error(transparent)]
    Function(#[from] InvocationError),
    /// It panicked.
    #[error("the function panicked")]
    Panicked,
    /// It took longer than the template allows.
    #[error("the function took longer than {} s", .0.as_secs())]
    TimedOut(Duration),
}

impl LocalFunction {
    /// Puts a function together.
    pub(crate) fn new(
        name: String,
        environment: Environment,
        policy: Arc<Policy>,
        handler: Handler,
        timeout: Duration,
    ) -> Self {
        Self { name, environment, policy, handler, timeout }
    }

    /// Returns the bare handler.
    pub(crate) fn handler(&self) -> Handler {
        Arc::clone(&self.handler)
    }

    /// Invokes the function and waits for its answer. Runs on even where the caller goes away.
    ///
    /// # Errors
    /// Fails where the function fails, panics or overruns.
    pub(crate) async fn invoke(&self, request_id: String, event: Value) -> Result<Value, Failure> {
        let invocation = Invocation { request_id: request_id.clone(), remaining: self.timeout };
        let handler = Arc::clone(&self.handler);
        let mut task = tokio::spawn(async move { handler(event, invocation).await });
        let outcome = match tokio::time::timeout(self.timeout, &mut task).await {
            Ok(Ok(outcome)) => outcome.map_err(Failure::from),
            Ok(Err(_)) => Err(Failure::Panicked),
            Err(_) => {
                task.abort();
                Err(Failure::TimedOut(self.timeout))
            }
        };
        if let Err(failure) = &outcome {
            tracing::warn!(function = %self.name, request_id, %failure, "an invocation failed");
        }
        outcome
    }

    /// Returns the function's ARN.
    pub(crate) fn arn(&self) -> String {
        let name = format!("{}-{}", identity::STACK, self.name);
        format!("arn:aws:lambda:{}:{}:function:{name}", identity::REGION, identity::ACCOUNT)
    }
}
