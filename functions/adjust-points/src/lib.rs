//! Points by hand: an agent's adjustment with a reason, and the late claim of a forgotten card.

pub mod event;
mod routes;

use puntos_api::{KeyRule, Problem, Role, Route};
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call, Http, HttpFunction};
use puntos_runtime::{Environment, StartError};

/// The routes, as the template has them.
pub const ROUTES: &[&Route] = &[
    &Route {
        key: "POST /v1/members/{member_id}/adjustments",
        roles: &[Role::Agent, Role::Supervisor],
        idempotency: KeyRule::Required,
        ..Route::BARE
    },
    &Route {
        key: "POST /v1/purchases/{purchase_id}/claim-points",
        roles: &[Role::Agent, Role::Supervisor, Role::Member],
        idempotency: KeyRule::Required,
        ..Route::BARE
    },
];

/// The routes, described.
#[derive(utoipa::OpenApi)]
#[openapi(paths(routes::adjust::adjust, routes::claim::claim))]
pub struct Api;

/// The function.
pub type Function = Http<AdjustPoints>;

/// What the function has of its own.
pub struct AdjustPoints;

impl HttpFunction for AdjustPoints {
    const ROUTES: &'static [&'static Route] = ROUTES;

    fn new(_: &Environment) -> Result<Self, StartError> {
        Ok(Self)
    }

    async fn answer(&self, call: &Call) -> Result<Answer, Failure> {
        match call.request.route.key {
            "POST /v1/members/{member_id}/adjustments" => routes::adjust::adjust(call).await,
            "POST /v1/purchases/{purchase_id}/claim-points" => routes::claim::claim(call).await,
            _ => Err(Problem::not_found().into()),
        }
    }
}
