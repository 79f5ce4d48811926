//! One customer: where they are in the cycle, and every task so far.

use puntos_api::Problem;
use puntos_api::ProblemBody;
use puntos_domain::id::MemberId;
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call};
use serde::Serialize;

use crate::answer::{CycleAnswer, TaskAnswer};

/// A page of one customer's tasks, and where they are in the cycle.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MemberTasks {
    /// The tasks.
    pub data: Vec<TaskAnswer>,
    /// Where the next page begins; null after the last.
    pub next_cursor: Option<String>,
    /// Where the customer is in the cycle.
    pub cycle: CycleAnswer,
}

#[utoipa::path(
    get, path = "/v1/members/{member_id}/tasks", tag = "Tasks",
    params(
        ("member_id" = String, Path),
        ("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query),
    ),
    description = "Lists one customer's tasks that are or were due, whatever became of them, the newest first, and says where the customer is in the cycle. Read strongly.",
    responses(
        (status = 200, description = "The tasks and the cycle", body = MemberTasks),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn list(call: &Call) -> Result<Answer, Failure> {
    let member_id: MemberId = call.request.path_id("member_id")?;
    let page = call.request.page()?;
    let care = call.store.member_care(&member_id, call.now, &page).await?;
    let care = care.ok_or_else(Problem::not_found)?;
    let today = care.today;
    let tasks = care.tasks.into_iter().map(|stored| TaskAnswer::new(stored, today, today));
    let cycle = care.cycle.map(|cycle| CycleAnswer::new(&cycle, today));
    Ok(Answer::ok(MemberTasks {
        data: tasks.collect(),
        next_cursor: care.next_cursor,
        cycle: cycle.unwrap_or_default(),
    }))
}
