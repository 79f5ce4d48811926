//! One member's whole story: the page, the timeline, the redemptions and their proof.

mod routes;

use puntos_api::{KeyRule, Problem, Role, Route};
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call, Http, HttpFunction};
use puntos_runtime::{Environment, StartError};

/// The routes, as the template has them.
pub const ROUTES: &[&Route] = &[
    &Route {
        key: "GET /v1/members/{member_id}",
        roles: &[Role::Agent, Role::Supervisor, Role::Member],
        idempotency: KeyRule::Ignored,
        ..Route::BARE
    },
    &Route {
        key: "GET /v1/members/{member_id}/timeline",
        roles: &[Role::Agent, Role::Supervisor, Role::Member],
        idempotency: KeyRule::Ignored,
        ..Route::BARE
    },
    &Route {
        key: "GET /v1/redemptions",
        roles: &[Role::Pos, Role::Agent, Role::Supervisor, Role::Member],
        idempotency: KeyRule::Ignored,
        ..Route::BARE
    },
    &Route {
        key: "GET /v1/redemptions/{redemption_id}",
        roles: &[Role::Pos, Role::Agent, Role::Supervisor, Role::Member],
        idempotency: KeyRule::Ignored,
        ..Route::BARE
    },
    &Route {
        key: "GET /v1/redemptions/by-key/{idempotency_key}",
        roles: &[Role::Pos, Role::Agent, Role::Supervisor, Role::Member],
        idempotency: KeyRule::Ignored,
        ..Route::BARE
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
pub type Function = Http<ViewMember>;

/// What the function has of its own.
pub struct ViewMember;

impl HttpFunction for ViewMember {
    const ROUTES: &'static [&'static Route] = ROUTES;

    fn new(_: &Environment) -> Result<Self, StartError> {
        Ok(Self)
    }

    async fn answer(&self, call: &Call) -> Result<Answer, Failure> {
        match call.request.route.key {
            "GET /v1/members/{member_id}" => routes::page::page(call).await,
            "GET /v1/members/{member_id}/timeline" => routes::timeline::timeline(call).await,
            "GET /v1/redemptions" => routes::redemptions::list(call).await,
            "GET /v1/redemptions/{redemption_id}" => routes::redemptions::one(call).await,
            "GET /v1/redemptions/by-key/{idempotency_key}" => {
                routes::redemptions::by_key(call).await
            }
            _ => Err(Problem::not_found().into()),
        }
    }
}
