//! Ratings with their counters, and the effect of marking one as read.

use puntos_domain::id::{MemberId, RatingId};
use puntos_domain::invoice::Invoice;
use puntos_domain::rating::{AutoReply, Rating, RecordedRating};
use puntos_store::{RatingOutcome, RatingWrite};

use crate::mails::mail;
use crate::table::Table;
use crate::{now, stamp};

pub(crate) fn rating() -> RecordedRating {
    let member_id = MemberId::from_key("ines");
    let rating = Rating {
        rating_id: RatingId::of_visit(Invoice::new("branch-1", "1"), &member_id),
        member_id,
        member_name: "Inés Muster".to_owned(),
        branch: "branch-1".to_owned(),
        invoice_number: Some("1".to_owned()),
        visited_at: now(),
        day: crate::today(),
        score: 9,
        comment: Some("Friendly".to_owned()),
        unread: true,
        member_wrote: false,
        replies: 0,
        rated_at: now(),
        changed_at: None,
        earlier: Vec::new(),
        auto_reply: AutoReply::None,
        newest_message: None,
        viewers: Vec::new(),
    };
    RecordedRating { rating, fingerprint: "digest".to_owned(), recorded: stamp(), version: 0 }
}

pub(crate) async fn record(table: &Table, after: &RecordedRating) -> RatingOutcome {
    let write = RatingWrite { before: None, after, key: None, mail: None };
    table.store.record_rating(&write).await.unwrap()
}

#[tokio::test]
async fn a_rating_is_counted_once() {
    let table = Table::new().await;
    let outcome = record(&table, &rating()).await;
    assert!(matches!(outcome, RatingOutcome::Saved(_)), "{outcome:?}");
    let before = table.items().await;
    insta::assert_json_snapshot!("record_rating", before);
    let outcome = record(&table, &rating()).await;
    assert!(matches!(outcome, RatingOutcome::Outdated), "{outcome:?}");
    assert_eq!(table.items().await, before);
}

#[tokio::test]
async fn a_changed_rating_moves_the_counters_and_brings_its_mail() {
    let table = Table::new().await;
    record(&table, &rating()).await;
    let (read, mail) = (rating(), mail(0));
    let changed = read.rating.clone().changed(3, None, now());
    let after = RecordedRating {
        rating: Rating { auto_reply: AutoReply::Sent, ..changed },
        ..read.clone()
    };
    let write = RatingWrite { before: Some(&read), after: &after, key: None, mail: Some(&mail) };
    let before = table.items().await;
    let outcome = table.store.record_rating(&write).await.unwrap();
    assert!(matches!(&outcome, RatingOutcome::Saved(saved) if saved.version == 1), "{outcome:?}");
    insta::assert_json_snapshot!("record_rating_changed", table.changes(&before).await);
    let before = table.items().await;
    let outcome = table.store.record_rating(&write).await.unwrap();
    assert!(matches!(outcome, RatingOutcome::Outdated), "{outcome:?}");
    assert_eq!(table.items().await, before);
}

#[tokio::test]
async fn an_idempotency_key_gives_one_rating() {
    let table = Table::new().await;
    let of_key = |key: &str| {
        let mut stored = rating();
        stored.rating.rating_id = RatingId::from_key(key, &stored.rating.member_id);
        stored.rating.invoice_number = None;
        stored
    };
    let keyed = |after| RatingWrite { before: None, after, key: Some("k1"), mail: None };
    let (first, other) = (of_key("k1"), of_key("k2"));
    let outcome = table.store.record_rating(&keyed(&first)).await.unwrap();
    assert!(matches!(outcome, RatingOutcome::Saved(_)), "{outcome:?}");
    let before = table.items().await;
    insta::assert_json_snapshot!("record_rating_with_key", before);
    let outcome = table.store.record_rating(&keyed(&other)).await.unwrap();
    assert!(matches!(outcome, RatingOutcome::Outdated), "{outcome:?}");
    assert_eq!(table.items().await, before);
}

#[tokio::test]
async fn a_viewer_is_written_on_the_rating_that_was_read() {
    let table = Table::new().await;
    record(&table, &rating()).await;
    let read = rating();
    let viewed = read.rating.clone().viewed_by("anna", "Anna Muster", now());
    let before = table.items().await;
    assert!(table.store.record_viewers(&read, &viewed).await.unwrap());
    insta::assert_json_snapshot!("record_viewers", table.changes(&before).await);
    assert!(!table.store.record_viewers(&read, &viewed).await.unwrap());
    let rating_id = &read.rating.rating_id;
    let found = table.store.rating_and_agent(rating_id, "anna").await.unwrap().unwrap();
    assert_eq!((found.0.rating.viewers, found.0.version, found.1), (viewed.viewers, 1, None));
    // The next writes keep the viewer, and an opening that lost a race to one is tried again.
    let opened = table.store.open_rating(&read).await.unwrap();
    assert_eq!((opened.rating.unread, opened.version), (false, 2));
    let kept = table.store.rating(rating_id).await.unwrap().unwrap();
    assert_eq!(kept.rating.viewers.len(), 1);
}

#[tokio::test]
async fn an_opening_that_lost_a_race_returns_what_is_there() {
    let table = Table::new().await;
    record(&table, &rating()).await;
    let before = table.items().await;
    let opened = table.store.open_rating(&rating()).await.unwrap();
    assert_eq!((opened.rating.unread, opened.version), (false, 1));
    insta::assert_json_snapshot!("open_rating", table.changes(&before).await);
    let before = table.items().await;
    let found = table.store.open_rating(&rating()).await.unwrap();
    assert_eq!((found.rating.unread, found.version), (false, 1));
    assert_eq!(table.items().await, before);
}
