//! Care tasks in the table: stored with their member, listed in the timeline, and found in the work index by
//! status, kind and day.
//!
//! `care` and `claim` decide which tasks exist. This module writes, closes and finds them.

pub(crate) mod day;
pub(crate) mod trend;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::civil::Date;
use puntos_domain::care::TaskChange;
use puntos_domain::id::TaskId;
use puntos_domain::stamp::Stamp;
use puntos_domain::task::{
    Completion, CompletionRequest, DayChange, RecordedTask, Task, TaskDone, TaskKind, TaskStatus,
};
use puntos_domain::text::Remark;
use serde::{Deserialize, Serialize};

use crate::care::hand_over::assigned_to;
use crate::keys::{Key, instant, task_order, task_queue, timeline_at};
use crate::table::expression::text;
use crate::table::update::Updated;
use crate::table::{Condition, Item, Label, Transaction, Update, from_item};
use crate::timeline::row::TaskRow;
use crate::{Store, StoreError};

/// The attributes with the status and the note of a task, and with the move of its order.
const STATE: &str = "row.state";
const NOTE: &str = "row.note";
const MOVED: &str = "row.moved";
/// A task sorts after its cause, which may have the same time.
const AFTER_ITS_CAUSE: u64 = 99_999_998;

/// How a task is to be closed.
pub(crate) struct TaskClose<'a> {
    pub(crate) task_id: &'a TaskId,
    /// What it is about.
    pub(crate) kind: TaskKind,
    /// Its status afterwards: completed or lapsed.
    pub(crate) status: TaskStatus,
    /// The local day.
    pub(crate) on: Date,
    pub(crate) note: Option<Remark>,
    /// The completion by a person; `None` if the system closes it.
    pub(crate) completion: Option<&'a Completion<'a>>,
}

#[derive(Serialize, Deserialize)]
struct TaskItem {
    kind: String,
    timeline_member: String,
    timeline_at: String,
    row: TaskRow,
    member_name: String,
    due_from: Date,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due_until: Option<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    about: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    agent_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    done_at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    done_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    done_note: Option<Remark>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    done_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    done_content: Option<String>,
    work_queue: String,
    work_due: String,
    actor: String,
    request_id: String,
}

impl Store {
    /// Reads a task strongly.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn task(&self, task_id: &TaskId) -> Result<Option<RecordedTask>, StoreError> {
        let item = self.get(&Key::task(task_id)).await?;
        item.map(task_of).transpose()
    }

    /// Reads several tasks with one request, in no order.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn tasks(&self, task_ids: &[TaskId]) -> Result<Vec<RecordedTask>, StoreError> {
        if task_ids.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<Key> = task_ids.iter().map(Key::task).collect();
        self.batch_get(&keys, false).await?.into_values().map(task_of).collect()
    }

    /// Assigns an open task to an agent or to nobody, and returns it. Returns `None` if it is not open any more.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn assign_task(
        &self,
        task_id: &TaskId,
        agent_id: Option<&str>,
        stamp: &Stamp,
    ) -> Result<Option<RecordedTask>, StoreError> {
        let update = Update::default()
            .set("assigned_at", text(instant(stamp.at)))
            .set("assigned_by", text(stamp.actor.clone()))
            .set("assigned_request_id", text(stamp.request_id.clone()));
        let update = assigned_to(update, agent_id);
        Ok(match self.update_one(&Key::task(task_id), update, is_open()).await? {
            Updated::Done(item) => Some(task_of(item)?),
            Updated::Refused(_) => None,
        })
    }
}

impl Transaction {
    /// Adds a new task.
    pub(crate) fn put_task(&mut self, task: &Task, stamp: &Stamp) -> Result<(), StoreError> {
        let condition = match task.kind {
            // An order that is scheduled again after its day already has its reminder.
            TaskKind::AutoshipReminder => Condition::absent().or(is_over()),
            _ => Condition::absent(),
        };
        self.put(Label::Task, Key::task(&task.task_id), &item_of(task, stamp), condition)
    }

    /// Closes a task: refused if it is not open.
    pub(crate) fn close_task(
        &mut self,
        close: &TaskClose<'_>,
        stamp: &Stamp,
    ) -> Result<(), StoreError> {
        let mut update = Update::default()
            .set(STATE, text(close.status.name()))
            .set("work_queue", text(task_queue(close.status, close.kind)))
            .set("done_at", text(instant(stamp.at)))
            .set("done_by", text(stamp.actor.clone()));
        // A task without a last day is found by the day on which it was completed.
        if !close.kind.has_last_day() {
            update = update.set("work_due", text(task_order(close.on, close.task_id)));
        }
        update = match &close.note {
            None => update.remove("done_note"),
            Some(note) => update.set("done_note", value(note)?),
        };
        if let Some(Completion { key, fingerprint, .. }) = close.completion {
            update = update.set("done_key", text(*key)).set("done_content", text(*fingerprint));
        }
        self.update(Label::Task, Key::task(close.task_id), update, is_open());
        Ok(())
    }

    /// Replaces the note of an open task: refused if it is not open.
    pub(crate) fn note_task(&mut self, task_id: &TaskId, note: &Remark) -> Result<(), StoreError> {
        let update = Update::default().set(NOTE, value(note)?);
        self.update(Label::Task, Key::task(task_id), update, is_open());
        Ok(())
    }

    /// Opens a task again, or keeps it open, for other days. The key that completed it before is kept: a
    /// retry of that request must not complete the task on its new days.
    fn move_task(
        &mut self,
        task_id: &TaskId,
        kind: TaskKind,
        (due_from, due_until): (Date, Date),
        moved: Option<DayChange>,
    ) {
        let update = Update::default()
            .set(STATE, text(TaskStatus::Open.name()))
            .set(MOVED, moved.map_or(AttributeValue::Null(true), moved_map))
            .set("due_from", text(due_from.to_string()))
            .set("due_until", text(due_until.to_string()))
            .set("work_queue", text(task_queue(TaskStatus::Open, kind)))
            .set("work_due", text(task_order(due_until, task_id)))
            .remove("done_note");
        self.update(Label::Task, Key::task(task_id), update, Condition::present());
    }

    /// Adds the changes of the care cycle to tasks on a local day.
    pub(crate) fn change_tasks(
        &mut self,
        changes: &[TaskChange],
        today: Date,
        stamp: &Stamp,
    ) -> Result<(), StoreError> {
        for change in changes {
            match change {
                TaskChange::Create(task) => self.put_task(task, stamp)?,
                TaskChange::Reschedule { task_id, kind, due_from, due_until, moved } => {
                    self.move_task(task_id, *kind, (*due_from, *due_until), *moved);
                }
                TaskChange::Close { task_id, kind, status, note } => {
                    let (kind, status) = (*kind, *status);
                    let note = note.clone().map(Remark::from);
                    let close =
                        TaskClose { task_id, kind, status, on: today, note, completion: None };
                    self.close_task(&close, stamp)?;
                }
            }
        }
        Ok(())
    }
}

fn moved_map(moved: DayChange) -> AttributeValue {
    let days = [("from", moved.from), ("to", moved.to)];
    AttributeValue::M(days.map(|(name, day)| (name.to_owned(), text(day.to_string()))).into())
}

pub(super) fn is_open() -> Condition {
    Condition::compares(STATE, "=", text(TaskStatus::Open.name()))
}

fn is_over() -> Condition {
    Condition::compares(STATE, "<>", text(TaskStatus::Open.name()))
}

/// Returns the sort key of a task among those of its kind and status: its last day, or the day it is due.
fn order_in_list(task: &Task) -> String {
    task_order(task.due_until.unwrap_or(task.due_from), &task.task_id)
}

fn item_of(task: &Task, stamp: &Stamp) -> TaskItem {
    TaskItem {
        kind: "task".to_owned(),
        timeline_member: task.member_id.to_string(),
        timeline_at: timeline_at(stamp.at, AFTER_ITS_CAUSE),
        row: TaskRow {
            topic: task.kind,
            state: task.status,
            note: task.note.clone(),
            moved: task.moved,
        },
        member_name: task.member_name.clone(),
        due_from: task.due_from,
        due_until: task.due_until,
        about: task.about.clone(),
        agent_id: task.agent_id.clone(),
        done_at: None,
        done_by: None,
        done_note: None,
        done_key: None,
        done_content: None,
        work_queue: task_queue(task.status, task.kind),
        work_due: order_in_list(task),
        actor: stamp.actor.clone(),
        request_id: stamp.request_id.clone(),
    }
}

/// Reads a task from its item.
pub(crate) fn task_of(item: Item) -> Result<RecordedTask, StoreError> {
    let (pk, sk) = crate::table::key_of(&item);
    let corrupt = |name| StoreError::attribute(&pk, "task", name);
    let item: TaskItem = from_item(item)?;
    let member_id = pk.parse().map_err(|_| corrupt("pk"))?;
    let task_id = TaskId::of_cause(sk.strip_prefix("task#").unwrap_or_default(), &member_id);
    let created_at =
        crate::timeline::time_of(&item.timeline_at).ok_or_else(|| corrupt("timeline_at"))?;
    let done_at = item.done_at.and_then(|at| at.parse().ok());
    let request = item.done_key.zip(item.done_content);
    let request = request.map(|(key, fingerprint)| CompletionRequest { key, fingerprint });
    let done = done_at.zip(item.done_by).map(|(at, by)| TaskDone {
        at,
        by,
        note: item.done_note,
        request,
    });
    let task = Task {
        task_id,
        kind: item.row.topic,
        member_id,
        member_name: item.member_name,
        due_from: item.due_from,
        due_until: item.due_until,
        status: item.row.state,
        note: item.row.note,
        about: item.about,
        moved: item.row.moved,
        agent_id: item.agent_id,
    };
    Ok(RecordedTask { task, created_at, done })
}

fn value(note: &Remark) -> Result<AttributeValue, StoreError> {
    serde_dynamo::to_attribute_value(note).map_err(StoreError::unavailable)
}
