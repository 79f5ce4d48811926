//! The tasks to come, the soonest first: the reminders that are not in the list of the day yet, and the calls of the
//! next days by customer.

use jiff::Span;
use jiff::civil::Date;
use puntos_domain::care::{LISTED_BEFORE_DAYS, REMINDER_BEFORE_DAYS, VersionedCycle};
use puntos_domain::page::PageQuery;
use puntos_domain::task::{RecordedTask, TaskFilter, TaskKind, TaskStatus};

use crate::care::due::{Due, due_of, end_of};
use crate::care::tasks::{day, task_of};
use crate::keys::{DUE_SHARDS, WORK_INDEX, due_shard_queue, task_queue};
use crate::table::merged::{Group, MergedQuery};
use crate::table::{Item, key_of};
use crate::{Store, StoreError};

/// A row of the list.
pub enum Upcoming {
    /// An open reminder.
    Reminder(Box<RecordedTask>),
    /// A customer with calls to come.
    Care(Box<VersionedCycle>),
}

impl Store {
    /// Reads a page of what comes after one local day and until another, the soonest first. It has the cycles that wait
    /// for a run too, because their reminders are not tasks yet. The calls of the first day are for its run.
    ///
    /// # Errors
    /// Refuses a cursor of another list; fails if the table does not answer.
    pub async fn upcoming(
        &self,
        (today, until): (Date, Date),
        filter: &TaskFilter,
        filters: &[&str],
        page: &PageQuery,
    ) -> Result<(Vec<Upcoming>, Option<String>), StoreError> {
        let in_days = |days: i32| today.saturating_add(Span::new().days(days));
        let reminders = Group {
            partitions: vec![task_queue(TaskStatus::Open, TaskKind::AutoshipReminder)],
            from: Some(end_of(in_days(LISTED_BEFORE_DAYS))),
            until: Some(end_of(in_days(REMINDER_BEFORE_DAYS))),
        };
        // A reminder is not a task before the run of its day. If that run fails, its cycle keeps a day that has passed.
        let cycles = Group {
            partitions: (0..DUE_SHARDS).map(due_shard_queue).collect(),
            from: None,
            until: Some(end_of(until)),
        };
        let keep = |item: &Item| passes(filter, item);
        let query = MergedQuery {
            index: WORK_INDEX,
            attributes: ("work_queue", "work_due"),
            groups: vec![reminders, cycles],
            ascending: true,
            filters,
            keep: (!filter.is_empty()).then_some(&keep),
        };
        let (items, next) = self.query_merged(&query, page).await?;
        let rows: Result<Vec<Option<Upcoming>>, StoreError> =
            items.into_iter().map(row_of).collect();
        Ok((rows?.into_iter().flatten().collect(), next))
    }
}

fn passes(filter: &TaskFilter, item: &Item) -> bool {
    if is_task(item) {
        return day::passes(filter, item);
    }
    match due_of(item.clone()) {
        Some(Due::Care(care)) => {
            filter.passes(care.cycle.agent_id.as_deref(), &care.cycle.member_name)
        }
        Some(Due::Claim(_)) | None => false,
    }
}

fn is_task(item: &Item) -> bool {
    key_of(item).1.starts_with("task#")
}

fn row_of(item: Item) -> Result<Option<Upcoming>, StoreError> {
    if is_task(&item) {
        return Ok(Some(Upcoming::Reminder(Box::new(task_of(item)?))));
    }
    Ok(match due_of(item) {
        Some(Due::Care(care)) => Some(Upcoming::Care(care)),
        Some(Due::Claim(_)) | None => None,
    })
}
