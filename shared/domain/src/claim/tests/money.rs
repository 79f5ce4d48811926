//! Claims about the money of an order: what the shop reports moves them, and what people said stays.

use super::*;
use crate::care::{OrderEvent, OrderEventKind};
use crate::payment::{Payment, PaymentEvent, Stage};
use OrderEventKind::{
    Cancelled, OrderFailed, PaymentReceived, Placed, RefundReceived, RefundRequested, RefundSent,
};

fn rubles(amount: i64) -> Money {
    Money { amount, currency: "RUB".to_owned().try_into().unwrap() }
}

fn event(kind: OrderEventKind, minute: i64, amount: Option<i64>) -> PaymentEvent {
    let event = OrderEvent {
        event_id: format!("{kind} {minute}"),
        kind,
        member_id: member(),
        order_id: "o-1".to_owned(),
        at: now() + Span::new().minutes(minute),
        scheduled_for: None,
        amount: amount.map(rubles),
        bank_reference: None,
        detail: None,
    };
    PaymentEvent::of(&event).unwrap()
}

fn payment_of(kinds: &[OrderEventKind]) -> Payment {
    let mut payment = Payment::new(member(), "o-1".to_owned());
    for (minute, kind) in (-90..).zip(kinds) {
        payment.add(event(*kind, minute, None)).unwrap();
    }
    payment
}

/// Returns the claim that an event changes, after it.
fn moved(payment: &mut Payment, claim: &Claim, event: &PaymentEvent) -> Option<Claim> {
    payment.add(event.clone()).unwrap();
    payment.claim_after(Some(claim), event, &today(), now())
}

fn by(party: Party, claim: &Claim, change: impl FnOnce(&mut Update)) -> Claim {
    claim.update(&with(change), &act(party), &today()).unwrap()
}

#[test]
fn a_claim_that_the_order_ended_goes_on_if_the_order_or_the_money_is_gone() {
    let mut payment = payment_of(&[PaymentReceived]);
    let claim = payment.open_claim(&today(), now());
    let placed = event(Placed, -10, None);
    assert_eq!(moved(&mut payment, &claim, &placed), None);
    let ended = claim.observed(&Observation::Order, now()).unwrap();
    let table = [
        (OrderFailed, ClaimStatus::Investigating, MoneyAt::Shop, Some(News::Found)),
        (Cancelled, ClaimStatus::Investigating, MoneyAt::Shop, Some(News::Found)),
        (RefundRequested, ClaimStatus::Waiting, MoneyAt::Provider, Some(News::RefundRequested)),
        (RefundReceived, ClaimStatus::Resolved, MoneyAt::Customer, Some(News::RefundReceived)),
        (PaymentReceived, ClaimStatus::Resolved, MoneyAt::Shop, None),
    ];
    for (kind, status, money_at, news) in table {
        let after = moved(&mut payment.clone(), &ended, &event(kind, 5, None)).unwrap();
        assert_eq!((after.status, after.money_at), (status, Some(money_at)), "{kind}");
        assert_eq!(after.money_news(Some(&ended)), news, "{kind}");
        assert_eq!(after.is_ended(), status == ClaimStatus::Resolved, "{kind}");
        assert_eq!(after.next_due().is_some(), !after.is_ended(), "{kind}");
    }
}

#[test]
fn a_late_report_does_not_open_what_a_person_ended() {
    let mut payment = payment_of(&[RefundRequested]);
    let claim = Claim::of_payment(&payment, &today(), now());
    let ended = by(Party::Agent, &claim, |update| {
        update.status = Some(ClaimStatus::Resolved);
        update.money_at = Some(MoneyAt::Customer);
        update.confirmed = Some(true);
    });
    let after = moved(&mut payment, &ended, &event(RefundSent, -5, None)).unwrap();
    assert!(after.is_ended());
    assert_eq!(after.money_news(Some(&ended)), None);
}

#[test]
fn who_says_that_the_money_is_not_back_is_not_contradicted_by_old_news() {
    let mut payment = payment_of(&[RefundRequested]);
    let claim = Claim::of_payment(&payment, &today(), now());
    let back = moved(&mut payment, &claim, &event(RefundReceived, -9, None)).unwrap();
    assert!(back.is_ended());
    let disputed = by(Party::Member, &back, |update| update.confirmed = Some(false));
    let asked = by(Party::Agent, &disputed, |update| update.money_at = Some(MoneyAt::Bank));
    let events = [
        (RefundSent, -10, false),
        (PaymentReceived, 3, false),
        (OrderFailed, 4, false),
        (RefundReceived, -1, false),
        (RefundReceived, 5, true),
    ];
    for open in [&disputed, &asked] {
        for (kind, minute, ends) in events {
            let after = moved(&mut payment.clone(), open, &event(kind, minute, None)).unwrap();
            assert_eq!((after.is_ended(), after.proven), (ends, ends), "{kind} {minute}");
            assert_eq!(after.next_due().is_some(), !ends, "{kind} {minute}");
        }
    }
}

#[test]
fn money_after_a_rejected_claim_of_a_person_has_a_claim_of_its_own() {
    let mut payment = payment_of(&[]);
    let mut claim = opened(Party::Member);
    assert!(payment.adopt(&mut claim, &today(), now()));
    let rejected = by(Party::Agent, &claim, |update| update.status = Some(ClaimStatus::Rejected));
    assert_eq!(moved(&mut payment, &rejected, &event(PaymentReceived, -5, None)), None);
    assert_eq!(payment.due_at(60), Some(now() + Span::new().minutes(55)));
    payment.claim_id = Some(claim.claim_id.clone());
    let own = moved(&mut payment, &rejected, &event(RefundRequested, -4, None)).unwrap();
    assert_eq!((own.opened_by, own.kind), (Party::System, ClaimKind::Refund));
    assert_eq!(payment.claim_id, Some(own.claim_id));
}

#[test]
fn a_member_learns_from_the_shop_what_only_agents_knew() {
    let mut payment = payment_of(&[RefundRequested]);
    let claim = Claim::of_payment(&payment, &today(), now());
    let internal = by(Party::Agent, &claim, |update| {
        update.internal = true;
        update.money_at = Some(MoneyAt::Bank);
        update.waiting_on = Some("bank".to_owned());
    });
    assert_eq!(internal.for_member().money_at, Some(MoneyAt::Provider));
    let sent = moved(&mut payment, &internal, &event(RefundSent, 5, None)).unwrap();
    let seen = sent.for_member();
    assert_eq!((seen.money_at, seen.waiting_on.as_deref()), (Some(MoneyAt::Bank), Some("bank")));
    assert_eq!(sent.money_news(Some(&internal)), Some(News::RefundSent));
}

#[test]
fn a_claim_of_a_person_keeps_its_amount_until_a_refund_is_known() {
    let mut payment = payment_of(&[]);
    let kind = ClaimKind::DuplicateCharge;
    let mut claim = opened_with(Party::Member, kind, Evidence::default());
    claim.amount = Some(rubles(100));
    assert!(payment.adopt(&mut claim, &today(), now()));
    for (minute, kind, amount) in
        [(1, PaymentReceived, 100), (2, PaymentReceived, 100), (3, RefundRequested, 90)]
    {
        let before = claim.clone();
        claim = moved(&mut payment, &claim, &event(kind, minute, Some(amount))).unwrap();
        let is_refund = kind == RefundRequested;
        assert_eq!(claim.amount, Some(rubles(if is_refund { 90 } else { 100 })), "{kind}");
        // The member knows that the shop has the money, and that there is an order.
        let news = is_refund.then_some(News::RefundRequested);
        assert_eq!(claim.money_news(Some(&before)), news, "{kind}");
    }
}

#[test]
fn an_amount_of_nothing_says_nothing() {
    let mut payment = payment_of(&[]);
    for (minute, kind, stage) in
        [(1, RefundRequested, Stage::Requested), (2, RefundSent, Stage::Sent)]
    {
        payment.add(event(kind, minute, Some(0))).unwrap();
        assert_eq!((payment.stage(), payment.amount()), (Some(stage), None), "{kind}");
    }
}
