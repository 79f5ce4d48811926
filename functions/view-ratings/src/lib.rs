//! The ratings of all members: lists in every order, and what they add up to.

pub mod event;
mod routes;

use puntos_api::{KeyRule, Problem, Role, Route};
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call, Http, HttpFunction};
use puntos_runtime::{Environment, StartError};

/// The routes, as the template has them.
pub const ROUTES: &[&Route] = &[
    &Route {
        key: "GET /v1/ratings",
        roles: &[Role::Agent, Role::Supervisor],
        idempotency: KeyRule::Ignored,
        ..Route::BARE
    },
    &Route {
        key: "GET /v1/ratings/summary",
        roles: &[Role::Agent, Role::Supervisor, Role::Admin],
        idempotency: KeyRule::Ignored,
        ..Route::BARE
    },
];

/// The routes, described.
#[derive(utoipa::OpenApi)]
#[openapi(paths(routes::list::list, routes::summary::summary))]
pub struct Api;

/// The function.
pub type Function = Http<ViewRatings>;

/// What the function has of its own.
pub struct ViewRatings;

impl HttpFunction for ViewRatings {
    const ROUTES: &'static [&'static Route] = ROUTES;

    fn new(_: &Environment) -> Result<Self, StartError> {
        Ok(Self)
    }

    async fn answer(&self, call: &Call) -> Result<Answer, Failure> {
        match call.request.route.key {
            "GET /v1/ratings" => routes::list::list(call).await,
            "GET /v1/ratings/summary" => routes::summary::summary(call).await,
            _ => Err(Problem::not_found().into()),
        }
    }
}
