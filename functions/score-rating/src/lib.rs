//! A visit is rated: classified, counted, and answered by itself where that is due.

pub mod event;
mod routes;

use puntos_api::{KeyRule, Problem, Role, Route};
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call, Http, HttpFunction};
use puntos_runtime::{Environment, StartError};

/// The routes, as the template has them.
pub const ROUTES: &[&Route] = &[&Route {
    key: "POST /v1/ratings",
    roles: &[Role::Pos, Role::Member],
    idempotency: KeyRule::Natural,
    ..Route::BARE
}];

/// The routes, described.
#[derive(utoipa::OpenApi)]
#[openapi(paths(routes::rate))]
pub struct Api;

/// The function.
pub type Function = Http<ScoreRating>;

/// What the function has of its own.
pub struct ScoreRating {
    brand: String,
}

impl HttpFunction for ScoreRating {
    const ROUTES: &'static [&'static Route] = ROUTES;

    fn new(environment: &Environment) -> Result<Self, StartError> {
        Ok(Self { brand: environment.setting("BRAND_NAME")?.to_owned() })
    }

    async fn answer(&self, call: &Call) -> Result<Answer, Failure> {
        match call.request.route.key {
            "POST /v1/ratings" => routes::rate(call, &self.brand).await,
            _ => Err(Problem::not_found().into()),
        }
    }
}
