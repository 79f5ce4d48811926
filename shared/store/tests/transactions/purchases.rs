//! Purchases and the points that they earn.

use std::sync::Arc;

use puntos_domain::account::{Account, Lot, MemberAccount};
use puntos_domain::accrual::{Accrual, Credit, Receipt, Terms};
use puntos_domain::explanation::Explanation;
use puntos_domain::id::ReturnId;
use puntos_domain::money::Money;
use puntos_domain::program::ProgramVersion;
use puntos_domain::purchase::Purchase;
use puntos_domain::rerating::{self, OverCredit};
use puntos_domain::returns::{self, Goods};
use puntos_store::{
    AttachedReceipt, CorrectionOutcome, CorrectionWrite, EarnedPoints, PurchaseOutcome,
    PurchaseWrite, ReturnOutcome, ReturnWrite,
};

use crate::adjustments::credit;
use crate::program::program;
use crate::table::Table;
use crate::{account, enrolled, now, stamp};
use puntos_domain::points::Points;

pub(crate) fn purchase(invoice_number: &str) -> Purchase {
    let currency = serde_json::from_str("\"EUR\"").unwrap();
    Purchase {
        branch: "branch-1".to_owned(),
        invoice_number: invoice_number.to_owned(),
        purchased_at: now(),
        total: Money { amount: 1000, currency },
        lines: Vec::new(),
        paid_with_points_minor: 0,
    }
}

/// Returns 10 points on an empty account.
pub(crate) fn accrual() -> Accrual {
    let lot = Lot { points: Points::new(10), available_at: None, expires_at: None };
    let account = Account { lots: vec![lot.clone()], ..Account::default() };
    let currency = serde_json::from_str("\"EUR\"").unwrap();
    Accrual {
        tier_changes: Vec::new(),
        warnings: Vec::new(),
        paid: Vec::new(),
        lot,
        explanation: Explanation::empty(1, currency),
        expired: Vec::new(),
        balance: account.balance(now()),
        account,
    }
}

pub(crate) fn without_member(purchase: &Purchase) -> PurchaseWrite<'_> {
    PurchaseWrite {
        purchase,
        earned: None,
        fingerprint: "digest".to_owned(),
        credit: None,
        attached_receipt: None,
        claim: None,
        reservation: None,
        starts_cycle: false,
        invitation_due: None,
    }
}

pub(crate) async fn record(table: &Table, write: &PurchaseWrite<'_>) -> PurchaseOutcome {
    table.store.record_purchase(write, &stamp()).await.unwrap()
}

/// Records a purchase of a member.
pub(crate) async fn earn(
    table: &Table,
    account: &MemberAccount,
    invoice_number: &str,
) -> PurchaseOutcome {
    let (purchase, accrual) = (purchase(invoice_number), accrual());
    let earned = Some(EarnedPoints { account, accrual: &accrual });
    let write = PurchaseWrite { earned, starts_cycle: true, ..without_member(&purchase) };
    record(table, &write).await
}

#[tokio::test]
async fn a_purchase_writes_its_entry_and_the_account() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    let read = account(&table, &member_id).await;
    let before = table.items().await;
    let outcome = earn(&table, &read, "1").await;
    assert!(matches!(outcome, PurchaseOutcome::Recorded), "{outcome:?}");
    insta::assert_json_snapshot!("record_purchase", table.changes(&before).await);
}

#[tokio::test]
async fn an_invoice_that_is_there_comes_before_an_account_that_moved() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    let read = account(&table, &member_id).await;
    earn(&table, &read, "1").await;
    let before = table.items().await;
    let outcome = earn(&table, &read, "1").await;
    assert!(matches!(outcome, PurchaseOutcome::Exists(first) if first.receipt.is_some()));
    let outcome = earn(&table, &read, "2").await;
    assert!(matches!(outcome, PurchaseOutcome::Outdated), "{outcome:?}");
    assert_eq!(table.items().await, before);
}

#[tokio::test]
async fn a_receipt_is_attached_once_and_only_to_its_own_purchase() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    let read = account(&table, &member_id).await;
    let (purchase, accrual) = (purchase("1"), accrual());
    let unnamed = record(&table, &without_member(&purchase)).await;
    assert!(matches!(unnamed, PurchaseOutcome::Recorded), "{unnamed:?}");
    let before = table.items().await;
    let recorded = receipt(&table, &purchase).await;
    let attached = || PurchaseWrite {
        earned: Some(EarnedPoints { account: &read, accrual: &accrual }),
        attached_receipt: Some(AttachedReceipt { key: Some("attach-1"), receipt: &recorded }),
        ..without_member(&purchase)
    };
    let other = PurchaseWrite { fingerprint: "other".to_owned(), ..attached() };
    let outcome = record(&table, &other).await;
    assert!(matches!(outcome, PurchaseOutcome::Exists(_)), "{outcome:?}");
    assert_eq!(table.items().await, before);
    let outcome = record(&table, &attached()).await;
    assert!(matches!(outcome, PurchaseOutcome::Recorded), "{outcome:?}");
    insta::assert_json_snapshot!("record_purchase_attached", table.changes(&before).await);
    let before = table.items().await;
    let outcome = record(&table, &attached()).await;
    let PurchaseOutcome::Exists(first) = outcome else { panic!("{outcome:?}") };
    let earned = first.receipt.unwrap().earned.unwrap();
    assert_eq!(earned.claim_key.as_deref(), Some("attach-1"));
    assert_eq!(table.items().await, before);
}

#[tokio::test]
async fn a_purchase_replaces_only_the_credit_that_waits_for_it() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    credit(&table, "k1", &account(&table, &member_id).await, "1").await;
    let (purchase, accrual) = (purchase("1"), accrual());
    // The credit was not read: it came first.
    let outcome = record(&table, &without_member(&purchase)).await;
    let PurchaseOutcome::Exists(found) = outcome else { panic!("{outcome:?}") };
    assert!(found.receipt.is_none());
    let waiting: Option<Credit> = found.credit;
    let read = account(&table, &member_id).await;
    let netted = || PurchaseWrite {
        earned: Some(EarnedPoints { account: &read, accrual: &accrual }),
        credit: waiting.as_ref(),
        ..without_member(&purchase)
    };
    let before = table.items().await;
    let outcome = record(&table, &netted()).await;
    assert!(matches!(outcome, PurchaseOutcome::Recorded), "{outcome:?}");
    insta::assert_json_snapshot!("record_purchase_credited", table.changes(&before).await);
    let before = table.items().await;
    let outcome = record(&table, &netted()).await;
    assert!(matches!(outcome, PurchaseOutcome::Exists(_)), "{outcome:?}");
    assert_eq!(table.items().await, before);
}

#[tokio::test]
async fn a_return_changes_its_purchase_and_the_account_once() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    earn(&table, &account(&table, &member_id).await, "1").await;
    let purchase = purchase("1");
    let recorded = receipt(&table, &purchase).await;
    let read = account(&table, &member_id).await;
    let rules = Arc::new(ProgramVersion::new(1, program("es")));
    let terms = Terms { rating: Arc::clone(&rules), current: rules };
    let goods = Goods::Amount(100);
    let bought = recorded.of_member().unwrap();
    let decision = returns::decide(bought, &goods, read.account.clone(), &terms, now()).unwrap();
    let write = |fingerprint: &'static str| ReturnWrite {
        return_id: ReturnId::from_number("b1", "R1"),
        purchase_id: purchase.id(),
        read_revision: recorded.revision,
        branch: "b1",
        return_number: "R1",
        returned_at: now(),
        amount_minor: 100,
        returned: &decision.returned,
        points: Some((&read, &decision)),
        fingerprint,
    };
    let before = table.items().await;
    let outcome = table.store.record_return(&write("first"), &stamp()).await.unwrap();
    assert!(matches!(outcome, ReturnOutcome::Recorded), "{outcome:?}");
    insta::assert_json_snapshot!("record_return", table.changes(&before).await);
    let before = table.items().await;
    let outcome = table.store.record_return(&write("again"), &stamp()).await.unwrap();
    assert!(matches!(outcome, ReturnOutcome::Exists(first) if first.fingerprint == "first"));
    let other = ReturnWrite { return_id: ReturnId::from_number("b1", "R2"), ..write("other") };
    let outcome = table.store.record_return(&other, &stamp()).await.unwrap();
    assert!(matches!(outcome, ReturnOutcome::Outdated), "{outcome:?}");
    assert_eq!(table.items().await, before);
}

#[tokio::test]
async fn a_cause_corrects_a_purchase_once() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    earn(&table, &account(&table, &member_id).await, "1").await;
    let purchase = purchase("1");
    let recorded = receipt(&table, &purchase).await;
    let read = account(&table, &member_id).await;
    let rules = Arc::new(ProgramVersion::new(2, program("es")));
    let terms = Terms { rating: Arc::clone(&rules), current: rules };
    let bought = recorded.of_member().unwrap();
    let over_credit = OverCredit::Claw;
    let account = read.account.clone();
    let decision = rerating::decide(bought, None, account, &terms, over_credit, now()).unwrap();
    let id = purchase.id();
    let reason = "a wrong rule".into();
    let write = |cause: &'static str| CorrectionWrite {
        purchase_id: &id,
        read_revision: recorded.revision,
        cause,
        account: &read,
        decision: &decision,
        reason: &reason,
        fingerprint: "content",
    };
    let before = table.items().await;
    let outcome = table.store.record_correction(&write("run"), &stamp()).await.unwrap();
    assert!(matches!(outcome, CorrectionOutcome::Recorded), "{outcome:?}");
    insta::assert_json_snapshot!("record_correction", table.changes(&before).await);
    let before = table.items().await;
    let outcome = table.store.record_correction(&write("run"), &stamp()).await.unwrap();
    assert!(matches!(outcome, CorrectionOutcome::Exists(first) if first.fingerprint == "content"));
    let outcome = table.store.record_correction(&write("other"), &stamp()).await.unwrap();
    assert!(matches!(outcome, CorrectionOutcome::Outdated), "{outcome:?}");
    assert_eq!(table.items().await, before);
}

#[tokio::test]
async fn a_breakdown_with_the_same_points_changes_the_purchase_alone() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    earn(&table, &account(&table, &member_id).await, "1").await;
    let purchase = purchase("1");
    let recorded = receipt(&table, &purchase).await;
    let rules = Arc::new(ProgramVersion::new(2, program("es")));
    let terms = Terms { rating: Arc::clone(&rules), current: rules };
    let bought = recorded.of_member().unwrap();
    let account = account(&table, &member_id).await.account;
    let over_credit = OverCredit::Claw;
    let decision = rerating::decide(bought, None, account, &terms, over_credit, now()).unwrap();
    let before = table.items().await;
    let (id, revision) = (purchase.id(), recorded.revision);
    assert!(table.store.rate_alike(&id, revision, &decision).await.unwrap());
    insta::assert_json_snapshot!("rate_alike", table.changes(&before).await);
    let before = table.items().await;
    assert!(!table.store.rate_alike(&id, revision, &decision).await.unwrap(), "it changed since");
    assert_eq!(table.items().await, before);
}

/// Returns a purchase as it is recorded.
pub(crate) async fn receipt(table: &Table, purchase: &Purchase) -> Receipt {
    let found = table.store.purchase(&purchase.id()).await.unwrap();
    found.and_then(|invoice| invoice.receipt).unwrap()
}
