//! The answer for a claim: complete for agents; for its member without fixes, names and internal notes.

use jiff::Timestamp;
use jiff::civil::Date;
use puntos_domain::care::OrderEventKind;
use puntos_domain::claim::{
    Claim, ClaimKind, ClaimStatus, Evidence, Finding, Fix, FixAction, ManualStep, MoneyAt, Party,
    Step, StepKind,
};
use puntos_domain::id::{ClaimId, EmailId, MemberId, PurchaseId};
use puntos_domain::language::Language;
use puntos_domain::money::Money;
use puntos_domain::points::Points;
use serde::Serialize;

use super::attachment::AttachmentAnswer;

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
    /// Who has to act, while it waits: `member`, `bank`, `provider`, `shop`, `carrier`, `system`, or another name.
    pub waiting_on: Option<String>,
    /// The money that it is about.
    pub amount: Option<Money>,
    /// How it was paid.
    pub method: Option<String>,
    /// Where the money is: `shop`, `provider`, `bank` or `customer`.
    pub money_at: Option<MoneyAt>,
    /// The local day by which the money is expected back.
    #[schema(value_type = Option<String>, format = "date")]
    pub expected_by: Option<Date>,
    /// The bank's reference of money that is on its way back.
    pub bank_reference: Option<String>,
    /// What agents have to do by hand about the money; a member does not see it.
    pub to_do: Vec<ManualStep>,
    /// Whether the current promise was broken.
    pub escalated: bool,
    /// Whether the customer says, or the points or the money prove, that it is resolved.
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
    /// The total of the receipt.
    pub total: Option<Money>,
    /// The shop's id of the order.
    pub order_id: Option<String>,
    /// What else there is to say.
    pub note: Option<String>,
    /// Pictures and documents, oldest first.
    pub attachments: Vec<AttachmentAnswer>,
}

/// A proposed fix.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FixAnswer {
    /// What it does.
    pub action: FixAction,
    /// The same as a sentence.
    pub text: String,
    /// The invoice that the points stand or stood in for.
    pub invoice: Option<InvoiceAnswer>,
    /// The purchase whose points are given, or that is rated again.
    #[schema(value_type = Option<String>)]
    pub purchase_id: Option<PurchaseId>,
    /// The points that are taken back, as far as they are available; of a re-rating, by how much they change.
    pub points: Option<Points>,
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
    /// Where the money is from here on.
    pub money_at: Option<MoneyAt>,
    /// The new day by which the money is expected.
    #[schema(value_type = Option<String>, format = "date")]
    pub expected_by: Option<Date>,
    /// What the shop reported.
    pub event: Option<OrderEventKind>,
    /// When that happened.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub happened_at: Option<Timestamp>,
    /// The evidence that came with it, after the opening.
    pub evidence: Option<EvidenceAnswer>,
    /// The fix that was done or requested; a member does not see it.
    pub fix: Option<FixAction>,
}

impl ClaimAnswer {
    /// Returns a claim as agents see it, or as its member does.
    pub fn new(claim: &Claim, for_member: bool, language: Language) -> Self {
        match for_member {
            true => Self::of(claim.for_member(), &[], language),
            false => Self::of(claim.clone(), claim.to_do(), language),
        }
    }

    fn of(claim: Claim, to_do: &[ManualStep], language: Language) -> Self {
        let member_id = claim.claim_id.member_id();
        Self {
            claim_id: claim.claim_id,
            member_id: Some(member_id).filter(MemberId::is_known),
            kind: claim.kind,
            status: claim.status,
            promised_by: claim.promised_by,
            opened_by: claim.opened_by,
            evidence: claim.evidence.into(),
            finding: claim.finding.map(Finding::in_contract),
            proposed_fix: claim.proposed_fix.map(|fix| FixAnswer::new(fix, language)),
            waiting_on: claim.waiting_on,
            amount: claim.amount,
            method: claim.method,
            money_at: claim.money_at,
            expected_by: claim.expected_by,
            bank_reference: claim.bank_reference,
            to_do: to_do.to_vec(),
            escalated: claim.escalated,
            proven: claim.proven,
            follow_up_on: claim.follow_up_on,
            history: claim
                .history
                .into_iter()
                .map(|step| StepAnswer::new(step, language))
                .collect(),
            created_at: claim.created_at,
        }
    }
}

impl FixAnswer {
    fn new(fix: Fix, language: Language) -> Self {
        let (action, text) = (fix.action(), fix.text().in_language(language));
        let (mut invoice, mut purchase, mut points, mut email) = (None, None, None, None);
        match fix {
            Fix::CreditPoints { branch, invoice_number } => {
                invoice = Some(InvoiceAnswer { branch, invoice_number });
            }
            Fix::TakeBackCredit { branch, invoice_number, points: credited } => {
                invoice = Some(InvoiceAnswer { branch, invoice_number });
                points = Some(credited);
            }
            Fix::Rerate { purchase_id, points: change } => {
                (purchase, points) = (Some(purchase_id), Some(change));
            }
            Fix::AttachReceipt { purchase_id } => purchase = Some(purchase_id),
            Fix::Resend { email_id } | Fix::RequestMail { email_id } => email = Some(email_id),
            Fix::Redrive => {}
        }
        Self { action, text, invoice, purchase_id: purchase, points, email_id: email }
    }
}

impl StepAnswer {
    fn new(step: Step, language: Language) -> Self {
        let brought = step.evidence.filter(|_| step.what != StepKind::Opened);
        Self {
            at: step.at,
            what: step.what,
            status: step.status,
            by: step.by,
            actor: step.actor,
            note: step.note.map(|note| note.in_language(language)),
            internal: step.internal,
            waiting_on: step.waiting_on,
            promised_by: step.promised_by,
            bank_reference: step.bank_reference,
            money_at: step.money_at,
            expected_by: step.expected_by,
            event: step.event,
            happened_at: step.happened_at,
            evidence: brought.map(EvidenceAnswer::from),
            fix: step.fix,
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
            total: evidence.total,
            order_id: evidence.order_id,
            note: evidence.note,
            attachments: evidence.attachments.into_iter().map(AttachmentAnswer::from).collect(),
        }
    }
}
