//! Events of orders, the days of a care cycle, and completed tasks.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use puntos_domain::care::{
    CareCycle, Decision, OrderEvent, OrderEventKind, VersionedCycle, task_id,
};
use puntos_domain::id::MemberId;
use puntos_domain::program::CareSettings;
use puntos_domain::task::{Completion, RecordedTask, TaskKind};
use puntos_store::{OrderEventOutcome, OrderEventWrite};

use crate::table::Table;
use crate::{now, stamp, today};

fn member_id() -> MemberId {
    MemberId::from_key("ines")
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn placed() -> OrderEvent {
    let ordered_at: Timestamp = "2026-03-07T13:00:00Z".parse().unwrap();
    OrderEvent::of_purchase("order-1", member_id(), ordered_at)
}

/// Returns an event of an automatic order for a day.
fn scheduled(event_id: &str, kind: OrderEventKind, on: &str, at: &str) -> OrderEvent {
    OrderEvent {
        event_id: event_id.to_owned(),
        kind,
        order_id: "auto-1".to_owned(),
        at: at.parse().unwrap(),
        scheduled_for: Some(day(on)),
        ..placed()
    }
}

fn new_care() -> VersionedCycle {
    let cycle = CareCycle::new(member_id(), "Inés Muster".to_owned());
    VersionedCycle { cycle, version: 0 }
}

/// Records an event, and returns the cycle after it.
async fn record(
    table: &Table,
    event: &OrderEvent,
    care: VersionedCycle,
) -> (OrderEventOutcome, VersionedCycle) {
    let (settings, zone) = (CareSettings::default(), TimeZone::UTC);
    let decision = care.cycle.on_event(event, settings, &zone, now()).unwrap();
    let (version, stamp) = (care.version, stamp());
    let write = OrderEventWrite {
        event,
        care: Some((version, &decision)),
        payment: None,
        today: today(),
        invitation_due: None,
    };
    let outcome = table.store.record_order_event(&write, &stamp).await.unwrap();
    (outcome, VersionedCycle { cycle: decision.cycle, version: version + 1 })
}

/// Records the first event of a member.
pub(crate) async fn record_first(
    table: &Table,
    event: &OrderEvent,
    decision: &Decision,
) -> OrderEventOutcome {
    let write = OrderEventWrite {
        event,
        care: Some((0, decision)),
        payment: None,
        today: today(),
        invitation_due: None,
    };
    table.store.record_order_event(&write, &stamp()).await.unwrap()
}

async fn complete(table: &Table, task: &RecordedTask, care: &VersionedCycle) -> bool {
    let completion = Completion {
        at: now(),
        by: "agent:anna",
        note: Some("all is well"),
        key: "k1",
        fingerprint: "digest",
    };
    let care = Some(care.clone());
    table.store.complete_task(task, care, today(), &completion, &stamp()).await.unwrap()
}

#[tokio::test]
async fn an_event_writes_itself_the_cycle_and_its_tasks() {
    let table = Table::new().await;
    let (outcome, after) = record(&table, &placed(), new_care()).await;
    assert!(matches!(&outcome, OrderEventOutcome::Recorded(found) if found.tasks.len() == 1));
    let before = table.items().await;
    insta::assert_json_snapshot!("record_order_event", before);
    // The same event comes first, then a cycle that changed.
    let (outcome, _) = record(&table, &placed(), new_care()).await;
    assert!(matches!(&outcome, OrderEventOutcome::Exists(found) if found.tasks.len() == 1));
    let other = OrderEvent { event_id: "order-2".to_owned(), ..placed() };
    let (outcome, _) = record(&table, &other, new_care()).await;
    assert!(matches!(outcome, OrderEventOutcome::Outdated), "{outcome:?}");
    let newer = VersionedCycle { version: 2, ..after };
    let (outcome, _) = record(&table, &other, newer).await;
    assert!(matches!(outcome, OrderEventOutcome::Outdated), "{outcome:?}");
    assert_eq!(table.items().await, before);
}

#[tokio::test]
async fn a_rescheduled_order_moves_its_reminder() {
    use OrderEventKind::{AutoshipScheduled, Rescheduled};
    let table = Table::new().await;
    let first = scheduled("event-1", AutoshipScheduled, "2026-03-30", "2026-03-10T08:00:00Z");
    let (_, care) = record(&table, &first, new_care()).await;
    let before = table.items().await;
    let second = scheduled("event-2", Rescheduled, "2026-04-02", "2026-03-11T08:00:00Z");
    let (outcome, _) = record(&table, &second, care).await;
    assert!(matches!(outcome, OrderEventOutcome::Recorded(_)), "{outcome:?}");
    insta::assert_json_snapshot!("record_order_event_rescheduled", table.changes(&before).await);
}

#[tokio::test]
async fn a_day_writes_the_cycle_and_its_tasks() {
    let table = Table::new().await;
    let (_, care) = record(&table, &placed(), new_care()).await;
    let before = table.items().await;
    // The check-in lapses, and the second call is due.
    let later = day("2026-03-28");
    let decision = care.cycle.on_day(later);
    assert_eq!(decision.changes.len(), 2, "{:?}", decision.changes);
    let write = |read_version| {
        let (store, decision) = (table.store.clone(), decision.clone());
        async move { store.record_care_day(read_version, &decision, later, &stamp()).await.unwrap() }
    };
    assert!(write(care.version).await);
    insta::assert_json_snapshot!("record_care_day", table.changes(&before).await);
    let before = table.items().await;
    assert!(!write(care.version).await);
    assert_eq!(table.items().await, before);
}

#[tokio::test]
async fn a_task_is_completed_once_together_with_its_cycle() {
    let table = Table::new().await;
    let (_, care) = record(&table, &placed(), new_care()).await;
    let check_in = task_id(TaskKind::CheckIn, "2026-03-07", &member_id());
    let task = table.store.task(&check_in).await.unwrap().unwrap();
    let before = table.items().await;
    let stale = VersionedCycle { version: 0, ..care.clone() };
    assert!(!complete(&table, &task, &stale).await);
    assert_eq!(table.items().await, before);
    assert!(complete(&table, &task, &care).await);
    insta::assert_json_snapshot!("complete_task", table.changes(&before).await);
    // The cycle is current, but the task is not open.
    let before = table.items().await;
    assert!(!complete(&table, &task, &VersionedCycle { version: 2, ..care }).await);
    assert_eq!(table.items().await, before);
}
