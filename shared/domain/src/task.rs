//! Care tasks: what an agent does for one member, between two local days.
//!
//! `care` and `claim` decide which tasks exist, and when.

mod filter;
#[cfg(test)]
mod tests;

pub use filter::{TaskAgent, TaskFilter};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::calendar::local_date;
use crate::id::{MemberId, TaskId};
use crate::outcome::Outcome;
use crate::text::Remark;

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
    /// Every kind.
    pub const ALL: &[Self] = <Self as strum::VariantArray>::VARIANTS;

    /// Returns whether a task of this kind has a last day. Others stay until they are completed.
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

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    pub task_id: TaskId,
    /// What it is about.
    pub kind: TaskKind,
    /// Whom it is for.
    pub member_id: MemberId,
    /// The customer's name when the task was made.
    pub member_name: String,
    /// The first local day on which it is due.
    pub due_from: Date,
    /// The last local day; a task without one stays until it is completed.
    pub due_until: Option<Date>,
    /// What became of it.
    pub status: TaskStatus,
    /// A note from the event, the agent or the system.
    pub note: Option<Remark>,
    /// What caused it: the order or the claim.
    pub about: Option<String>,
    /// How the automatic order that it is about was moved.
    pub moved: Option<DayChange>,
    /// The agent to whom it belongs, by the subject of their token.
    pub agent_id: Option<String>,
}

/// The change of an automatic order to another local day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayChange {
    pub from: Date,
    pub to: Date,
}

/// The direction in which an automatic order was moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    PulledForward,
    Delayed,
}

impl DayChange {
    pub fn direction(self) -> Direction {
        if self.to < self.from { Direction::PulledForward } else { Direction::Delayed }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedTask {
    pub task: Task,
    /// When it was created.
    pub created_at: Timestamp,
    /// How it was last closed.
    pub done: Option<TaskDone>,
}

/// How a task was closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskDone {
    /// When.
    pub at: Timestamp,
    /// By whom: `agent:subject`.
    pub by: String,
    /// The note of the one who closed it.
    pub note: Option<Remark>,
    /// The request that completed it.
    pub request: Option<CompletionRequest>,
}

/// Names the request that completed a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletionRequest {
    /// Its idempotency key.
    pub key: String,
    pub fingerprint: String,
}

/// A request to complete a task.
#[derive(Debug, Clone, Copy)]
pub struct Completion<'a> {
    /// When.
    pub at: Timestamp,
    /// By whom: `agent:subject`.
    pub by: &'a str,
    /// A note for colleagues.
    pub note: Option<&'a str>,
    /// The idempotency key of the request.
    pub key: &'a str,
    /// The fingerprint of the request.
    pub fingerprint: &'a str,
}

/// Why a task cannot be completed or assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("this task was completed before")]
    Completed,
    #[error("the last day of this task has passed")]
    Lapsed,
}

impl RecordedTask {
    /// Decides the assignment of a task to an agent or to nobody on a local day. `None` if it changes nothing.
    ///
    /// # Errors
    /// Refuses a task that is not open any more.
    pub fn assign(&self, agent_id: Option<&str>, today: Date) -> Result<Option<Self>, Refusal> {
        match self.task.status_on(today) {
            TaskStatus::Completed => return Err(Refusal::Completed),
            TaskStatus::Lapsed => return Err(Refusal::Lapsed),
            TaskStatus::Open => {}
        }
        let mut assigned = self.clone();
        assigned.task.agent_id = agent_id.map(str::to_owned);
        Ok((assigned != *self).then_some(assigned))
    }

    /// Returns the local day on which somebody completed it, or its last day if it lapsed. `None` if it is open,
    /// or if an event closed it.
    pub fn ended(&self, zone: &TimeZone, today: Date) -> Option<(Date, TaskStatus)> {
        let done_on = self.done.as_ref().map(|done| local_date(done.at, zone));
        match self.task.status_on(today) {
            TaskStatus::Open => None,
            TaskStatus::Completed => {
                let by_a_person = self.done.as_ref().is_some_and(|done| done.request.is_some());
                done_on.filter(|_| by_a_person).map(|day| (day, TaskStatus::Completed))
            }
            TaskStatus::Lapsed => {
                let last = self.task.due_until?;
                // A task that no run has closed yet may have been completed before it was moved.
                let by_its_day = self.task.status == TaskStatus::Open;
                let is_over = by_its_day || done_on.is_none_or(|day| day > last);
                is_over.then_some((last, TaskStatus::Lapsed))
            }
        }
    }

    /// Decides the completion of a task on a local day.
    pub fn complete(self, completion: &Completion<'_>, today: Date) -> Outcome<Self, Refusal> {
        let first = self.done.as_ref().and_then(|done| done.request.as_ref());
        match first.filter(|first| first.key == completion.key) {
            Some(first) if first.fingerprint != completion.fingerprint => {
                return Outcome::Conflict;
            }
            Some(_) => return Outcome::Replayed(self),
            None => {}
        }
        match self.task.status_on(today) {
            TaskStatus::Completed => Outcome::Refused(Refusal::Completed),
            TaskStatus::Lapsed => Outcome::Refused(Refusal::Lapsed),
            TaskStatus::Open => {
                let task = Task { status: TaskStatus::Completed, ..self.task };
                let done = TaskDone {
                    at: completion.at,
                    by: completion.by.to_owned(),
                    note: completion.note.map(Remark::from),
                    request: Some(CompletionRequest {
                        key: completion.key.to_owned(),
                        fingerprint: completion.fingerprint.to_owned(),
                    }),
                };
                Outcome::Done(Self { task, done: Some(done), ..self })
            }
        }
    }
}

impl Task {
    /// Returns its status on a local day. A task whose last day has passed has lapsed, even if no run has
    /// recorded that.
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
