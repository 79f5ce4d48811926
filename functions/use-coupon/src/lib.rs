//! A coupon at the till: looked at by its code, and used once.

pub mod event;
mod routes;

use puntos_api::{KeyRule, Problem, Role, Route};
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call, Http, HttpFunction};
use puntos_runtime::{Environment, StartError};

/// The routes, as the template has them.
pub const ROUTES: &[&Route] = &[
    &Route {
        key: "GET /v1/coupons/{code}",
        roles: &[Role::Pos],
        idempotency: KeyRule::Ignored,
        ..Route::BARE
    },
    &Route {
        key: "POST /v1/coupons/{code}/use",
        roles: &[Role::Pos],
        idempotency: KeyRule::Required,
        ..Route::BARE
    },
];

/// The routes, described.
#[derive(utoipa::OpenApi)]
#[openapi(paths(routes::look, routes::take))]
pub struct Api;

/// The function.
pub type Function = Http<UseCoupon>;

/// What the function has of its own.
pub struct UseCoupon;

impl HttpFunction for UseCoupon {
    const ROUTES: &'static [&'static Route] = ROUTES;

    fn new(_: &Environment) -> Result<Self, StartError> {
        Ok(Self)
    }

    async fn answer(&self, call: &Call) -> Result<Answer, Failure> {
        match call.request.route.key {
            "GET /v1/coupons/{code}" => routes::look(call).await,
            "POST /v1/coupons/{code}/use" => routes::take(call).await,
            _ => Err(Problem::not_found().into()),
        }
    }
}
