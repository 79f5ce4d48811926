//! The programme in versions, the rewards, and the settings of the automatic reply.

use puntos_domain::auto_reply::AutoReplySettings;
use puntos_domain::program::{Program, ProgramHead};
use serde_json::json;

use crate::redemptions::{edit, mug};
use crate::table::Table;
use crate::{now, stamp};

pub(crate) fn program(locale: &str) -> Program {
    let bracket = json!({"up_to": null, "points_per_step": 1});
    serde_json::from_value(json!({
        "time_zone": "Europe/Madrid",
        "currency": "EUR",
        "locale": locale,
        "earning": {"mode": "slab", "step_amount": 100, "brackets": [bracket]},
    }))
    .unwrap()
}

async fn put(table: &Table, head: Option<&ProgramHead>, locale: &str) -> bool {
    table.store.put_program(head, &program(locale), now(), &stamp()).await.unwrap()
}

/// Writes the first version of a programme.
pub(crate) async fn programmed(table: &Table) -> ProgramHead {
    assert!(put(table, None, "es").await);
    table.store.program_head().await.unwrap().unwrap()
}

#[tokio::test]
async fn a_programme_writes_a_version_and_the_head() {
    let table = Table::new().await;
    let head = programmed(&table).await;
    let before = table.items().await;
    assert!(put(&table, Some(&head), "ru").await);
    insta::assert_json_snapshot!("put_program", table.changes(&before).await);
    // Another version came first, or the first version exists already.
    let before = table.items().await;
    assert!(!put(&table, Some(&head), "pt").await);
    assert!(!put(&table, None, "pt").await);
    assert_eq!(table.items().await, before);
}

#[tokio::test]
async fn a_withdrawal_marks_the_version_and_replaces_the_head_that_was_read() {
    let table = Table::new().await;
    let first = programmed(&table).await;
    assert!(put(&table, Some(&first), "ru").await);
    let head = table.store.program_head().await.unwrap().unwrap();
    let left = ProgramHead { withdrawn: vec![2], ..head.clone() };
    let before = table.items().await;
    assert!(table.store.withdraw_version(&head, &left, 2, &stamp()).await.unwrap());
    insta::assert_json_snapshot!("withdraw_version", table.changes(&before).await);
    // Who read the head before the withdrawal changes nothing.
    let before = table.items().await;
    assert!(!table.store.withdraw_version(&head, &left, 2, &stamp()).await.unwrap());
    assert!(!put(&table, Some(&head), "pt").await);
    assert_eq!(table.items().await, before);
    assert!(put(&table, Some(&left), "pt").await);
}

#[tokio::test]
async fn a_reward_replaces_its_item_with_the_units_left() {
    let table = Table::new().await;
    edit(&table, mug(5, 1)).await;
    edit(&table, mug(7, 2)).await;
    insta::assert_json_snapshot!("put_reward", table.items().await);
}

#[tokio::test]
async fn settings_of_the_automatic_reply_replace_the_version_read() {
    let table = Table::new().await;
    let read = table.store.auto_reply().await.unwrap();
    let settings = AutoReplySettings {
        enabled: true,
        subject: "Sorry".to_owned(),
        body: "What happened?".to_owned(),
        enabled_since: Some(now()),
        ..AutoReplySettings::default()
    };
    assert!(table.store.put_auto_reply(&read, &settings, &stamp()).await.unwrap());
    let before = table.items().await;
    insta::assert_json_snapshot!("put_auto_reply", before);
    assert!(!table.store.put_auto_reply(&read, &settings, &stamp()).await.unwrap());
    assert_eq!(table.items().await, before);
}
