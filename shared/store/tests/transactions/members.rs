//! Enrolments and changes of profiles.

use puntos_domain::id::MemberId;
use puntos_store::{EnrolOutcome, PatchOutcome};

use crate::table::Table;
use crate::{enrolled, profile, stamp};

#[tokio::test]
async fn an_enrolment_leaves_profile_account_owners_and_words() {
    let table = Table::new().await;
    enrolled(&table).await;
    insta::assert_json_snapshot!(table.items().await);
}

#[tokio::test]
async fn an_enrolment_that_is_there_or_takes_what_others_own_is_refused() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    let before = table.items().await;
    let profile = profile("Eva", "ines@example.com");
    let outcome = table.store.enrol(&member_id, &profile, "digest", &stamp()).await.unwrap();
    assert!(matches!(outcome, EnrolOutcome::Exists(first) if first.profile.name == "Inés Muster"));
    let other = MemberId::from_key("eva");
    let outcome = table.store.enrol(&other, &profile, "digest", &stamp()).await.unwrap();
    let EnrolOutcome::Taken(fields) = outcome else { panic!("{outcome:?}") };
    assert_eq!(fields, ["card_number", "email"]);
    assert_eq!(table.items().await, before);
}

#[tokio::test]
async fn a_change_moves_owners_and_words_and_leaves_an_entry() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    let before = table.items().await;
    let read = table.store.profile(&member_id).await.unwrap().unwrap();
    let after = profile("Inés Neu", "neu@example.com");
    let outcome = table.store.change_profile(&read, &after, "name, email", &stamp()).await.unwrap();
    assert!(matches!(outcome, PatchOutcome::Changed), "{outcome:?}");
    insta::assert_json_snapshot!(table.items_besides(&before).await);
    // The same version was read: another change came first.
    let outcome = table.store.change_profile(&read, &after, "name", &stamp()).await.unwrap();
    assert!(matches!(outcome, PatchOutcome::Moved), "{outcome:?}");
}
