//! Counts the tasks that ended on each day of a period.

use puntos_api::Problem;
use puntos_api::period::Period;
use puntos_api::tasks::{TaskTrend, trend_days};
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::TREND_TASKS_MAX;

use crate::WorkTasks;
use crate::lists::rules_today;

pub(crate) async fn trend(_: &WorkTasks, call: &Call) -> Result<Answer, Failure> {
    let period = Period::of(|name| call.request.query(name))?;
    let (rules, today) = rules_today(call).await?;
    let zone = rules.zone();
    let days = trend_days(period.days(&zone)?, today)?;
    let tasks = call.store.ended_tasks(days).await?.ok_or_else(|| {
        let detail = format!("there are more than {TREND_TASKS_MAX} tasks: ask for fewer days");
        Problem::invalid_field("from", &detail)
    })?;
    let ends = tasks.iter().filter_map(|task| task.ended(&zone, today));
    Ok(Answer::ok(TaskTrend::of(ends, days)))
}
