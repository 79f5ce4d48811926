//! The tasks that ended in a period, read from the lists of the work index.
//!
//! There are no counters of tasks: they would make each completion and each lapse dearer, and few people look at
//! a trend.

use jiff::Span;
use jiff::civil::Date;
use puntos_domain::care::REMINDER_BEFORE_DAYS;
use puntos_domain::page::PageQuery;
use puntos_domain::task::{RecordedTask, TaskKind, TaskStatus};

use crate::care::due::end_of;
use crate::care::tasks::task_of;
use crate::keys::{WORK_INDEX, task_queue};
use crate::table::merged::{Group, MergedQuery};
use crate::{Store, StoreError};

/// The most tasks that are read for a trend.
pub const TREND_TASKS_MAX: u32 = 10_000;

impl Store {
    /// Reads the tasks that were completed or lapsed between two local days, both included, and some that ended
    /// on other days. `None` if there are more than can be read.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn ended_tasks(
        &self,
        (from, to): (Date, Date),
    ) -> Result<Option<Vec<RecordedTask>>, StoreError> {
        let group = |statuses: &[TaskStatus], has_last_day: bool, until: Date| {
            let kinds = TaskKind::ALL.iter().filter(|kind| kind.has_last_day() == has_last_day);
            let of_kind = |kind| statuses.iter().map(move |status| task_queue(*status, kind));
            let partitions = kinds.copied().flat_map(of_kind).collect();
            Group { partitions, from: Some(from.to_string()), until: Some(end_of(until)) }
        };
        // A completed task with a last day is listed under that day, which is at most so much later.
        let later = to.saturating_add(Span::new().days(REMINDER_BEFORE_DAYS));
        let query = MergedQuery {
            index: WORK_INDEX,
            attributes: ("work_queue", "work_due"),
            groups: vec![
                group(&[TaskStatus::Completed], true, later),
                group(&[TaskStatus::Completed], false, to),
                // A task lapses by its date, even if no run has closed it yet.
                group(&[TaskStatus::Lapsed, TaskStatus::Open], true, to),
            ],
            ascending: true,
            filters: &["task-trend"],
            keep: None,
        };
        let page = PageQuery { limit: TREND_TASKS_MAX, cursor: None };
        let (items, next) = self.query_merged(&query, &page).await?;
        if next.is_some() {
            return Ok(None);
        }
        items.into_iter().map(task_of).collect::<Result<_, StoreError>>().map(Some)
    }
}
