//! An accidental redemption is undone, whole: points, coupon, stock and limit, in one write.

pub mod event;
mod routes;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use puntos_aws::http::{KeyRule, Problem, Role, Route, serve};
use puntos_aws::runtime::{self, Environment, Invocation, InvocationError, StartError};
use puntos_aws::store::Store;

/// The routes, as the template has them.
pub const ROUTES: &[Route] = &[Route {
    key: "POST /v1/redemptions/{redemption_id}/reversal",
    roles: &[Role::Agent, Role::Supervisor],
    idempotency: KeyRule::Required,
}];

/// The routes, described.
#[derive(utoipa::OpenApi)]
#[openapi(paths(routes::reverse))]
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
                "POST /v1/redemptions/{redemption_id}/reversal" => routes::reverse(&call).await,
                _ => Err(Problem::not_found()),
            }
        };
        Ok(serve(event, invocation, ROUTES, &self.environment, &self.store, work).await)
    }
}
