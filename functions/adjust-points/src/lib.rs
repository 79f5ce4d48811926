//! Points by hand: an agent's adjustment with a reason, and the late claim of a forgotten card.

pub mod event;
mod routes;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use puntos_aws::http::{KeyRule, Problem, Role, Route, serve};
use puntos_aws::runtime::{self, Environment, Invocation, InvocationError, StartError};
use puntos_aws::store::Store;

/// The routes, as the template has them.
pub const ROUTES: &[Route] = &[
    Route {
        key: "POST /v1/members/{member_id}/adjustments",
        roles: &[Role::Agent, Role::Supervisor],
        idempotency: KeyRule::Required,
    },
    Route {
        key: "POST /v1/purchases/{purchase_id}/claim-points",
        roles: &[Role::Agent, Role::Supervisor, Role::Member],
        idempotency: KeyRule::Required,
    },
];

/// The routes, described.
#[derive(utoipa::OpenApi)]
#[openapi(paths(routes::adjust::adjust, routes::claim::claim))]
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
                "POST /v1/members/{member_id}/adjustments" => routes::adjust::adjust(&call).await,
                "POST /v1/purchases/{purchase_id}/claim-points" => {
                    routes::claim::claim(&call).await
                }
                _ => Err(Problem::not_found()),
            }
        };
        Ok(serve(event, invocation, ROUTES, &self.environment, &self.store, work).await)
    }
}
