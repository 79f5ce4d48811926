//! Tests of the status of a mail: precedence, limits, and independence of order and repetition.

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::json;

use super::EmailStatus::{
    Blocked, Bounced, Complained, Delayed, Delivered, Queued, Rejected, Sending, Sent, Uncertain,
};
use super::{EmailStatus, StatusChange, StatusHistory};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).expect("a time of this century")
}

fn history(statuses: &[EmailStatus]) -> StatusHistory {
    (0..).zip(statuses).map(|(second, status)| StatusChange::new(*status, at(second))).collect()
}

#[test]
fn the_highest_status_reached_is_the_current_one() {
    let table: &[(&[EmailStatus], EmailStatus)] = &[
        (&[], Queued),
        (&[Queued], Queued),
        (&[Queued, Sending], Sending),
        (&[Queued, Sending, Sent], Sent),
        (&[Queued, Sending, Sent, Delivered], Delivered),
        (&[Queued, Sending, Sent, Delayed], Delayed),
        (&[Queued, Sending, Sent, Delayed, Delivered], Delivered),
        (&[Queued, Sending, Sent, Delivered, Delayed], Delivered),
        (&[Queued, Sending, Sent, Delivered, Bounced], Bounced),
        (&[Queued, Sending, Bounced, Delivered, Sent], Bounced),
        (&[Queued, Sending, Sent, Complained, Delivered, Bounced], Complained),
        (&[Queued, Sending, Sent, Rejected], Rejected),
        (&[Queued, Sending, Rejected], Rejected),
        (&[Queued, Blocked], Blocked),
        (&[Queued, Sending, Uncertain], Uncertain),
        (&[Queued, Sending, Uncertain, Sent], Sent),
        // The event of a send can overtake the record that it is uncertain.
        (&[Queued, Sending, Sent, Uncertain], Sent),
        (&[Queued, Sending, Uncertain, Delivered], Delivered),
    ];
    for (statuses, expected) in table {
        assert_eq!(history(statuses).current(), *expected, "{statuses:?}");
    }
}

#[test]
fn a_repetition_changes_nothing() {
    let mut history = StatusHistory::queued(at(0));
    let delivered = StatusChange::new(Delivered, at(9)).with_detail("250 ok");
    assert!(history.record(delivered.clone()));
    let once = history.clone();
    assert!(!history.record(delivered));
    assert_eq!(history, once);
    assert!(history.record(StatusChange::new(Delivered, at(9)).with_detail("250 fine")));
}

#[test]
fn a_message_that_is_put_back_is_queued_since_then() {
    for locks in [&[Queued, Sending][..], &[Queued, Sending, Uncertain], &[Queued]] {
        let mut history = history(locks);
        for second in [60, 120] {
            history.put_back(at(second), "TooManyRequestsException");
            let again =
                StatusChange::new(Queued, at(second)).with_detail("TooManyRequestsException");
            assert_eq!(history.changes(), [StatusChange::new(Queued, at(0)), again]);
            history.record(StatusChange::new(Sending, at(second + 1)));
        }
    }
}

#[test]
fn a_report_that_came_meanwhile_outlives_the_return() {
    let mut history = history(&[Queued, Sending, Delivered]);
    history.put_back(at(60), "TooManyRequestsException");
    assert_eq!(history.current(), Delivered);
}

#[test]
fn a_flood_of_events_is_bounded_and_keeps_what_came_first() {
    let flood = EmailStatus::ALL.iter().flat_map(|status| {
        (0..100).rev().map(move |second| StatusChange::new(*status, at(second)))
    });
    let history: StatusHistory = flood.collect();
    assert_eq!(history.changes().len(), 24);
    assert_eq!(history.current(), Complained);
    let delays = history.changes().iter().filter(|change| change.status == Delayed);
    assert_eq!(
        delays.map(|change| change.at).collect::<Vec<_>>(),
        (0..6).map(at).collect::<Vec<_>>()
    );
}

#[test]
fn details_are_one_bounded_line() {
    let mut history = StatusHistory::default();
    history.record(StatusChange::new(Rejected, at(0)).with_detail("bad\r\n content"));
    history.record(StatusChange::new(Rejected, at(1)).with_detail("x".repeat(999)));
    history.record(StatusChange::new(Queued, at(0)).with_detail(" \n"));
    let details: Vec<_> =
        history.changes().iter().map(|change| change.detail.clone().unwrap_or_default()).collect();
    assert_eq!(details[0], "");
    assert_eq!(details[1], "bad content");
    assert_eq!(details[2].chars().count(), 200);
}

#[test]
fn json_is_the_list_of_the_contract() {
    let history: StatusHistory = [
        StatusChange::new(Queued, at(0)),
        StatusChange::new(Bounced, at(1)).with_detail("permanent: General"),
    ]
    .into_iter()
    .collect();
    let json = json!([
        {"status": "queued", "at": "2026-09-21T14:13:20Z"},
        {"status": "bounced", "at": "2026-09-21T14:13:21Z", "detail": "permanent: General"},
    ]);
    assert_eq!(serde_json::to_value(&history).expect("JSON"), json);
    assert_eq!(serde_json::from_value::<StatusHistory>(json).expect("a history"), history);
}

#[test]
fn names_are_those_of_json() {
    for status in EmailStatus::ALL {
        assert_eq!(serde_json::to_value(status).expect("JSON"), json!(status.name()));
        assert_eq!(status.name().parse(), Ok(*status));
    }
    assert!(EmailStatus::ALL.is_sorted());
    assert!("opened".parse::<EmailStatus>().is_err());
}

fn any_change() -> impl Strategy<Value = StatusChange> {
    let detail = prop_oneof![Just(None), Just(Some("a".to_owned())), Just(Some("b".to_owned()))];
    (prop::sample::select(EmailStatus::ALL.to_vec()), 0_i64..6, detail)
        .prop_map(|(status, second, detail)| StatusChange { status, at: at(second), detail })
}

proptest! {
    #[test]
    fn order_and_repetition_do_not_matter(
        (events, shuffled) in prop::collection::vec(any_change(), 0..60)
            .prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
        repeated in any::<prop::sample::Index>(),
    ) {
        let expected: StatusHistory = events.iter().cloned().collect();
        let mut other: StatusHistory = shuffled.iter().cloned().collect();
        prop_assert_eq!(&other, &expected);
        if !events.is_empty() {
            prop_assert!(!other.record(events[repeated.index(events.len())].clone()));
        }
        let highest = events.iter().map(|change| change.status).max().unwrap_or(Queued);
        prop_assert_eq!(other.current(), highest);
        prop_assert!(other.changes().len() <= 24);
        prop_assert!(other.changes().is_sorted_by_key(|change| (change.at, change.status)));
    }

    #[test]
    fn two_parts_of_a_history_join(
        left in prop::collection::vec(any_change(), 0..40),
        right in prop::collection::vec(any_change(), 0..40),
    ) {
        let whole: StatusHistory = left.iter().chain(&right).cloned().collect();
        let left: StatusHistory = left.into_iter().collect();
        let right: StatusHistory = right.into_iter().collect();
        let joined: StatusHistory = left.changes().iter().chain(right.changes()).cloned().collect();
        prop_assert_eq!(joined, whole);
    }
}
