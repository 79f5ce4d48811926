//! A function whose only trigger is the API: it brings its routes and its answers, nothing else.

use crate::http::Failure;
use std::future::Future;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};

use super::{Answer, Call, serve};
use crate::{Environment, Invocation, InvocationError, StartError};
use puntos_api::Route;
use puntos_store::Store;

/// What a function behind the API has of its own.
pub trait HttpFunction: Send + Sync + Sized + 'static {
    /// The routes, as the template has them.
    const ROUTES: &'static [&'static Route];

    /// Reads the function's own settings.
    ///
    /// # Errors
    /// Refuses where one is missing.
    fn new(environment: &Environment) -> Result<Self, StartError>;

    /// Answers a judged call of one of its routes.
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

/// Writes the routes of an [`HttpFunction`] and the dispatch to their handlers, from one list.
///
/// ```ignore
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
