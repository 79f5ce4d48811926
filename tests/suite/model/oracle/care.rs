//! The model's care cycle: what a member's orders make agents do, by days counted since 1970.

use super::super::calendar::{DAY, month_after};
use super::{Expected, Oracle};

/// The two calls after an order: the kind and the first day, counted from the order's. Each lasts one more
/// week.
const CALLS: [(&str, i64); 2] = [("check_in", 6), ("connect", 21)];
const CALL_DAYS: i64 = 7;
/// How many days before an automatic order its reminder begins.
const REMINDER_DAYS: i64 = 20;

/// A member's orders and tasks.
#[derive(Default)]
pub(in super::super) struct Care {
    /// The tasks that were due at some time, oldest first.
    pub tasks: Vec<Task>,
    last_order: Option<(i64, Vec<String>)>,
    calls: [Call; 2],
    autoships: Vec<Autoship>,
    reconnect_on: Option<i64>,
}

pub(in super::super) struct Task {
    pub kind: &'static str,
    /// The order, event or claim that caused it. The calls after an order have none.
    pub about: Option<String>,
    /// Its first day.
    pub from: i64,
    /// Its last day, or `None` if it stays until it is done.
    pub until: Option<i64>,
    status: &'static str,
    key: Option<u8>,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Call {
    #[default]
    Dropped,
    Waiting,
    Made,
}

struct Autoship {
    order: String,
    on: i64,
    reminder_on: i64,
    made: bool,
}

/// What happens to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum OrderEvent {
    /// It was placed so many days ago.
    Placed(i64),
    /// It will be placed automatically in so many days.
    Scheduled(i64),
    /// It was moved to so many days from now.
    Rescheduled(i64),
    Cancelled,
    /// An event that creates a task of this kind at once.
    Noticed(&'static str),
}

impl Task {
    fn new(kind: &'static str, about: Option<String>, from: i64, until: Option<i64>) -> Self {
        Self { kind, about, from, until, status: "open", key: None }
    }

    /// Returns the status on a day: an open task lapses when its last day has passed.
    pub fn status(&self, today: i64) -> &'static str {
        let over = self.until.is_some_and(|last| last < today);
        if over && self.status == "open" { "lapsed" } else { self.status }
    }
}

impl Care {
    /// Makes the tasks that are due by a day.
    fn catch_up(&mut self, today: i64) {
        let Some((ordered_on, _)) = &self.last_order else { return self.remind(today) };
        for (call, (kind, after)) in self.calls.iter_mut().zip(CALLS) {
            let from = ordered_on + after;
            if *call == Call::Waiting && from <= today {
                *call = Call::Made;
                self.tasks.push(Task::new(kind, None, from, Some(from + CALL_DAYS)));
            }
        }
        self.remind(today);
    }

    fn remind(&mut self, today: i64) {
        for autoship in self.autoships.iter_mut().filter(|one| one.reminder_on <= today) {
            if !autoship.made {
                autoship.made = true;
                put_reminder(&mut self.tasks, &autoship.order, autoship.reminder_on, autoship.on);
            }
        }
        self.autoships.retain(|autoship| autoship.on >= today);
    }

    /// Places an order on a day: a newer day starts the cycle again, and an older one changes nothing.
    fn placed(&mut self, order: &str, on: i64, today: i64) {
        if let Some(position) = self.autoships.iter().position(|one| one.order == order) {
            let autoship = self.autoships.remove(position);
            if autoship.reminder_on > today {
                self.lapse_reminder(order, today);
            }
        }
        match &mut self.last_order {
            Some((last, _)) if on < *last => return,
            Some((last, orders)) if on == *last => {
                orders.retain(|known| known != order);
                orders.push(order.to_owned());
            }
            _ => {
                self.last_order = Some((on, vec![order.to_owned()]));
                self.calls = [Call::Dropped; 2];
                self.reconnect_on = Some(month_after(on));
                let open = |task: &&mut Task| task.kind == "reconnect" && task.status == "open";
                self.tasks.iter_mut().filter(open).for_each(|task| task.status = "completed");
            }
        }
        for (call, (_, after)) in self.calls.iter_mut().zip(CALLS) {
            if *call == Call::Dropped && on + after + CALL_DAYS >= today {
                *call = Call::Waiting;
            }
        }
    }

    /// Schedules an automatic order. A reminder that exists moves to the new days and is open again.
    fn scheduled(&mut self, order: &str, on: i64, today: i64) {
        let known = self.autoships.iter().position(|one| one.order == order);
        let before = known.map(|position| self.autoships.remove(position));
        let same = before.as_ref().filter(|before| before.on == on);
        let reminder_on = same.map_or((on - REMINDER_DAYS).max(today), |before| before.reminder_on);
        let is_open = self.reminder(order).is_some_and(|task| task.status(today) == "open");
        let made = is_open || before.as_ref().is_some_and(|before| before.made);
        if made && same.is_none() {
            put_reminder(&mut self.tasks, order, reminder_on, on);
        }
        self.autoships.push(Autoship { order: order.to_owned(), on, reminder_on, made });
    }

    fn cancelled(&mut self, order: &str, today: i64) {
        self.autoships.retain(|autoship| autoship.order != order);
        self.lapse_reminder(order, today);
        let Some((_, orders)) = &mut self.last_order else { return };
        let known = orders.len();
        orders.retain(|one| one != order);
        if orders.is_empty() && known > 0 {
            let waiting = self.calls.iter_mut().filter(|call| **call == Call::Waiting);
            waiting.for_each(|call| *call = Call::Dropped);
        }
    }

    fn reminder(&mut self, order: &str) -> Option<&mut Task> {
        reminder(&mut self.tasks, order)
    }

    fn lapse_reminder(&mut self, order: &str, today: i64) {
        if let Some(task) = self.reminder(order).filter(|task| task.status(today) == "open") {
            task.status = "lapsed";
        }
    }
}

fn reminder<'a>(tasks: &'a mut [Task], order: &str) -> Option<&'a mut Task> {
    let is_its =
        |task: &&mut Task| task.kind == "autoship_reminder" && task.about.as_deref() == Some(order);
    tasks.iter_mut().find(is_its)
}

/// Opens the one reminder of an order for these days.
fn put_reminder(tasks: &mut Vec<Task>, order: &str, from: i64, until: i64) {
    if let Some(task) = reminder(tasks, order) {
        (task.from, task.until, task.status) = (from, Some(until), "open");
    } else {
        let about = Some(order.to_owned());
        tasks.push(Task::new("autoship_reminder", about, from, Some(until)));
    }
}

impl Oracle {
    /// Returns the current day.
    pub fn today(&self) -> i64 {
        self.now.div_euclid(DAY)
    }

    /// Handles an event of an order.
    pub fn order_event(&mut self, who: usize, order: &str, event: OrderEvent) {
        let today = self.today();
        let care = &mut self.people[who].care;
        care.catch_up(today);
        let about = Some(order.to_owned());
        match event {
            OrderEvent::Placed(days_ago) => care.placed(order, today - days_ago, today),
            OrderEvent::Scheduled(days) => care.scheduled(order, today + days, today),
            OrderEvent::Rescheduled(days) => {
                let on = today + days;
                if !care.autoships.iter().any(|one| one.order == order && one.on == on) {
                    care.tasks.push(Task::new("autoship_changed", about, today, None));
                }
                care.scheduled(order, on, today);
            }
            OrderEvent::Cancelled => care.cancelled(order, today),
            OrderEvent::Noticed(kind) => care.tasks.push(Task::new(kind, about, today, None)),
        }
        care.catch_up(today);
    }

    /// Does the daily run: due tasks are created, and claims are followed up.
    pub fn run_day(&mut self) {
        let today = self.today();
        for care in self.people.iter_mut().map(|person| &mut person.care) {
            care.catch_up(today);
            if let Some(from) = care.reconnect_on.take_if(|from| *from <= today) {
                care.tasks.push(Task::new("reconnect", None, from, None));
            }
        }
        self.follow_up_claims();
    }

    /// Completes a task.
    pub fn complete(&mut self, who: usize, task: usize, key: u8) -> Expected {
        let today = self.today();
        let task = &mut self.people[who].care.tasks[task];
        if task.key == Some(key) {
            return Expected::done(200, Vec::new()).replayed(true);
        }
        match task.status(today) {
            "completed" => return Expected::refused(409, "task_completed"),
            "lapsed" => return Expected::refused(409, "task_lapsed"),
            _ => {}
        }
        (task.status, task.key) = ("completed", Some(key));
        Expected::done(200, vec![("status", "completed".into())])
    }

    /// Adds a task that follows up a claim, unless the claim has an open one.
    pub(super) fn add_follow_up(&mut self, who: usize, claim: usize) {
        let (today, about) = (self.today(), Some(claim_name(claim)));
        let tasks = &mut self.people[who].care.tasks;
        if !tasks.iter().any(|task| task.about == about && task.status == "open") {
            tasks.push(Task::new("claim_follow_up", about, today, None));
        }
    }

    /// Completes the open follow-up of a claim that ended.
    pub(super) fn end_follow_up(&mut self, who: usize, claim: usize) {
        let about = Some(claim_name(claim));
        let tasks = self.people[who].care.tasks.iter_mut();
        let open = tasks.filter(|task| task.about == about && task.status == "open");
        open.for_each(|task| task.status = "completed");
    }
}

/// Names a claim by its number, until the stack has given it an id.
pub(in super::super) fn claim_name(claim: usize) -> String {
    format!("claim-{claim}")
}
