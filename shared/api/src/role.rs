//! The roles of callers.

use serde::{Deserialize, Serialize};

/// What a caller may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A till.
    Pos,
    /// Someone in the contact centre.
    Agent,
    /// Someone who answers for the agents.
    Supervisor,
    /// Someone who sets the programme up.
    Admin,
    /// A shopper, for their own things only.
    Member,
}

impl Role {
    /// Returns the name that tokens and entries carry.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pos => "pos",
            Self::Agent => "agent",
            Self::Supervisor => "supervisor",
            Self::Admin => "admin",
            Self::Member => "member",
        }
    }

    /// Returns the role that a group of people has; tills have none.
    pub fn of_group(group: &str) -> Option<Self> {
        let grouped = [Self::Agent, Self::Supervisor, Self::Admin, Self::Member];
        grouped.into_iter().find(|role| role.name() == group)
    }
}
