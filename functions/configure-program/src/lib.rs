//! The programme and its catalogue: read by all who may, written by the admin in versions.

mod routes;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use puntos_aws::http::{KeyRule, Problem, Role, Route, serve};
use puntos_aws::runtime::{self, Environment, Invocation, InvocationError, StartError};
use puntos_aws::store::Store;

const EVERYONE: &[Role] = &[Role::Pos, Role::Agent, Role::Supervisor, Role::Admin, Role::Member];

/// The routes, as the template has them.
pub const ROUTES: &[Route] = &[
    Route { key: "GET /v1/program", roles: &[Role::Admin], idempotency: KeyRule::Ignored },
    Route { key: "PUT /v1/program", roles: &[Role::Admin], idempotency: KeyRule::Ignored },
    Route { key: "GET /v1/rewards", roles: EVERYONE, idempotency: KeyRule::Ignored },
    Route { key: "GET /v1/rewards/{reward_id}", roles: EVERYONE, idempotency: KeyRule::Ignored },
    Route {
        key: "PUT /v1/rewards/{reward_id}",
        roles: &[Role::Admin],
        idempotency: KeyRule::Ignored,
    },
];

/// The routes, described.
#[derive(utoipa::OpenApi)]
#[openapi(paths(
    routes::program::show,
    routes::program::replace,
    routes::rewards::list,
    routes::rewards::show,
    routes::rewards::replace
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
                "GET /v1/program" => routes::program::show(&call).await,
                "PUT /v1/program" => routes::program::replace(&call).await,
                "GET /v1/rewards" => routes::rewards::list(&call).await,
                "GET /v1/rewards/{reward_id}" => routes::rewards::show(&call).await,
                "PUT /v1/rewards/{reward_id}" => routes::rewards::replace(&call).await,
                _ => Err(Problem::not_found()),
            }
        };
        Ok(serve(event, invocation, ROUTES, &self.environment, &self.store, work).await)
    }
}
