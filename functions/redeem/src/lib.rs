//! Points become a coupon: one decision, one write.

pub mod event;
mod routes;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use puntos_aws::http::{KeyRule, Role, Route, serve};
use puntos_aws::runtime::{self, Environment, Invocation, InvocationError, StartError};
use puntos_aws::store::Store;

/// The routes, as the template has them.
pub const ROUTES: &[Route] = &[Route {
    key: "POST /v1/redemptions",
    roles: &[Role::Pos, Role::Agent, Role::Member],
    idempotency: KeyRule::Required,
}];

/// The routes, described.
#[derive(utoipa::OpenApi)]
#[openapi(paths(routes::redeem))]
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
        let random = self.environment.random();
        let work = |call| async move { routes::redeem(&call, random).await };
        Ok(serve(event, invocation, ROUTES, &self.environment, &self.store, work).await)
    }
}
