//! Invitations: a purchase and an order wait for theirs, and the wait ends with the mail. The key of their tokens.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use puntos_domain::care::{CareCycle, OrderEvent, OrderEventKind};
use puntos_domain::id::MemberId;
use puntos_domain::invitation::{DueInvitation, VisitId};
use puntos_domain::mail::{Composer, PagePath};
use puntos_domain::program::{CareSettings, ProgramVersion};
use puntos_store::{
    EarnedPoints, InvitationOutcome, OrderEventOutcome, OrderEventWrite, PurchaseOutcome,
    PurchaseWrite, TokenUse,
};

use crate::program::program;
use crate::purchases::{accrual, purchase, record, without_member};
use crate::table::Table;
use crate::{account, enrolled, now, stamp, today};

const DUE: &str = "2026-03-14T14:00:00Z";

async fn buy(table: &Table, member_id: &MemberId, invoice_number: &str) {
    let (purchase, accrual, read) =
        (purchase(invoice_number), accrual(), account(table, member_id).await);
    let earned = Some(EarnedPoints { account: &read, accrual: &accrual });
    let invitation_due = Some(DUE.parse().unwrap());
    let write = PurchaseWrite { earned, invitation_due, ..without_member(&purchase) };
    let outcome = record(table, &write).await;
    assert!(matches!(outcome, PurchaseOutcome::Recorded), "{outcome:?}");
}

async fn order(table: &Table, member_id: &MemberId, kind: OrderEventKind, version: u64) {
    let cycle = CareCycle::new(member_id.clone(), "Inés Muster".to_owned());
    let event = OrderEvent {
        event_id: format!("e-{version}"),
        kind,
        member_id: member_id.clone(),
        order_id: "order-1".to_owned(),
        at: now(),
        scheduled_for: None,
        amount: None,
        bank_reference: None,
        detail: None,
    };
    let decision = cycle.on_event(&event, CareSettings::default(), &TimeZone::UTC, now()).unwrap();
    let write = OrderEventWrite {
        event: &event,
        care: Some((version, &decision)),
        payment: None,
        today: today(),
        invitation_due: (kind == OrderEventKind::Placed).then(|| DUE.parse().unwrap()),
    };
    let recorded = table.store.record_order_event(&write, &stamp()).await.unwrap();
    assert!(matches!(recorded, OrderEventOutcome::Recorded(_)));
}

/// Returns the invitations that are due at an instant.
async fn due(table: &Table, at: &str) -> Vec<DueInvitation> {
    let now: Timestamp = at.parse().unwrap();
    let mut due = Vec::new();
    for shard in 0..puntos_store::keys::DUE_SHARDS {
        due.extend(table.store.due_invitations(shard, now, 10).await.unwrap());
    }
    due
}

#[tokio::test]
async fn a_purchase_and_an_order_wait_for_their_invitations() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    buy(&table, &member_id, "1").await;
    order(&table, &member_id, OrderEventKind::Placed, 0).await;
    assert!(due(&table, "2026-03-14T13:59:59Z").await.is_empty());
    let due_now = due(&table, DUE).await;
    let visits: Vec<(&str, &str)> = due_now
        .iter()
        .map(|due| (due.visit.branch.as_str(), due.visit.invoice_number.as_str()))
        .collect();
    assert_eq!(visits.len(), 2, "{visits:?}");
    assert!(visits.contains(&("online", "order-1")), "{visits:?}");
    for one in &due_now {
        assert_eq!(table.store.visit(&one.visit.visit_id).await.unwrap(), Some(one.visit.clone()));
        let known = table.store.circumstances(&one.visit).await.unwrap().unwrap();
        assert_eq!((known.is_rated, known.is_cancelled), (false, false));
    }
    order(&table, &member_id, OrderEventKind::Cancelled, 1).await;
    for one in &due_now {
        let known = table.store.circumstances(&one.visit).await.unwrap().unwrap();
        let is_order = matches!(one.visit.visit_id, VisitId::Order(_));
        assert_eq!(known.is_cancelled, is_order);
    }
}

#[tokio::test]
async fn a_wait_ends_with_its_mail_and_a_visit_has_one() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    buy(&table, &member_id, "1").await;
    let due_now = due(&table, DUE).await;
    let [one] = due_now.as_slice() else { panic!("{due_now:?}") };
    let rules = ProgramVersion::new(1, program("es"));
    let composer = Composer { program: &rules, brand: "Puntos" };
    let known = table.store.circumstances(&one.visit).await.unwrap().unwrap();
    let page = PagePath::rate("a-token");
    let mail = composer.invitation(&one.visit, page, &known.member.profile, &stamp()).unwrap();
    let before = table.items().await;
    let mut moved = one.clone();
    moved.visit.member_id = MemberId::from_key("from whom it was moved");
    let outcome = table.store.settle_invitation(&moved, Some(&mail)).await.unwrap();
    assert_eq!(outcome, InvitationOutcome::Outdated, "the index is late");
    let settle = async |mail| table.store.settle_invitation(one, mail).await.unwrap();
    assert_eq!(settle(Some(&mail)).await, InvitationOutcome::Settled);
    insta::assert_json_snapshot!("settle_invitation", table.changes(&before).await);
    assert!(due(&table, DUE).await.is_empty());
    assert_eq!(settle(None).await, InvitationOutcome::Outdated, "another run was first");
    // Another event of the same order waits, for instance.
    let mut again = one.clone();
    again.due_at = "2026-03-15T14:00:00Z".parse().unwrap();
    let key = puntos_store::keys::Key::purchase(&purchase("1").id());
    let waits = aws_sdk_dynamodb::types::AttributeValue::S("2026-03-15T14:00:00.000000Z".into());
    table.tamper(&key, "SET work_due = :value", waits).await;
    let outcome = table.store.settle_invitation(&again, Some(&mail)).await.unwrap();
    assert_eq!(outcome, InvitationOutcome::AlreadyInvited);
}

#[tokio::test]
async fn the_first_key_of_tokens_stays() {
    let table = Table::new().await;
    assert!(table.store.token_key().await.unwrap().is_none());
    let token = |key: puntos_store::TokenKey| key.sign(TokenUse::RateVisit, "s", now());
    let first = token(table.store.token_key_or([1; 32]).await.unwrap());
    // Another process, which has not read it.
    let other = table.another_store();
    assert_eq!(token(other.token_key_or([2; 32]).await.unwrap()), first);
    assert_eq!(token(table.another_store().token_key().await.unwrap().unwrap()), first);
}
