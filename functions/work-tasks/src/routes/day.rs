//! The list of a day.

use puntos_api::{Problem, ProblemBody};
use puntos_domain::calendar::local_date;
use puntos_domain::page::Page;
use puntos_domain::task::{TaskKind, TaskStatus};
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call};
use puntos_store::DayQuery;

use crate::answer::TaskAnswer;
use crate::event::ListRequest;

#[utoipa::path(
    get, path = "/v1/tasks", tag = "Tasks",
    params(
        ("day" = Option<String>, Query, description = "YYYY-MM-DD; today where it is not given"),
        ("kind" = Option<TaskKind>, Query), ("status" = Option<TaskStatus>, Query),
        ("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query),
    ),
    description = "Lists the tasks of a local day: those that leave the list on a day of their own, the most urgent first, then those that stay until done, the oldest first. Without a status: what is open, and reminders that were done, faded, until the day of their order. With completed or lapsed: what was done or lapsed of that day's list; on a day also what left the list the night before. A page may be short and still carry a cursor.",
    responses(
        (status = 200, description = "The tasks", body = Page<TaskAnswer>),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn list(call: &Call) -> Result<Answer, Failure> {
    let request = ListRequest::of(&call.request)?;
    let page = call.request.page()?;
    let head = call.store.program_head().await?.ok_or_else(Problem::not_found)?;
    let today = local_date(call.now, &head.newest.zone());
    let day = request.day.unwrap_or(today);
    let query = DayQuery { day, kind: request.kind, status: request.status };
    let filters = ["day", "kind", "status"].map(|name| call.request.query(name).unwrap_or(""));
    let (tasks, next_cursor) = call.store.tasks_of_day(&query, &filters, &page).await?;
    let data = tasks.into_iter().map(|stored| TaskAnswer::new(stored, day, today)).collect();
    Ok(Answer::ok(Page { data, next_cursor }))
}
