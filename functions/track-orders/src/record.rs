//! Records an event of an order: from a request, or from a message.

use puntos_api::Problem;
use puntos_api::merges::member_merged;
use puntos_api::orders::{
    OrderEventAnswer, OrderEventRequest, no_member, refused, too_many_payment_events,
};
use puntos_domain::care::{OrderEvent, OrderEventKind, RecordedOrderEvent};
use puntos_domain::claim::{Claim, ClaimRecord, Today};
use puntos_domain::fingerprint;
use puntos_domain::invitation;
use puntos_domain::mail::{Composer, Email};
use puntos_domain::member::Profile;
use puntos_domain::outcome::Outcome;
use puntos_domain::payment::{Payment, PaymentEvent, TooManyEvents, VersionedPayment};
use puntos_domain::program::InvitedAfter;
use puntos_domain::stamp::Stamp;
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::{ClaimChange, OrderEventOutcome, OrderEventWrite, PaymentWrite, Store};

use crate::TrackOrders;

/// The result of recording an order event.
pub(crate) type Recorded = Outcome<OrderEventAnswer, Problem>;

pub(crate) async fn record(function: &TrackOrders, call: &Call) -> Result<Answer, Failure> {
    let event = call.request.body::<OrderEventRequest>()?.command(call.now)?;
    let stamp = call.stamp()?;
    let recorded = call.decide(|_| attempt(function, &call.store, &event, &stamp, false)).await?;
    Ok(Answer::of_outcome(201, recorded)?)
}

/// Loads, decides and commits. Returns `None` if another write came first. A message may name a member who was merged
/// after it was sent; a request must name the other one.
pub(crate) async fn attempt(
    function: &TrackOrders,
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
        (Some(before), Some(added)) => match Money::after(before, &added, &today, stamp) {
            Ok(money) => Some(money),
            Err(TooManyEvents) => {
                return Ok(Some(Outcome::Refused(too_many_payment_events())));
            }
        },
        _ => None,
    };
    let composer = Composer { program: &program, brand: &function.brand };
    let profile = basis.profile.as_ref();
    let mail = money.as_ref().and_then(|money| money.mail(&composer, profile?, stamp));
    let change = money.as_ref().and_then(|money| money.change(mail.as_ref(), &today));
    let payment = money.as_ref().map(|money| PaymentWrite {
        payment: &money.payment,
        read_version: money.read_version,
        due_at: money.payment.waits_until(today.settings, stamp.at),
        claim: change.as_ref(),
    });
    // A purchase that comes as a message has an invitation of its own.
    let is_order = event.kind == OrderEventKind::Placed && !is_message;
    let due = invitation::due_at(&program.program, InvitedAfter::Order, event.at, stamp.at);
    let write = OrderEventWrite {
        event,
        care: event.kind.is_about_care().then_some((version, &decision)),
        payment: payment.as_ref(),
        today: today.date,
        invitation_due: due.filter(|_| is_order),
    };
    Ok(match store.record_order_event(&write, stamp).await? {
        OrderEventOutcome::Recorded(recorded) => {
            Some(Outcome::Done(OrderEventAnswer::new(event, recorded)))
        }
        OrderEventOutcome::Exists(first) => Some(replayed(first, event)),
        OrderEventOutcome::Outdated => None,
    })
}

/// The money of an order after an event.
struct Money {
    payment: Payment,
    /// The version that was read.
    read_version: u64,
    /// The claim that the event opens or changes, before and after it.
    before: Option<ClaimRecord>,
    claim: Option<Claim>,
}

impl Money {
    fn after(
        (payment, before): (VersionedPayment, Option<ClaimRecord>),
        added: &PaymentEvent,
        today: &Today,
        stamp: &Stamp,
    ) -> Result<Self, TooManyEvents> {
        let VersionedPayment { mut payment, version } = payment;
        payment.add(added.clone())?;
        let known = before.as_ref().map(|record| &record.claim);
        let claim = payment.claim_after(known, added, today, stamp.at);
        let is_changed =
            |before: &ClaimRecord| Some(&before.claim.claim_id) == payment.claim_id.as_ref();
        let before = before.filter(is_changed);
        Ok(Self { payment, read_version: version, before, claim })
    }

    /// Returns the mail to the member, if the money is at another place than before.
    fn mail(&self, composer: &Composer<'_>, profile: &Profile, stamp: &Stamp) -> Option<Email> {
        let claim = self.claim.as_ref()?;
        let news = claim.money_news(self.before.as_ref().map(|record| &record.claim))?;
        let version = self.before.as_ref().map_or(0, |record| record.version + 1);
        composer.claim_news(claim, version, news, profile, stamp)
    }

    fn change<'a>(&'a self, mail: Option<&'a Email>, today: &Today) -> Option<ClaimChange<'a>> {
        let change = ClaimChange::new(self.before.as_ref(), self.claim.as_ref()?, today.date);
        Some(ClaimChange { mail, ..change })
    }
}

fn replayed(first: RecordedOrderEvent, event: &OrderEvent) -> Recorded {
    match first.fingerprint == fingerprint::order_event(event) {
        true => Outcome::Replayed(OrderEventAnswer::new(event, first)),
        false => Outcome::Conflict,
    }
}
