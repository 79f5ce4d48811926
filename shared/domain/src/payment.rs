//! The money of an order: what the shop reports about a payment and its refund, and the claim that follows from it.
//!
//! Every conclusion is drawn from all events of the order, so their order of arrival and their number change nothing.
//! Those that place and cancel the order are among them, however old they are. Performs no I/O and reads no clock.

#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::care::{OrderEvent, OrderEventKind};
use crate::claim::{Claim, ClaimKind, ClaimStatus, MoneyAt, Today};
use crate::id::{ClaimId, MemberId, digest};
use crate::money::{AMOUNT_MAX_MINOR, Currency, Money};
use crate::program::ClaimSettings;

/// The most events of the money of one order.
pub const EVENTS_MAX: usize = 40;
/// How old money without an order may be when it becomes known. Older money comes from imports, and opens no claim.
const AGE_MAX: SignedDuration = SignedDuration::from_hours(60 * 24);

/// What is known about the money of one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    pub member_id: MemberId,
    /// The shop's id of the order.
    pub order_id: String,
    /// What the shop reported, in the order in which it happened.
    pub events: Vec<PaymentEvent>,
    /// The claim about the money, once there is one.
    pub claim_id: Option<ClaimId>,
    /// Whether the claim was opened because no order came in time.
    pub was_late: bool,
}

/// A payment with the number of its writes.
#[derive(Debug, Clone)]
pub struct VersionedPayment {
    pub payment: Payment,
    /// Counts the writes; 0 before the first.
    pub version: u64,
}

/// One event of a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentEvent {
    /// The shop's id of the event.
    pub event_id: String,
    pub kind: OrderEventKind,
    /// When it happened.
    pub at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_reference: Option<String>,
}

/// How far the money of an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The shop has it.
    Paid,
    /// Its refund was requested.
    Requested,
    /// It was sent back.
    Sent,
    /// The customer has it back.
    Back,
}

/// The order has as many events of its money as one order can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the order has {EVENTS_MAX} events of its money, which is the most")]
pub struct TooManyEvents;

impl Payment {
    /// Returns the payment of an order of which nothing is known.
    pub fn new(member_id: MemberId, order_id: String) -> Self {
        Self { member_id, order_id, events: Vec::new(), claim_id: None, was_late: false }
    }

    /// Returns the id of the claim about the money of an order.
    pub fn claim_id_of(member_id: &MemberId, order_id: &str) -> ClaimId {
        ClaimId::of_cause(&digest(&["payment", order_id]), member_id)
    }

    /// Adds an event; one that is known changes nothing. Of those that place or cancel the order the newest is kept.
    ///
    /// # Errors
    /// Refuses more events than one order can have.
    pub fn add(&mut self, event: PaymentEvent) -> Result<(), TooManyEvents> {
        if self.events.iter().any(|known| known.event_id == event.event_id) {
            return Ok(());
        }
        let is_about_money = |event: &&PaymentEvent| event.kind.is_about_money();
        if !is_about_money(&&event) {
            let (kind, place) = (event.kind, event.place());
            if self.events.iter().any(|known| known.kind == kind && known.place() > place) {
                return Ok(());
            }
            self.events.retain(|known| known.kind != kind);
        } else if self.events.iter().filter(is_about_money).count() >= EVENTS_MAX {
            return Err(TooManyEvents);
        }
        self.events.push(event);
        self.events.sort_by(|one, other| one.place().cmp(&other.place()));
        Ok(())
    }

    /// Returns how far the money is; `None` if no money is known.
    ///
    /// It is back when as much came back as was requested or sent, and sent when as much was sent as was requested.
    /// If an amount is not known, the event that is furthest says it.
    pub fn stage(&self) -> Option<Stage> {
        let furthest = self.events.iter().filter_map(|event| event.stage()).max()?;
        let Some(sums) = self.refund_sums() else { return Some(furthest) };
        let owed = self.owed_minor(sums);
        Some(match sums {
            RefundSums { back, .. } if back >= owed => Stage::Back,
            RefundSums { sent, .. } if sent >= owed => Stage::Sent,
            _ => Stage::Requested,
        })
    }

    /// Returns the money that the customer has to get back; before a refund, the money that was paid. `None` if it is
    /// not known.
    pub fn amount(&self) -> Option<Money> {
        let newest = self.events.iter().filter(|event| event.amount.is_some());
        let newest = newest.max_by_key(|event| event.is_refund())?.amount.clone()?;
        let Some(currency) = self.currency() else { return Some(newest) };
        let amount = match self.refund_sums() {
            Some(sums) => self.owed_minor(sums),
            None if self.has_refund() => newest.amount,
            None => self.sum_of(Stage::Paid),
        };
        Some(Money { amount, currency })
    }

    /// Returns the bank's reference: of the refund, else of the payment; the newest of them.
    pub fn bank_reference(&self) -> Option<String> {
        let with_reference = self.events.iter().filter(|event| event.bank_reference.is_some());
        let newest = with_reference.max_by_key(|event| event.is_refund());
        newest.and_then(|event| event.bank_reference.clone())
    }

    /// Returns what the claim about the money is about.
    pub fn claim_kind(&self) -> ClaimKind {
        let failed = self.events.iter().any(|event| event.kind == OrderEventKind::OrderFailed);
        match failed || self.was_late {
            true => ClaimKind::ChargedWithoutOrder,
            false => ClaimKind::Refund,
        }
    }

    /// Returns whether the order exists: it was placed, and neither cancelled nor failed since.
    pub fn has_order(&self) -> bool {
        self.newest_at(|kind| kind == OrderEventKind::Placed) > self.order_ended_at()
    }

    /// Returns when the money becomes a claim if there is no order by then: so many minutes after the first payment or
    /// the end of the order. `None` if no money waits for an order.
    pub fn due_at(&self, minutes: u16) -> Option<Timestamp> {
        let waits = self.claim_id.is_none() && self.stage() == Some(Stage::Paid);
        let mut paid = self.events.iter().filter(|event| event.stage() == Some(Stage::Paid));
        let first = paid.next().filter(|_| waits && !self.has_order())?.at;
        let from = self.order_ended_at().map_or(first, |at| at.max(first));
        Some(from.checked_add(SignedDuration::from_mins(minutes.into())).unwrap_or(from))
    }

    /// Returns until when the money waits for its order, as far as it is known now. Old money does not wait.
    pub fn waits_until(&self, settings: ClaimSettings, now: Timestamp) -> Option<Timestamp> {
        let due = self.due_at(settings.money_without_order_minutes);
        due.filter(|due| now.duration_since(*due) <= AGE_MAX)
    }

    /// Returns the claim that an event changes, after it; `None` if it changes none. A refund opens it at once. A
    /// claim of a person that was rejected counts as none: what happens later is a claim of its own.
    pub fn claim_after(
        &mut self,
        before: Option<&Claim>,
        added: &PaymentEvent,
        today: &Today,
        now: Timestamp,
    ) -> Option<Claim> {
        // Whether the order came in time is looked at when the time is over.
        if added.kind == OrderEventKind::Placed {
            return None;
        }
        let own = Self::claim_id_of(&self.member_id, &self.order_id);
        let is_given_up =
            |claim: &&Claim| claim.status == ClaimStatus::Rejected && claim.claim_id != own;
        let claim = match before.filter(|claim| !is_given_up(claim)) {
            Some(claim) => Some(claim.on_payment(self, added, today, now)),
            None if self.stage() > Some(Stage::Paid) => Some(Claim::of_payment(self, today, now)),
            None => None,
        };
        self.claim_id = claim.as_ref().map(|claim| claim.claim_id.clone());
        claim
    }

    /// Makes a claim that a person opened the claim about this money, unless there is one, and tells it what is known.
    /// Returns whether it did.
    pub fn adopt(&mut self, claim: &mut Claim, today: &Today, now: Timestamp) -> bool {
        let is_new = self.claim_id.is_none() && claim.kind.is_about_money();
        if is_new {
            self.claim_id = Some(claim.claim_id.clone());
            if let Some(last) = self.reported_events().last() {
                *claim = claim.on_payment(self, last, today, now);
            }
        }
        is_new
    }

    /// Opens the claim of money whose order did not come in time.
    pub fn open_claim(&mut self, today: &Today, now: Timestamp) -> Claim {
        self.was_late = true;
        let claim = Claim::of_payment(self, today, now);
        self.claim_id = Some(claim.claim_id.clone());
        claim
    }

    /// Returns the events that the claim has a step for: all but the one that placed the order.
    pub(crate) fn reported_events(&self) -> impl DoubleEndedIterator<Item = &PaymentEvent> {
        self.events.iter().filter(|event| event.kind != OrderEventKind::Placed)
    }

    /// Returns whether a refund is known.
    pub(crate) fn has_refund(&self) -> bool {
        self.events.iter().any(PaymentEvent::is_refund)
    }

    fn order_ended_at(&self) -> Option<Timestamp> {
        self.newest_at(OrderEventKind::ends_order)
    }

    fn newest_at(&self, is_meant: impl Fn(OrderEventKind) -> bool) -> Option<Timestamp> {
        self.events.iter().filter(|event| is_meant(event.kind)).map(|event| event.at).max()
    }

    fn owed_minor(&self, sums: RefundSums) -> i64 {
        let owed = sums.requested.max(sums.sent).max(if sums.is_untold() { sums.back } else { 0 });
        // Two requests for the same money are one: no more comes back than was paid.
        let paid = self.sum_of(Stage::Paid);
        if paid > 0 { owed.min(paid) } else { owed }
    }

    /// Returns the sums of the refund; `None` if there is none, or an amount is not known or of another currency.
    fn refund_sums(&self) -> Option<RefundSums> {
        let _ = self.currency()?;
        let mut refunds = self.events.iter().filter(|event| event.is_refund()).peekable();
        let is_known = refunds.peek().is_some() && refunds.all(|event| event.amount.is_some());
        is_known.then(|| RefundSums {
            requested: self.sum_of(Stage::Requested),
            sent: self.sum_of(Stage::Sent),
            back: self.sum_of(Stage::Back),
        })
    }

    /// Returns the currency of all amounts; `None` if they differ or none is known.
    fn currency(&self) -> Option<Currency> {
        let mut currencies =
            self.events.iter().filter_map(|event| Some(event.amount.as_ref()?.currency));
        let first = currencies.next()?;
        currencies.all(|currency| currency == first).then_some(first)
    }

    fn sum_of(&self, stage: Stage) -> i64 {
        let of_stage = self.events.iter().filter(|event| event.stage() == Some(stage));
        let amounts = of_stage.filter_map(|event| Some(event.amount.as_ref()?.amount));
        amounts.fold(0, |sum: i64, amount| sum.saturating_add(amount).min(AMOUNT_MAX_MINOR))
    }
}

/// How much of a refund was requested, sent, and came back, in minor units.
#[derive(Debug, Clone, Copy)]
struct RefundSums {
    requested: i64,
    sent: i64,
    back: i64,
}

impl RefundSums {
    /// Returns whether nothing says how much is to come back but what came.
    fn is_untold(self) -> bool {
        self.requested == 0 && self.sent == 0
    }
}

impl Stage {
    /// Returns where the money is.
    pub fn money_at(self) -> MoneyAt {
        match self {
            Self::Paid => MoneyAt::Shop,
            Self::Requested => MoneyAt::Provider,
            Self::Sent => MoneyAt::Bank,
            Self::Back => MoneyAt::Customer,
        }
    }
}

impl PaymentEvent {
    /// Returns the event of a payment; `None` if the payment does not keep it. An amount of 0 says nothing, and that of an
    /// order is not money that moved.
    pub fn of(event: &OrderEvent) -> Option<Self> {
        let is_money = event.kind.is_about_money();
        event.is_kept_with_payment().then(|| Self {
            event_id: event.event_id.clone(),
            kind: event.kind,
            at: event.at,
            amount: event.amount.clone().filter(|money| is_money && money.amount > 0),
            bank_reference: event.bank_reference.clone().filter(|_| is_money),
        })
    }

    fn is_refund(&self) -> bool {
        self.stage() > Some(Stage::Paid)
    }

    /// Returns how far the event brings the money.
    fn stage(&self) -> Option<Stage> {
        match self.kind {
            OrderEventKind::PaymentReceived => Some(Stage::Paid),
            OrderEventKind::RefundRequested => Some(Stage::Requested),
            OrderEventKind::RefundSent => Some(Stage::Sent),
            OrderEventKind::RefundReceived => Some(Stage::Back),
            _ => None,
        }
    }

    /// Returns where it stands among the events. Those of one instant are in their natural order.
    fn place(&self) -> (Timestamp, Option<Stage>, &str) {
        (self.at, self.stage(), &self.event_id)
    }
}
