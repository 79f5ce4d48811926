//! Claims: a customer's case about points, money or a mail. It stays open until its end is proven.
//!
//! A claim keeps every step with its time, and a step never changes. This module reads no purchase and sends
//! no mail: findings are arguments, and proposed fixes are results.

mod attachment;
mod double_credit;
mod evidence;
mod finding;
mod fix;
mod following;
mod money;
mod names;
mod news;
mod step;
#[cfg(test)]
mod tests;
mod update;
mod view;

use jiff::civil::Date;
use jiff::{Span, Timestamp};

use crate::calendar::local_date;
use crate::id::{ClaimId, TaskId};
use crate::money::Money;
use crate::program::{ClaimSettings, ProgramVersion};
use crate::stamp::Stamp;
use crate::text::Remark;

pub use attachment::{ATTACHMENT_BYTES_MAX, ATTACHMENTS_MAX, Attachment, ContentType};
pub use evidence::Evidence;
pub use finding::{Checked, Finding, InvoiceState};
pub use fix::Fix;
pub use following::{Day, Observation, Watched};
pub use names::{ClaimKind, ClaimStatus, FixAction, ManualStep, MoneyAt, Party, StepKind};
pub use news::News;
pub use step::{Act, Request, Step};
pub use update::{Refusal, Update};

/// The most steps that people add to a claim.
pub const STEPS_MAX: usize = 60;
/// The extra steps that are reserved for closing a claim that is full.
pub const ENDING_STEPS_MAX: usize = 4;
/// The most steps of a claim in all.
pub const STEPS_TOTAL_MAX: usize = 120;
/// The most steps of the system, so that those of people always fit. Later observations change the claim
/// without a step.
pub const SYSTEM_STEPS_MAX: usize = STEPS_TOTAL_MAX - STEPS_MAX - ENDING_STEPS_MAX;
/// The most claims and updates of one member on a local day. Who guesses receipts gets no further than that.
pub const MEMBER_STEPS_PER_DAY_MAX: i64 = 50;
/// The party that a claim waits for while the system works.
pub const SYSTEM: &str = "system";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    pub claim_id: ClaimId,
    /// What it is about.
    pub kind: ClaimKind,
    /// How far it is.
    pub status: ClaimStatus,
    /// Who opened it: a member, an agent, or the system.
    pub opened_by: Party,
    /// What it refers to.
    pub evidence: Evidence,
    /// The local day by which it is promised to be resolved.
    pub promised_by: Date,
    /// What the check of the invoice found.
    pub finding: Option<Finding>,
    /// What an agent can do about it in one step.
    pub proposed_fix: Option<Fix>,
    /// The fix that was requested and is not proven yet.
    pub under_way: Option<Fix>,
    /// Who has to act, while it waits.
    pub waiting_on: Option<String>,
    /// The money that it is about.
    pub amount: Option<Money>,
    /// How it was paid.
    pub method: Option<String>,
    /// Where the money is, as far as it is known.
    pub money_at: Option<MoneyAt>,
    /// The local day by which the money is expected back.
    pub expected_by: Option<Date>,
    /// The bank's reference of money that is on its way back.
    pub bank_reference: Option<String>,
    /// Whether the current promise was broken.
    pub escalated: bool,
    /// Whether the customer says, or the points or the money prove, that it is resolved.
    pub proven: bool,
    /// The next local day on which somebody is asked to follow it up.
    pub follow_up_on: Option<Date>,
    /// The next local day on which its member is written to, if nothing happens before.
    pub tell_on: Option<Date>,
    /// The newest follow-up task.
    pub follow_up_task: Option<TaskId>,
    /// Every step, oldest first.
    pub history: Vec<Step>,
    /// When it was opened.
    pub created_at: Timestamp,
}

/// A claim as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimRecord {
    pub claim: Claim,
    /// The fingerprint of the request that opened it.
    pub fingerprint: String,
    /// Who opened it, when, and under which request.
    pub opened: Stamp,
    /// Counts the writes.
    pub version: u64,
}

/// The local day, and what the programme promises of claims.
#[derive(Debug, Clone, Copy)]
pub struct Today {
    /// The local day.
    pub date: Date,
    /// What is promised.
    pub settings: ClaimSettings,
}

impl Today {
    /// Returns the local day of an instant, under these rules.
    pub fn of(rules: &ProgramVersion, now: Timestamp) -> Self {
        Self { date: local_date(now, &rules.zone()), settings: rules.program.claims }
    }

    fn promise(&self) -> Date {
        self.date.saturating_add(Span::new().days(self.settings.promise_days))
    }

    fn tell(&self) -> Date {
        self.date.saturating_add(Span::new().days(self.settings.tell_every_days))
    }

    fn follow_up(&self) -> Date {
        self.date.saturating_add(Span::new().days(self.settings.follow_up_days))
    }
}

impl Claim {
    /// Returns a new claim, received and promised.
    pub fn open(
        claim_id: ClaimId,
        kind: ClaimKind,
        evidence: Evidence,
        act: &Act,
        today: &Today,
    ) -> Self {
        let opened = Step {
            promised_by: Some(today.promise()),
            evidence: Some(evidence.clone()).filter(|evidence| *evidence != Evidence::default()),
            ..act.step(StepKind::Opened, ClaimStatus::Received)
        };
        let mut claim = Self {
            claim_id,
            kind,
            status: ClaimStatus::Received,
            opened_by: if act.by == Party::Supervisor { Party::Agent } else { act.by },
            evidence,
            promised_by: today.promise(),
            finding: None,
            proposed_fix: None,
            under_way: None,
            waiting_on: None,
            amount: None,
            method: None,
            money_at: None,
            expected_by: None,
            bank_reference: None,
            escalated: false,
            proven: false,
            follow_up_on: Some(today.follow_up()),
            tell_on: None,
            follow_up_task: None,
            history: vec![opened],
            created_at: act.at,
        };
        claim.put_off_mail(today);
        claim
    }

    /// Returns the claim with the result of a check of its invoice. The same result changes nothing.
    #[must_use]
    pub fn checked(&self, checked: Checked, at: Timestamp) -> Self {
        let mut next = self.clone();
        if next.finding == checked.finding && next.proposed_fix == checked.fix {
            return next;
        }
        next.finding = checked.finding;
        next.proposed_fix = checked.fix;
        let evidence =
            checked.branch.map(|branch| Evidence { branch: Some(branch), ..Evidence::default() });
        if checked.note.is_some() || evidence.is_some() {
            if let Some(found) = &evidence {
                next.evidence = next.evidence.with(found);
            }
            let step = Act::of_system(at).step(StepKind::Checked, next.status);
            let (note, internal) = (checked.note.map(Remark::from), checked.internal);
            next.add(Step { note, internal, evidence, ..step });
        }
        next
    }

    /// Returns whether nothing is due any more: rejected, or resolved and proven.
    pub fn is_ended(&self) -> bool {
        match self.status {
            ClaimStatus::Rejected => true,
            ClaimStatus::Resolved => self.proven,
            ClaimStatus::Received | ClaimStatus::Investigating | ClaimStatus::Waiting => false,
        }
    }

    /// Returns the step that the same request took before, if any.
    pub fn step_of(&self, key: &str) -> Option<&Step> {
        let has_key = |step: &&Step| step.request.as_ref().is_some_and(|found| found.key == key);
        self.history.iter().find(has_key)
    }

    /// Returns how many steps people took. None of them is left out, so each has its own number.
    pub fn steps_of_people(&self) -> usize {
        self.history.iter().filter(|step| step.by != Party::System).count()
    }

    /// Adds a step. Its time is never before that of the step before it, even if clocks differ. People are
    /// refused earlier if there is no room; a step of the system without room is left out.
    fn add(&mut self, mut step: Step) {
        let by_system = self.history.len() - self.steps_of_people();
        if step.by == Party::System && by_system >= SYSTEM_STEPS_MAX {
            return;
        }
        step.at = self.history.last().map_or(step.at, |last| step.at.max(last.at));
        self.history.push(step);
    }

    /// Clears everything that only an open claim has.
    fn close_if_ended(&mut self) {
        if self.is_ended() {
            self.proposed_fix = None;
            self.under_way = None;
            self.waiting_on = None;
            self.follow_up_on = None;
            self.tell_on = None;
            self.follow_up_task = None;
        }
    }
}
