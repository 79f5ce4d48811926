//! The agent works the list: what is due on a day, where one customer is in the cycle, and what was done.

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
        key: "GET /v1/tasks",
        roles: &[Role::Agent, Role::Supervisor],
        idempotency: KeyRule::Ignored,
        ..Route::BARE
    },
    &Route {
        key: "GET /v1/tasks/upcoming",
        roles: &[Role::Agent, Role::Supervisor],
        idempotency: KeyRule::Ignored,
        ..Route::BARE
    },
    &Route {
        key: "GET /v1/members/{member_id}/tasks",
        roles: &[Role::Agent, Role::Supervisor],
        idempotency: KeyRule::Ignored,
        ..Route::BARE
    },
    &Route {
        key: "POST /v1/tasks/{task_id}/complete",
        roles: &[Role::Agent, Role::Supervisor],
        idempotency: KeyRule::Required,
        ..Route::BARE
    },
];

/// The routes, described.
#[derive(utoipa::OpenApi)]
#[openapi(paths(
    routes::day::list,
    routes::upcoming::list,
    routes::member::list,
    routes::complete::complete
))]
pub struct Api;

/// The function.
pub type Function = Http<WorkTasks>;

/// What the function has of its own.
pub struct WorkTasks;

impl HttpFunction for WorkTasks {
    const ROUTES: &'static [&'static Route] = ROUTES;

    fn new(_: &Environment) -> Result<Self, StartError> {
        Ok(Self)
    }

    async fn answer(&self, call: &Call) -> Result<Answer, Failure> {
        match call.request.route.key {
            "GET /v1/tasks" => routes::day::list(call).await,
            "GET /v1/tasks/upcoming" => routes::upcoming::list(call).await,
            "GET /v1/members/{member_id}/tasks" => routes::member::list(call).await,
            "POST /v1/tasks/{task_id}/complete" => routes::complete::complete(call).await,
            _ => Err(Problem::not_found().into()),
        }
    }
}
