//! Claims from their opening to their proven end: opened, followed and answered by members and agents,
//! and mended by an agent in one step.
//!
//! What the system does by itself with claims is in `generate-tasks` and `find-failures`.

pub mod answer;
pub mod event;
mod routes;
mod telling;

use puntos_api::{KeyRule, Problem, Role, Route};
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call, Http, HttpFunction};
use puntos_runtime::queue::Queue;
use puntos_runtime::{Environment, StartError};

/// The routes, as the template has them.
pub const ROUTES: &[&Route] = &[
    &Route {
        key: "POST /v1/claims",
        roles: &[Role::Agent, Role::Supervisor, Role::Member],
        idempotency: KeyRule::Required,
        ..Route::BARE
    },
    &Route {
        key: "GET /v1/claims",
        roles: &[Role::Agent, Role::Supervisor, Role::Member],
        idempotency: KeyRule::Ignored,
        ..Route::BARE
    },
    &Route {
        key: "GET /v1/claims/{claim_id}",
        roles: &[Role::Agent, Role::Supervisor, Role::Member],
        idempotency: KeyRule::Ignored,
        ..Route::BARE
    },
    &Route {
        key: "POST /v1/claims/{claim_id}/updates",
        roles: &[Role::Agent, Role::Supervisor, Role::Member],
        idempotency: KeyRule::Required,
        ..Route::BARE
    },
    &Route {
        key: "POST /v1/claims/{claim_id}/fix",
        roles: &[Role::Agent, Role::Supervisor],
        idempotency: KeyRule::Required,
        ..Route::BARE
    },
];

/// The routes, described.
#[derive(utoipa::OpenApi)]
#[openapi(paths(
    routes::open::open,
    routes::read::list,
    routes::read::show,
    routes::update::update,
    routes::fix::fix
))]
pub struct Api;

/// The function.
pub type Function = Http<TrackClaims>;

/// What the function has of its own.
pub struct TrackClaims {
    brand: String,
    purchases: Queue,
}

impl HttpFunction for TrackClaims {
    const ROUTES: &'static [&'static Route] = ROUTES;

    fn new(environment: &Environment) -> Result<Self, StartError> {
        Ok(Self {
            brand: environment.setting("BRAND_NAME")?.to_owned(),
            purchases: Queue::new(environment, "PURCHASE_QUEUE_URL")?,
        })
    }

    async fn answer(&self, call: &Call) -> Result<Answer, Failure> {
        match call.request.route.key {
            "POST /v1/claims" => routes::open::open(call, &self.brand).await,
            "GET /v1/claims" => routes::read::list(call).await,
            "GET /v1/claims/{claim_id}" => routes::read::show(call).await,
            "POST /v1/claims/{claim_id}/updates" => routes::update::update(call, &self.brand).await,
            "POST /v1/claims/{claim_id}/fix" => {
                routes::fix::fix(call, &self.brand, &self.purchases).await
            }
            _ => Err(Problem::not_found().into()),
        }
    }
}
