//! The base of every function: the trait that it implements, its environment, and two ways to run it: on
//! Lambda (`run`) and inside another process (`in_process`).
//!
//! Has no business rules. Routes are in `http`, batches in `batch`, and the table in `store`.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use puntos_api::Route;

use crate::Deadline;
use crate::environment::{Environment, StartError};

/// Why a whole invocation failed. Lambda retries it by the rules of its trigger.
#[derive(Debug, thiserror::Error)]
pub enum InvocationError {
    /// The event does not have the shape that this function expects.
    #[error("the event is not one this function understands: {0}")]
    UnknownEvent(String),
    /// Some items of a run failed; each was logged. A retry tries them again.
    #[error("{0} items failed")]
    ItemsFailed(usize),
    /// The work failed; the source has the reason.
    #[error("the work failed")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
    /// The time of the invocation is over.
    #[error("the time is over")]
    OutOfTime,
    /// The function panicked. The record is retried like any other failure.
    #[error("the function panicked")]
    Panicked,
}

impl InvocationError {
    /// Returns the error of failed work.
    pub fn failed(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Failed(error.into())
    }
}

/// Returns an error and its sources in one line.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

/// One Lambda function. It holds the environment and what it reads at the start.
pub trait Function: Send + Sync + Sized + 'static {
    /// The routes that it serves; `None` if it is not behind the API.
    const ROUTES: &'static [&'static Route] = &[];
    /// The event of its triggers.
    type Event: DeserializeOwned + Send;
    type Answer: Serialize + Send;

    /// Builds the function from its environment.
    ///
    /// # Errors
    /// Refuses if a setting is missing.
    fn new(environment: Environment) -> Result<Self, StartError>;

    /// Handles one event.
    fn handle(
        &self,
        event: Self::Event,
        invocation: Invocation,
    ) -> impl Future<Output = Result<Self::Answer, InvocationError>> + Send;
}

/// The time of an invocation that is reserved for the answer.
const ANSWER_RESERVE: Duration = Duration::from_millis(500);

/// The time of an invocation that is left when the function gives up.
const END_RESERVE: Duration = Duration::from_millis(50);

/// The facts of one invocation besides its event.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The id under which the invocation is logged.
    pub request_id: String,
    /// How long the function may still run.
    pub remaining: Duration,
}

impl Invocation {
    /// Returns the deadline of the work, which leaves time for the answer.
    pub fn deadline(&self) -> Deadline {
        Deadline::after(self.remaining.saturating_sub(ANSWER_RESERVE))
    }
}

/// Runs a function on Lambda until the environment is shut down.
///
/// # Errors
/// Fails if the function cannot start or the runtime API breaks off.
pub async fn run<F: Function>() -> Result<(), lambda_runtime::Error> {
    init_logs();
    let environment = Environment::of_lambda()?;
    let clients = environment.clients().clone();
    let function = Arc::new(F::new(environment)?);
    clients.connect().await;
    lambda_runtime::run(lambda_runtime::service_fn(
        move |event: lambda_runtime::LambdaEvent<F::Event>| {
            let function = Arc::clone(&function);
            // Boxed, so that the runtime's own layers do not depend on the type of every handler.
            let handled: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(async move {
                let deadline = Timestamp::from_millisecond(
                    i64::try_from(event.context.deadline).unwrap_or(i64::MAX),
                )
                .unwrap_or(Timestamp::MAX);
                let invocation = Invocation {
                    request_id: event.context.request_id,
                    remaining: Duration::try_from(deadline.duration_since(Timestamp::now()))
                        .unwrap_or(Duration::ZERO),
                };
                handled(&*function, event.payload, invocation)
                    .await
                    .map_err(|error| lambda_runtime::Error::from(chain(&error)))
            });
            handled
        },
    ))
    .await
}

/// Handles an event within the time of its invocation. Lambda would stop the function without an answer and
/// without a line in its log.
async fn handled<F: Function>(
    function: &F,
    event: F::Event,
    invocation: Invocation,
) -> Result<F::Answer, InvocationError> {
    let end = Deadline::after(invocation.remaining.saturating_sub(END_RESERVE));
    let handled = tokio::time::timeout(end.left(), function.handle(event, invocation));
    handled.await.unwrap_or(Err(InvocationError::OutOfTime))
}

/// A function without its types: JSON in and JSON out, as in Lambda's own interface.
pub type Handler = Arc<dyn Fn(serde_json::Value, Invocation) -> HandlerFuture + Send + Sync>;

pub type HandlerFuture =
    Pin<Box<dyn Future<Output = Result<serde_json::Value, InvocationError>> + Send>>;

/// Returns a function as a handler that another process can call.
///
/// # Errors
/// Refuses if the function cannot start.
pub fn in_process<F: Function>(environment: Environment) -> Result<Handler, StartError> {
    let function = Arc::new(F::new(environment)?);
    Ok(Arc::new(move |event, invocation| {
        let function = Arc::clone(&function);
        Box::pin(async move {
            let event = serde_json::from_value(event)
                .map_err(|error| InvocationError::UnknownEvent(error.to_string()))?;
            let answer = handled(&*function, event, invocation).await?;
            serde_json::to_value(answer)
                .map_err(|error| InvocationError::UnknownEvent(error.to_string()))
        })
    }))
}

fn init_logs() {
    let filter = log_filter("info");
    let _ = tracing_subscriber::fmt().json().with_env_filter(filter).without_time().try_init();
}

/// Returns the filter of log lines: `RUST_LOG`, or the given level. Libraries that would log whole requests,
/// with names and addresses, stay silent at every level.
pub fn log_filter(otherwise: &str) -> tracing_subscriber::EnvFilter {
    let asked = std::env::var(tracing_subscriber::EnvFilter::DEFAULT_ENV);
    let asked = asked.unwrap_or_else(|_| otherwise.to_owned());
    let quiet = TALKATIVE.iter().map(|library| format!(",{library}=info")).collect::<String>();
    tracing_subscriber::EnvFilter::new(format!("{asked}{quiet}"))
}

const TALKATIVE: [&str; 6] = [
    "lambda_runtime",
    "aws_smithy_runtime",
    "aws_smithy_http_client",
    "aws_runtime",
    "hyper",
    "hyper_util",
];
