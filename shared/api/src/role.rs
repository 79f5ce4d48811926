//! The roles of callers.

use serde::{Deserialize, Serialize};

/// The role of a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A till.
    Pos,
    /// An agent.
    Agent,
    /// A supervisor.
    Supervisor,
    /// An admin, who configures the programme.
    Admin,
    /// A member, for their own data only.
    Member,
}

impl Role {
    /// Returns the name in tokens and entries.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pos => "pos",
            Self::Agent => "agent",
            Self::Supervisor => "supervisor",
            Self::Admin => "admin",
            Self::Member => "member",
        }
    }

    /// Returns the role of a user group; tills and members have none.
    pub fn of_group(group: &str) -> Option<Self> {
        let grouped = [Self::Agent, Self::Supervisor, Self::Admin];
        grouped.into_iter().find(|role| role.name() == group)
    }
}
