//! Members: enrolled, found, changed, and written to again after an unblocking.

pub mod event;
mod routes;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use puntos_aws::http::{KeyRule, Problem, Role, Route, serve};
use puntos_aws::runtime::{self, Environment, Invocation, InvocationError, StartError};
use puntos_aws::store::Store;

/// The routes, as the template has them.
pub const ROUTES: &[Route] = &[
    Route {
        key: "POST /v1/members",
        roles: &[Role::Pos, Role::Agent, Role::Admin],
        idempotency: KeyRule::Required,
    },
    Route {
        key: "GET /v1/members",
        roles: &[Role::Pos, Role::Agent, Role::Supervisor],
        idempotency: KeyRule::Ignored,
    },
    Route {
        key: "PATCH /v1/members/{member_id}",
        roles: &[Role::Agent, Role::Supervisor, Role::Member],
        idempotency: KeyRule::Ignored,
    },
    Route {
        key: "POST /v1/members/{member_id}/email-unblock",
        roles: &[Role::Supervisor],
        idempotency: KeyRule::Required,
    },
];

/// The routes, described.
#[derive(utoipa::OpenApi)]
#[openapi(paths(
    routes::enrol::enrol,
    routes::search::search,
    routes::change::change,
    routes::unblock::unblock
))]
pub struct Api;

/// The function.
pub struct Function {
    environment: Environment,
    store: Store,
    ses: aws_sdk_sesv2::Client,
}

impl runtime::Function for Function {
    type Event = ApiGatewayV2httpRequest;
    type Answer = ApiGatewayV2httpResponse;

    fn new(environment: Environment) -> Result<Self, StartError> {
        let store = Store::new(&environment)?;
        let ses = environment.clients().ses.clone();
        Ok(Self { environment, store, ses })
    }

    async fn handle(
        &self,
        event: ApiGatewayV2httpRequest,
        invocation: Invocation,
    ) -> Result<ApiGatewayV2httpResponse, InvocationError> {
        let work = |call: puntos_aws::http::Call| async move {
            match call.request.route {
                "POST /v1/members" => routes::enrol::enrol(&call).await,
                "GET /v1/members" => routes::search::search(&call).await,
                "PATCH /v1/members/{member_id}" => routes::change::change(&call).await,
                "POST /v1/members/{member_id}/email-unblock" => {
                    routes::unblock::unblock(&call, &self.ses).await
                }
                _ => Err(Problem::not_found()),
            }
        };
        Ok(serve(event, invocation, ROUTES, &self.environment, &self.store, work).await)
    }
}
