//! Care tasks: the routes and their shapes.

mod answers;
mod requests;

pub use answers::{
    AutoshipAnswer, CycleAnswer, MemberTasks, MovedAnswer, TaskAnswer, TaskMember, TaskTrend,
    TaskTrendDay, UpcomingAnswer, UpcomingTask,
};
pub use requests::{
    AssignRequest, CompleteRequest, DayListRequest, days_ahead, filter, trend_days,
};

use puntos_domain::task::{Refusal, TaskKind, TaskStatus};

use crate::{KeyRule, Parameter, Problem, Reply, Role, Route, Shape};

/// Lists the tasks of a day.
pub const LIST_DAY: Route = Route {
    key: "GET /v1/tasks",
    operation_id: "list_tasks",
    tag: "Tasks",
    summary: "List the tasks of a day",
    description: "First the tasks with a last day, the most urgent first; then those that stay until \
        done, the oldest first. Without a status: open tasks, and completed reminders, faded, until \
        the day of their order. With completed or lapsed: what was completed or lapsed of that day's \
        list, including what left the list the night before. A page may be short and still carry a \
        cursor.",
    roles: AGENTS,
    idempotency: KeyRule::Ignored,
    query: &[
        Parameter::optional::<String>("day", "YYYY-MM-DD; today by default"),
        Parameter::optional::<TaskKind>("kind", "Only tasks of this kind"),
        Parameter::optional::<TaskStatus>("status", "Only tasks with this status"),
        AGENT,
        NAME,
        Parameter::LIMIT,
        Parameter::CURSOR,
    ],
    request: None,
    answers: &[Reply::page::<TaskAnswer>(200, "The tasks")],
    problems: &[(400, &["cursor_mismatch"]), (404, &["not_found"]), (422, &["invalid_field"])],
};

/// Lists the tasks of the next days.
pub const LIST_UPCOMING: Route = Route {
    key: "GET /v1/tasks/upcoming",
    operation_id: "list_upcoming_tasks",
    tag: "Tasks",
    summary: "List the tasks of the next days by customer",
    description: "First the open reminders: from 20 days before their order until they are in the list \
        of the day, 12 days before. Then the calls of the next days as they are expected now: an order \
        may still change them. A page may be short and still carry a cursor, and a customer may occur \
        on more than one page.",
    roles: AGENTS,
    idempotency: KeyRule::Ignored,
    query: &[
        Parameter::optional::<i32>("days", "How many days ahead, 1 to 31; 7 by default"),
        AGENT,
        NAME,
        Parameter::LIMIT,
        Parameter::CURSOR,
    ],
    request: None,
    answers: &[Reply::page::<UpcomingAnswer>(200, "The customers, each with the tasks to come")],
    problems: &[(400, &["cursor_mismatch"]), (404, &["not_found"]), (422, &["invalid_field"])],
};

/// Lists the tasks of one customer.
pub const LIST_OF_MEMBER: Route = Route {
    key: "GET /v1/members/{member_id}/tasks",
    operation_id: "list_member_tasks",
    tag: "Tasks",
    summary: "List the tasks of one customer",
    description: "All tasks that are or were due, the newest first, and where the customer is in the \
        care cycle. Read strongly.",
    roles: AGENTS,
    idempotency: KeyRule::Ignored,
    query: &[Parameter::LIMIT, Parameter::CURSOR],
    request: None,
    answers: &[Reply::new::<MemberTasks>(200, "The tasks and the cycle")],
    problems: &[(400, &["cursor_mismatch"]), (404, &["not_found"]), (422, &["invalid_field"])],
};

/// Completes a task.
pub const COMPLETE: Route = Route {
    key: "POST /v1/tasks/{task_id}/complete",
    operation_id: "complete_task",
    tag: "Tasks",
    summary: "Complete a task",
    description: "An open task is completed once. The body may be left out.",
    roles: AGENTS,
    idempotency: KeyRule::Required,
    query: &[],
    request: Some(Shape::of::<CompleteRequest>()),
    answers: &[Reply::new::<TaskAnswer>(200, "Completed, or completed before with this key")],
    problems: &[(404, &["not_found"]), (409, &["task_completed", "task_lapsed"])],
};

/// Assigns a task.
pub const ASSIGN: Route = Route {
    key: "POST /v1/tasks/{task_id}/assign",
    operation_id: "assign_task",
    tag: "Tasks",
    summary: "Assign a task to an agent or to nobody",
    description: "A new task belongs to the agent of its member. A repetition changes nothing.",
    roles: AGENTS,
    idempotency: KeyRule::Ignored,
    query: &[],
    request: Some(Shape::of::<AssignRequest>()),
    answers: &[Reply::new::<TaskAnswer>(200, "The task")],
    problems: &[(404, &["not_found"]), (409, &["task_completed", "task_lapsed"])],
};

/// Counts the tasks that ended on each day.
pub const TREND: Route = Route {
    key: "GET /v1/tasks/trend",
    operation_id: "show_task_trend",
    tag: "Tasks",
    summary: "See how many tasks were done and lapsed each day",
    description: "Counted from the tasks, at most 10,000. A task that lapsed counts on its last day. One \
        that an event closed does not count.",
    roles: AGENTS,
    idempotency: KeyRule::Ignored,
    query: &[
        Parameter::optional::<String>("from", "The first day; 13 days before the last by default"),
        Parameter::optional::<String>("to", "The last day; today by default"),
    ],
    request: None,
    answers: &[Reply::new::<TaskTrend>(200, "The days, at most 31")],
    problems: &[(404, &["not_found"]), (422, &["invalid_field"])],
};

const AGENT: Parameter = Parameter::optional::<String>(
    "agent",
    "Only tasks of this agent: `me`, `none` for nobody, or an id",
);
const NAME: Parameter =
    Parameter::optional::<String>("name", "Beginnings of words of the customer's name");

const AGENTS: &[Role] = &[Role::Agent, Role::Supervisor];

/// Returns the problem that a refused completion is answered with.
pub fn refused(refusal: Refusal) -> Problem {
    let code = match refusal {
        Refusal::Completed => "task_completed",
        Refusal::Lapsed => "task_lapsed",
    };
    Problem::conflict(code, refusal.to_string())
}
