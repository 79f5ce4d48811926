//! Functions behind the API, and behind the API and a queue. Each has only its routes and its handler of one
//! message.

use std::future::Future;
use std::time::Duration;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};

use puntos_api::{Problem, Route, body};
use puntos_domain::stamp::Stamp;
use puntos_store::{Store, StoreError};
use serde::de::DeserializeOwned;

use super::{Answer, Call, Failure, serve};
use crate::retries::Received;
use crate::trigger::{ApiOrQueue, ApiOrQueueAnswer};
use crate::{Deadline, Environment, Invocation, InvocationError, StartError, batch};

/// The time of an invocation that is left when failed messages must have been put off.
const PUT_OFF_RESERVE: Duration = Duration::from_millis(100);

/// The own parts of a function behind the API.
pub trait HttpFunction: Send + Sync + Sized + 'static {
    /// The routes, as in the template.
    const ROUTES: &'static [&'static Route];

    /// Reads the function's own settings.
    ///
    /// # Errors
    /// Refuses if one is missing.
    fn new(environment: &Environment) -> Result<Self, StartError>;

    /// Answers a checked call of one of its routes.
    fn answer(&self, call: &Call) -> impl Future<Output = Result<Answer, Failure>> + Send;
}

/// A function behind the API, ready to run.
pub struct Http<F> {
    environment: Environment,
    store: Store,
    function: F,
}

impl<F: HttpFunction> crate::Function for Http<F> {
    const ROUTES: &'static [&'static Route] = F::ROUTES;

    type Event = ApiGatewayV2httpRequest;
    type Answer = ApiGatewayV2httpResponse;

    fn new(environment: Environment) -> Result<Self, StartError> {
        let store = environment.store()?;
        let function = F::new(&environment)?;
        Ok(Self { environment, store, function })
    }

    async fn handle(
        &self,
        event: ApiGatewayV2httpRequest,
        invocation: Invocation,
    ) -> Result<ApiGatewayV2httpResponse, InvocationError> {
        let work = |call| async move { self.function.answer(&call).await };
        Ok(serve(event, invocation, F::ROUTES, &self.environment, &self.store, work).await)
    }
}

/// The own parts of a function behind the API and a queue, besides its routes.
pub trait QueueFunction: HttpFunction {
    /// Handles one message. A message that fails is tried again, and ends in the dead-letter queue.
    fn handle_message(&self, message: &Message)
    -> impl Future<Output = Result<(), Failure>> + Send;

    /// Puts failed messages off. By default each waits for the queue's visibility timeout.
    fn put_off(&self, _failed: &[Received]) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }
}

/// One message of a queue, and its environment.
pub struct Message {
    body: String,
    /// The table.
    pub store: Store,
    /// The time of the message and its request. The caller is the till behind the queue.
    pub stamp: Stamp,
    /// The deadline of the work.
    pub deadline: Deadline,
}

impl Message {
    /// Returns the body as it came.
    pub fn text(&self) -> &str {
        &self.body
    }

    /// Reads the body.
    ///
    /// # Errors
    /// Refuses a body that is not JSON, and unknown or ill-typed fields.
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        body::parse(self.body.as_bytes())
    }
}

/// A function behind the API and a queue, ready to run.
pub struct HttpAndQueue<F>(Http<F>);

impl<F: QueueFunction> crate::Function for HttpAndQueue<F> {
    const ROUTES: &'static [&'static Route] = F::ROUTES;

    type Event = ApiOrQueue;
    type Answer = ApiOrQueueAnswer;

    fn new(environment: Environment) -> Result<Self, StartError> {
        Http::new(environment).map(Self)
    }

    async fn handle(
        &self,
        event: ApiOrQueue,
        invocation: Invocation,
    ) -> Result<ApiOrQueueAnswer, InvocationError> {
        let messages = match event {
            ApiOrQueue::Api(request) => {
                return self.0.handle(request, invocation).await.map(ApiOrQueueAnswer::Api);
            }
            ApiOrQueue::Queue(messages) => messages,
        };
        let deadline = invocation.deadline();
        let end = Deadline::after(invocation.remaining.saturating_sub(PUT_OFF_RESERVE));
        let received = Received::all(&messages);
        let response = batch::each(messages, deadline, |delivery| async {
            let stamp = Stamp {
                at: self.0.environment.now(),
                actor: "pos:queue".to_owned(),
                request_id: invocation.request_id.clone(),
            };
            let message =
                Message { body: delivery.body, store: self.0.store.clone(), stamp, deadline };
            // Lambda would stop it without an answer, and every message would wait for the longest time.
            let handled = self.0.function.handle_message(&message);
            let handled = tokio::time::timeout(deadline.left(), handled).await;
            let handled = handled.unwrap_or_else(|_| Err(StoreError::OutOfTime.into()));
            handled.map_err(|failure| failure.into_problem().code().to_owned())
        });
        let response = response.await?;
        let failed = Received::failed(received, &response);
        let put_off = self.0.function.put_off(&failed);
        // If there is no time, the messages come back after the queue's visibility timeout.
        let _ = tokio::time::timeout(end.left(), put_off).await;
        Ok(ApiOrQueueAnswer::Queue(response))
    }
}

/// Writes the routes of an [`HttpFunction`] and the dispatch to their handlers, from one list.
///
/// ```text
/// routes! {
///     redemptions::REDEEM => redeem,
/// }
/// ```
#[macro_export]
macro_rules! routes {
    ($($route:expr => $handler:path),+ $(,)?) => {
        const ROUTES: &'static [&'static ::puntos_api::Route] = &[$(&$route),+];

        async fn answer(
            &self,
            call: &$crate::http::Call,
        ) -> Result<$crate::http::Answer, $crate::http::Failure> {
            $(
                if *call.request.route == $route {
                    return $handler(self, call).await;
                }
            )+
            Err(::puntos_api::Problem::not_found().into())
        }
    };
}
