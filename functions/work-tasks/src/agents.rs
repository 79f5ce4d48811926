//! The names of agents: set by each one, listed for all, and shown on the tasks that they did.

use puntos_api::agents::{AgentAnswer, NameRequest};
use puntos_api::tasks::TaskAnswer;
use puntos_domain::page::Page;
use puntos_runtime::http::{Answer, Call, Failure};

use crate::WorkTasks;

pub(crate) async fn name_me(_: &WorkTasks, call: &Call) -> Result<Answer, Failure> {
    let name = call.request.body::<NameRequest>()?.command()?;
    let agent_id = call.request.caller()?.subject.clone();
    call.store.put_agent(&agent_id, &name, &call.stamp()?).await?;
    Ok(Answer::ok(AgentAnswer { agent_id, name }))
}

pub(crate) async fn list(_: &WorkTasks, call: &Call) -> Result<Answer, Failure> {
    let (agents, next_cursor) = call.store.agents(&call.request.page()?).await?;
    let data = agents.into_iter().map(|(agent_id, name)| AgentAnswer { agent_id, name });
    Ok(Answer::ok(Page { data: data.collect(), next_cursor }))
}

/// Shows the names of the agents who did these tasks, with one read if there are any.
pub(crate) async fn show_names(call: &Call, tasks: &mut [TaskAnswer]) -> Result<(), Failure> {
    let subjects: Vec<&str> = tasks.iter().filter_map(|task| task.done_by.as_deref()).collect();
    let names = call.store.agent_names(&subjects).await?;
    for task in tasks {
        task.name_agents(&names);
    }
    Ok(())
}
