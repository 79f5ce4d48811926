//! The care cycle of one member: when the customer is called after an order, before an automatic order, after
//! months without an order, and after an event of an order.
//!
//! All days are local dates. What is due on a day follows from the orders alone, so a missed or repeated run
//! ends in the same tasks. Reads no clock: `today` is an argument.

mod changes;
#[cfg(test)]
mod convergence;
mod event;
mod orders;
#[cfg(test)]
mod tests;

pub use changes::{TaskBrief, TaskChange};
pub use event::{OrderEvent, OrderEventKind, RecordedOrderEvent};
pub use orders::Refusal;

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use crate::id::{MemberId, TaskId, digest};
use crate::task::{DayChange, Task, TaskKind, TaskStatus};
use changes::Changes;

/// How many days after an order the check-in begins, and how many days it lasts beyond its first.
const CHECK_IN_AFTER_DAYS: i32 = 6;
/// How many days after an order the second call begins.
const CONNECT_AFTER_DAYS: i32 = 21;
/// How many days a call of the cycle stays in the list after its first.
const WINDOW_DAYS: i32 = 7;
/// How many days before an automatic order its reminder is due.
pub const REMINDER_BEFORE_DAYS: i32 = 20;
/// How many days before an automatic order its reminder is in the list of a day.
pub const LISTED_BEFORE_DAYS: i32 = 12;
/// The most automatic orders of one member.
pub const AUTOSHIPS_MAX: usize = 20;
/// The most tasks of one member that are open, or will be for an automatic order.
pub const OPEN_TASKS_MAX: usize = 50;
/// The most orders of one day that are distinguished.
const ORDERS_OF_A_DAY_MAX: usize = 20;
/// How many cancelled and placed orders are remembered, and for how many days, because events may come late.
const ENDED_MAX: usize = 20;
const ENDED_KEPT_DAYS: i32 = 60;

/// The state of one member's care cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CareCycle {
    pub member_id: MemberId,
    /// The customer's name when the last event came.
    pub member_name: String,
    /// The agent who cares for the member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// The last order and its two calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_order: Option<LastOrder>,
    /// The automatic orders that are scheduled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub autoships: Vec<Autoship>,
    /// Orders that were cancelled, and automatic ones that were placed, lately.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ended: Vec<EndedOrder>,
    /// The day from which the customer is called for lack of an order; `None` after that task was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reconnect_on: Option<Date>,
    /// The open tasks of the cycle.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    open: Vec<OpenTask>,
}

/// The newest local date with an order, and the two calls that follow it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastOrder {
    /// The local date.
    pub on: Date,
    /// The latest order of that date.
    at: Timestamp,
    /// Its orders that were not cancelled.
    order_ids: Vec<String>,
    check_in: Call,
    connect: Call,
}

/// The state of a call of the cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Call {
    /// It is not due yet.
    Waiting,
    /// It became a task.
    Made,
    /// Its order was cancelled before the call, or became known too late.
    Dropped,
}

/// An automatic order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Autoship {
    pub order_id: String,
    /// The local date for which it is scheduled.
    pub scheduled_for: Date,
    /// The first local date on which its reminder is due.
    pub reminder_on: Date,
    /// The local date for which it was scheduled before it was last moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    moved_from: Option<Date>,
    /// When it was last scheduled.
    at: Timestamp,
    /// Whether its reminder is already a task.
    is_made: bool,
}

/// An order that causes nothing more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct EndedOrder {
    order_id: String,
    at: Timestamp,
    is_cancelled: bool,
}

/// An open task of the cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct OpenTask {
    task_id: TaskId,
    kind: TaskKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due_until: Option<Date>,
}

/// A care cycle with the number of its writes.
#[derive(Debug, Clone)]
pub struct VersionedCycle {
    pub cycle: CareCycle,
    /// Counts the writes; 0 before the first.
    pub version: u64,
}

/// The effect of an event or a day: the cycle afterwards, and the changed tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The cycle afterwards.
    pub cycle: CareCycle,
    /// The changes of tasks. Each task occurs once.
    pub changes: Vec<TaskChange>,
}

impl CareCycle {
    /// Returns the cycle of a member without a known order.
    pub fn new(member_id: MemberId, member_name: String) -> Self {
        Self {
            member_id,
            member_name,
            agent_id: None,
            last_order: None,
            autoships: Vec::new(),
            ended: Vec::new(),
            reconnect_on: None,
            open: Vec::new(),
        }
    }

    /// Decides the changes of a local day. What became due by then becomes a task, and tasks whose last day
    /// has passed lapse. Missed days are made up for: a task whose days have all passed is created and lapses
    /// immediately.
    pub fn on_day(mut self, today: Date) -> Decision {
        let mut changes = Changes::default();
        self.catch_up(today, &mut changes);
        if let Some(due_from) = self.reconnect_on.filter(|due| *due <= today) {
            self.reconnect_on = None;
            let anchor = self.last_order.as_ref().map(|last| last.on.to_string());
            let task = self.task(TaskKind::Reconnect, &anchor.unwrap_or_default(), due_from, None);
            self.make(task, today, &mut changes);
        }
        Decision { cycle: self, changes: changes.into_vec() }
    }

    /// Returns the next local date on which something becomes due or is over; `None` if nothing waits.
    pub fn next_due(&self) -> Option<Date> {
        let calls = self.last_order.iter().flat_map(|last| {
            let waiting = |(_, call, from): &(TaskKind, Call, Date)| {
                (*call == Call::Waiting).then_some(*from)
            };
            last.calls().iter().filter_map(waiting).collect::<Vec<Date>>()
        });
        let reminders =
            self.autoships.iter().filter(|one| !one.is_made).map(|autoship| autoship.reminder_on);
        let ends = self.open.iter().filter_map(|task| Some(days_after(task.due_until?, 1)));
        calls.chain(reminders).chain(ends).chain(self.reconnect_on).min()
    }

    /// Returns the tasks to come, the soonest first: the calls that become due after one local day and until
    /// another, and the reminders that are due and not a task yet.
    pub fn upcoming(&self, today: Date, until: Date) -> Vec<Task> {
        let mut tasks = Vec::new();
        if let Some(last) = &self.last_order {
            let anchor = last.on.to_string();
            let waiting = last.calls().into_iter().filter(|(_, call, _)| *call == Call::Waiting);
            tasks.extend(waiting.map(|(kind, _, from)| {
                self.task(kind, &anchor, from, Some(days_after(from, WINDOW_DAYS)))
            }));
            let reconnect = |from| self.task(TaskKind::Reconnect, &anchor, from, None);
            tasks.extend(self.reconnect_on.map(reconnect));
        }
        tasks.retain(|task| task.due_from > today && task.due_from <= until);
        let reminders = self.autoships.iter().filter(|autoship| {
            !autoship.is_made && autoship.reminder_on <= today && today <= autoship.scheduled_for
        });
        tasks.extend(reminders.map(|autoship| self.reminder(autoship)));
        tasks.sort_by_key(|task| task.due_from);
        tasks
    }

    /// Returns whether an order was cancelled lately.
    pub fn is_cancelled(&self, order_id: &str) -> bool {
        self.newest_end(order_id).is_some_and(|newest| newest.is_cancelled)
    }

    fn newest_end(&self, order_id: &str) -> Option<&EndedOrder> {
        let of_order = self.ended.iter().filter(|order| order.order_id == order_id);
        of_order.max_by_key(|order| (order.at, order.is_cancelled))
    }

    /// Removes a completed task.
    #[must_use]
    pub fn completed(mut self, task_id: &TaskId) -> Self {
        self.open.retain(|task| task.task_id != *task_id);
        self
    }

    /// Returns the day from which a call of the last order is due; `None` if it was dropped.
    pub fn call_from(&self, kind: TaskKind) -> Option<Date> {
        let calls = self.last_order.as_ref()?.calls();
        let found =
            calls.into_iter().find(|(found, call, _)| *found == kind && *call != Call::Dropped);
        found.map(|(_, _, from)| from)
    }

    /// Creates what became due, lapses what is over, and forgets what is no longer needed. Only the daily run
    /// creates the call for lack of an order, because a large existing base may need many of them.
    fn catch_up(&mut self, today: Date, changes: &mut Changes) {
        let over = |task: &OpenTask| task.due_until.is_some_and(|last| last < today);
        for task in self.open.iter().filter(|task| over(task)) {
            changes.close(task.task_id.clone(), task.kind, TaskStatus::Lapsed, None);
        }
        self.open.retain(|task| !over(task));
        self.make_calls(today, changes);
        self.make_reminders(today, changes);
        self.autoships.retain(|autoship| autoship.scheduled_for >= today);
        self.ended.sort_by_key(|order| order.at);
        let surplus = self.ended.len().saturating_sub(ENDED_MAX);
        self.ended.drain(..surplus);
    }

    fn make_calls(&mut self, today: Date, changes: &mut Changes) {
        let Some(mut last) = self.last_order.take() else { return };
        let (anchor, about) = (last.on.to_string(), last.order_ids.first().cloned());
        for (kind, call, from) in last.calls() {
            if call == Call::Waiting && from <= today {
                *last.call_mut(kind) = Call::Made;
                let until = days_after(from, WINDOW_DAYS);
                let task =
                    Task { about: about.clone(), ..self.task(kind, &anchor, from, Some(until)) };
                self.make(task, today, changes);
            }
        }
        self.last_order = Some(last);
    }

    fn make_reminders(&mut self, today: Date, changes: &mut Changes) {
        let mut autoships = std::mem::take(&mut self.autoships);
        for autoship in autoships.iter_mut().filter(|one| !one.is_made && one.reminder_on <= today)
        {
            autoship.is_made = true;
            self.make(self.reminder(autoship), today, changes);
        }
        self.autoships = autoships;
    }

    /// Creates a task: open, or lapsed if its last day has passed.
    fn make(&mut self, mut task: Task, today: Date, changes: &mut Changes) {
        if task.due_until.is_some_and(|last| last < today) {
            task.status = TaskStatus::Lapsed;
        } else {
            let (task_id, kind, due_until) = (task.task_id.clone(), task.kind, task.due_until);
            self.open.push(OpenTask { task_id, kind, due_until });
        }
        changes.create(task);
    }

    fn reminder(&self, autoship: &Autoship) -> Task {
        let Autoship { order_id, scheduled_for, reminder_on, .. } = autoship;
        let kind = TaskKind::AutoshipReminder;
        Task {
            about: Some(order_id.clone()),
            moved: autoship.moved_from.map(|from| DayChange { from, to: *scheduled_for }),
            ..self.task(kind, order_id, *reminder_on, Some(*scheduled_for))
        }
    }

    fn task(&self, kind: TaskKind, anchor: &str, due_from: Date, due_until: Option<Date>) -> Task {
        Task {
            task_id: task_id(kind, anchor, &self.member_id),
            kind,
            member_id: self.member_id.clone(),
            member_name: self.member_name.clone(),
            due_from,
            due_until,
            status: TaskStatus::Open,
            note: None,
            about: None,
            moved: None,
            agent_id: self.agent_id.clone(),
        }
    }
}

impl LastOrder {
    /// Returns the two calls: the state of each, and the day from which it is due.
    fn calls(&self) -> [(TaskKind, Call, Date); 2] {
        [
            (TaskKind::CheckIn, self.check_in, days_after(self.on, CHECK_IN_AFTER_DAYS)),
            (TaskKind::Connect, self.connect, days_after(self.on, CONNECT_AFTER_DAYS)),
        ]
    }

    fn call_mut(&mut self, kind: TaskKind) -> &mut Call {
        match kind {
            TaskKind::Connect => &mut self.connect,
            _ => &mut self.check_in,
        }
    }
}

/// Returns the id of a member's task of a kind: of the order's date, the order, or the event.
pub fn task_id(kind: TaskKind, anchor: &str, member_id: &MemberId) -> TaskId {
    TaskId::of_cause(&digest(&[kind.name(), anchor]), member_id)
}

/// Returns the date a number of days after another (before it, if negative), saturating at the ends of time.
fn days_after(date: Date, days: i32) -> Date {
    date.saturating_add(Span::new().days(days))
}
