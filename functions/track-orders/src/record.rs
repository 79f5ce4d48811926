//! Records an event of an order: from a request, or from a message.

use crate::TrackOrders;
use puntos_api::Problem;
use puntos_api::merges::member_merged;
use puntos_api::orders::{
    OrderEventAnswer, OrderEventRequest, no_member, refused, too_many_payment_events,
};
use puntos_domain::calendar::local_date;
use puntos_domain::care::{OrderEvent, RecordedOrderEvent};
use puntos_domain::claim::Today;
use puntos_domain::fingerprint;
use puntos_domain::outcome::Outcome;
use puntos_domain::payment::{PaymentEvent, TooManyEvents};
use puntos_domain::stamp::Stamp;
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::{ClaimChange, OrderEventOutcome, OrderEventWrite, PaymentWrite, Store};

/// The result of recording an order event.
pub(crate) type Recorded = Outcome<OrderEventAnswer, Problem>;

pub(crate) async fn record(_: &TrackOrders, call: &Call) -> Result<Answer, Failure> {
    let event = call.request.body::<OrderEventRequest>()?.command(call.now)?;
    let stamp = call.stamp()?;
    let recorded = call.decide(|_| attempt(&call.store, &event, &stamp, false)).await?;
    Ok(Answer::of_outcome(201, recorded)?)
}

/// Loads, decides and commits. Returns `None` if another write came first. A message may name a member who was merged
/// after it was sent; a request must name the other one.
pub(crate) async fn attempt(
    store: &Store,
    event: &OrderEvent,
    stamp: &Stamp,
    is_message: bool,
) -> Result<Option<Recorded>, Failure> {
    let basis = store.order_basis(event).await?;
    if let Some(first) = basis.event {
        return Ok(Some(replayed(first, event)));
    }
    if let Some(merged_into) = basis.merged_into.as_ref().filter(|_| !is_message) {
        return Ok(Some(Outcome::Refused(member_merged(merged_into))));
    }
    let care = basis.care.ok_or_else(no_member)?;
    let head = basis.head.ok_or_else(Problem::not_found)?;
    let program = store.program_at(&head, stamp.at).await?;
    let zone = program.zone();
    let (version, settings) = (care.version, program.program.care);
    let decision = match care.cycle.on_event(event, settings, &zone, stamp.at) {
        Ok(decision) => decision,
        Err(refusal) => return Ok(Some(Outcome::Refused(refused(refusal)))),
    };
    let today = Today::of(&program, stamp.at);
    let money = match (basis.money, PaymentEvent::of(event)) {
        (Some((before, claim)), Some(added)) => {
            let mut payment = before.payment;
            if let Err(TooManyEvents) = payment.add(added.clone()) {
                return Ok(Some(Outcome::Refused(too_many_payment_events())));
            }
            let known = claim.as_ref().map(|record| &record.claim);
            let after = payment.claim_after(known, &added, &today, stamp.at);
            payment.claim_id = after.as_ref().map(|claim| claim.claim_id.clone());
            Some((before.version, payment, claim, after))
        }
        _ => None,
    };
    let change = money.as_ref().and_then(|(_, _, before, after)| {
        Some(ClaimChange::new(before.as_ref(), after.as_ref()?, today.date))
    });
    let payment = money.as_ref().map(|(read_version, payment, ..)| PaymentWrite {
        payment,
        read_version: *read_version,
        due_at: payment.waits_until(today.settings, decision.cycle.has_order(&event.order_id)),
        claim: change.as_ref(),
    });
    let write = OrderEventWrite {
        event,
        care: event.kind.is_about_care().then_some((version, &decision)),
        payment: payment.as_ref(),
        today: local_date(stamp.at, &zone),
    };
    Ok(match store.record_order_event(&write, stamp).await? {
        OrderEventOutcome::Recorded(recorded) => {
            Some(Outcome::Done(OrderEventAnswer::new(event, recorded)))
        }
        OrderEventOutcome::Exists(first) => Some(replayed(first, event)),
        OrderEventOutcome::Moved => None,
    })
}

fn replayed(first: RecordedOrderEvent, event: &OrderEvent) -> Recorded {
    match first.fingerprint == fingerprint::order_event(event) {
        true => Outcome::Replayed(OrderEventAnswer::new(event, first)),
        false => Outcome::Conflict,
    }
}
