//! Requests about claims and their parsing: every text has a limit, and some fields belong to one role.

use jiff::Timestamp;
use jiff::civil::Date;
use puntos_domain::claim::{ClaimKind, ClaimStatus, Evidence, MoneyAt, Update};
use puntos_domain::field::{
    FieldError, FieldErrors, LABEL_MAX_CHARS, NOTE_MAX_CHARS, optional_text,
};
use puntos_domain::money::Money;
use puntos_domain::points::{POINTS_MAX, Points};
use puntos_domain::purchase::not_ahead;
use serde::Deserialize;

use crate::Problem;

/// A claim as it is opened.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenRequest {
    /// Whose claim it is; a member may leave it out.
    pub member_id: Option<String>,
    /// What it is about.
    pub kind: ClaimKind,
    /// The money that it is about.
    pub amount: Option<Money>,
    /// How it was paid: a card, a transfer, a wallet.
    pub method: Option<String>,
    /// What it refers to. Its `note` from an agent is in the first mail to the member.
    pub evidence: Option<EvidenceRequest>,
}

/// What a claim refers to.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceRequest {
    /// Where it happened.
    pub branch: Option<String>,
    /// The number of the invoice there.
    pub invoice_number: Option<String>,
    /// When it happened.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub purchased_at: Option<Timestamp>,
    /// The card that was used.
    pub card_number: Option<String>,
    /// The total of the receipt. With `purchased_at` it shows that the receipt is the member's.
    pub total: Option<Money>,
    /// The shop's id of the order.
    pub order_id: Option<String>,
    /// What else there is to say.
    pub note: Option<String>,
}

/// What is said and changed at once. A member gives `note`, `evidence` and `confirmed` only.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRequest {
    /// How far it is now: `investigating`, `waiting`, `resolved` or `rejected`.
    pub status: Option<ClaimStatus>,
    /// Who has to act, where it waits: `member`, `bank`, `provider`, `shop`, `carrier` or `system`, which mails say in the
    /// member's language. Mails quote another name, such as a branch, as it is.
    pub waiting_on: Option<String>,
    /// A message to the member, unless it is internal.
    pub note: Option<String>,
    /// Whether it is for colleagues only.
    pub internal: Option<bool>,
    /// A new promise: a day from today on.
    #[schema(value_type = Option<String>, format = "date")]
    pub promised_by: Option<Date>,
    /// The bank's reference of money that is on its way back.
    pub bank_reference: Option<String>,
    /// Where the money is.
    #[schema(value_type = Option<MoneyAt>)]
    pub money_at: Option<MoneyAt>,
    /// The local day by which the money is expected back: from today on.
    #[schema(value_type = Option<String>, format = "date")]
    pub expected_by: Option<Date>,
    /// Further evidence, in place of what was given before.
    pub evidence: Option<EvidenceRequest>,
    /// From an agent: whether the customer agrees that it is resolved.
    pub confirmed_by_member: Option<bool>,
    /// From the member: whether they agree that it is resolved.
    pub confirmed: Option<bool>,
}

/// The fix that an agent confirms.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FixRequest {
    /// The points to credit, where the fix credits points.
    pub points: Option<Points>,
}

/// A parsed claim, ready to be opened.
#[derive(Debug)]
pub struct OpenCommand {
    /// The member, if the request names one.
    pub member_id: Option<String>,
    /// What it is about.
    pub kind: ClaimKind,
    /// The money that it is about.
    pub amount: Option<Money>,
    /// How it was paid.
    pub method: Option<String>,
    /// What it refers to.
    pub evidence: Evidence,
}

impl OpenRequest {
    /// Returns the parsed claim.
    ///
    /// # Errors
    /// Returns every field that is refused.
    pub fn command(self, now: Timestamp) -> Result<OpenCommand, Problem> {
        let mut errors = FieldErrors::default();
        if let Some(amount) = &self.amount {
            errors.keep(amount.check("amount"));
        }
        let method = errors.keep(optional_text("method", self.method, LABEL_MAX_CHARS)).flatten();
        let evidence = self.evidence.unwrap_or_default().checked(now);
        let evidence = evidence.map_err(|refused| errors.extend(refused)).ok();
        let evidence = errors.into_result(evidence)?;
        let (member_id, kind, amount) = (self.member_id, self.kind, self.amount);
        Ok(OpenCommand { member_id, kind, amount, method, evidence })
    }
}

impl EvidenceRequest {
    /// Returns the evidence if its fields fit.
    ///
    /// # Errors
    /// Returns every field that is refused.
    pub fn checked(self, now: Timestamp) -> Result<Evidence, Vec<FieldError>> {
        let mut errors = FieldErrors::default();
        let mut label = |name: &str, value, most| {
            errors.keep(optional_text(&format!("evidence.{name}"), value, most)).flatten()
        };
        let branch = label("branch", self.branch, LABEL_MAX_CHARS);
        let invoice_number = label("invoice_number", self.invoice_number, LABEL_MAX_CHARS);
        let card_number = label("card_number", self.card_number, LABEL_MAX_CHARS);
        let order_id = label("order_id", self.order_id, LABEL_MAX_CHARS);
        let note = label("note", self.note, NOTE_MAX_CHARS);
        if let Some(at) = self.purchased_at {
            errors.keep(not_ahead("evidence.purchased_at", at, now));
        }
        if let Some(total) = &self.total {
            errors.keep(total.check("evidence.total"));
        }
        let (purchased_at, total) = (self.purchased_at, self.total);
        let evidence = Evidence {
            branch,
            invoice_number,
            purchased_at,
            card_number,
            total,
            order_id,
            note,
            ..Evidence::default()
        };
        errors.into_result(Some(evidence))
    }
}

impl UpdateRequest {
    /// Returns the parsed update.
    ///
    /// # Errors
    /// Refuses a member who gives a field of the agents with 403, and fields that do not fit with 422.
    pub fn command(self, by_member: bool, now: Timestamp) -> Result<Update, Problem> {
        let is_agents = self.status.is_some()
            || self.waiting_on.is_some()
            || self.internal.is_some()
            || self.promised_by.is_some()
            || self.bank_reference.is_some()
            || self.money_at.is_some()
            || self.expected_by.is_some()
            || self.confirmed_by_member.is_some();
        if by_member && is_agents {
            let detail = "a member gives note, evidence and confirmed, and nothing else";
            return Err(Problem::forbidden(detail));
        }
        if !by_member && self.confirmed.is_some() {
            let detail = "only the member gives it: give confirmed_by_member";
            return Err(Problem::invalid_field("confirmed", detail));
        }
        let mut errors = FieldErrors::default();
        let mut label =
            |name: &str, value, most| errors.keep(optional_text(name, value, most)).flatten();
        let waiting_on = label("waiting_on", self.waiting_on, LABEL_MAX_CHARS);
        let bank_reference = label("bank_reference", self.bank_reference, LABEL_MAX_CHARS);
        let note = label("note", self.note, NOTE_MAX_CHARS);
        let evidence = self.evidence.map(|evidence| evidence.checked(now)).transpose();
        let mut refused = errors.into_result(Some(())).err().unwrap_or_default();
        let evidence = evidence.map_err(|errors| refused.extend(errors)).ok().flatten();
        if !refused.is_empty() {
            return Err(refused.into());
        }
        let update = Update {
            status: self.status,
            waiting_on,
            note,
            internal: self.internal.unwrap_or_default(),
            promised_by: self.promised_by,
            bank_reference,
            money_at: self.money_at,
            expected_by: self.expected_by,
            evidence: evidence.filter(|evidence| *evidence != Evidence::default()),
            confirmed: self.confirmed.or(self.confirmed_by_member),
        };
        let silent = Update { internal: update.internal, ..Update::default() };
        if update == silent {
            return Err(Problem::invalid_field("note", "say or change something"));
        }
        Ok(update)
    }
}

impl FixRequest {
    /// Returns the points to credit.
    ///
    /// # Errors
    /// Refuses if they are missing or out of their bounds.
    pub fn credit(&self) -> Result<Points, Problem> {
        let points = self.points.filter(|points| (Points::new(1)..=POINTS_MAX).contains(points));
        points.ok_or_else(|| {
            let detail = format!("must be given for this fix, from 1 to {POINTS_MAX}");
            Problem::invalid_field("points", &detail)
        })
    }

    /// Refuses points if the fix has its own number of points.
    ///
    /// # Errors
    /// Names the field.
    pub fn no_points(&self) -> Result<(), Problem> {
        match self.points {
            None => Ok(()),
            Some(_) => Err(Problem::invalid_field(
                "points",
                "only a fix that credits points asks for them",
            )),
        }
    }
}
