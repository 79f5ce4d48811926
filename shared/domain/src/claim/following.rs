//! What the system does with an open claim: it creates follow-ups, marks a broken promise, and checks whether
//! the requested mail or purchase exists.
//!
//! A repeated run changes nothing, because the claim records what was done.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Act, Claim, ClaimKind, ClaimStatus, Finding, Fix, News, Party, Step, StepKind, Today};
use crate::id::{EmailId, PurchaseId};
use crate::invoice::Invoice;
use crate::mail::EmailStatus;
use crate::text::{self, Text};

/// The changes that are due on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// The claim afterwards.
    pub claim: Claim,
    /// The promise that was broken, if this run records it.
    pub broken_promise: Option<Date>,
    /// Whether an agent is asked to follow it up.
    pub asks: bool,
    /// What its member is written to about.
    pub news: Option<News>,
}

/// What the system watches to see whether a claim is settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Watched {
    /// The status of a mail.
    Mail(EmailId),
    /// Whether a purchase was recorded.
    Purchase(PurchaseId),
    /// Whether an order came.
    Order(String),
}

/// What the system observed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observation {
    /// The newest of the mails in question and its status.
    Mail(EmailId, EmailStatus),
    /// The purchase, with its points where they are due.
    Purchase,
    /// The order for money that waited for one.
    Order,
}

impl Claim {
    /// Returns the next local day with a due change: a follow-up, the day after the promise, or a mail to its member.
    pub fn next_due(&self) -> Option<Date> {
        if self.is_ended() {
            return None;
        }
        let broken_on = self.promised_by.tomorrow().ok().filter(|_| !self.escalated);
        self.follow_up_on.into_iter().chain(broken_on).chain(self.tell_on).min()
    }

    /// Decides what falls due on a local day; `None` if nothing does.
    pub fn on_day(&self, today: &Today, now: Timestamp) -> Option<Day> {
        if self.is_ended() {
            return None;
        }
        let escalates = !self.escalated && today.date > self.promised_by;
        let follows_up = self.follow_up_on.is_some_and(|day| day <= today.date);
        let tells = self.tell_on.is_some_and(|day| day <= today.date);
        if !escalates && !follows_up && !tells {
            return None;
        }
        let mut claim = self.clone();
        if follows_up {
            claim.follow_up_on = Some(today.follow_up());
        }
        if escalates {
            claim.escalated = true;
            let step = Act::of_system(now).step(StepKind::Escalated, claim.status);
            claim.add(step);
        }
        if escalates || tells {
            claim.put_off_mail(today);
        }
        let news = if escalates { News::BrokenPromise } else { News::Reminder };
        Some(Day {
            broken_promise: escalates.then_some(self.promised_by),
            asks: escalates || follows_up,
            news: ((escalates || tells) && self.tells_member()).then_some(news),
            claim,
        })
    }

    /// Returns what the system can watch while the claim is open.
    pub fn watched(&self) -> Option<Watched> {
        if self.is_ended() {
            return None;
        }
        if let Some(order_id) = self.awaited_order() {
            return Some(Watched::Order(order_id.to_owned()));
        }
        match self.under_way.as_ref().or(self.proposed_fix.as_ref())? {
            Fix::Resend { email_id } | Fix::RequestMail { email_id } => {
                Some(Watched::Mail(email_id.clone()))
            }
            // If the invoice was recorded before the failure, this is a conflict, which a person must decide.
            Fix::Redrive => self.missed().map(Watched::Purchase),
            Fix::CreditPoints { .. }
            | Fix::AttachReceipt { .. }
            | Fix::Rerate { .. }
            | Fix::TakeBackCredit { .. } => None,
        }
    }

    /// Returns the purchase whose points are missing, if it is known. If it arrives, the claim is settled.
    pub fn missed(&self) -> Option<PurchaseId> {
        let is_missing = self.kind == ClaimKind::MissingPoints && !self.is_ended();
        let waits = is_missing && self.finding == Some(Finding::NotReceived);
        self.invoiced().filter(|_| waits)
    }

    /// Returns the number of the purchase whose points are missing, if its branch is not known. It may arrive anywhere.
    pub fn missed_number(&self) -> Option<&str> {
        let is_missing = self.kind == ClaimKind::MissingPoints && !self.is_ended();
        let is_unseen = self.finding.map(Finding::for_member) == Some(Finding::NotReceived);
        let waits = is_missing && is_unseen && self.evidence.branch.is_none();
        self.evidence.invoice_number.as_deref().filter(|_| waits)
    }

    fn invoiced(&self) -> Option<PurchaseId> {
        self.evidence.invoice().map(Invoice::purchase_id)
    }

    /// Applies an observation; returns `None` if nothing changed.
    pub fn observed(&self, observation: &Observation, now: Timestamp) -> Option<Self> {
        if self.is_ended() {
            return None;
        }
        match observation {
            Observation::Purchase => Some(self.proven_by(text::claim_purchase_recorded(), now)),
            Observation::Order => Some(self.proven_by(text::claim_order_came(), now)),
            Observation::Mail(email_id, status) => match status {
                EmailStatus::Queued | EmailStatus::Sending => None,
                EmailStatus::Sent
                | EmailStatus::Delayed
                | EmailStatus::Delivered
                | EmailStatus::Complained => Some(self.proven_by(text::claim_mail_sent(), now)),
                EmailStatus::Uncertain
                | EmailStatus::Blocked
                | EmailStatus::Rejected
                | EmailStatus::Bounced => self.failed(email_id, *status, now),
            },
        }
    }

    /// Records that the requested mail failed, or that a mail with a lost request was sent anyway and failed.
    fn failed(&self, email_id: &EmailId, status: EmailStatus, now: Timestamp) -> Option<Self> {
        let fix = Fix::Resend { email_id: email_id.clone() };
        let is_requested = matches!(self.proposed_fix, Some(Fix::RequestMail { .. }));
        if self.under_way.is_none() && !is_requested {
            return None;
        }
        Some(self.proposing_again(fix, text::claim_mail_failed(&status.into()), now))
    }

    /// Returns the claim of a purchase that failed again; `None` if that is known and waits for a person.
    pub fn recurred(&self, today: &Today, now: Timestamp) -> Option<Self> {
        if !self.is_ended() && self.proposed_fix == Some(Fix::Redrive) {
            return None;
        }
        Some(self.reopened(today).proposing_again(
            Fix::Redrive,
            text::claim_purchase_failed_again(),
            now,
        ))
    }

    /// Returns the claim of a mail that failed after it had gone out; `None` while the claim is open, or if a
    /// person ended it.
    pub fn disproven(
        &self,
        email_id: &EmailId,
        status: EmailStatus,
        today: &Today,
        now: Timestamp,
    ) -> Option<Self> {
        let is_final = matches!(status, EmailStatus::Rejected | EmailStatus::Bounced);
        let fix = Fix::Resend { email_id: email_id.clone() };
        (is_final && self.is_ended() && self.is_proven_by_system()).then(|| {
            self.reopened(today).proposing_again(fix, text::claim_mail_failed(&status.into()), now)
        })
    }

    /// Returns whether the system found the proof of its end. What the shop reports later changes nothing about that.
    pub(super) fn is_proven_by_system(&self) -> bool {
        let last = self.history.iter().rev().find(|step| step.what != StepKind::Payment);
        last.is_some_and(|step| step.what == StepKind::Proven && step.by == Party::System)
    }

    /// Returns the claim with a new promise if it has ended.
    pub(super) fn reopened(&self, today: &Today) -> Self {
        let mut next = self.clone();
        if self.is_ended() {
            next.promised_by = today.promise();
            next.follow_up_on = Some(today.follow_up());
            next.escalated = false;
            next.proven = false;
            next.put_off_mail(today);
        }
        next
    }

    fn proposing_again(&self, fix: Fix, note: Text, now: Timestamp) -> Self {
        let mut next = self.clone();
        next.status = ClaimStatus::Investigating;
        next.waiting_on = None;
        next.under_way = None;
        next.proposed_fix = Some(fix);
        let step = Act::of_system(now).step(StepKind::Failed, next.status);
        next.add(Step { note: Some(note.into()), internal: true, ..step });
        next
    }

    fn proven_by(&self, note: Text, now: Timestamp) -> Self {
        let mut next = self.clone();
        next.status = ClaimStatus::Resolved;
        next.proven = true;
        next.close_if_ended();
        let step = Act::of_system(now).step(StepKind::Proven, next.status);
        next.add(Step { note: Some(note.into()), ..step });
        next
    }
}
