//! An accidental redemption is undone, whole: points, coupon, stock and limit, in one write.

pub mod event;
mod routes;

use puntos_api::{KeyRule, Problem, Role, Route};
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call, Http, HttpFunction};
use puntos_runtime::{Environment, StartError};

/// The routes, as the template has them.
pub const ROUTES: &[&Route] = &[&Route {
    key: "POST /v1/redemptions/{redemption_id}/reversal",
    roles: &[Role::Agent, Role::Supervisor],
    idempotency: KeyRule::Required,
    ..Route::BARE
}];

/// The routes, described.
#[derive(utoipa::OpenApi)]
#[openapi(paths(routes::reverse))]
pub struct Api;

/// The function.
pub type Function = Http<ReverseRedemption>;

/// What the function has of its own.
pub struct ReverseRedemption;

impl HttpFunction for ReverseRedemption {
    const ROUTES: &'static [&'static Route] = ROUTES;

    fn new(_: &Environment) -> Result<Self, StartError> {
        Ok(Self)
    }

    async fn answer(&self, call: &Call) -> Result<Answer, Failure> {
        match call.request.route.key {
            "POST /v1/redemptions/{redemption_id}/reversal" => routes::reverse(call).await,
            _ => Err(Problem::not_found().into()),
        }
    }
}
