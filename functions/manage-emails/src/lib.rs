//! Mails for agents: what was sent, what became of it, and once more to the address of now.

mod resend;
mod routes;

use puntos_api::{KeyRule, Problem, Role, Route};
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call, Http, HttpFunction};
use puntos_runtime::{Environment, StartError};

/// The routes, as the template has them.
pub const ROUTES: &[&Route] = &[
    &Route {
        key: "GET /v1/emails",
        roles: &[Role::Agent, Role::Supervisor],
        idempotency: KeyRule::Ignored,
        ..Route::BARE
    },
    &Route {
        key: "GET /v1/emails/{email_id}",
        roles: &[Role::Agent, Role::Supervisor],
        idempotency: KeyRule::Ignored,
        ..Route::BARE
    },
    &Route {
        key: "POST /v1/emails/{email_id}/resend",
        roles: &[Role::Agent, Role::Supervisor],
        idempotency: KeyRule::Required,
        ..Route::BARE
    },
];

/// The routes, described.
#[derive(utoipa::OpenApi)]
#[openapi(paths(routes::list, routes::show, resend::resend))]
pub struct Api;

/// The function.
pub type Function = Http<ManageEmails>;

/// What the function has of its own.
pub struct ManageEmails {
    brand: String,
}

impl HttpFunction for ManageEmails {
    const ROUTES: &'static [&'static Route] = ROUTES;

    fn new(environment: &Environment) -> Result<Self, StartError> {
        Ok(Self { brand: environment.setting("BRAND_NAME")?.to_owned() })
    }

    async fn answer(&self, call: &Call) -> Result<Answer, Failure> {
        match call.request.route.key {
            "GET /v1/emails" => routes::list(call).await,
            "GET /v1/emails/{email_id}" => routes::show(call, &self.brand).await,
            "POST /v1/emails/{email_id}/resend" => resend::resend(call, &self.brand).await,
            _ => Err(Problem::not_found().into()),
        }
    }
}
