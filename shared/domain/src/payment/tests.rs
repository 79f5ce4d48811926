//! Tables of where the money is, and the property that the order and number of events change nothing.

use jiff::Span;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::*;
use crate::claim::ClaimStatus;
use crate::money::Currency;

use OrderEventKind::{
    Cancelled, OrderFailed, PaymentReceived, Placed, RefundReceived, RefundRequested, RefundSent,
};

const KINDS: [OrderEventKind; 7] =
    [Placed, Cancelled, PaymentReceived, OrderFailed, RefundRequested, RefundSent, RefundReceived];

fn noon() -> Timestamp {
    "2031-03-10T09:00:00Z".parse().unwrap()
}

fn today() -> Today {
    Today { date: "2031-03-10".parse().unwrap(), settings: ClaimSettings::default() }
}

fn event(number: usize, kind: OrderEventKind, minute: i64, amount: Option<i64>) -> PaymentEvent {
    let currency = Currency::try_from("RUB".to_owned()).unwrap();
    PaymentEvent {
        event_id: format!("e{number}"),
        kind,
        at: noon() + Span::new().minutes(minute),
        // As an order event gives it.
        amount: amount.filter(|_| kind.is_about_money()).map(|amount| Money { amount, currency }),
        bank_reference: (kind == RefundSent).then(|| format!("REF-{number}")),
    }
}

fn payment_of(events: &[(OrderEventKind, Option<i64>)]) -> Payment {
    let mut payment = Payment::new(MemberId::from_key("m"), "o-1".to_owned());
    for (number, (kind, amount)) in events.iter().enumerate() {
        let minute = i64::try_from(number).unwrap();
        payment.add(event(number, *kind, minute, *amount)).unwrap();
    }
    payment
}

#[test]
fn where_the_money_is_follows_from_all_events() {
    let (paid, asked, sent, back) = (Stage::Paid, Stage::Requested, Stage::Sent, Stage::Back);
    type Events<'a> = &'a [(OrderEventKind, Option<i64>)];
    let table: [(Events<'_>, Option<Stage>, Option<i64>); 15] = [
        (&[], None, None),
        (&[(OrderFailed, None)], None, None),
        (&[(PaymentReceived, None)], Some(paid), None),
        (&[(PaymentReceived, Some(60)), (PaymentReceived, Some(40))], Some(paid), Some(100)),
        (&[(PaymentReceived, Some(100)), (RefundRequested, Some(30))], Some(asked), Some(30)),
        (&[(RefundRequested, Some(30)), (RefundSent, Some(30))], Some(sent), Some(30)),
        (&[(RefundRequested, Some(30)), (RefundSent, Some(20))], Some(asked), Some(30)),
        (&[(RefundRequested, None), (RefundSent, Some(30))], Some(sent), Some(30)),
        (&[(RefundRequested, Some(30)), (RefundReceived, Some(30))], Some(back), Some(30)),
        (&[(RefundRequested, Some(30)), (RefundReceived, Some(20))], Some(asked), Some(30)),
        (&[(RefundSent, Some(30)), (RefundReceived, None)], Some(back), Some(30)),
        (&[(RefundReceived, Some(30))], Some(back), Some(30)),
        // A second refund of the same order.
        (
            &[(RefundRequested, Some(30)), (RefundReceived, Some(30)), (RefundRequested, Some(5))],
            Some(asked),
            Some(35),
        ),
        // The same refund requested twice: no more comes back than was paid.
        (
            &[
                (PaymentReceived, Some(30)),
                (RefundRequested, Some(30)),
                (RefundRequested, Some(30)),
                (RefundReceived, Some(30)),
            ],
            Some(back),
            Some(30),
        ),
        (&[(PaymentReceived, Some(30)), (RefundReceived, Some(30))], Some(back), Some(30)),
    ];
    for (events, stage, amount) in table {
        let payment = payment_of(events);
        let found = payment.amount().map(|money| money.amount);
        assert_eq!((payment.stage(), found), (stage, amount), "{events:?}");
    }
}

#[test]
fn money_waits_for_its_order_for_the_minutes_of_the_programme() {
    let minute = |minutes: i64| Some(noon() + Span::new().minutes(minutes));
    let mut payment = payment_of(&[(PaymentReceived, Some(30))]);
    assert_eq!(payment.due_at(60), minute(60));
    payment.add(event(6, Placed, 50, None)).unwrap();
    assert_eq!(payment.due_at(60), None, "the order was there");
    // An order that fails later leaves its money without an order again.
    payment.add(event(7, OrderFailed, 90, None)).unwrap();
    assert_eq!(payment.due_at(60), minute(150));
    payment.add(event(8, RefundRequested, 100, None)).unwrap();
    assert_eq!(payment.due_at(60), None, "its refund is a claim already");
    assert_eq!(payment_of(&[(OrderFailed, None)]).due_at(60), None, "there is no money");
}

#[test]
fn an_order_is_known_however_long_ago_it_was_placed_or_cancelled() {
    const DAYS: i64 = 24 * 60;
    // When it was placed, cancelled and paid, and when its money becomes a claim, in minutes.
    let table = [
        (Some(-70 * DAYS), None, 0, None),
        (Some(5), None, 0, None),
        (None, Some(5), 0, Some(65)),
        (Some(-1), Some(5), 0, Some(65)),
        (Some(5), Some(5), 0, Some(65)),
        (Some(6), Some(5), 0, None),
        (Some(-70 * DAYS), Some(-69 * DAYS), 0, Some(60)),
        // What an import brings.
        (None, None, -60 * DAYS - 60, Some(-60 * DAYS)),
        (None, None, -60 * DAYS - 61, None),
        (Some(-99 * DAYS), Some(0), -98 * DAYS, Some(60)),
    ];
    for (row, (placed, cancelled, paid, due)) in table.into_iter().enumerate() {
        let mut payment = payment_of(&[]);
        let events = [(Cancelled, cancelled), (Placed, placed), (PaymentReceived, Some(paid))];
        for (number, (kind, minute)) in events.into_iter().enumerate() {
            if let Some(minute) = minute {
                payment.add(event(number, kind, minute, None)).unwrap();
            }
        }
        let found = payment.waits_until(ClaimSettings::default(), noon());
        let due = due.map(|minute| noon() + Span::new().minutes(minute));
        assert_eq!(found, due, "row {row}");
    }
}

#[test]
fn events_that_place_an_order_leave_room_for_those_of_its_money() {
    let mut payment = payment_of(&[]);
    for number in 0..2 * EVENTS_MAX {
        let minute = i64::try_from(number % EVENTS_MAX).unwrap();
        payment.add(event(number, Placed, minute, None)).unwrap();
    }
    assert_eq!(payment.events.len(), 1);
    assert_eq!(payment.events[0].at, noon() + Span::new().minutes(39));
    for number in 0..EVENTS_MAX {
        payment.add(event(100 + number, PaymentReceived, 0, None)).unwrap();
    }
    assert_eq!(payment.add(event(999, PaymentReceived, 0, None)), Err(TooManyEvents));
    assert_eq!(payment.add(event(998, Cancelled, 0, None)), Ok(()));
}

#[test]
fn the_claim_of_money_without_an_order_has_every_event_and_what_to_do() {
    let mut payment = payment_of(&[(PaymentReceived, Some(30)), (OrderFailed, None)]);
    let claim = payment.open_claim(&today(), noon());
    assert_eq!((claim.kind, claim.status), (ClaimKind::ChargedWithoutOrder, ClaimStatus::Received));
    assert_eq!(claim.money_at, Some(MoneyAt::Shop));
    assert_eq!(claim.awaited_order(), Some("o-1"));
    assert_eq!(claim.follow_up_on, Some(today().date));
    assert_eq!(claim.to_do().len(), 3);
    let events: Vec<_> = claim.history.iter().filter_map(|step| step.event).collect();
    assert_eq!(events, [PaymentReceived, OrderFailed]);
    assert_eq!(payment.claim_id, Some(claim.claim_id));
}

#[test]
fn a_person_ends_a_claim_for_good_and_a_further_refund_opens_it_again() {
    let mut payment = payment_of(&[(RefundRequested, Some(30))]);
    let claim = Claim::of_payment(&payment, &today(), noon());
    let after = |payment: &mut Payment, claim: &Claim, event: PaymentEvent| {
        payment.add(event.clone()).unwrap();
        claim.on_payment(payment, &event, &today(), noon())
    };
    let rejected = Claim { status: ClaimStatus::Rejected, ..claim.clone() };
    let sent = after(&mut payment.clone(), &rejected, event(8, RefundSent, 8, Some(30)));
    assert_eq!((sent.status, sent.money_at), (ClaimStatus::Rejected, Some(MoneyAt::Provider)));
    assert_eq!(sent.bank_reference.as_deref(), Some("REF-8"));
    let back = after(&mut payment, &claim, event(9, RefundReceived, 9, Some(30)));
    assert!(back.is_ended() && back.proven && back.next_due().is_none());
    let again = after(&mut payment, &back, event(10, RefundRequested, 10, Some(5)));
    assert_eq!((again.status, again.money_at), (ClaimStatus::Waiting, Some(MoneyAt::Provider)));
    assert!(!again.proven && again.next_due().is_some());
    assert_eq!(again.amount.map(|money| money.amount), Some(35));
}

/// Returns a payment, its claim without the history, and the events of that history in one order.
fn state(payment: &Payment, claim: Option<&Claim>) -> (Payment, Option<Claim>, Vec<String>) {
    let mut steps: Vec<String> = claim
        .iter()
        .flat_map(|claim| claim.history.iter())
        .filter_map(|step| Some((step.event?, step.happened_at)))
        // Of those that cancel the order the newest counts.
        .filter(|(kind, _)| *kind != Cancelled)
        .map(|(kind, at)| format!("{kind:?} {at:?}"))
        .collect();
    steps.sort();
    let claim = claim.map(|claim| Claim { history: Vec::new(), ..claim.clone() });
    (payment.clone(), claim, steps)
}

/// Records events one after the other, as the function does.
fn record(events: &[PaymentEvent]) -> (Payment, Option<Claim>, Vec<String>) {
    let mut payment = Payment::new(MemberId::from_key("m"), "o-1".to_owned());
    let mut claim: Option<Claim> = None;
    for event in events {
        // An event that is known is answered from its record.
        if payment.events.iter().any(|known| known.event_id == event.event_id) {
            continue;
        }
        payment.add(event.clone()).unwrap();
        claim = payment.claim_after(claim.as_ref(), event, &today(), noon()).or(claim);
    }
    state(&payment, claim.as_ref())
}

fn any_events() -> impl Strategy<Value = Vec<PaymentEvent>> {
    let one = (select(KINDS.to_vec()), 0_i64..4, proptest::option::of(1_i64..4));
    let events = proptest::collection::vec(one, 1..8);
    events.prop_map(|events| {
        let numbered = events.into_iter().enumerate();
        numbered
            .map(|(number, (kind, minute, amount))| event(number, kind, minute, amount))
            .collect()
    })
}

/// The same events twice: as they happened, and in any order with some of them repeated.
fn two_deliveries() -> impl Strategy<Value = (Vec<PaymentEvent>, Vec<PaymentEvent>)> {
    any_events().prop_flat_map(|events| {
        let repeated = subsequence(events.clone(), 0..=events.len());
        let delivered = repeated.prop_flat_map({
            let events = events.clone();
            move |repeated| Just([events.clone(), repeated].concat()).prop_shuffle()
        });
        (Just(events), delivered)
    })
}

proptest! {
    #[test]
    fn the_order_and_number_of_events_change_nothing((events, delivered) in two_deliveries()) {
        prop_assert_eq!(record(&delivered), record(&events));
    }
}
