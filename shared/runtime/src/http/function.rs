//! Functions behind the API, and behind the API and a queue. Each has only its routes and its handler of one
//! message.

use std::future::Future;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};

use puntos_api::{Problem, Route, body};
use puntos_domain::stamp::Stamp;
use puntos_store::Store;
use serde::de::DeserializeOwned;

use super::{Answer, Call, Failure, serve};
use crate::trigger::{ApiOrQueue, ApiOrQueueAnswer};
use crate::{Deadline, Environment, Invocation, InvocationError, StartError, batch};

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
    /// Handles one message. A refused message is tried again and ends in the dead-letter queue.
    fn handle_message(&self, message: &Message)
    -> impl Future<Output = Result<(), Failure>> + Send;
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
    /// Reads the body.
    ///
    /// # Errors
    /// Refuses a body that is not JSON, and unknown or ill-typed fields.
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        body::parse(self.body.as_bytes(), None)
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
        let response = batch::each(messages, deadline, |body| async {
            let stamp = Stamp {
                at: self.0.environment.now(),
                actor: "pos:queue".to_owned(),
                request_id: invocation.request_id.clone(),
            };
            let message = Message { body, store: self.0.store.clone(), stamp, deadline };
            let handled = self.0.function.handle_message(&message).await;
            handled.map_err(|failure| failure.into_problem().code().to_owned())
        });
        response.await.map(ApiOrQueueAnswer::Queue)
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
