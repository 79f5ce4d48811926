//! Changes of tasks. Each task occurs once, because a transaction writes an item only once.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::id::TaskId;
use crate::task::{DayChange, Task, TaskKind, TaskStatus};
use crate::text::Text;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskChange {
    /// The task is new: open, or lapsed if it was created too late.
    Create(Task),
    /// It is open, on other days than before.
    Reschedule {
        task_id: TaskId,
        /// What it is about.
        kind: TaskKind,
        /// The new first local day on which it is due.
        due_from: Date,
        /// The new last local day.
        due_until: Date,
        /// How its order was moved.
        moved: Option<DayChange>,
    },
    /// It is closed.
    Close {
        task_id: TaskId,
        /// What it is about.
        kind: TaskKind,
        /// Completed or lapsed.
        status: TaskStatus,
        /// Why.
        note: Option<Text>,
    },
}

impl TaskChange {
    pub fn task_id(&self) -> &TaskId {
        match self {
            Self::Create(task) => &task.task_id,
            Self::Reschedule { task_id, .. } | Self::Close { task_id, .. } => task_id,
        }
    }
}

/// A task as the event that changed it left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TaskBrief {
    #[schema(value_type = String)]
    pub task_id: TaskId,
    /// What it is about.
    pub kind: TaskKind,
    /// What became of it.
    pub status: TaskStatus,
}

impl TaskBrief {
    /// Returns the task after a change.
    pub fn of(change: &TaskChange) -> Self {
        let (kind, status) = match change {
            TaskChange::Create(task) => (task.kind, task.status),
            TaskChange::Reschedule { kind, .. } => (*kind, TaskStatus::Open),
            TaskChange::Close { kind, status, .. } => (*kind, *status),
        };
        Self { task_id: change.task_id().clone(), kind, status }
    }
}

/// Collects changes. A later change of the same task is merged into the earlier one.
#[derive(Debug, Default)]
pub(super) struct Changes(Vec<TaskChange>);

impl Changes {
    pub(super) fn create(&mut self, task: Task) {
        match (self.of(&task.task_id), task.due_until) {
            (None, _) => self.0.push(TaskChange::Create(task)),
            (Some(TaskChange::Create(earlier)), _) => *earlier = task,
            // A task that was closed by this event opens again on other days.
            (Some(_), Some(due_until)) => {
                self.reschedule(task.task_id, task.kind, (task.due_from, due_until), task.moved);
            }
            (Some(_), None) => {}
        }
    }

    pub(super) fn close(
        &mut self,
        task_id: TaskId,
        kind: TaskKind,
        status: TaskStatus,
        note: Option<Text>,
    ) {
        match self.of(&task_id) {
            Some(TaskChange::Create(task)) => task.status = status,
            Some(earlier) => *earlier = TaskChange::Close { task_id, kind, status, note },
            None => self.0.push(TaskChange::Close { task_id, kind, status, note }),
        }
    }

    pub(super) fn reschedule(
        &mut self,
        task_id: TaskId,
        kind: TaskKind,
        (due_from, due_until): (Date, Date),
        moved: Option<DayChange>,
    ) {
        match self.of(&task_id) {
            Some(TaskChange::Create(task)) => {
                task.status = TaskStatus::Open;
                task.due_from = due_from;
                task.due_until = Some(due_until);
                task.moved = moved;
            }
            Some(earlier) => {
                *earlier = TaskChange::Reschedule { task_id, kind, due_from, due_until, moved }
            }
            None => {
                self.0.push(TaskChange::Reschedule { task_id, kind, due_from, due_until, moved });
            }
        }
    }

    pub(super) fn into_vec(self) -> Vec<TaskChange> {
        self.0
    }

    fn of(&mut self, task_id: &TaskId) -> Option<&mut TaskChange> {
        self.0.iter_mut().find(|change| change.task_id() == task_id)
    }
}
