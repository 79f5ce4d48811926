//! What comes in the next days: tasks that are not due yet, by customer.

use jiff::Span;
use jiff::civil::Date;
use puntos_api::{Problem, ProblemBody};
use puntos_domain::calendar::local_date;
use puntos_domain::id::TaskId;
use puntos_domain::page::Page;
use puntos_domain::task::TaskKind;
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call};
use serde::Serialize;

use crate::answer::TaskMember;
use crate::event::days_ahead;

/// What comes for one customer.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UpcomingAnswer {
    /// The customer.
    pub member: TaskMember,
    /// The tasks to come, the soonest first.
    pub tasks: Vec<UpcomingTask>,
}

/// A task that is not due yet.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UpcomingTask {
    /// The id that it will have.
    #[schema(value_type = String)]
    pub task_id: TaskId,
    /// What it is about.
    pub kind: TaskKind,
    /// The first local day on which it is due.
    #[schema(value_type = String, format = "date")]
    pub due_from: Date,
    /// The last; null stays until done.
    #[schema(value_type = Option<String>, format = "date")]
    pub due_until: Option<Date>,
}

#[utoipa::path(
    get, path = "/v1/tasks/upcoming", tag = "Tasks",
    params(
        ("days" = Option<i32>, Query, description = "How many days ahead, 1 to 31; 7 where it is not given"),
        ("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query),
    ),
    description = "Lists the customers for whom a task falls due in the next days, as things are now: an order may still change it. A page may be short and still carry a cursor.",
    responses(
        (status = 200, description = "The customers, each with what comes", body = Page<UpcomingAnswer>),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn list(call: &Call) -> Result<Answer, Failure> {
    let days = days_ahead(&call.request)?;
    let page = call.request.page()?;
    let head = call.store.program_head().await?.ok_or_else(Problem::not_found)?;
    let today = local_date(call.now, &head.newest.zone());
    let until = today.saturating_add(Span::new().days(days));
    let filters = ["upcoming", call.request.query("days").unwrap_or("")];
    let (cycles, next_cursor) = call.store.upcoming_care((today, until), &filters, &page).await?;
    let data = cycles.into_iter().filter_map(|care| {
        let tasks = care.cycle.upcoming(today, until).into_iter().map(|task| UpcomingTask {
            task_id: task.task_id,
            kind: task.kind,
            due_from: task.due_from,
            due_until: task.due_until,
        });
        let tasks: Vec<UpcomingTask> = tasks.collect();
        let (member_id, name) = (care.cycle.member_id, care.cycle.member_name);
        let member = TaskMember { member_id, name };
        (!tasks.is_empty()).then_some(UpcomingAnswer { member, tasks })
    });
    Ok(Answer::ok(Page { data: data.collect(), next_cursor }))
}
