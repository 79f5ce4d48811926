//! Members: enrolled, found, changed, and written to again after an unblocking.

pub mod event;
mod routes;

use puntos_api::{KeyRule, Problem, Role, Route};
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call, Http, HttpFunction};
use puntos_runtime::{Environment, StartError};

/// The routes, as the template has them.
pub const ROUTES: &[&Route] = &[
    &Route {
        key: "POST /v1/members",
        roles: &[Role::Pos, Role::Agent, Role::Admin],
        idempotency: KeyRule::Required,
        ..Route::BARE
    },
    &Route {
        key: "GET /v1/members",
        roles: &[Role::Pos, Role::Agent, Role::Supervisor],
        idempotency: KeyRule::Ignored,
        ..Route::BARE
    },
    &Route {
        key: "PATCH /v1/members/{member_id}",
        roles: &[Role::Agent, Role::Supervisor, Role::Member],
        idempotency: KeyRule::Ignored,
        ..Route::BARE
    },
    &Route {
        key: "POST /v1/members/{member_id}/email-unblock",
        roles: &[Role::Supervisor],
        idempotency: KeyRule::Required,
        ..Route::BARE
    },
];

/// The routes, described.
#[derive(utoipa::OpenApi)]
#[openapi(paths(
    routes::enrol::enrol,
    routes::search::search,
    routes::change::change,
    routes::unblock::unblock
))]
pub struct Api;

/// The function.
pub type Function = Http<ManageMembers>;

/// What the function has of its own.
pub struct ManageMembers {
    contact_list: String,
}

impl HttpFunction for ManageMembers {
    const ROUTES: &'static [&'static Route] = ROUTES;

    fn new(environment: &Environment) -> Result<Self, StartError> {
        Ok(Self { contact_list: environment.setting("CONTACT_LIST")?.to_owned() })
    }

    async fn answer(&self, call: &Call) -> Result<Answer, Failure> {
        match call.request.route.key {
            "POST /v1/members" => routes::enrol::enrol(call).await,
            "GET /v1/members" => routes::search::search(call).await,
            "PATCH /v1/members/{member_id}" => {
                routes::change::change(call, &self.contact_list).await
            }
            "POST /v1/members/{member_id}/email-unblock" => routes::unblock::unblock(call).await,
            _ => Err(Problem::not_found().into()),
        }
    }
}
