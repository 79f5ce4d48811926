//! A missed, late or repeated daily run ends in the same tasks.
//!
//! There is one intended exception. Only a run creates a call for lack of an order. If an order ends the wait
//! before any run, that call is never created. For these calls, the test compares only the number of open
//! ones.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use proptest::prelude::*;

use super::tests::Desk;
use super::{OrderEventKind, days_after};
use crate::calendar::start_of_day;
use crate::task::{Task, TaskKind, TaskStatus};

const DAYS: i64 = 260;
const ZONES: [&str; 4] = ["Europe/Madrid", "America/Santiago", "America/New_York", "Asia/Kolkata"];

const KINDS: [OrderEventKind; 8] = [
    OrderEventKind::Placed,
    OrderEventKind::Placed,
    OrderEventKind::AutoshipScheduled,
    OrderEventKind::Rescheduled,
    OrderEventKind::Cancelled,
    OrderEventKind::CardFailed,
    OrderEventKind::Returned,
    OrderEventKind::UpgradeEnrolled,
];

#[derive(Debug, Clone)]
struct DatedEvent {
    /// The day on which it becomes known, and the minute of it.
    day: i64,
    minute: i64,
    /// How many hours ago it happened.
    hours_ago: i64,
    kind: OrderEventKind,
    order: u8,
    /// The scheduled date, in days after the day on which it becomes known.
    scheduled_in: i32,
}

fn dated_event() -> impl Strategy<Value = DatedEvent> {
    let hours_ago = prop_oneof![3 => Just(0), 2 => 0..48_i64, 1 => 0..24 * 200_i64];
    let parts =
        (0..DAYS, 0..1380_i64, hours_ago, prop::sample::select(&KINDS[..]), 0..5_u8, -3..45);
    parts.prop_map(|(day, minute, hours_ago, kind, order, scheduled_in)| DatedEvent {
        day,
        minute,
        hours_ago,
        kind,
        order,
        scheduled_in,
    })
}

/// Plays a history with a number of runs on each day, and returns the tasks.
fn played(zone: &str, events: &[DatedEvent], runs: impl Fn(i64) -> u8) -> Desk {
    let mut desk = Desk::new(zone);
    let zone = TimeZone::get(zone).unwrap();
    let first: Date = "2025-02-10".parse().unwrap();
    for day in 0..=DAYS {
        let today = first.saturating_add(Span::new().days(day));
        for _ in 0..runs(day) {
            desk.day(today);
        }
        for event in events.iter().filter(|event| event.day == day) {
            let now = start_of_day(today, &zone) + SignedDuration::from_mins(event.minute);
            let at: Timestamp = now - SignedDuration::from_hours(event.hours_ago);
            let scheduled = event.kind.schedules().then(|| days_after(today, event.scheduled_in));
            desk.event(event.kind, &format!("o{}", event.order), (at, now), scheduled).unwrap();
        }
    }
    desk.day(first.saturating_add(Span::new().days(DAYS + 1)));
    desk
}

fn ended(desk: &Desk) -> (Vec<&Task>, usize) {
    let of_lapse = |task: &&Task| task.kind == TaskKind::Reconnect;
    let open = |task: &&Task| task.status == TaskStatus::Open;
    let others = desk.tasks.values().filter(|task| !of_lapse(task)).collect();
    (others, desk.tasks.values().filter(of_lapse).filter(open).count())
}

proptest! {
    // A history is long, and each is played four times.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn missed_and_repeated_runs_end_in_the_same_tasks(
        zone in prop::sample::select(&ZONES[..]),
        mut events in prop::collection::vec(dated_event(), 0..25),
        missed in prop::collection::vec(any::<bool>(), DAYS as usize + 1),
    ) {
        events.sort_by_key(|event| (event.day, event.minute));
        let daily = played(zone, &events, |_| 1);
        for (manner, other) in [
            ("missed", played(zone, &events, |day| u8::from(!missed[usize::try_from(day).unwrap()]))),
            ("never", played(zone, &events, |_| 0)),
            ("twice", played(zone, &events, |_| 2)),
        ] {
            prop_assert_eq!(ended(&daily), ended(&other), "{}", manner);
        }
        prop_assert_eq!(daily.tasks, played(zone, &events, |_| 2).tasks, "twice is once, of every kind");
    }

    #[test]
    fn a_run_before_anything_is_due_changes_nothing(
        events in prop::collection::vec(dated_event(), 0..12),
        days in 0..60_i32,
    ) {
        let mut events = events;
        events.sort_by_key(|event| (event.day, event.minute));
        let mut desk = played("Europe/Madrid", &events, |_| 1);
        let today: Date = days_after("2025-10-29".parse().unwrap(), days);
        desk.day(today);
        let (cycle, due) = (desk.cycle.clone(), desk.cycle.next_due());
        prop_assert!(due.is_none_or(|due| due > today), "what is due was done");
        let before = due.map_or(days_after(today, 400), |due| due.yesterday().unwrap());
        prop_assert_eq!(cycle.on_day(before).changes, vec![]);
    }
}
