//! The list of a day. Tasks with a last day come first, the most urgent on top. Tasks that stay until they
//! are completed follow, the oldest on top.
//!
//! Both are in partitions of the work index by status and kind. Items of other days are skipped, so a page
//! may be short.

use jiff::Span;
use jiff::civil::Date;
use puntos_domain::care::LISTED_BEFORE_DAYS;
use puntos_domain::page::PageQuery;
use puntos_domain::task::RecordedTask;
use puntos_domain::task::{Task, TaskFilter, TaskKind, TaskStatus};

use crate::care::tasks::task_of;
use crate::keys::{WORK_INDEX, task_queue};
use crate::table::Item;
use crate::table::merged::{Group, MergedQuery};
use crate::{Store, StoreError};

/// Sorts after every task of its day.
const LAST_OF_ITS_DAY: &str = "~";

/// Which tasks are asked for.
#[derive(Debug, Clone)]
pub struct DayQuery {
    /// The local day.
    pub day: Date,
    /// Only of this kind.
    pub kind: Option<TaskKind>,
    /// Only with this status. Without it: open tasks, and completed reminders.
    pub status: Option<TaskStatus>,
    /// Only of these agents and customers.
    pub filter: TaskFilter,
}

/// The two parts of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Tasks with a last day.
    Leaving,
    /// Tasks that stay until they are completed.
    Staying,
}

impl Store {
    /// Reads a page of the tasks of a day, and the cursor after it. The cursor is bound to `filters`.
    ///
    /// # Errors
    /// Refuses a cursor of another list; fails if the table does not answer.
    pub async fn tasks_of_day(
        &self,
        query: &DayQuery,
        filters: &[&str],
        page: &PageQuery,
    ) -> Result<(Vec<RecordedTask>, Option<String>), StoreError> {
        let groups = [Part::Leaving, Part::Staying].map(|part| {
            let (from, until) = query.range(part);
            Group { partitions: query.partitions(part), from, until }
        });
        let keep = |item: &Item| passes(&query.filter, item);
        let merged = MergedQuery {
            index: WORK_INDEX,
            attributes: ("work_queue", "work_due"),
            groups: groups.into(),
            ascending: true,
            filters,
            keep: (!query.filter.is_empty()).then_some(&keep),
        };
        let (items, next) = self.query_merged(&merged, page).await?;
        let tasks = items.into_iter().map(task_of).collect::<Result<Vec<_>, StoreError>>()?;
        let tasks = tasks.into_iter().filter(|stored| query.lists(&stored.task));
        Ok((tasks.collect(), next))
    }
}

impl DayQuery {
    fn partitions(&self, part: Part) -> Vec<String> {
        let kinds = TaskKind::ALL.iter().copied().filter(|kind| {
            kind.has_last_day() == (part == Part::Leaving)
                && self.kind.is_none_or(|wanted| wanted == *kind)
        });
        let statuses = |kind: TaskKind| match self.status {
            Some(TaskStatus::Lapsed) if part == Part::Staying => vec![],
            Some(status) => vec![status],
            // A completed reminder stays in the list until its day.
            None if kind == TaskKind::AutoshipReminder => {
                vec![TaskStatus::Open, TaskStatus::Completed]
            }
            None => vec![TaskStatus::Open],
        };
        let of_kind = |kind| statuses(kind).into_iter().map(move |status| task_queue(status, kind));
        kinds.flat_map(of_kind).collect()
    }

    /// Returns the first and the last sort key in the partitions: the last day or, for tasks that stay, the
    /// day on which they became due or were completed.
    fn range(&self, part: Part) -> (Option<String>, Option<String>) {
        let end_of = |day: Date| Some(format!("{day}{LAST_OF_ITS_DAY}"));
        match (part, self.status) {
            (Part::Leaving, _) => {
                let last = self.day.saturating_add(Span::new().days(LISTED_BEFORE_DAYS));
                (Some(self.first_last_day().to_string()), end_of(last))
            }
            (Part::Staying, Some(TaskStatus::Completed)) => (Some(self.day.to_string()), None),
            (Part::Staying, _) => (None, end_of(self.day)),
        }
    }

    /// The list of lapsed tasks includes those that left the list overnight.
    fn first_last_day(&self) -> Date {
        match self.status {
            Some(TaskStatus::Lapsed) => self.day.yesterday().unwrap_or(self.day),
            _ => self.day,
        }
    }

    fn lists(&self, task: &Task) -> bool {
        task.due_from <= self.day
    }
}

/// Returns whether the item of a task passes a filter.
pub(crate) fn passes(filter: &TaskFilter, item: &Item) -> bool {
    let text = |name| item.get(name).and_then(|value| value.as_s().ok());
    let agent_id = text("agent_id").map(String::as_str);
    filter.passes(agent_id, text("member_name").map_or("", String::as_str))
}
