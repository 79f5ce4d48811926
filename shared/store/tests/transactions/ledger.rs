//! The chain of a ledger: every transaction that moves points adds to it, and edits of the table show.

use aws_sdk_dynamodb::types::AttributeValue;
use puntos_domain::id::{AdjustmentId, EntryId, MemberId};
use puntos_domain::invoice::Invoice;
use puntos_store::Ledger;
use puntos_store::keys::Key;

use crate::purchases::earn;
use crate::reversals::{redeemed, reverse};
use crate::table::Table;
use crate::{account, enrolled};
use puntos_domain::points::Points;

fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn entry_of(key: &Key) -> Option<EntryId> {
    Some(EntryId::of(&key.sk, &key.pk))
}

async fn ledger(table: &Table, member_id: &MemberId) -> Ledger {
    table.store.ledger(member_id).await.unwrap().unwrap()
}

/// Returns a table with a ledger of a credit, a redemption, its reversal and a purchase.
async fn of_every_kind() -> (Table, MemberId) {
    let (table, state) = redeemed().await;
    reverse(&table, &state).await;
    let member_id = state.account.member_id;
    let read = account(&table, &member_id).await;
    earn(&table, &read, "2").await;
    (table, member_id)
}

#[tokio::test]
async fn entries_of_every_kind_are_a_whole_chain() {
    let (table, member_id) = of_every_kind().await;
    let ledger = ledger(&table, &member_id).await;
    assert_eq!(ledger.broken_at(), None);
    assert_eq!(ledger.entries.len(), 4);
    let sum: Points = ledger.entries.iter().filter_map(puntos_store::Entry::points).sum();
    assert_eq!(sum.get(), 110, "{ledger:?}");
    assert!(!ledger.is_cut);
}

#[tokio::test]
async fn a_member_without_entries_has_a_whole_chain_and_nobody_has_none() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    assert_eq!(ledger(&table, &member_id).await.broken_at(), None);
    assert!(table.store.ledger(&MemberId::from_key("nobody")).await.unwrap().is_none());
}

#[tokio::test]
async fn a_changed_a_removed_and_an_added_entry_are_named() {
    let (table, member_id) = of_every_kind().await;
    let purchase = Key::purchase(&Invoice::new("branch-1", "2").purchase_id());
    table.tamper(&purchase, "SET #row.points = :value", number(11)).await;
    assert_eq!(ledger(&table, &member_id).await.broken_at(), entry_of(&purchase));
    table.tamper(&purchase, "SET #row.points = :value", number(10)).await;
    assert_eq!(ledger(&table, &member_id).await.broken_at(), None);

    // An entry that cannot be read, or that belongs to somebody else, is not an entry of this ledger.
    let nonsense = AttributeValue::S("many".to_owned());
    table.tamper(&purchase, "SET #row.points = :value", nonsense).await;
    assert_eq!(ledger(&table, &member_id).await.broken_at(), entry_of(&purchase));
    table.tamper(&purchase, "SET #row.points = :value", number(10)).await;
    let of = |member_id: &MemberId| AttributeValue::S(member_id.to_string());
    let other = MemberId::from_key("other");
    let read = ledger(&table, &member_id).await;
    assert_eq!(read.broken_at(), None);
    move_entry(&table, &purchase, of(&other)).await;
    assert_eq!(ledger(&table, &member_id).await.broken_at(), entry_of(&purchase));
    move_entry(&table, &purchase, of(&member_id)).await;

    let credit = Key::adjustment(&AdjustmentId::from_key("credit"));
    table.remove(&credit).await;
    let broken = ledger(&table, &member_id).await;
    assert_eq!(broken.broken_at(), entry_of(&credit));
    assert_eq!(broken.entries.len(), 3);
}

/// Changes by hand whose entry it is.
async fn move_entry(table: &Table, key: &Key, member_id: AttributeValue) {
    table.tamper(key, "SET timeline_member = :value", member_id).await;
}

#[tokio::test]
async fn an_account_from_before_the_chain_starts_one_with_its_next_entry() {
    let (table, state) = redeemed().await;
    let member_id = state.account.member_id.clone();
    let mut unchained = state;
    unchained.account.head = None;
    for key in [
        Key::adjustment(&AdjustmentId::from_key("credit")),
        Key::redemption(&unchained.redemption.redemption_id),
    ] {
        table.forget(&key, "link").await;
    }
    table.forget(&Key::account(&member_id), "head").await;
    assert_eq!(ledger(&table, &member_id).await.broken_at(), None);
    reverse(&table, &unchained).await;
    let read = account(&table, &member_id).await;
    earn(&table, &read, "2").await;
    assert_eq!(ledger(&table, &member_id).await.broken_at(), None);
    let reversal = Key::reversal(&unchained.redemption.redemption_id);
    table.tamper(&reversal, "SET #row.points = :value", number(31)).await;
    assert_eq!(ledger(&table, &member_id).await.broken_at(), entry_of(&reversal));
}
