//! Moves of purchases: two entries, two accounts, and whose purchase it is from now on.

use puntos_domain::account::MemberAccount;
use puntos_domain::id::MemberId;
use puntos_domain::member::Profile;
use puntos_domain::moving::{Decision, Side};
use puntos_domain::page::PageQuery;
use puntos_store::MoveWrite;

use crate::purchases::{accrual, earn, purchase};
use crate::table::Table;
use crate::{account, enrolled, profile, stamp};

/// Returns a second member.
pub(crate) async fn other(table: &Table) -> MemberId {
    let member_id = MemberId::from_key("eva");
    let eva = Profile { document: None, card_number: None, ..profile("Eva", "eva@example.com") };
    let _ = table.store.enrol(&member_id, &eva, "digest", &stamp()).await.unwrap();
    member_id
}

/// Returns the move of the 10 points of a purchase.
fn decision(from: &MemberAccount) -> Decision {
    let accrual = accrual();
    let side = |account: puntos_domain::account::Account| Side {
        explanation: accrual.explanation.clone(),
        expired: Vec::new(),
        tier_changes: Vec::new(),
        warnings: Vec::new(),
        balance: account.balance(crate::now()),
        account,
    };
    let emptied = puntos_domain::account::Account { lots: Vec::new(), ..from.account.clone() };
    Decision {
        from: side(emptied),
        to: side(accrual.account.clone()),
        rated: accrual.explanation.clone(),
    }
}

#[tokio::test]
async fn a_move_writes_both_entries_and_whose_purchase_it_is() {
    let table = Table::new().await;
    let (wrong, right) = (enrolled(&table).await, other(&table).await);
    let read = account(&table, &wrong).await;
    earn(&table, &read, "1").await;
    let purchase = purchase("1");
    let (from, to) = (account(&table, &wrong).await, account(&table, &right).await);
    let decision = decision(&from);
    let write = MoveWrite {
        purchase: &purchase,
        read_revision: 0,
        key: "move-1",
        from: &from,
        to: &to,
        decision: &decision,
        reason: "mixed up",
        fingerprint: "digest",
    };
    let before = table.items().await;
    assert!(table.store.record_move(&write, &stamp()).await.unwrap());
    insta::assert_json_snapshot!("record_move", table.changes(&before).await);
    // Nothing fits a second time: the key, the purchase and both accounts have changed.
    let before = table.items().await;
    assert!(!table.store.record_move(&write, &stamp()).await.unwrap());
    assert_eq!(table.items().await, before);
    let (found, first) = table.store.purchase_and_move(&purchase.id(), "move-1").await.unwrap();
    let earned = found.unwrap().receipt.unwrap().earned.unwrap();
    assert_eq!(earned.member_id, right);
    let first = first.unwrap();
    assert_eq!((first.from.0, first.to.0), (wrong.clone(), right.clone()));
    let page = PageQuery { limit: 20, cursor: None };
    for (member_id, count) in [(&wrong, 0), (&right, 1)] {
        let (listed, _) =
            table.store.purchases_of_member(member_id, (None, None), &page).await.unwrap();
        assert_eq!(listed.len(), count);
        let ledger = table.store.ledger(member_id).await.unwrap().unwrap();
        assert_eq!(ledger.broken_at(), None);
    }
}
