//! Care tasks: what somebody in the contact centre does for one customer, between two local days.
//!
//! Which tasks there are, and when, is decided by `care` and `claim`.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::id::{MemberId, TaskId};

/// What a task is about.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum TaskKind {
    /// How was the order?
    CheckIn,
    /// How is the customer?
    Connect,
    /// The next automatic order comes soon.
    AutoshipReminder,
    /// No order for months.
    Reconnect,
    /// The card of an automatic order failed.
    CardFailed,
    /// A product came back.
    ProductReturned,
    /// An automatic order was moved.
    AutoshipChanged,
    /// The customer enrolled in an upgrade.
    Upgrade,
    /// A claim is not resolved yet.
    ClaimFollowUp,
}

impl TaskKind {
    /// Returns the name, as JSON has it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Every kind.
    pub const ALL: &[Self] = <Self as strum::VariantArray>::VARIANTS;

    /// Returns whether a task of this kind leaves the list on a day of its own; others stay until done.
    pub const fn has_last_day(self) -> bool {
        matches!(self, Self::CheckIn | Self::Connect | Self::AutoshipReminder)
    }
}

/// What became of a task.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum TaskStatus {
    /// It is to be done.
    Open,
    /// Somebody did it, or what happened made it needless.
    Completed,
    /// Its last day passed.
    Lapsed,
}

impl TaskStatus {
    /// Returns the name, as JSON has it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Its id.
    pub task_id: TaskId,
    /// What it is about.
    pub kind: TaskKind,
    /// Whom it is for.
    pub member_id: MemberId,
    /// The customer's name when the task was made.
    pub member_name: String,
    /// The first local day on which it is due.
    pub due_from: Date,
    /// The last local day; none stays until done.
    pub due_until: Option<Date>,
    /// What became of it.
    pub status: TaskStatus,
    /// What it is about in words of the event or the agent.
    pub note: Option<String>,
    /// What caused it: the order or the claim.
    pub about: Option<String>,
}

impl Task {
    /// Returns what became of it as of a local day: one whose last day has passed has lapsed, whether or
    /// not a run has noticed.
    pub fn status_on(&self, today: Date) -> TaskStatus {
        match self.due_until {
            Some(last) if self.status == TaskStatus::Open && last < today => TaskStatus::Lapsed,
            _ => self.status,
        }
    }

    /// Returns whether a local day is the one before its last.
    pub fn is_due_tomorrow(&self, day: Date) -> bool {
        self.due_until.is_some_and(|last| day.tomorrow().is_ok_and(|next| next == last))
    }
}
