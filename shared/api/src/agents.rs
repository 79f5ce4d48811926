//! Agents: how their colleagues see them. The routes and their shapes.

use std::collections::HashMap;

use puntos_domain::field::{FieldError, LABEL_MAX_CHARS, NAME_MAX_CHARS, text};
use puntos_domain::task::TaskAgent;
use serde::{Deserialize, Serialize};

use crate::{KeyRule, Parameter, Problem, Reply, Role, Route, Shape};

/// Names the calling agent.
pub const NAME_ME: Route = Route {
    key: "PUT /v1/agents/me",
    operation_id: "name_me",
    tag: "Agents",
    summary: "Set your own name",
    description: "Sets the name under which colleagues see the caller. Until then it is the subject of \
        the token.",
    roles: STAFF,
    idempotency: KeyRule::Ignored,
    query: &[],
    request: Some(Shape::of::<NameRequest>()),
    answers: &[Reply::new::<AgentAnswer>(200, "The agent")],
    problems: &[],
};

/// Lists the agents.
pub const LIST: Route = Route {
    key: "GET /v1/agents",
    operation_id: "list_agents",
    tag: "Agents",
    summary: "List the agents",
    description: "Lists the agents who set a name, at most 1,000, in the order of their ids.",
    roles: STAFF,
    idempotency: KeyRule::Ignored,
    query: &[Parameter::LIMIT, Parameter::CURSOR],
    request: None,
    answers: &[Reply::page::<AgentAnswer>(200, "The agents")],
    problems: &[(400, &["cursor_mismatch"])],
};

const STAFF: &[Role] = &[Role::Agent, Role::Supervisor, Role::Admin];

/// The name of an agent.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NameRequest {
    /// What colleagues read.
    pub name: String,
}

/// How colleagues see an agent.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AgentAnswer {
    /// The subject of the agent's token.
    pub agent_id: String,
    /// What colleagues read.
    pub name: String,
}

impl NameRequest {
    /// Returns the name.
    ///
    /// # Errors
    /// Refuses a name that does not fit.
    pub fn command(self) -> Result<String, Problem> {
        Ok(text("name", self.name, NAME_MAX_CHARS)?)
    }
}

/// Names the calling agent in a request.
const ME: &str = "me";
/// Names no agent in a request.
const NOBODY: &str = "none";

/// Returns whom a request names: `me` is the caller, `none` is nobody, and anything else is an agent's id.
///
/// # Errors
/// Refuses an id that does not fit.
pub fn named(field: &str, id: String, caller: &str) -> Result<TaskAgent, FieldError> {
    Ok(match id.as_str() {
        ME => TaskAgent::Agent(caller.to_owned()),
        NOBODY => TaskAgent::Nobody,
        _ => TaskAgent::Agent(agent_id(field, id)?),
    })
}

/// Returns an agent's id.
///
/// # Errors
/// Refuses an id that does not fit, or a word that names an agent or nobody.
pub fn agent_id(field: &str, id: String) -> Result<String, FieldError> {
    let id = text(field, id, LABEL_MAX_CHARS)?;
    match id.as_str() {
        ME | NOBODY => Err(FieldError::invalid(field, "must be the id of an agent")),
        _ => Ok(id),
    }
}

/// Returns the subject of an actor such as `agent:subject`; `None` for the system and for tills.
pub fn subject(actor: &str) -> Option<&str> {
    let (role, subject) = actor.split_once(':')?;
    let is_staff = STAFF.iter().any(|staff| staff.name() == role);
    is_staff.then_some(subject)
}

/// Returns the name under which colleagues see an actor: their own, or the subject of the token.
pub fn name_of<'a>(actor: &'a str, names: &'a HashMap<String, String>) -> Option<&'a str> {
    let subject = subject(actor)?;
    Some(names.get(subject).map_or(subject, String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_have_names_and_machines_none() {
        let names = HashMap::from([("s:1".to_owned(), "Anna".to_owned())]);
        let table = [
            ("agent:s:1", Some("Anna")),
            ("supervisor:s:1", Some("Anna")),
            ("admin:s-2", Some("s-2")),
            ("system:generate-tasks", None),
            ("pos:queue", None),
            ("member:s:1", None),
            ("", None),
        ];
        for (actor, name) in table {
            assert_eq!(name_of(actor, &names), name, "{actor}");
        }
    }
}
