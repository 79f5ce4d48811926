//! Claims about the money of an order: opened by the system, and moved by what the shop reports.

use jiff::Timestamp;

use crate::care::OrderEventKind;

use super::{
    Act, Claim, ClaimKind, ClaimStatus, Evidence, ManualStep, MoneyAt, Party, Step, StepKind, Today,
};
use crate::payment::{Payment, PaymentEvent, Stage};

impl Claim {
    /// Returns the claim about the money of an order, with a step for each event that is known.
    pub fn of_payment(payment: &Payment, today: &Today, now: Timestamp) -> Self {
        let claim_id = Payment::claim_id_of(&payment.member_id, &payment.order_id);
        let evidence = Evidence { order_id: Some(payment.order_id.clone()), ..Evidence::default() };
        let (kind, act) = (payment.claim_kind(), Act::of_system(now));
        let mut claim = Self::open(claim_id, kind, evidence, &act, today);
        // The agents complete it by hand, so they see it on the same day.
        claim.follow_up_on = Some(today.date);
        let mut earlier = payment.reported_events();
        let last = earlier.next_back();
        for event in earlier {
            let step = act.step(StepKind::Payment, claim.status);
            claim.add(event.step(step));
        }
        match last {
            Some(event) => claim.on_payment(payment, event, today, now),
            None => claim,
        }
    }

    /// Returns the claim after an event of its payment. The result depends on the set of events, not on their order.
    ///
    /// A claim that a person ended stays as it is. One that ended by itself is opened again if the money is elsewhere since,
    /// or if its order is gone. If its member says that the money is not back, only a later return of it ends it.
    #[must_use]
    pub fn on_payment(
        &self,
        payment: &Payment,
        event: &PaymentEvent,
        today: &Today,
        now: Timestamp,
    ) -> Self {
        let Some(stage) = payment.stage() else { return self.clone() };
        let money_at = Some(stage.money_at());
        let is_gone = stage == Stage::Paid && !payment.has_order();
        let is_moved = match self.is_ended() {
            true => self.is_proven_by_system() && (self.money_at != money_at || is_gone),
            false => !(stage == Stage::Back && self.is_disputed(event)),
        };
        let mut next = if is_moved { self.reopened(today) } else { self.clone() };
        if is_moved && self.is_ended() {
            next.follow_up_on = Some(today.date);
        }
        if self.opened_by == Party::System {
            next.kind = payment.claim_kind();
        }
        // What a person claims is not what was paid, but what comes back.
        if self.opened_by == Party::System || self.amount.is_none() || payment.has_refund() {
            next.amount = payment.amount().or(next.amount);
        }
        next.bank_reference = payment.bank_reference().or(next.bank_reference);
        if is_moved {
            next.money_at = money_at;
            (next.status, next.waiting_on) = match stage {
                Stage::Paid if self.is_ended() => (ClaimStatus::Investigating, None),
                Stage::Paid => (next.status, next.waiting_on),
                Stage::Requested => (ClaimStatus::Waiting, Some("provider".to_owned())),
                Stage::Sent => (ClaimStatus::Waiting, Some("bank".to_owned())),
                Stage::Back => (ClaimStatus::Resolved, None),
            };
            next.proven = stage == Stage::Back;
            next.put_off_mail(today);
            next.close_if_ended();
        }
        let what = if is_moved && next.proven { StepKind::Proven } else { StepKind::Payment };
        let step = Act::of_system(now).step(what, next.status);
        // Internal steps may have said it before: then the member does not know it yet.
        let seen = self.for_member();
        let waiting_on =
            next.waiting_on.clone().filter(|who| seen.waiting_on.as_ref() != Some(who));
        next.add(Step {
            money_at: money_at.filter(|_| is_moved && seen.money_at != money_at),
            waiting_on: waiting_on.filter(|_| is_moved),
            ..event.step(step)
        });
        next
    }

    /// Returns whether a customer said that the money is not back, and the event does not report a later return.
    fn is_disputed(&self, event: &PaymentEvent) -> bool {
        let mut earlier = self.history.iter().rev();
        let reopened = earlier.find(|step| step.what == StepKind::Reopened);
        let was_back = earlier.find_map(|step| step.money_at) == Some(MoneyAt::Customer);
        let is_later =
            |step: &Step| event.kind == OrderEventKind::RefundReceived && event.at > step.at;
        was_back && reopened.is_some_and(|step| !is_later(step))
    }

    /// Returns the order that ends the claim if it comes: of money that still waits for one.
    pub fn awaited_order(&self) -> Option<&str> {
        let waits = self.opened_by == Party::System
            && self.kind == ClaimKind::ChargedWithoutOrder
            && self.money_at == Some(MoneyAt::Shop)
            && !self.is_ended();
        self.evidence.order_id.as_deref().filter(|_| waits)
    }
}

impl Claim {
    /// Returns what the agents have to do by hand to bring the money to its right place; nothing for other claims.
    pub fn to_do(&self) -> &'static [ManualStep] {
        use ManualStep::{
            AskBank, AskProvider, CheckPayment, CompleteOrder, GiveReference, RequestRefund,
        };
        match self.money_at {
            _ if self.is_ended() || !self.kind.is_about_money() => &[],
            None | Some(MoneyAt::Shop) if self.kind == ClaimKind::ChargedWithoutOrder => {
                &[CheckPayment, CompleteOrder, RequestRefund]
            }
            None | Some(MoneyAt::Shop) => &[CheckPayment, RequestRefund],
            Some(MoneyAt::Provider) => &[AskProvider],
            Some(MoneyAt::Bank) => &[GiveReference, AskBank],
            Some(MoneyAt::Customer) => &[],
        }
    }
}

impl PaymentEvent {
    /// Returns the step that tells of the event.
    fn step(&self, step: Step) -> Step {
        let (event, happened_at) = (Some(self.kind), Some(self.at));
        Step { event, happened_at, bank_reference: self.bank_reference.clone(), ..step }
    }
}
