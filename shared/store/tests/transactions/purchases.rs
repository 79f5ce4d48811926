//! Purchases and the points that they earn.

use puntos_domain::account::{Account, Lot};
use puntos_domain::accrual::Accrual;
use puntos_domain::explanation::Explanation;
use puntos_domain::id::MemberId;
use puntos_domain::money::Money;
use puntos_domain::purchase::Purchase;
use puntos_store::{PurchaseOutcome, PurchaseWrite};

use crate::table::Table;
use crate::{enrolled, now, stamp};

/// Records a purchase that earns 10 points on the empty account.
async fn record(table: &Table, member_id: &MemberId, invoice_number: &str) -> PurchaseOutcome {
    let currency = serde_json::from_str("\"EUR\"").unwrap();
    let purchase = Purchase {
        branch: "branch-1".to_owned(),
        invoice_number: invoice_number.to_owned(),
        purchased_at: now(),
        total: Money { amount: 1000, currency },
        lines: Vec::new(),
    };
    let lot = Lot { points: 10, available_at: None, expires_at: None };
    let account = Account { version: 0, lots: vec![lot.clone()] };
    let accrual = Accrual {
        lot,
        explanation: Explanation { rule_version: 1, currency, rows: Vec::new() },
        expired: Vec::new(),
        balance: account.balance(now()),
        account,
    };
    let write = PurchaseWrite {
        purchase: &purchase,
        earned: Some((member_id, 0, &accrual)),
        content: "digest".to_owned(),
        credit: None,
        attached: None,
        claim: None,
        starts_cycle: false,
    };
    table.store.record_purchase(&write, &stamp()).await.unwrap()
}

#[tokio::test]
async fn a_purchase_leaves_its_entry_and_the_account() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    let before = table.items().await;
    let outcome = record(&table, &member_id, "1").await;
    assert!(matches!(outcome, PurchaseOutcome::Recorded), "{outcome:?}");
    insta::assert_json_snapshot!(table.items_besides(&before).await);
}

#[tokio::test]
async fn an_invoice_that_is_there_comes_before_an_account_that_moved() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    record(&table, &member_id, "1").await;
    let before = table.items().await;
    let outcome = record(&table, &member_id, "1").await;
    assert!(matches!(outcome, PurchaseOutcome::Exists(first) if first.receipt.is_some()));
    let outcome = record(&table, &member_id, "2").await;
    assert!(matches!(outcome, PurchaseOutcome::AccountMoved), "{outcome:?}");
    assert_eq!(table.items().await, before);
}
