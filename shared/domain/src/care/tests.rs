//! Tables of the care cycle: every boundary, every event, and time zones with unusual changes.

mod autoships;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::OrderEventKind::{
    AutoshipScheduled, Cancelled, CardFailed, Placed, Rescheduled, Returned, UpgradeEnrolled,
};
use super::*;
use crate::program::CareSettings;
use crate::task::TaskKind::{AutoshipChanged, AutoshipReminder, CheckIn, Connect, Reconnect};
use crate::task::TaskStatus::{Completed, Lapsed, Open};

type Row = (TaskKind, String, Option<String>, TaskStatus);

/// A member's cycle and tasks, as the table would hold them.
pub(super) struct Desk {
    pub(super) cycle: CareCycle,
    pub(super) tasks: BTreeMap<TaskId, Task>,
    zone: TimeZone,
    settings: CareSettings,
    events: u32,
}

impl Desk {
    pub(super) fn new(zone: &str) -> Self {
        Self {
            cycle: CareCycle::new(MemberId::from_key("desk"), "Mina Muster".to_owned()),
            tasks: BTreeMap::new(),
            zone: TimeZone::get(zone).unwrap(),
            settings: CareSettings::default(),
            events: 0,
        }
    }

    fn apply(&mut self, decision: Decision) {
        let mut named: Vec<TaskId> =
            decision.changes.iter().map(|change| change.task_id().clone()).collect();
        named.sort();
        named.dedup();
        assert_eq!(named.len(), decision.changes.len(), "a task is named twice");
        assert!(named.len() <= 98, "{} writes are more than a transaction has", named.len());
        for change in decision.changes {
            match change {
                TaskChange::Create(task) => {
                    let before = self.tasks.insert(task.task_id.clone(), task);
                    let replaced = before.is_none_or(|before| {
                        before.kind == TaskKind::AutoshipReminder
                            && before.status != TaskStatus::Open
                    });
                    assert!(replaced, "an open task is made again");
                }
                TaskChange::Reschedule { task_id, due_from, due_until, moved, .. } => {
                    let task = self.tasks.get_mut(&task_id).expect("a task that moves is there");
                    task.due_from = due_from;
                    task.due_until = Some(due_until);
                    task.moved = moved;
                    task.status = TaskStatus::Open;
                }
                TaskChange::Close { task_id, status, .. } => {
                    let task = self.tasks.get_mut(&task_id).expect("a task that ends is there");
                    assert_eq!(task.status, TaskStatus::Open, "only what is open ends");
                    task.status = status;
                }
            }
        }
        self.cycle = decision.cycle;
    }

    pub(super) fn day(&mut self, today: Date) {
        let moved = self.cycle.clone().on_day(today);
        self.apply(moved);
    }

    /// Applies an event at an instant that may be later than the event.
    pub(super) fn event(
        &mut self,
        kind: OrderEventKind,
        order_id: &str,
        (at, now): (Timestamp, Timestamp),
        scheduled_for: Option<Date>,
    ) -> Result<(), Refusal> {
        self.events += 1;
        let event = OrderEvent {
            event_id: format!("event-{}", self.events),
            kind,
            member_id: self.cycle.member_id.clone(),
            order_id: order_id.to_owned(),
            at,
            scheduled_for,
            amount: None,
            bank_reference: None,
            detail: None,
        };
        let moved = self.cycle.clone().on_event(&event, self.settings, &self.zone, now)?;
        let kept = serde_json::to_string(&moved.cycle).unwrap();
        let kept: CareCycle = serde_json::from_str(&kept).unwrap();
        assert_eq!(kept, moved.cycle, "what is kept is the whole state");
        self.apply(moved);
        Ok(())
    }

    /// Applies an event at noon of a UTC day.
    fn at_noon(&mut self, kind: OrderEventKind, order_id: &str, on: &str, scheduled_for: &str) {
        let at = format!("{on}T12:00:00Z").parse().unwrap();
        let scheduled_for = (!scheduled_for.is_empty()).then(|| date(scheduled_for));
        self.event(kind, order_id, (at, at), scheduled_for).unwrap();
    }

    fn days(&mut self, from: &str, until: &str) {
        let until = date(until);
        let mut today = date(from);
        while today <= until {
            self.day(today);
            today = today.tomorrow().unwrap();
        }
    }

    fn complete(&mut self, kind: TaskKind) {
        let task = self.tasks.values_mut().find(|task| task.kind == kind).unwrap();
        assert_eq!(task.status, TaskStatus::Open);
        task.status = TaskStatus::Completed;
        let task_id = task.task_id.clone();
        self.cycle = self.cycle.clone().completed(&task_id);
    }

    fn rows(&self) -> Vec<Row> {
        let mut rows: Vec<Row> = self
            .tasks
            .values()
            .map(|task| {
                let until = task.due_until.map(|date| date.to_string());
                (task.kind, task.due_from.to_string(), until, task.status)
            })
            .collect();
        rows.sort();
        rows
    }
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn row(kind: TaskKind, from: &str, until: &str, status: TaskStatus) -> Row {
    (kind, from.to_owned(), (!until.is_empty()).then(|| until.to_owned()), status)
}

#[test]
fn the_calls_of_an_order_come_and_go_on_their_days() {
    // The day of the run, and the tasks after it.
    let check_in = |status| row(CheckIn, "2025-06-07", "2025-06-14", status);
    let connect = |status| row(Connect, "2025-06-22", "2025-06-29", status);
    let table = [
        ("2025-06-06", vec![]),
        ("2025-06-07", vec![check_in(Open)]),
        ("2025-06-13", vec![check_in(Open)]),
        ("2025-06-14", vec![check_in(Open)]),
        ("2025-06-15", vec![check_in(Lapsed)]),
        ("2025-06-21", vec![check_in(Lapsed)]),
        ("2025-06-22", vec![check_in(Lapsed), connect(Open)]),
        ("2025-06-29", vec![check_in(Lapsed), connect(Open)]),
        ("2025-06-30", vec![check_in(Lapsed), connect(Lapsed)]),
    ];
    let mut daily = Desk::new("UTC");
    daily.at_noon(Placed, "o1", "2025-06-01", "");
    for (day, expected) in table {
        daily.day(date(day));
        assert_eq!(daily.rows(), expected, "{day}, every day");
        let mut once = Desk::new("UTC");
        once.at_noon(Placed, "o1", "2025-06-01", "");
        once.day(date(day));
        assert_eq!(once.rows(), expected, "{day}, for the first time");
    }
    let task = daily.tasks.values().find(|task| task.kind == CheckIn).unwrap();
    assert!(task.is_due_tomorrow(date("2025-06-13")));
    assert!(!task.is_due_tomorrow(date("2025-06-12")) && !task.is_due_tomorrow(date("2025-06-14")));
}

#[test]
fn an_order_counts_from_its_local_date() {
    // The zone and the instant of the order; the first day of the check-in.
    let table = [
        ("Europe/Madrid", "2025-03-29T22:59:59Z", "2025-04-04"),
        ("Europe/Madrid", "2025-03-29T23:00:00Z", "2025-04-05"),
        ("Europe/Madrid", "2025-10-25T21:59:59Z", "2025-10-31"),
        // Midnight of 2025-09-07 is skipped in Santiago: the day starts at 01:00.
        ("America/Santiago", "2025-09-07T03:59:59Z", "2025-09-12"),
        ("America/Santiago", "2025-09-07T04:00:00Z", "2025-09-13"),
        ("America/New_York", "2025-11-02T03:59:59Z", "2025-11-07"),
        ("America/New_York", "2025-11-02T04:00:00Z", "2025-11-08"),
        ("Asia/Kolkata", "2024-02-22T18:29:59Z", "2024-02-28"),
        ("Asia/Kolkata", "2024-02-22T18:30:00Z", "2024-02-29"),
        ("Asia/Kolkata", "2024-02-25T18:30:00Z", "2024-03-03"),
        ("Asia/Kolkata", "2025-12-25T18:30:00Z", "2026-01-01"),
    ];
    for (zone, at, expected) in table {
        let mut desk = Desk::new(zone);
        let at: Timestamp = at.parse().unwrap();
        desk.event(Placed, "o1", (at, at), None).unwrap();
        assert_eq!(desk.cycle.next_due(), Some(date(expected)), "{zone} {at}");
        assert_eq!(desk.cycle.call_from(CheckIn), Some(date(expected)));
    }
}

#[test]
fn one_cycle_at_a_time() {
    // Orders as (order's day, day on which it becomes known), the last run, and the tasks after it.
    type Orders = &'static [(&'static str, &'static str)];
    let table: [(Orders, &str, Vec<Row>); 7] = [
        // A newer order before the call is due starts a new cycle.
        (
            &[("2025-06-01", "2025-06-01"), ("2025-06-05", "2025-06-05")],
            "2025-06-11",
            vec![row(CheckIn, "2025-06-11", "2025-06-18", Open)],
        ),
        // An open call stays until its last day. The second call of the older order is not created.
        (
            &[("2025-06-01", "2025-06-01"), ("2025-06-10", "2025-06-10")],
            "2025-06-22",
            vec![
                row(CheckIn, "2025-06-07", "2025-06-14", Lapsed),
                row(CheckIn, "2025-06-16", "2025-06-23", Open),
            ],
        ),
        // The same date belongs to the same cycle.
        (
            &[("2025-06-01", "2025-06-01"), ("2025-06-01", "2025-06-08")],
            "2025-06-08",
            vec![row(CheckIn, "2025-06-07", "2025-06-14", Open)],
        ),
        // An older order that comes late changes nothing.
        (
            &[("2025-06-05", "2025-06-05"), ("2025-06-01", "2025-06-06")],
            "2025-06-11",
            vec![row(CheckIn, "2025-06-11", "2025-06-18", Open)],
        ),
        // The order becomes known on the last day of its call, and a day too late.
        (
            &[("2025-06-01", "2025-06-14")],
            "2025-06-14",
            vec![row(CheckIn, "2025-06-07", "2025-06-14", Open)],
        ),
        (&[("2025-06-01", "2025-06-15")], "2025-06-15", vec![]),
        (
            &[("2025-06-01", "2025-06-15")],
            "2025-06-22",
            vec![row(Connect, "2025-06-22", "2025-06-29", Open)],
        ),
    ];
    for (orders, day, expected) in table {
        let mut desk = Desk::new("UTC");
        for (number, (on, known)) in orders.iter().enumerate() {
            let noon = |on: &str| format!("{on}T12:00:00Z").parse().unwrap();
            desk.event(Placed, &format!("o{number}"), (noon(on), noon(known)), None).unwrap();
        }
        desk.day(date(day));
        assert_eq!(desk.rows(), expected, "{orders:?} {day}");
    }
}

#[test]
fn a_cancelled_order_takes_along_what_is_not_due_yet() {
    let mut desk = Desk::new("UTC");
    desk.at_noon(Placed, "o1", "2025-06-01", "");
    desk.at_noon(Placed, "o2", "2025-06-01", "");
    desk.at_noon(Cancelled, "o1", "2025-06-02", "");
    assert_eq!(desk.cycle.call_from(CheckIn), Some(date("2025-06-07")), "o2 stands");
    desk.day(date("2025-06-07"));
    desk.at_noon(Cancelled, "o2", "2025-06-08", "");
    assert_eq!(desk.cycle.call_from(Connect), None);
    assert_eq!(desk.rows(), [row(CheckIn, "2025-06-07", "2025-06-14", Open)], "open calls stay");
    // Another order of that date restores the calls that were not due. Existing tasks are not created again.
    desk.at_noon(Placed, "o3", "2025-06-01", "");
    desk.days("2025-06-09", "2025-06-22");
    let lapsed = row(CheckIn, "2025-06-07", "2025-06-14", Lapsed);
    assert_eq!(desk.rows(), [lapsed, row(Connect, "2025-06-22", "2025-06-29", Open)]);
    // The cancellation may come first.
    let mut desk = Desk::new("UTC");
    desk.at_noon(Cancelled, "o1", "2025-06-02", "");
    desk.at_noon(Placed, "o1", "2025-06-01", "");
    assert_eq!(desk.cycle.next_due(), None);
}

#[test]
fn without_an_order_for_months_the_customer_is_called_once() {
    let table = [
        ("2025-01-31", 1, "2025-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2025-10-31", 4, "2026-02-28"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2025-06-01", 4, "2025-10-01"),
    ];
    for (ordered, months, due) in table {
        let mut desk = Desk::new("UTC");
        desk.settings.reconnect_months = months;
        desk.at_noon(Placed, "o1", ordered, "");
        desk.days(ordered, &date(due).yesterday().unwrap().to_string());
        assert!(!desk.tasks.values().any(|task| task.kind == Reconnect), "{ordered}");
        desk.day(date(due));
        let calls = |desk: &Desk| -> Vec<Row> {
            desk.rows().into_iter().filter(|row| row.0 == Reconnect).collect()
        };
        assert_eq!(calls(&desk), [row(Reconnect, due, "", Open)], "{ordered}");
        desk.days(due, &date(due).saturating_add(Span::new().months(7)).to_string());
        assert_eq!(calls(&desk), [row(Reconnect, due, "", Open)], "open until done, once");
        let again = date(due).saturating_add(Span::new().months(8)).to_string();
        desk.at_noon(Placed, "o2", &again, "");
        assert_eq!(calls(&desk), [row(Reconnect, due, "", Completed)], "an order closes it");
        let next = date(&again).saturating_add(Span::new().months(i32::from(months)));
        desk.day(next);
        assert_eq!(calls(&desk).len(), 2, "once per lapse");
    }
    // A call that is done leaves the list as well.
    let mut desk = Desk::new("UTC");
    desk.at_noon(Placed, "o1", "2025-06-01", "");
    desk.days("2025-06-02", "2025-10-01");
    desk.complete(Reconnect);
    desk.days("2025-10-02", "2025-11-01");
    assert!(!desk.rows().iter().any(|row| row.3 == Open), "{:?}", desk.rows());
}

#[test]
fn an_order_known_too_late_ends_no_lapse() {
    let mut desk = Desk::new("UTC");
    desk.at_noon(Placed, "o1", "2025-01-01", "");
    desk.days("2025-01-02", "2025-05-01");
    desk.complete(Reconnect);
    let noon = |on: &str| format!("{on}T12:00:00Z").parse::<Timestamp>().unwrap();
    desk.event(Placed, "o2", (noon("2025-01-15"), noon("2025-06-20")), None).unwrap();
    desk.days("2025-06-20", "2025-08-01");
    assert_eq!(desk.tasks.values().filter(|task| task.kind == Reconnect).count(), 1);
    // A first order of long ago causes a call at the next run, not by its event.
    let mut old = Desk::new("UTC");
    old.event(Placed, "o1", (noon("2023-01-15"), noon("2025-06-20")), None).unwrap();
    assert_eq!((old.rows(), old.cycle.next_due()), (vec![], Some(date("2023-05-15"))));
    old.day(date("2025-06-20"));
    assert_eq!(old.rows(), [row(Reconnect, "2023-05-15", "", Open)]);
    assert_eq!(old.cycle.next_due(), None);
}

#[test]
fn what_happened_becomes_a_task_at_once() {
    let table = [
        (CardFailed, TaskKind::CardFailed),
        (Returned, TaskKind::ProductReturned),
        (UpgradeEnrolled, TaskKind::Upgrade),
    ];
    for (kind, expected) in table {
        let mut desk = Desk::new("UTC");
        desk.at_noon(kind, "o1", "2025-06-01", "");
        assert_eq!(desk.rows(), [row(expected, "2025-06-01", "", Open)]);
        desk.days("2025-06-02", "2026-06-02");
        assert_eq!(desk.rows(), [row(expected, "2025-06-01", "", Open)], "open until done");
        assert_eq!(desk.cycle.next_due(), None, "nothing to look after");
    }
}

#[test]
fn a_member_has_only_so_many() {
    let now: Timestamp = "2025-06-01T12:00:00Z".parse().unwrap();
    let mut desk = Desk::new("UTC");
    let scheduled = Some(date("2025-09-01"));
    for number in 0..AUTOSHIPS_MAX {
        desk.event(AutoshipScheduled, &format!("a{number}"), (now, now), scheduled).unwrap();
    }
    let refused = desk.event(AutoshipScheduled, "one-more", (now, now), scheduled);
    assert_eq!(refused, Err(Refusal::TooManyAutoships));
    desk.event(AutoshipScheduled, "a0", (now, now), Some(date("2025-09-02"))).unwrap();
    for number in AUTOSHIPS_MAX..OPEN_TASKS_MAX {
        desk.event(CardFailed, &format!("o{number}"), (now, now), None).unwrap();
    }
    let refused = desk.event(CardFailed, "one-more", (now, now), None);
    assert_eq!(refused, Err(Refusal::TooManyTasks));
    let refused = desk.event(Rescheduled, "a0", (now, now), scheduled);
    assert_eq!(refused, Err(Refusal::TooManyTasks));
    desk.event(Placed, "o1", (now, now), None).unwrap();
}
