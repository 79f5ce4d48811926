//! Mails: the lock before a send, the reports of SES with the blocks that they set, and resends.

use puntos_domain::id::{EmailId, MemberId};
use puntos_domain::language::Language;
use puntos_domain::mail::{
    BlockReason, Email, EmailAddress, MailKind, MailVariables, StatusHistory,
};
use puntos_store::LockOutcome;

use crate::now;
use crate::table::Table;

pub(crate) fn mail(version: u64) -> Email {
    let member_id = MemberId::from_key("ines");
    Email {
        email_id: EmailId::of_cause(&["cause"], &member_id),
        member_id,
        kind: MailKind::Reply,
        revision: 1,
        language: Language::Es,
        to: EmailAddress::parse("ines@example.com").unwrap(),
        variables: MailVariables::default(),
        history: StatusHistory::queued(now()),
        redemption_id: None,
        resend_of: None,
        last_resend_id: None,
        message_id: None,
        created_at: now(),
        ordered_by: None,
        version,
    }
}

#[tokio::test]
async fn a_locked_mail_is_locked_once() {
    let table = Table::new().await;
    let outcome = table.store.lock_email(&mail(0)).await.unwrap();
    assert!(matches!(outcome, LockOutcome::Locked), "{outcome:?}");
    insta::assert_json_snapshot!("lock_email", table.items().await);
    let outcome = table.store.lock_email(&mail(0)).await.unwrap();
    assert!(matches!(outcome, LockOutcome::Exists(found) if found.version == 0));
}

#[tokio::test]
async fn a_mail_to_a_blocked_address_is_not_locked() {
    let table = Table::new().await;
    let addresses = ["ines@example.com".to_owned()];
    table.store.block_addresses(&addresses, BlockReason::Complaint, now()).await.unwrap();
    let outcome = table.store.lock_email(&mail(0)).await.unwrap();
    let LockOutcome::Blocked(block) = outcome else { panic!("{outcome:?}") };
    assert_eq!((block.reason, block.since), (BlockReason::Complaint, now()));
}

#[tokio::test]
async fn a_report_writes_the_mail_and_only_the_blocks_that_raise_one() {
    let table = Table::new().await;
    let known = ["ines@example.com".to_owned()];
    table.store.block_addresses(&known, BlockReason::Complaint, now()).await.unwrap();
    assert!(table.store.save_email(&mail(0)).await.unwrap().is_none());
    let before = table.items().await;
    let reported = ["ines@example.com".to_owned(), "other@example.com".to_owned()];
    let blocks = Some((&reported[..], BlockReason::HardBounce, now()));
    assert!(table.store.save_report(&mail(1), blocks).await.unwrap());
    insta::assert_json_snapshot!("save_report", table.changes(&before).await);
    // The mail has changed: nothing is written.
    let before = table.items().await;
    assert!(!table.store.save_report(&mail(1), blocks).await.unwrap());
    assert_eq!(table.items().await, before);
}

#[tokio::test]
async fn a_resend_writes_both_mails_or_none() {
    let table = Table::new().await;
    assert!(table.store.save_email(&mail(0)).await.unwrap().is_none());
    let resend_id = mail(0).email_id.resend("k1");
    let first = Email { last_resend_id: Some(resend_id.clone()), ..mail(1) };
    let resend_of = Some(first.email_id.clone());
    let resend = Email { email_id: resend_id, resend_of, ..mail(0) };
    let before = table.items().await;
    let emails = [resend.clone(), first.clone()];
    assert!(table.store.record_resend(&emails).await.unwrap());
    insta::assert_json_snapshot!("record_resend", table.changes(&before).await);
    let before = table.items().await;
    // The first mail has changed.
    let other = Email { email_id: first.email_id.resend("k2"), ..resend.clone() };
    assert!(!table.store.record_resend(&[other, first.clone()]).await.unwrap());
    // The resend exists.
    assert!(!table.store.record_resend(&[resend, Email { version: 2, ..first }]).await.unwrap());
    assert_eq!(table.items().await, before);
}
