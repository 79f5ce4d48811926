//! The answer for a claim: complete for agents; for its member without fixes, names and internal notes.

use jiff::Timestamp;
use jiff::civil::Date;
use puntos_domain::claim::{
    Claim, ClaimKind, ClaimStatus, Evidence, Finding, Fix, FixAction, Party, Step, StepKind,
};
use puntos_domain::id::{ClaimId, EmailId, MemberId, PurchaseId};
use serde::Serialize;

/// A claim.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ClaimAnswer {
    /// Its id.
    #[schema(value_type = String)]
    pub claim_id: ClaimId,
    /// Whose it is; null where the system found nobody whom it concerns.
    #[schema(value_type = Option<String>)]
    pub member_id: Option<MemberId>,
    /// What it is about.
    pub kind: ClaimKind,
    /// How far it is.
    pub status: ClaimStatus,
    /// The local day by which it is promised to be resolved.
    #[schema(value_type = String, format = "date")]
    pub promised_by: Date,
    /// Who opened it: `member`, `agent` or `system`.
    pub opened_by: Party,
    /// What it refers to.
    pub evidence: EvidenceAnswer,
    /// `not_received`, `received_with_points` or `received_without_points`, where the invoice was looked up.
    #[schema(value_type = Option<String>)]
    pub finding: Option<Finding>,
    /// What an agent can do about it in one step. A member does not see it.
    pub proposed_fix: Option<FixAnswer>,
    /// Who has to act, while it waits.
    pub waiting_on: Option<String>,
    /// The bank's reference of money that is on its way back.
    pub bank_reference: Option<String>,
    /// Whether the promise of now was broken.
    pub escalated: bool,
    /// Whether the customer, the bank or the points themselves say that it is resolved.
    pub proven: bool,
    /// The next local day on which somebody is asked to follow it up.
    #[schema(value_type = Option<String>, format = "date")]
    pub follow_up_on: Option<Date>,
    /// Every step, oldest first.
    pub history: Vec<StepAnswer>,
    /// When it was opened.
    #[schema(value_type = String, format = "date-time")]
    pub created_at: Timestamp,
}

/// What a claim refers to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct EvidenceAnswer {
    /// Where it happened.
    pub branch: Option<String>,
    /// The number of the invoice there.
    pub invoice_number: Option<String>,
    /// When it happened.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub purchased_at: Option<Timestamp>,
    /// The card that was used.
    pub card_number: Option<String>,
    /// What else there is to say.
    pub note: Option<String>,
}

/// A proposed fix.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FixAnswer {
    /// What it does.
    pub action: FixAction,
    /// The invoice that the points stand in for.
    pub invoice: Option<InvoiceAnswer>,
    /// The purchase whose points are given.
    #[schema(value_type = Option<String>)]
    pub purchase_id: Option<PurchaseId>,
    /// The mail that is sent.
    #[schema(value_type = Option<String>)]
    pub email_id: Option<EmailId>,
}

/// An invoice.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct InvoiceAnswer {
    /// Where.
    pub branch: String,
    /// Its number there.
    pub invoice_number: String,
}

/// A step of a claim.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StepAnswer {
    /// When it was taken.
    #[schema(value_type = String, format = "date-time")]
    pub at: Timestamp,
    /// What was done.
    pub what: StepKind,
    /// How far the claim was after it.
    pub status: ClaimStatus,
    /// Who took it.
    pub by: Party,
    /// Who exactly; a member does not see it.
    pub actor: Option<String>,
    /// What they said.
    pub note: Option<String>,
    /// Whether that is for colleagues only; a member does not see such notes.
    pub internal: bool,
    /// Who has to act from here on.
    pub waiting_on: Option<String>,
    /// The new promise.
    #[schema(value_type = Option<String>, format = "date")]
    pub promised_by: Option<Date>,
    /// The bank's reference.
    pub bank_reference: Option<String>,
    /// The evidence that came with it.
    pub evidence: Option<EvidenceAnswer>,
    /// The fix that was done or ordered; a member does not see it.
    pub fix: Option<FixAction>,
}

impl ClaimAnswer {
    /// Returns a claim as agents see it, or as its member does.
    pub fn new(claim: &Claim, for_member: bool) -> Self {
        let member_id = claim.claim_id.member_id();
        let finding = claim.finding.map(|finding| match for_member {
            true => finding.for_member(),
            false => finding.in_contract(),
        });
        let fix = claim.proposed_fix.as_ref().filter(|_| !for_member);
        Self {
            claim_id: claim.claim_id.clone(),
            member_id: Some(member_id).filter(MemberId::is_known),
            kind: claim.kind,
            status: claim.status,
            promised_by: claim.promised_by,
            opened_by: claim.opened_by,
            evidence: claim.evidence.clone().into(),
            finding,
            proposed_fix: fix.map(fix_answer),
            waiting_on: claim.waiting_on.clone(),
            bank_reference: claim.bank_reference.clone(),
            escalated: claim.escalated,
            proven: claim.proven,
            follow_up_on: claim.follow_up_on,
            history: if for_member {
                steps_for_member(&claim.history)
            } else {
                steps(&claim.history)
            },
            created_at: claim.created_at,
        }
    }
}

impl From<Evidence> for EvidenceAnswer {
    fn from(evidence: Evidence) -> Self {
        Self {
            branch: evidence.branch,
            invoice_number: evidence.invoice_number,
            purchased_at: evidence.purchased_at,
            card_number: evidence.card_number,
            note: evidence.note,
        }
    }
}

fn fix_answer(fix: &Fix) -> FixAnswer {
    let mut answer =
        FixAnswer { action: fix.action(), invoice: None, purchase_id: None, email_id: None };
    match fix.clone() {
        Fix::CreditPoints { branch, invoice_number } => {
            answer.invoice = Some(InvoiceAnswer { branch, invoice_number });
        }
        Fix::ClaimPoints { purchase_id } => answer.purchase_id = Some(purchase_id),
        Fix::Resend { email_id } | Fix::OrderMail { email_id } => {
            answer.email_id = Some(email_id);
        }
        Fix::Redrive => {}
    }
    answer
}

fn steps(steps: &[Step]) -> Vec<StepAnswer> {
    steps.iter().map(step_answer).collect()
}

/// Returns the steps that a member may see. An internal step shows only a new status or promise.
fn steps_for_member(steps: &[Step]) -> Vec<StepAnswer> {
    let mut before = None;
    let mut answers = Vec::with_capacity(steps.len());
    for step in steps {
        let moved = before.replace(step.status) != Some(step.status);
        if step.internal && !moved && step.promised_by.is_none() {
            continue;
        }
        let mut answer = StepAnswer { actor: None, fix: None, ..step_answer(step) };
        if step.internal {
            answer.internal = false;
            answer.note = None;
            answer.evidence = None;
            answer.bank_reference = None;
        }
        answers.push(answer);
    }
    answers
}

fn step_answer(step: &Step) -> StepAnswer {
    StepAnswer {
        at: step.at,
        what: step.what,
        status: step.status,
        by: step.by,
        actor: step.actor.clone(),
        note: step.note.clone(),
        internal: step.internal,
        waiting_on: step.waiting_on.clone(),
        promised_by: step.promised_by,
        bank_reference: step.bank_reference.clone(),
        evidence: step.evidence.clone().map(EvidenceAnswer::from),
        fix: step.fix,
    }
}
