//! Mails for agents: what was sent, what became of it, and once more to the address of now.

mod resend;
mod routes;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use puntos_aws::http::{KeyRule, Problem, Role, Route, serve};
use puntos_aws::runtime::{self, Environment, Invocation, InvocationError, StartError};
use puntos_aws::store::Store;

/// The routes, as the template has them.
pub const ROUTES: &[Route] = &[
    Route {
        key: "GET /v1/emails",
        roles: &[Role::Agent, Role::Supervisor],
        idempotency: KeyRule::Ignored,
    },
    Route {
        key: "GET /v1/emails/{email_id}",
        roles: &[Role::Agent, Role::Supervisor],
        idempotency: KeyRule::Ignored,
    },
    Route {
        key: "POST /v1/emails/{email_id}/resend",
        roles: &[Role::Agent, Role::Supervisor],
        idempotency: KeyRule::Required,
    },
];

/// The routes, described.
#[derive(utoipa::OpenApi)]
#[openapi(paths(routes::list, routes::show, resend::resend))]
pub struct Api;

/// The function.
pub struct Function {
    environment: Environment,
    store: Store,
    brand: String,
}

impl runtime::Function for Function {
    type Event = ApiGatewayV2httpRequest;
    type Answer = ApiGatewayV2httpResponse;

    fn new(environment: Environment) -> Result<Self, StartError> {
        let store = Store::new(&environment)?;
        let brand = environment.setting("BRAND_NAME")?.to_owned();
        Ok(Self { environment, store, brand })
    }

    async fn handle(
        &self,
        event: ApiGatewayV2httpRequest,
        invocation: Invocation,
    ) -> Result<ApiGatewayV2httpResponse, InvocationError> {
        let work = |call: puntos_aws::http::Call| async move {
            match call.request.route {
                "GET /v1/emails" => routes::list(&call).await,
                "GET /v1/emails/{email_id}" => routes::show(&call, &self.brand).await,
                "POST /v1/emails/{email_id}/resend" => resend::resend(&call, &self.brand).await,
                _ => Err(Problem::not_found()),
            }
        };
        Ok(serve(event, invocation, ROUTES, &self.environment, &self.store, work).await)
    }
}
