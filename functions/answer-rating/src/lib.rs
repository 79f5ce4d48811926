//! The inbox: one rating with its thread, the reply to it, and the gift for it.
//!
//! Lists and counters are `view-ratings`'.

mod answer;
pub mod event;
mod routes;

use puntos_api::{KeyRule, Problem, Role, Route};
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call, Http, HttpFunction};
use puntos_runtime::{Environment, StartError};

/// The routes, as the template has them.
pub const ROUTES: &[&Route] = &[
    &Route {
        key: "GET /v1/ratings/{rating_id}",
        roles: &[Role::Agent, Role::Supervisor, Role::Member],
        idempotency: KeyRule::Ignored,
        ..Route::BARE
    },
    &Route {
        key: "POST /v1/ratings/{rating_id}/messages",
        roles: &[Role::Agent, Role::Supervisor, Role::Member],
        idempotency: KeyRule::Required,
        ..Route::BARE
    },
    &Route {
        key: "POST /v1/ratings/{rating_id}/gifts",
        roles: &[Role::Agent, Role::Supervisor],
        idempotency: KeyRule::Required,
        ..Route::BARE
    },
    &Route {
        key: "POST /v1/ratings/{rating_id}/read",
        roles: &[Role::Agent, Role::Supervisor],
        idempotency: KeyRule::Required,
        ..Route::BARE
    },
];

/// The routes, described.
#[derive(utoipa::OpenApi)]
#[openapi(paths(
    routes::thread::show,
    routes::message::write,
    routes::gift::give,
    routes::thread::mark_read
))]
pub struct Api;

/// The function.
pub type Function = Http<AnswerRating>;

/// What the function has of its own.
pub struct AnswerRating {
    brand: String,
}

impl HttpFunction for AnswerRating {
    const ROUTES: &'static [&'static Route] = ROUTES;

    fn new(environment: &Environment) -> Result<Self, StartError> {
        Ok(Self { brand: environment.setting("BRAND_NAME")?.to_owned() })
    }

    async fn answer(&self, call: &Call) -> Result<Answer, Failure> {
        match call.request.route.key {
            "GET /v1/ratings/{rating_id}" => routes::thread::show(call).await,
            "POST /v1/ratings/{rating_id}/messages" => {
                routes::message::write(call, &self.brand).await
            }
            "POST /v1/ratings/{rating_id}/gifts" => routes::gift::give(call, &self.brand).await,
            "POST /v1/ratings/{rating_id}/read" => routes::thread::mark_read(call).await,
            _ => Err(Problem::not_found().into()),
        }
    }
}
