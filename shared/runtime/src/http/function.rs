//! Functions behind the API, and behind the API and a queue. Each has only its routes and its handler of one
//! message.

use std::future::Future;
use std::sync::Arc;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};

use puntos_api::{Problem, Route, body};
use puntos_domain::stamp::Stamp;
use puntos_store::Store;
use serde::de::DeserializeOwned;

use super::{Answer, Call, Failure, serve};
use crate::batch::{Delivery, Source, Unhandled};
use crate::trigger::{ApiOr, TriggerAnswer};
use crate::{Deadline, Environment, Invocation, InvocationError, StartError};

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
    pub(super) environment: Environment,
    pub(super) store: Store,
    pub(super) function: F,
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
    /// Handles one message. A refused message becomes a dead letter. If the table fails, it is tried again.
    fn handle_message(&self, message: &Message)
    -> impl Future<Output = Result<(), Failure>> + Send;
}

/// One message of a queue, and its environment.
pub struct Message {
    delivery: Arc<Delivery>,
    /// The table.
    pub store: Store,
    /// The time of the message and its request. The actor is the till behind the queue, or the system.
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
        body::parse(self.delivery.body.as_bytes(), None)
    }
}

/// A function behind the API and a queue, ready to run.
pub struct HttpAndQueue<F> {
    pub(super) http: Http<F>,
    source: Source,
}

impl<F: QueueFunction> crate::Function for HttpAndQueue<F> {
    const ROUTES: &'static [&'static Route] = F::ROUTES;

    type Event = ApiOr<SqsEvent>;
    type Answer = TriggerAnswer;

    fn new(environment: Environment) -> Result<Self, StartError> {
        let source = Source::new(&environment)?;
        Ok(Self { http: Http::new(environment)?, source })
    }

    async fn handle(
        &self,
        event: ApiOr<SqsEvent>,
        invocation: Invocation,
    ) -> Result<TriggerAnswer, InvocationError> {
        match event {
            ApiOr::Api(request) => {
                self.http.handle(request, invocation).await.map(TriggerAnswer::Api)
            }
            ApiOr::Other(messages) => {
                self.messages(messages, &invocation, "pos:queue").await.map(TriggerAnswer::Queue)
            }
        }
    }
}

impl<F: QueueFunction> HttpAndQueue<F> {
    /// Handles each message, as this actor.
    pub(super) async fn messages(
        &self,
        messages: SqsEvent,
        invocation: &Invocation,
        actor: &str,
    ) -> Result<SqsBatchResponse, InvocationError> {
        let deadline = invocation.deadline();
        let work = |delivery: Arc<Delivery>| async move {
            let stamp = Stamp {
                at: self.http.environment.now(),
                actor: actor.to_owned(),
                request_id: invocation.request_id.clone(),
            };
            let store = self.http.store.clone();
            let message = Message { delivery, store, stamp, deadline };
            let handled = self.http.function.handle_message(&message).await;
            handled.map_err(|failure| match failure {
                Failure::Refused(problem) => Unhandled::Never(problem.code().into()),
                Failure::Store(error) => Unhandled::Later(error.into()),
            })
        };
        self.source.each(messages, invocation, work).await
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
