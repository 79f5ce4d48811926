//! Messages in the thread of a rating, with their mails.

use puntos_domain::id::MessageId;
use puntos_domain::rating::RecordedRating;
use puntos_domain::thread::{self, Message, Sender};
use puntos_store::MessageOutcome;

use crate::mails::mail;
use crate::ratings::{rating, record};
use crate::table::Table;
use crate::{now, stamp};

async fn reply(table: &Table, key: &str, read: &RecordedRating) -> MessageOutcome {
    let rating_id = &read.rating.rating_id;
    let mail = mail(0);
    let message = Message {
        message_id: MessageId::from_key(rating_id, key),
        rating_id: rating_id.clone(),
        sender: Sender::Agent,
        text: "Thank you".to_owned(),
        email_id: Some(mail.email_id.clone()),
        at: now(),
        actor: "agent:anna".to_owned(),
    };
    let replied = thread::decide(read.rating.clone(), &message, None, 0).unwrap();
    let after = RecordedRating { rating: replied, ..read.clone() };
    let ratings = (read, &after);
    table.store.record_message(&message, ratings, Some(&mail), &stamp()).await.unwrap()
}

#[tokio::test]
async fn a_message_writes_itself_the_rating_and_its_mail() {
    let table = Table::new().await;
    record(&table, &rating()).await;
    let before = table.items().await;
    let outcome = reply(&table, "k1", &rating()).await;
    assert!(matches!(outcome, MessageOutcome::Recorded), "{outcome:?}");
    insta::assert_json_snapshot!("record_message", table.changes(&before).await);
}

#[tokio::test]
async fn a_rating_that_moved_comes_before_a_message_that_is_there() {
    let table = Table::new().await;
    record(&table, &rating()).await;
    reply(&table, "k1", &rating()).await;
    let before = table.items().await;
    let outcome = reply(&table, "k1", &rating()).await;
    assert!(matches!(outcome, MessageOutcome::Outdated), "{outcome:?}");
    let read = table.store.rating(&rating().rating.rating_id).await.unwrap().unwrap();
    let outcome = reply(&table, "k1", &read).await;
    assert!(matches!(outcome, MessageOutcome::Exists(found) if found.text == "Thank you"));
    assert_eq!(table.items().await, before);
}
