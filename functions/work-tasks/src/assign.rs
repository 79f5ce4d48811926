//! Assigns a task to an agent or to nobody.

use puntos_api::Problem;
use puntos_api::tasks::{AssignRequest, TaskAnswer, refused};
use puntos_domain::id::TaskId;
use puntos_domain::language::Language;
use puntos_runtime::http::{Answer, Call, Failure};

use crate::WorkTasks;
use crate::agents::show_names;
use crate::lists::rules_today;

pub(crate) async fn assign(_: &WorkTasks, call: &Call) -> Result<Answer, Failure> {
    let task_id: TaskId = call.request.path_id("task_id")?;
    let body = call.request.body::<AssignRequest>()?;
    let agent_id = body.command(&call.request.caller()?.subject)?;
    let answer = call.decide(|_| attempt(call, &task_id, agent_id.as_deref())).await?;
    Ok(Answer::ok(answer))
}

async fn attempt(
    call: &Call,
    task_id: &TaskId,
    agent_id: Option<&str>,
) -> Result<Option<TaskAnswer>, Failure> {
    let task = call.store.task(task_id).await?.ok_or_else(Problem::not_found)?;
    let (rules, today) = rules_today(call).await?;
    let language = Language::of_reader(call.request.language(), None, &rules.program.locale);
    let assigned = match task.assign(agent_id, today).map_err(refused)? {
        None => Some(task),
        Some(_) => call.store.assign_task(task_id, agent_id, &call.stamp()?).await?,
    };
    let Some(assigned) = assigned else { return Ok(None) };
    let mut answer = TaskAnswer::new(assigned, today, today, language);
    show_names(call, std::slice::from_mut(&mut answer)).await?;
    Ok(Some(answer))
}
