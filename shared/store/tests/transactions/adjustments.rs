//! Adjustments, with the credit of a missing invoice and the agent's daily limit.

use jiff::Timestamp;
use puntos_domain::account::{Lot, MemberAccount};
use puntos_domain::adjustment::Decision;
use puntos_domain::id::AdjustmentId;
use puntos_domain::invoice::Invoice;
use puntos_store::{AdjustmentOutcome, AdjustmentWrite, AgentDay};

use crate::table::Table;
use crate::{account, enrolled, now, stamp, today};
use puntos_domain::points::Points;

/// Credits 100 points for an invoice, on a day of at most 250.
pub(crate) async fn credit(
    table: &Table,
    key: &str,
    account: &MemberAccount,
    invoice_number: &str,
) -> AdjustmentOutcome {
    let lot = Lot { points: Points::new(100), available_at: None, expires_at: None };
    let mut after = account.account.clone();
    after.credit(lot, Timestamp::UNIX_EPOCH);
    let balance = after.balance(now());
    let decision = Decision { expired: Vec::new(), warnings: Vec::new(), account: after, balance };
    let write = AdjustmentWrite {
        adjustment_id: &AdjustmentId::from_key(key),
        account,
        points: Points::new(100),
        decision: &decision,
        reason: &"the invoice is missing".into(),
        note: None,
        invoice: Some(Invoice::new("branch-1", invoice_number)),
        agent_day: Some(AgentDay {
            subject: "anna",
            day: today(),
            points_max: Points::new(250),
            worth_max: 0,
        }),
        fingerprint: "digest",
    };
    table.store.record_adjustment(&write, &stamp()).await.unwrap()
}

#[tokio::test]
async fn a_credit_writes_its_entry_the_account_the_invoice_and_the_day() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    let before = table.items().await;
    let outcome = credit(&table, "k1", &account(&table, &member_id).await, "1").await;
    assert!(matches!(outcome, AdjustmentOutcome::Recorded), "{outcome:?}");
    insta::assert_json_snapshot!("record_adjustment", table.changes(&before).await);
}

#[tokio::test]
async fn each_refusal_of_an_adjustment_has_its_outcome() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    credit(&table, "k0", &account(&table, &member_id).await, "0").await;
    let unread = account(&table, &member_id).await;
    credit(&table, "k1", &unread, "1").await;
    let before = table.items().await;
    let read = account(&table, &member_id).await;
    // All conditions fail: the same key comes first, then the account, the invoice and the day.
    let outcome = credit(&table, "k1", &unread, "1").await;
    assert!(
        matches!(outcome, AdjustmentOutcome::Exists(first) if first.points == Points::new(100))
    );
    let outcome = credit(&table, "k2", &unread, "1").await;
    assert!(matches!(outcome, AdjustmentOutcome::AccountMoved), "{outcome:?}");
    let outcome = credit(&table, "k2", &read, "1").await;
    assert!(matches!(outcome, AdjustmentOutcome::InvoiceTaken), "{outcome:?}");
    let outcome = credit(&table, "k2", &read, "2").await;
    assert!(matches!(outcome, AdjustmentOutcome::DayFull), "{outcome:?}");
    assert_eq!(table.items().await, before);
}
