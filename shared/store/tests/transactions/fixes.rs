//! Fixes of claims: each with the claim that it ends.

use std::sync::Arc;

use jiff::Timestamp;
use puntos_domain::account::{Lot, MemberAccount};
use puntos_domain::accrual::Terms;
use puntos_domain::adjustment::Decision;
use puntos_domain::claim::{Checked, ClaimRecord, Fix};
use puntos_domain::id::AdjustmentId;
use puntos_domain::invoice::Invoice;
use puntos_domain::program::ProgramVersion;
use puntos_domain::rerating::{self, OverCredit};
use puntos_store::{
    AdjustmentWrite, AgentDay, AttachedReceipt, ClaimChange, ClaimOutcome, CorrectionWrite,
    EarnedPoints, PurchaseWrite,
};

use crate::claims::{act, opened};
use crate::mails::mail;
use crate::program::program;
use crate::purchases::{accrual, earn, purchase, receipt, record, without_member};
use crate::table::Table;
use crate::{account, enrolled, now, stamp, today};
use puntos_domain::points::Points;

/// Opens a claim with a proposed fix.
async fn proposed(table: &Table, fix: Fix) -> ClaimRecord {
    opened(table, Checked::proposing(fix, puntos_domain::text::claim_purchase_not_recorded())).await
}

/// Credits 100 points for invoice 1, on a day of at most `most`.
async fn credit(
    table: &Table,
    claim: &ClaimRecord,
    read: &MemberAccount,
    most: i64,
) -> ClaimOutcome {
    let mut after = read.account.clone();
    after.credit(
        Lot { points: Points::new(100), available_at: None, expires_at: None },
        Timestamp::UNIX_EPOCH,
    );
    let balance = after.balance(now());
    let decision = Decision { expired: Vec::new(), warnings: Vec::new(), account: after, balance };
    let credit = AdjustmentWrite {
        adjustment_id: &AdjustmentId::from_key("fix-1"),
        account: read,
        points: Points::new(100),
        decision: &decision,
        reason: &"the invoice is missing".into(),
        note: None,
        invoice: Some(Invoice::new("branch-1", "1")),
        agent_day: Some(AgentDay {
            subject: "anna",
            day: today(),
            points_max: Points::new(most),
            worth_max: 0,
        }),
        fingerprint: "digest",
    };
    let fixed = claim.claim.fixed(None, &act());
    let change = ClaimChange::new(Some(claim), &fixed, today());
    table.store.fix_by_adjustment(&credit, &change, &stamp()).await.unwrap()
}

#[tokio::test]
async fn a_receipt_is_attached_together_with_the_claim() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    let read = account(&table, &member_id).await;
    let (purchase, accrual) = (purchase("1"), accrual());
    record(&table, &without_member(&purchase)).await;
    let recorded = receipt(&table, &purchase).await;
    let claim = proposed(&table, Fix::AttachReceipt { purchase_id: purchase.id() }).await;
    let fixed = claim.claim.fixed(None, &act());
    let attached = PurchaseWrite {
        earned: Some(EarnedPoints { account: &read, accrual: &accrual }),
        attached_receipt: Some(AttachedReceipt { key: Some("fix-1"), receipt: &recorded }),
        ..without_member(&purchase)
    };
    let change = ClaimChange::new(Some(&claim), &fixed, today());
    let before = table.items().await;
    let outcome = table.store.fix_by_receipt(&attached, &change, &stamp()).await.unwrap();
    assert_eq!(outcome, ClaimOutcome::Done);
    insta::assert_json_snapshot!("fix_by_receipt", table.changes(&before).await);
    let before = table.items().await;
    let outcome = table.store.fix_by_receipt(&attached, &change, &stamp()).await.unwrap();
    assert_eq!(outcome, ClaimOutcome::Outdated);
    assert_eq!(table.items().await, before);
}

#[tokio::test]
async fn a_credit_is_written_together_with_the_claim() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    let (branch, invoice_number) = ("branch-1".to_owned(), "1".to_owned());
    let claim = proposed(&table, Fix::CreditPoints { branch, invoice_number }).await;
    let read = account(&table, &member_id).await;
    let before = table.items().await;
    assert_eq!(credit(&table, &claim, &read, 100).await, ClaimOutcome::Done);
    insta::assert_json_snapshot!("fix_by_adjustment", table.changes(&before).await);
    let before = table.items().await;
    assert_eq!(credit(&table, &claim, &read, 1000).await, ClaimOutcome::Outdated);
    // All conditions fail, also that of the day: it is decided again.
    assert_eq!(credit(&table, &claim, &read, 100).await, ClaimOutcome::Outdated);
    assert_eq!(table.items().await, before);
}

#[tokio::test]
async fn a_credit_above_the_limit_of_the_day_is_refused() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    let (branch, invoice_number) = ("branch-1".to_owned(), "1".to_owned());
    let claim = proposed(&table, Fix::CreditPoints { branch, invoice_number }).await;
    crate::adjustments::credit(&table, "k1", &account(&table, &member_id).await, "2").await;
    let read = account(&table, &member_id).await;
    let before = table.items().await;
    assert_eq!(credit(&table, &claim, &read, 199).await, ClaimOutcome::DayFull);
    assert_eq!(table.items().await, before);
    assert_eq!(credit(&table, &claim, &read, 200).await, ClaimOutcome::Done);
}

#[tokio::test]
async fn a_correction_is_written_together_with_the_claim() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    earn(&table, &account(&table, &member_id).await, "1").await;
    let purchase = purchase("1");
    let recorded = receipt(&table, &purchase).await;
    let read = account(&table, &member_id).await;
    let rules = Arc::new(ProgramVersion::new(2, program("es")));
    let terms = Terms { rating: Arc::clone(&rules), current: rules };
    let bought = recorded.of_member().unwrap();
    let unchanged = read.account.clone();
    let decision =
        rerating::decide(bought, None, unchanged, &terms, OverCredit::Claw, now()).unwrap();
    let (purchase_id, points) = (purchase.id(), decision.change.points());
    let claim = proposed(&table, Fix::Rerate { purchase_id: purchase.id(), points }).await;
    let fixed = claim.claim.fixed(None, &act());
    let correction = CorrectionWrite {
        purchase_id: &purchase_id,
        read_revision: recorded.revision,
        cause: "claim clm_1 fix-1",
        account: &read,
        decision: &decision,
        reason: &"claim clm_1".into(),
        fingerprint: "digest",
    };
    let change = ClaimChange::new(Some(&claim), &fixed, today());
    let before = table.items().await;
    let outcome =
        table.store.fix_by_correction(&correction, None, &change, &stamp()).await.unwrap();
    assert_eq!(outcome, ClaimOutcome::Done);
    insta::assert_json_snapshot!("fix_by_correction", table.changes(&before).await);
    let before = table.items().await;
    let outcome =
        table.store.fix_by_correction(&correction, None, &change, &stamp()).await.unwrap();
    assert_eq!(outcome, ClaimOutcome::Outdated);
    assert_eq!(table.items().await, before);
}

#[tokio::test]
async fn a_mail_is_written_together_with_the_claim() {
    let table = Table::new().await;
    let ordered = Fix::RequestMail { email_id: mail(0).email_id };
    let claim = proposed(&table, ordered.clone()).await;
    let waiting = claim.claim.fix_requested(ordered, &act());
    let change = ClaimChange::new(Some(&claim), &waiting, today());
    let before = table.items().await;
    let outcome = table.store.fix_by_mail(&[mail(0)], &change, &stamp()).await.unwrap();
    assert_eq!(outcome, ClaimOutcome::Done);
    insta::assert_json_snapshot!("fix_by_mail", table.changes(&before).await);
    // The claim has not changed, but the mail exists.
    let claim = table.store.claim(&claim.claim.claim_id).await.unwrap().unwrap();
    let change = ClaimChange::new(Some(&claim), &waiting, today());
    let before = table.items().await;
    let outcome = table.store.fix_by_mail(&[mail(0)], &change, &stamp()).await.unwrap();
    assert_eq!(outcome, ClaimOutcome::Outdated);
    assert_eq!(table.items().await, before);
}
