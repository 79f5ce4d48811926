//! Another agent cares for a member: the care cycle and the open tasks of the former agent become theirs, in the
//! transaction of the profile. Tasks that were assigned to somebody else stay as they are.

use puntos_domain::care::VersionedCycle;
use puntos_domain::id::TaskId;
use puntos_domain::member::Member;
use puntos_domain::stamp::Stamp;
use puntos_domain::task::TaskStatus;

use crate::care::care_of;
use crate::care::member::TASKS_READ_MAX;
use crate::care::tasks::{is_open, task_of};
use crate::keys::Key;
use crate::table::expression::text;
use crate::table::{Condition, Label, Transaction, Update};
use crate::{Store, StoreError};

/// The most tasks that are handed over; a transaction has at most 100 writes.
const TASKS_MAX: usize = 70;

/// What a member's former agent cares for.
pub struct HandOver {
    cycle: Option<VersionedCycle>,
    tasks: Vec<TaskId>,
}

impl Store {
    /// Reads what the agent of a member cares for, strongly.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn hand_over(&self, member: &Member) -> Result<HandOver, StoreError> {
        let member_id = &member.member_id;
        // The cycle comes first: a task that is made after this read changes its version.
        let cycle = self.get(&Key::care_cycle(member_id)).await?;
        let cycle = cycle.map(|item| care_of(member_id, item)).transpose()?;
        let mut tasks = Vec::new();
        for item in self.read_prefix(member_id.as_str(), "task#", TASKS_READ_MAX).await? {
            let task = task_of(item)?.task;
            if task.status == TaskStatus::Open && task.agent_id == member.profile.agent_id {
                tasks.push(task.task_id);
            }
        }
        tasks.truncate(TASKS_MAX);
        Ok(HandOver { cycle, tasks })
    }
}

impl Transaction {
    pub(crate) fn hand_over(
        &mut self,
        care: &HandOver,
        before: &Member,
        agent_id: Option<&str>,
        stamp: &Stamp,
    ) -> Result<(), StoreError> {
        match &care.cycle {
            None => {
                self.check(Label::Care, Key::care_cycle(&before.member_id), Condition::absent())
            }
            Some(VersionedCycle { cycle, version }) => {
                let mut cycle = cycle.clone();
                cycle.agent_id = agent_id.map(str::to_owned);
                self.put_care(&cycle, *version, stamp)?;
            }
        }
        let is_former = || match &before.profile.agent_id {
            None => Condition::missing("agent_id"),
            Some(former) => Condition::compares("agent_id", "=", text(former)),
        };
        for task_id in &care.tasks {
            let update = assigned_to(Update::default(), agent_id);
            self.update(Label::Task, Key::task(task_id), update, is_open().and(is_former()));
        }
        Ok(())
    }
}

/// Adds to an update to whom a task belongs.
pub(super) fn assigned_to(update: Update, agent_id: Option<&str>) -> Update {
    match agent_id {
        None => update.remove("agent_id"),
        Some(agent_id) => update.set("agent_id", text(agent_id)),
    }
}
