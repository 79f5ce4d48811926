//! Mails: the lock before a send, and the reports of SES with the blocks that they set.

use puntos_domain::id::{EmailId, MemberId};
use puntos_domain::mail::{
    BlockReason, Email, EmailAddress, Language, MailKind, MailVariables, StatusHistory,
};
use puntos_store::LockOutcome;

use crate::now;
use crate::table::Table;

fn mail(version: u64) -> Email {
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
    insta::assert_json_snapshot!(table.items().await);
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
async fn a_report_leaves_the_mail_and_only_the_blocks_that_raise_one() {
    let table = Table::new().await;
    let known = ["ines@example.com".to_owned()];
    table.store.block_addresses(&known, BlockReason::Complaint, now()).await.unwrap();
    assert!(table.store.save_email(&mail(0)).await.unwrap().is_none());
    let before = table.items().await;
    let reported = ["ines@example.com".to_owned(), "other@example.com".to_owned()];
    let blocks = Some((&reported[..], BlockReason::HardBounce, now()));
    assert!(table.store.save_report(&mail(1), blocks).await.unwrap());
    insta::assert_json_snapshot!(table.items_besides(&before).await);
    // The mail has changed: nothing is written.
    let before = table.items().await;
    assert!(!table.store.save_report(&mail(1), blocks).await.unwrap());
    assert_eq!(table.items().await, before);
}
