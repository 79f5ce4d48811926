//! One member's care: their position in the cycle, and every task that was due until now.

use jiff::Timestamp;
use jiff::civil::Date;
use puntos_domain::calendar::local_date;
use puntos_domain::care::CareCycle;
use puntos_domain::id::MemberId;
use puntos_domain::page::PageQuery;
use puntos_domain::task::RecordedTask;

use crate::care::care_of;
use crate::care::tasks::task_of;
use crate::keys::{Key, task_order};
use crate::program::head_of;
use crate::{Store, StoreError};

/// The most tasks of one member that are read.
pub(super) const TASKS_READ_MAX: u32 = 1000;

/// The care data of one member.
pub struct MemberCare {
    /// The cycle; `None` if no order is known.
    pub cycle: Option<CareCycle>,
    /// The current local day.
    pub today: Date,
    /// A page of the tasks that were due until now, the newest first.
    pub tasks: Vec<RecordedTask>,
    /// Where the next page begins.
    pub next_cursor: Option<String>,
}

impl Store {
    /// Reads one member's care strongly. All tasks are read, up to 1,000, and a page is cut from them. A
    /// member has far fewer.
    ///
    /// # Errors
    /// Answers 404 where nobody is enrolled, refuses a foreign cursor, and fails where the table does
    /// not answer.
    pub async fn member_care(
        &self,
        member_id: &MemberId,
        now: Timestamp,
        page: &PageQuery,
    ) -> Result<Option<MemberCare>, StoreError> {
        let filters = ["tasks", member_id.as_str()];
        let after = self.cursors.place(page.cursor.as_deref(), &filters)?;
        let keys = [Key::care_cycle(member_id), Key::program_head(), Key::profile(member_id)];
        let mut found = self.batch_get(&keys, true).await?;
        let mut take = |key: &Key| found.remove(&(key.pk.clone(), key.sk.clone()));
        let is_enrolled = take(&keys[2]).is_some();
        let head = take(&keys[1]).map(head_of).transpose()?;
        let Some(head) = head.filter(|_| is_enrolled) else { return Ok(None) };
        let care = take(&keys[0]).map(|item| care_of(member_id, item)).transpose()?;
        let today = local_date(now, &self.program_at(&head, now).await?.zone());
        let items = self.read_prefix(member_id.as_str(), "task#", TASKS_READ_MAX).await?;
        let mut tasks: Vec<(String, RecordedTask)> = Vec::with_capacity(items.len());
        for item in items {
            let stored = task_of(item)?;
            let place = task_order(stored.task.due_from, &stored.task.task_id);
            let is_later = after.as_ref().is_none_or(|after| place < *after);
            if stored.task.due_from <= today && is_later {
                tasks.push((place, stored));
            }
        }
        tasks.sort_by(|(one, _), (other, _)| other.cmp(one));
        let is_more = tasks.len() > page.limit as usize;
        tasks.truncate(page.limit as usize);
        let last = tasks.last().filter(|_| is_more).map(|(place, _)| place);
        let next_cursor = last.map(|place| self.cursors.after_place(place, &filters));
        let tasks = tasks.into_iter().map(|(_, stored)| stored).collect();
        Ok(Some(MemberCare { cycle: care.map(|care| care.cycle), today, tasks, next_cursor }))
    }
}
