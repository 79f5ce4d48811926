//! Care tasks: what an agent does for one member, between two local days.
//!
//! `care` and `claim` decide which tasks exist, and when.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::id::{MemberId, TaskId};
use crate::outcome::Outcome;

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
    /// A note from the event or the agent.
    pub note: Option<String>,
    /// What caused it: the order or the claim.
    pub about: Option<String>,
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
    pub note: Option<String>,
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

/// Why a task cannot be completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("this task was completed before")]
    Completed,
    #[error("the last day of this task has passed")]
    Lapsed,
}

impl RecordedTask {
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
                    note: completion.note.map(str::to_owned),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn task(status: TaskStatus, request: Option<(&str, &str)>) -> RecordedTask {
        let member_id = MemberId::from_key("mina");
        let done = request.map(|(key, fingerprint)| TaskDone {
            at: Timestamp::UNIX_EPOCH,
            by: "agent:a".to_owned(),
            note: None,
            request: Some(CompletionRequest {
                key: key.to_owned(),
                fingerprint: fingerprint.to_owned(),
            }),
        });
        let task = Task {
            task_id: TaskId::of_cause("1", &member_id),
            kind: TaskKind::CheckIn,
            member_id,
            member_name: "Mina Muster".to_owned(),
            due_from: "2026-03-01".parse().unwrap(),
            due_until: "2026-03-08".parse().ok(),
            status,
            note: None,
            about: None,
        };
        RecordedTask { task, created_at: Timestamp::UNIX_EPOCH, done }
    }

    #[test]
    fn a_completion_is_judged_by_its_key_first() {
        use TaskStatus::{Completed, Lapsed, Open};
        let table = [
            (Open, None, "2026-03-08", "done"),
            (Open, None, "2026-03-09", "lapsed"),
            (Lapsed, None, "2026-03-08", "lapsed"),
            (Completed, None, "2026-03-08", "completed"),
            (Completed, Some(("other", "f")), "2026-03-08", "completed"),
            (Completed, Some(("key", "f")), "2026-03-09", "replayed"),
            (Completed, Some(("key", "other")), "2026-03-08", "conflict"),
            // Opened again for other days: the retry must not complete it.
            (Open, Some(("key", "f")), "2026-03-08", "replayed"),
            (Open, Some(("other", "f")), "2026-03-08", "done"),
        ];
        for (status, first, today, expected) in table {
            let at = Timestamp::UNIX_EPOCH;
            let completion =
                Completion { at, by: "agent:b", note: None, key: "key", fingerprint: "f" };
            let outcome = task(status, first).complete(&completion, today.parse().unwrap());
            let found = match outcome {
                Outcome::Done(done) => {
                    assert_eq!(done.task.status, Completed);
                    "done"
                }
                Outcome::Replayed(_) => "replayed",
                Outcome::Conflict => "conflict",
                Outcome::Refused(Refusal::Completed) => "completed",
                Outcome::Refused(Refusal::Lapsed) => "lapsed",
            };
            assert_eq!(found, expected, "{status:?} {first:?} {today}");
        }
    }
}
