//! Claims: opened, followed up and ended.

use puntos_domain::claim::{
    Act, Checked, Claim, ClaimKind, ClaimRecord, ClaimStatus, Evidence, Finding, Fix, Party,
    Request, Today, Update,
};
use puntos_domain::id::{ClaimId, MemberId, TaskId};
use puntos_domain::mail::Email;
use puntos_domain::program::ClaimSettings;
use puntos_domain::task::{Task, TaskKind, TaskStatus};
use puntos_store::{ClaimChange, FollowUp};

use crate::mails::mail;
use crate::table::Table;
use crate::{now, stamp, today};

pub(crate) fn act() -> Act {
    let request = Request { key: "k0".to_owned(), fingerprint: "digest".to_owned() };
    let actor = Some("agent:anna".to_owned());
    Act { at: now(), by: Party::Agent, actor, request: Some(request) }
}

pub(crate) fn promised() -> Today {
    Today { date: today(), settings: ClaimSettings::default() }
}

fn missing_invoice() -> Checked {
    let (branch, invoice_number) = ("branch-1".to_owned(), "1".to_owned());
    Checked {
        finding: Some(Finding::NotReceived),
        ..Checked::proposing(
            Fix::CreditPoints { branch, invoice_number },
            puntos_domain::text::claim_purchase_not_recorded(),
        )
    }
}

/// Returns a claim about the points of an invoice.
pub(crate) fn claim(checked: Checked) -> Claim {
    let claim_id = ClaimId::from_key("k1", &MemberId::from_key("ines"));
    let evidence = Evidence {
        branch: Some("branch-1".to_owned()),
        invoice_number: Some("1".to_owned()),
        ..Evidence::default()
    };
    let claim = Claim::open(claim_id, ClaimKind::MissingPoints, evidence, &act(), &promised());
    claim.checked(checked, now())
}

/// Opens a claim, and returns it as it is recorded.
pub(crate) async fn opened(table: &Table, checked: Checked) -> ClaimRecord {
    let claim = claim(checked);
    let change = ClaimChange::new(None, &claim, today());
    assert!(table.store.save_claim(&change, &stamp()).await.unwrap());
    table.store.claim(&claim.claim_id).await.unwrap().unwrap()
}

fn follow_up(claim: &Claim) -> Task {
    let member_id = claim.claim_id.member_id();
    Task {
        task_id: TaskId::of_cause(claim.claim_id.cause(), &member_id),
        kind: TaskKind::ClaimFollowUp,
        member_id,
        member_name: "Inés Muster".to_owned(),
        due_from: today(),
        due_until: None,
        status: TaskStatus::Open,
        note: Some("promised for 2026-03-21".into()),
        about: Some(claim.claim_id.to_string()),
        moved: None,
        agent_id: Some("agent-1".to_owned()),
    }
}

/// Writes a follow-up of a claim, and returns the claim after it.
async fn followed_up(table: &Table, before: &ClaimRecord, change: FollowUp<'_>) -> ClaimRecord {
    let mut after = before.claim.clone();
    after.follow_up_on = "2026-03-20".parse().ok();
    after.follow_up_task = Some(follow_up(&after).task_id);
    let change =
        ClaimChange { follow_up: Some(change), ..ClaimChange::new(Some(before), &after, today()) };
    assert!(table.store.save_claim(&change, &stamp()).await.unwrap());
    ClaimRecord { claim: after.clone(), version: before.version + 1, ..before.clone() }
}

#[tokio::test]
async fn a_new_claim_writes_its_key_its_due_date_and_its_mail() {
    let table = Table::new().await;
    let (claim, mail) = (claim(missing_invoice()), mail(0));
    let change = || ClaimChange {
        mail: Some(&mail),
        request: Some(("k1", "digest")),
        body: Some("{}"),
        ..ClaimChange::new(None, &claim, today())
    };
    assert!(table.store.save_claim(&change(), &stamp()).await.unwrap());
    let before = table.items().await;
    insta::assert_json_snapshot!("save_claim", before);
    assert!(!table.store.save_claim(&change(), &stamp()).await.unwrap());
    // The key opened another claim.
    let claim_id = ClaimId::from_key("k2", &claim.claim_id.member_id());
    let other = Claim { claim_id, ..claim.clone() };
    let email_id = mail.email_id.resend("k2");
    let other_mail = Email { email_id, ..mail.clone() };
    let change = ClaimChange { after: &other, mail: Some(&other_mail), ..change() };
    assert!(!table.store.save_claim(&change, &stamp()).await.unwrap());
    assert_eq!(table.items().await, before);
}

#[tokio::test]
async fn a_follow_up_writes_a_task_and_later_its_note() {
    let table = Table::new().await;
    let first = opened(&table, missing_invoice()).await;
    let task = follow_up(&first.claim);
    let before = table.items().await;
    let second = followed_up(&table, &first, FollowUp::Made(&task)).await;
    insta::assert_json_snapshot!("save_claim_followed_up", table.changes(&before).await);
    let before = table.items().await;
    followed_up(&table, &second, FollowUp::Noted(&task.task_id, &"the promise is broken".into()))
        .await;
    insta::assert_json_snapshot!("save_claim_noted", table.changes(&before).await);
    // Another write changed the claim.
    let before = table.items().await;
    let change = ClaimChange::new(Some(&second), &second.claim, today());
    assert!(!table.store.save_claim(&change, &stamp()).await.unwrap());
    assert_eq!(table.items().await, before);
}

#[tokio::test]
async fn the_end_of_a_claim_completes_its_task_and_deletes_its_due_date() {
    let table = Table::new().await;
    let first = opened(&table, missing_invoice()).await;
    let read = followed_up(&table, &first, FollowUp::Made(&follow_up(&first.claim))).await;
    let rejects = Update { status: Some(ClaimStatus::Rejected), ..Update::default() };
    let ended = read.claim.update(&rejects, &act(), &promised()).unwrap();
    let change = ClaimChange::new(Some(&read), &ended, today());
    let before = table.items().await;
    assert!(table.store.save_claim(&change, &stamp()).await.unwrap());
    insta::assert_json_snapshot!("save_claim_ended", table.changes(&before).await);
}
