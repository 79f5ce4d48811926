//! Filters of lists of tasks: by agent, and by the customer's name.

use crate::member::is_named;

/// Whose tasks a list has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskFilter {
    /// Only those of this agent, or of nobody.
    pub agent: Option<TaskAgent>,
    /// Only those of customers with this name: beginnings of words.
    pub customer: Option<String>,
}

/// To whom a task belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskAgent {
    Nobody,
    Agent(String),
}

impl TaskFilter {
    /// Returns whether every task passes.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns whether a task of this agent for this customer passes.
    pub fn passes(&self, agent_id: Option<&str>, member_name: &str) -> bool {
        let is_its = match &self.agent {
            None => true,
            Some(TaskAgent::Nobody) => agent_id.is_none(),
            Some(TaskAgent::Agent(agent)) => agent_id == Some(agent),
        };
        is_its && self.customer.as_ref().is_none_or(|asked| is_named(member_name, asked))
    }
}
