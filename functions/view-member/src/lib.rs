//! One member's whole story: the page, the timeline, the redemptions and their proof.

mod routes;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use puntos_aws::http::{KeyRule, Problem, Role, Route, serve};
use puntos_aws::runtime::{self, Environment, Invocation, InvocationError, StartError};
use puntos_aws::store::Store;

/// The routes, as the template has them.
pub const ROUTES: &[Route] = &[
    Route {
        key: "GET /v1/members/{member_id}",
        roles: &[Role::Agent, Role::Supervisor, Role::Member],
        idempotency: KeyRule::Ignored,
    },
    Route {
        key: "GET /v1/members/{member_id}/timeline",
        roles: &[Role::Agent, Role::Supervisor, Role::Member],
        idempotency: KeyRule::Ignored,
    },
    Route {
        key: "GET /v1/redemptions",
        roles: &[Role::Pos, Role::Agent, Role::Supervisor, Role::Member],
        idempotency: KeyRule::Ignored,
    },
    Route {
        key: "GET /v1/redemptions/{redemption_id}",
        roles: &[Role::Pos, Role::Agent, Role::Supervisor, Role::Member],
        idempotency: KeyRule::Ignored,
    },
    Route {
        key: "GET /v1/redemptions/by-key/{idempotency_key}",
        roles: &[Role::Pos, Role::Agent, Role::Supervisor, Role::Member],
        idempotency: KeyRule::Ignored,
    },
];

/// The routes, described.
#[derive(utoipa::OpenApi)]
#[openapi(paths(
    routes::page::page,
    routes::timeline::timeline,
    routes::redemptions::list,
    routes::redemptions::one,
    routes::redemptions::by_key
))]
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
                "GET /v1/members/{member_id}" => routes::page::page(&call).await,
                "GET /v1/members/{member_id}/timeline" => routes::timeline::timeline(&call).await,
                "GET /v1/redemptions" => routes::redemptions::list(&call).await,
                "GET /v1/redemptions/{redemption_id}" => routes::redemptions::one(&call).await,
                "GET /v1/redemptions/by-key/{idempotency_key}" => {
                    routes::redemptions::by_key(&call).await
                }
                _ => Err(Problem::not_found()),
            }
        };
        Ok(serve(event, invocation, ROUTES, &self.environment, &self.store, work).await)
    }
}
