//! What people do with a claim: add a note, change the status or the promise, confirm, disagree, fix.
//!
//! Refusals are checked in the order of the list.

use jiff::civil::Date;

use super::{
    Act, Claim, ClaimStatus, ENDING_STEPS_MAX, Evidence, Fix, MoneyAt, Party, STEPS_MAX, SYSTEM,
    Step, StepKind, Today,
};
use crate::text::{Remark, Text};

/// An update of a claim: a note and changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Update {
    /// How far it is now.
    pub status: Option<ClaimStatus>,
    /// Who has to act, where it waits.
    pub waiting_on: Option<String>,
    /// What there is to say.
    pub note: Option<String>,
    /// Whether that is for colleagues only.
    pub internal: bool,
    /// A new promise.
    pub promised_by: Option<Date>,
    /// The bank's reference of money that is on its way back.
    pub bank_reference: Option<String>,
    /// Where the money is.
    pub money_at: Option<MoneyAt>,
    /// The local day by which the money is expected.
    pub expected_by: Option<Date>,
    /// Further evidence.
    pub evidence: Option<Evidence>,
    /// Whether the customer agrees that it is resolved.
    pub confirmed: Option<bool>,
}

/// Why an update is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It has ended. Only a customer who does not agree can open it again.
    #[error("the claim has ended: only a customer who does not agree opens it again")]
    Ended,
    /// There is no proposed fix.
    #[error("no fix is proposed for this claim")]
    NoFix,
    /// A customer who does not agree must say why.
    #[error("must be given where the customer does not agree")]
    NoteNeeded,
    /// The status cannot go back to received.
    #[error("must be investigating, waiting, resolved or rejected")]
    NotAStep,
    /// Only a resolved claim can be confirmed, and a claim that is not agreed to cannot be resolved.
    #[error("contradicts what the customer says")]
    Contradiction,
    /// A waiting claim must name the party that it waits for.
    #[error("must be given where the claim waits")]
    WaitingOnNeeded,
    /// Only a waiting claim can name a party.
    #[error("must not be given where the claim does not wait")]
    WaitingOnUnasked,
    /// The promised day has passed.
    #[error("must be today or later")]
    PromisePast,
    /// The expected day has passed.
    #[error("must be today or later")]
    ExpectedPast,
    /// It has the most attachments.
    #[error("the claim has all the attachments that it may have")]
    TooManyAttachments,
    /// It has the most steps.
    #[error("the claim has all the steps that it may have: resolve or reject it")]
    Full,
}

impl Claim {
    /// Decides an update.
    ///
    /// A member's answer continues a claim that waits for "member". A resolved claim is proven if the
    /// customer confirms. A bank's reference proves nothing. A customer who does not agree opens it again: the
    /// promise and the proof start anew.
    ///
    /// # Errors
    /// Refuses in the order of [`Refusal`].
    pub fn update(&self, update: &Update, act: &Act, today: &Today) -> Result<Self, Refusal> {
        let is_closed = matches!(self.status, ClaimStatus::Resolved | ClaimStatus::Rejected);
        let reopens = is_closed && update.confirmed == Some(false);
        let confirms = update.confirmed == Some(true);
        if self.is_ended() && !reopens {
            return Err(Refusal::Ended);
        }
        if update.confirmed == Some(false) && update.note.is_none() {
            return Err(Refusal::NoteNeeded);
        }
        let status = self.status_after(update, act, reopens);
        if update.status == Some(ClaimStatus::Received) {
            return Err(Refusal::NotAStep);
        }
        let is_settled = matches!(status, ClaimStatus::Resolved | ClaimStatus::Rejected);
        if confirms && status != ClaimStatus::Resolved
            || update.confirmed == Some(false) && is_settled
        {
            return Err(Refusal::Contradiction);
        }
        let waits = status == ClaimStatus::Waiting;
        let waited_on = self.waiting_on.as_ref().filter(|_| self.status == ClaimStatus::Waiting);
        let waiting_on = update.waiting_on.as_ref().or(waited_on);
        if waits && waiting_on.is_none() {
            return Err(Refusal::WaitingOnNeeded);
        }
        if !waits && update.waiting_on.is_some() {
            return Err(Refusal::WaitingOnUnasked);
        }
        if update.promised_by.is_some_and(|day| day < today.date) {
            return Err(Refusal::PromisePast);
        }
        if update.expected_by.is_some_and(|day| day < today.date) {
            return Err(Refusal::ExpectedPast);
        }
        let mut next = self.clone();
        next.waiting_on = waiting_on.filter(|_| waits).cloned();
        next.status = status;
        if reopens {
            next.promised_by = today.promise();
            next.follow_up_on = Some(today.follow_up());
            next.escalated = false;
            next.put_off_mail(today);
        }
        if let Some(day) = update.promised_by {
            next.promised_by = day;
            next.escalated = false;
        }
        if let Some(evidence) = &update.evidence {
            next.evidence = next.evidence.with(evidence);
        }
        if update.bank_reference.is_some() {
            next.bank_reference.clone_from(&update.bank_reference);
        }
        next.money_at = update.money_at.or(next.money_at);
        next.expected_by = update.expected_by.or(next.expected_by);
        next.proven = status == ClaimStatus::Resolved && confirms;
        if !update.internal && act.by != Party::Member {
            next.put_off_mail(today);
        }
        next.close_if_ended();
        self.check_room(next.is_ended())?;
        let what = match (reopens, confirms) {
            (true, _) => StepKind::Reopened,
            (_, true) => StepKind::Confirmed,
            _ => StepKind::Updated,
        };
        next.add(Step {
            note: update.note.clone().map(Remark::from),
            internal: update.internal,
            waiting_on: update.waiting_on.clone(),
            promised_by: update.promised_by.or(reopens.then_some(next.promised_by)),
            bank_reference: update.bank_reference.clone(),
            money_at: update.money_at,
            expected_by: update.expected_by,
            evidence: update.evidence.clone(),
            ..act.step(what, status)
        });
        Ok(next)
    }

    pub(super) fn status_after(&self, update: &Update, act: &Act, reopens: bool) -> ClaimStatus {
        let waits_on_member = self.status == ClaimStatus::Waiting
            && self.waiting_on.as_ref().is_some_and(|who| who.eq_ignore_ascii_case("member"));
        let unasked = if update.confirmed == Some(true) {
            ClaimStatus::Resolved
        } else if reopens || waits_on_member && act.by == Party::Member {
            ClaimStatus::Investigating
        } else {
            self.status
        };
        update.status.unwrap_or(unasked)
    }

    /// Returns the proposed fix, if it can be done now.
    ///
    /// # Errors
    /// Refuses in the order of [`Refusal`].
    pub fn fix(&self) -> Result<&Fix, Refusal> {
        if self.is_ended() {
            return Err(Refusal::Ended);
        }
        let fix = self.proposed_fix.as_ref().ok_or(Refusal::NoFix)?;
        self.check_room(true)?;
        Ok(fix)
    }

    /// Returns the claim after a fix that proves itself: resolved and proven.
    #[must_use]
    pub fn fixed(&self, note: Option<Text>, act: &Act) -> Self {
        let mut next = self.clone();
        let fix = next.proposed_fix.take().map(|fix| fix.action());
        next.status = ClaimStatus::Resolved;
        next.proven = true;
        next.close_if_ended();
        let note = note.map(Remark::from);
        next.add(Step { note, fix, ..act.step(StepKind::Fixed, next.status) });
        next
    }

    /// Returns the claim after a fix that was requested: it waits for the system until the fix is proven.
    #[must_use]
    pub fn fix_requested(&self, under_way: Fix, act: &Act) -> Self {
        let mut next = self.clone();
        next.proposed_fix = None;
        next.status = ClaimStatus::Waiting;
        next.waiting_on = Some(SYSTEM.to_owned());
        let step = act.step(StepKind::Fixed, next.status);
        next.add(Step {
            fix: Some(under_way.action()),
            waiting_on: next.waiting_on.clone(),
            ..step
        });
        next.under_way = Some(under_way);
        next
    }

    pub(super) fn check_room(&self, ends: bool) -> Result<(), Refusal> {
        let most = if ends { STEPS_MAX + ENDING_STEPS_MAX } else { STEPS_MAX };
        if self.steps_of_people() < most { Ok(()) } else { Err(Refusal::Full) }
    }
}
