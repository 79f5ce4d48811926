//! The programme, its catalogue and the automatic reply: read by all who may, written by those who
//! answer for them.

mod routes;

use puntos_api::{KeyRule, Problem, Role, Route};
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call, Http, HttpFunction};
use puntos_runtime::{Environment, StartError};

const EVERYONE: &[Role] = &[Role::Pos, Role::Agent, Role::Supervisor, Role::Admin, Role::Member];

/// The routes, as the template has them.
pub const ROUTES: &[&Route] = &[
    &Route {
        key: "GET /v1/program",
        roles: &[Role::Admin],
        idempotency: KeyRule::Ignored,
        ..Route::BARE
    },
    &Route {
        key: "PUT /v1/program",
        roles: &[Role::Admin],
        idempotency: KeyRule::Ignored,
        ..Route::BARE
    },
    &Route {
        key: "GET /v1/rewards",
        roles: EVERYONE,
        idempotency: KeyRule::Ignored,
        ..Route::BARE
    },
    &Route {
        key: "GET /v1/rewards/{reward_id}",
        roles: EVERYONE,
        idempotency: KeyRule::Ignored,
        ..Route::BARE
    },
    &Route {
        key: "PUT /v1/rewards/{reward_id}",
        roles: &[Role::Admin],
        idempotency: KeyRule::Ignored,
        ..Route::BARE
    },
    &Route {
        key: "GET /v1/settings/auto-reply",
        roles: &[Role::Admin, Role::Supervisor],
        idempotency: KeyRule::Ignored,
        ..Route::BARE
    },
    &Route {
        key: "PUT /v1/settings/auto-reply",
        roles: &[Role::Admin, Role::Supervisor],
        idempotency: KeyRule::Ignored,
        ..Route::BARE
    },
];

/// The routes, described.
#[derive(utoipa::OpenApi)]
#[openapi(paths(
    routes::program::show,
    routes::program::replace,
    routes::rewards::list,
    routes::rewards::show,
    routes::rewards::replace,
    routes::auto_reply::show,
    routes::auto_reply::replace
))]
pub struct Api;

/// The function.
pub type Function = Http<ConfigureProgram>;

/// What the function has of its own.
pub struct ConfigureProgram;

impl HttpFunction for ConfigureProgram {
    const ROUTES: &'static [&'static Route] = ROUTES;

    fn new(_: &Environment) -> Result<Self, StartError> {
        Ok(Self)
    }

    async fn answer(&self, call: &Call) -> Result<Answer, Failure> {
        match call.request.route.key {
            "GET /v1/program" => routes::program::show(call).await,
            "PUT /v1/program" => routes::program::replace(call).await,
            "GET /v1/rewards" => routes::rewards::list(call).await,
            "GET /v1/rewards/{reward_id}" => routes::rewards::show(call).await,
            "PUT /v1/rewards/{reward_id}" => routes::rewards::replace(call).await,
            "GET /v1/settings/auto-reply" => routes::auto_reply::show(call).await,
            "PUT /v1/settings/auto-reply" => routes::auto_reply::replace(call).await,
            _ => Err(Problem::not_found().into()),
        }
    }
}
