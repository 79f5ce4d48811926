//! The money of orders: its events, and what follows when no order comes.

use puntos_domain::care::{OrderEvent, OrderEventKind};
use puntos_domain::id::MemberId;
use puntos_domain::payment::{Payment, PaymentEvent};
use puntos_store::{ClaimChange, OrderEventOutcome, OrderEventWrite, PaymentWrite};

use crate::claims::promised;
use crate::table::Table;
use crate::{now, stamp, today};

fn event(event_id: &str, kind: OrderEventKind) -> OrderEvent {
    let placed = OrderEvent::of_purchase("order-1", MemberId::from_key("ines"), now());
    OrderEvent { event_id: event_id.to_owned(), kind, ..placed }
}

/// Records an event, and returns the payment after it.
async fn record(table: &Table, before: (&Payment, u64), event: &OrderEvent) -> Payment {
    let mut payment = before.0.clone();
    let added = PaymentEvent::of(event).unwrap();
    payment.add(added.clone()).unwrap();
    let claim = payment.claim_after(None, &added, &promised(), now());
    let change = claim.as_ref().map(|claim| ClaimChange::new(None, claim, today()));
    let written = PaymentWrite {
        payment: &payment,
        read_version: before.1,
        due_at: payment.due_at(60),
        claim: change.as_ref(),
    };
    let write = OrderEventWrite {
        event,
        care: None,
        payment: Some(&written),
        today: today(),
        invitation_due: None,
    };
    let outcome = table.store.record_order_event(&write, &stamp()).await.unwrap();
    assert!(matches!(outcome, OrderEventOutcome::Recorded(_)), "{outcome:?}");
    // The event is recorded. Another event that read the same payment has to read again.
    let again = table.store.record_order_event(&write, &stamp()).await.unwrap();
    assert!(matches!(again, OrderEventOutcome::Exists(_)), "{again:?}");
    let other = OrderEvent { event_id: "other".to_owned(), ..event.clone() };
    let late = OrderEventWrite { event: &other, ..write };
    let late = table.store.record_order_event(&late, &stamp()).await.unwrap();
    assert!(matches!(late, OrderEventOutcome::Outdated), "{late:?}");
    payment
}

#[tokio::test]
async fn a_payment_waits_for_its_order_and_becomes_a_claim() {
    let table = Table::new().await;
    let new = Payment::new(MemberId::from_key("ines"), "order-1".to_owned());
    let paid = event("paid", OrderEventKind::PaymentReceived);
    let mut payment = record(&table, (&new, 0), &paid).await;
    let due_at = payment.due_at(60).unwrap();
    let due = async |at| table.store.due_payments(at, 10).await.unwrap();
    assert_eq!(due(now()).await, []);
    assert_eq!(due(due_at).await, [(new.member_id.clone(), "order-1".to_owned())]);
    let claim = payment.open_claim(&promised(), due_at);
    let change = ClaimChange::new(None, &claim, today());
    let write =
        PaymentWrite { payment: &payment, read_version: 1, due_at: None, claim: Some(&change) };
    let before = table.items().await;
    assert!(table.store.save_payment(&write, &stamp()).await.unwrap());
    insta::assert_json_snapshot!("save_payment", table.changes(&before).await);
    let before = table.items().await;
    assert!(!table.store.save_payment(&write, &stamp()).await.unwrap());
    assert_eq!(table.items().await, before);
    assert_eq!(due(due_at).await, []);
    let basis = table.store.money_basis(&new.member_id, "order-1").await.unwrap();
    assert_eq!((&basis.payment.payment, basis.payment.version), (&payment, 2));
    assert_eq!(basis.claim.map(|record| record.claim), Some(claim));
}

#[tokio::test]
async fn a_refund_is_written_with_its_claim() {
    let table = Table::new().await;
    let new = Payment::new(MemberId::from_key("ines"), "order-1".to_owned());
    let requested = event("requested", OrderEventKind::RefundRequested);
    let before = table.items().await;
    let payment = record(&table, (&new, 0), &requested).await;
    insta::assert_json_snapshot!("record_order_event_refund", table.changes(&before).await);
    assert!(payment.claim_id.is_some());
}
