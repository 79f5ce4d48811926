//! Tables of automatic orders: when their reminders come, move and end, and which of two events counts.

use super::*;
use crate::task::Direction::{self, Delayed, PulledForward};

#[test]
fn a_reminder_comes_twenty_days_before_and_stays_until_the_order() {
    // The day of the event, the scheduled day, and the days of the reminder.
    let table = [
        ("2025-06-01", "2025-08-20", "2025-07-31", "2025-08-20"),
        ("2025-06-01", "2025-06-21", "2025-06-01", "2025-06-21"),
        ("2025-06-01", "2025-06-20", "2025-06-01", "2025-06-20"),
        ("2025-06-01", "2025-06-01", "2025-06-01", "2025-06-01"),
        ("2024-01-01", "2024-03-20", "2024-02-29", "2024-03-20"),
    ];
    for (told, scheduled, from, until) in table {
        let mut desk = Desk::new("UTC");
        desk.at_noon(AutoshipScheduled, "a1", told, scheduled);
        if from > told {
            desk.days(told, &date(from).yesterday().unwrap().to_string());
            assert_eq!(desk.rows(), [], "{scheduled}");
        }
        desk.days(from, until);
        assert_eq!(desk.rows(), [row(AutoshipReminder, from, until, Open)], "{scheduled}");
        desk.day(date(until).tomorrow().unwrap());
        assert_eq!(desk.rows(), [row(AutoshipReminder, from, until, Lapsed)], "{scheduled}");
        assert_eq!(desk.cycle.next_due(), None);
        assert!(desk.cycle.autoships.is_empty(), "what is over is forgotten");
    }
    let mut desk = Desk::new("UTC");
    desk.at_noon(AutoshipScheduled, "a1", "2025-06-01", "2025-05-31");
    assert_eq!((desk.rows(), desk.cycle.next_due()), (vec![], None), "of the past");
}

#[test]
fn a_moved_order_moves_its_reminder() {
    let changed = |on: &str| row(AutoshipChanged, on, "", Open);
    let reminder = |from: &str, until: &str| row(AutoshipReminder, from, until, Open);
    // The day of the move, the new date, and the tasks at the end of that day.
    let table = [
        // Before the reminder is due: later, and so soon that it is due now.
        ("2025-06-05", "2025-08-30", vec![changed("2025-06-05")]),
        (
            "2025-06-05",
            "2025-06-20",
            vec![reminder("2025-06-05", "2025-06-20"), changed("2025-06-05")],
        ),
        // While it is open: 20 days before the new date, or now.
        (
            "2025-07-20",
            "2025-07-25",
            vec![reminder("2025-07-20", "2025-07-25"), changed("2025-07-20")],
        ),
        (
            "2025-07-20",
            "2025-09-10",
            vec![reminder("2025-08-21", "2025-09-10"), changed("2025-07-20")],
        ),
        // To the same date as before.
        ("2025-07-20", "2025-07-31", vec![reminder("2025-07-11", "2025-07-31")]),
        // Into the past.
        (
            "2025-07-20",
            "2025-07-19",
            vec![row(AutoshipReminder, "2025-07-11", "2025-07-31", Lapsed), changed("2025-07-20")],
        ),
    ];
    for (on, to, expected) in table {
        let mut desk = Desk::new("UTC");
        desk.at_noon(AutoshipScheduled, "a1", "2025-06-01", "2025-07-31");
        desk.days("2025-06-02", on);
        let before: Vec<TaskId> = desk.tasks.keys().cloned().collect();
        desk.at_noon(Rescheduled, "a1", on, to);
        assert_eq!(desk.rows(), expected, "{on} {to}");
        assert!(before.iter().all(|task_id| desk.tasks.contains_key(task_id)), "the same task");
    }
}

#[test]
fn a_completed_reminder_opens_again_when_its_order_moves() {
    let mut desk = Desk::new("UTC");
    desk.at_noon(AutoshipScheduled, "a1", "2025-06-01", "2025-06-15");
    desk.complete(AutoshipReminder);
    desk.at_noon(Rescheduled, "a1", "2025-06-03", "2025-06-15");
    assert_eq!(desk.rows(), [row(AutoshipReminder, "2025-06-01", "2025-06-15", Completed)]);
    desk.at_noon(Rescheduled, "a1", "2025-06-04", "2025-07-10");
    let moved = row(AutoshipReminder, "2025-06-20", "2025-07-10", Open);
    assert_eq!(desk.rows()[0], moved);
    desk.days("2025-06-05", "2025-07-11");
    assert_eq!(desk.rows()[0].3, Lapsed);
    // A closed reminder opens again under its id.
    desk.at_noon(Rescheduled, "a1", "2025-07-12", "2025-07-20");
    assert_eq!(desk.rows()[0], row(AutoshipReminder, "2025-07-12", "2025-07-20", Open));
}

#[test]
fn of_two_events_of_an_order_the_later_holds() {
    // Events in the order of arrival: kind, day, scheduled day; then the resulting day.
    type Events = &'static [(OrderEventKind, &'static str, &'static str)];
    let table: [(Events, Option<&str>); 8] = [
        (
            &[
                (AutoshipScheduled, "2025-06-01", "2025-08-01"),
                (Rescheduled, "2025-06-02", "2025-08-09"),
            ],
            Some("2025-08-09"),
        ),
        (
            &[
                (Rescheduled, "2025-06-02", "2025-08-09"),
                (AutoshipScheduled, "2025-06-01", "2025-08-01"),
            ],
            Some("2025-08-09"),
        ),
        (&[(AutoshipScheduled, "2025-06-01", "2025-08-01"), (Cancelled, "2025-06-02", "")], None),
        (&[(Cancelled, "2025-06-02", ""), (AutoshipScheduled, "2025-06-01", "2025-08-01")], None),
        (
            &[(Cancelled, "2025-06-01", ""), (AutoshipScheduled, "2025-06-02", "2025-08-01")],
            Some("2025-08-01"),
        ),
        (
            &[(AutoshipScheduled, "2025-06-02", "2025-08-01"), (Cancelled, "2025-06-01", "")],
            Some("2025-08-01"),
        ),
        (&[(AutoshipScheduled, "2025-06-01", "2025-08-01"), (Placed, "2025-06-02", "")], None),
        (&[(Placed, "2025-06-02", ""), (AutoshipScheduled, "2025-06-01", "2025-08-01")], None),
    ];
    for (events, expected) in table {
        let mut desk = Desk::new("UTC");
        for (kind, on, scheduled_for) in events {
            desk.at_noon(*kind, "a1", on, scheduled_for);
        }
        let left = desk.cycle.autoships.first().map(|autoship| autoship.scheduled_for);
        assert_eq!(left, expected.map(date), "{events:?}");
    }
}

#[test]
fn a_reminder_ends_with_its_order() {
    // The event of the order, with the reminder open or not due yet, and the reminder after it.
    let table = [
        (Cancelled, "2025-06-05", None),
        (Placed, "2025-06-05", None),
        (Cancelled, "2025-07-15", Some(Lapsed)),
        (Placed, "2025-07-15", Some(Open)),
    ];
    for (kind, on, expected) in table {
        let mut desk = Desk::new("UTC");
        desk.at_noon(AutoshipScheduled, "a1", "2025-06-01", "2025-07-31");
        desk.at_noon(kind, "a1", on, "");
        desk.days(on, "2025-07-16");
        let reminder = desk.tasks.values().find(|task| task.kind == AutoshipReminder);
        assert_eq!(reminder.map(|task| task.status), expected, "{kind:?} {on}");
        desk.days("2025-07-17", "2025-08-01");
        let reminder = desk.tasks.values().find(|task| task.kind == AutoshipReminder);
        assert_eq!(reminder.map(|task| task.status), expected.map(|_| Lapsed));
    }
}

#[test]
fn a_moved_order_names_both_dates_and_the_direction() {
    type Move = (Direction, &'static str, &'static str);
    // The days of the moves with the new dates, and what the newest task of each kind says at the end.
    type Moves = &'static [(&'static str, &'static str)];
    let table: [(Moves, Option<Move>, Option<Move>); 5] = [
        // Before the reminder is a task, and with it a task.
        (
            &[("2025-06-05", "2025-06-20")],
            Some((PulledForward, "2025-07-31", "2025-06-20")),
            Some((PulledForward, "2025-07-31", "2025-06-20")),
        ),
        (&[("2025-06-05", "2025-08-30")], Some((Delayed, "2025-07-31", "2025-08-30")), None),
        (
            &[("2025-07-20", "2025-08-01")],
            Some((Delayed, "2025-07-31", "2025-08-01")),
            Some((Delayed, "2025-07-31", "2025-08-01")),
        ),
        // The last move counts; the same date again is none.
        (
            &[
                ("2025-07-18", "2025-08-01"),
                ("2025-07-19", "2025-07-30"),
                ("2025-07-20", "2025-07-30"),
            ],
            Some((PulledForward, "2025-08-01", "2025-07-30")),
            Some((PulledForward, "2025-08-01", "2025-07-30")),
        ),
        (&[("2025-07-20", "2025-07-31")], None, None),
    ];
    for (moves, changed, reminder) in table {
        let mut desk = Desk::new("UTC");
        desk.at_noon(AutoshipScheduled, "a1", "2025-06-01", "2025-07-31");
        for (on, to) in moves {
            desk.day(date(on));
            desk.at_noon(Rescheduled, "a1", on, to);
        }
        for (kind, expected) in [(AutoshipChanged, changed), (AutoshipReminder, reminder)] {
            let tasks = desk.tasks.values().filter(|task| task.kind == kind);
            let newest = tasks.max_by_key(|task| task.due_from).and_then(|task| task.moved);
            let found = newest.map(|moved| (moved.direction(), moved.from, moved.to));
            let expected = expected.map(|(direction, from, to)| (direction, date(from), date(to)));
            assert_eq!(found, expected, "{kind} {moves:?}");
        }
    }
    // The order was placed and forgotten, and its open reminder was not.
    let mut desk = Desk::new("UTC");
    desk.at_noon(AutoshipScheduled, "a1", "2025-07-20", "2025-07-31");
    desk.at_noon(Placed, "a1", "2025-07-21", "");
    desk.at_noon(Rescheduled, "a1", "2025-07-22", "2025-08-05");
    let moved = desk.tasks.values().map(|task| task.moved.unwrap());
    let dates: Vec<(Date, Date)> = moved.map(|moved| (moved.from, moved.to)).collect();
    assert_eq!(dates, [(date("2025-07-31"), date("2025-08-05")); 2]);
}

#[test]
fn a_reminder_that_no_run_made_yet_is_upcoming_until_its_order() {
    let mut desk = Desk::new("UTC");
    desk.at_noon(AutoshipScheduled, "a1", "2025-06-01", "2025-07-31");
    let table =
        [("2025-07-10", false), ("2025-07-11", true), ("2025-07-31", true), ("2025-08-01", false)];
    for (today, is_upcoming) in table {
        let upcoming = desk.cycle.upcoming(date(today), days_after(date(today), 31));
        assert_eq!(!upcoming.is_empty(), is_upcoming, "{today}");
    }
    desk.day(date("2025-07-11"));
    assert_eq!(desk.cycle.upcoming(date("2025-07-11"), date("2025-07-31")), [], "it is a task");
}
