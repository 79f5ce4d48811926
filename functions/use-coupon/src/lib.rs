//! A coupon at the till: looked at by its code, and used once.

pub mod event;
mod routes;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use puntos_aws::http::{KeyRule, Problem, Role, Route, serve};
use puntos_aws::runtime::{self, Environment, Invocation, InvocationError, StartError};
use puntos_aws::store::Store;

/// The routes, as the template has them.
pub const ROUTES: &[Route] = &[
    Route { key: "GET /v1/coupons/{code}", roles: &[Role::Pos], idempotency: KeyRule::Ignored },
    Route {
        key: "POST /v1/coupons/{code}/use",
        roles: &[Role::Pos],
        idempotency: KeyRule::Required,
    },
];

/// The routes, described.
#[derive(utoipa::OpenApi)]
#[openapi(paths(routes::look, routes::take))]
pub struct Api;

/// The function.
pub struct Function {
    environment: Environment,
    store: Store,
}

impl runtime::Function for Function {
    type Event = ApiGatewayV2httpRequest;
    type Answer = ApiGatewayV2httpResponse;

    fn new(environment: Environment) -> Result<Self, StartError> {
        let store = Store::new(&environment)?;
        Ok(Self { environment, store })
    }

    async fn handle(
        &self,
        event: ApiGatewayV2httpRequest,
        invocation: Invocation,
    ) -> Result<ApiGatewayV2httpResponse, InvocationError> {
        let work = |call: puntos_aws::http::Call| async move {
            match call.request.route {
                "GET /v1/coupons/{code}" => routes::look(&call).await,
                "POST /v1/coupons/{code}/use" => routes::take(&call).await,
                _ => Err(Problem::not_found()),
            }
        };
        Ok(serve(event, invocation, ROUTES, &self.environment, &self.store, work).await)
    }
}
