//! Adjustments: points that an agent adds or takes away by hand. The route and its shapes.

use jiff::Timestamp;
use puntos_domain::account::{Balance, Insufficient};
use puntos_domain::adjustment::Adjustment;
use puntos_domain::agent_limits::AboveLimits;
use puntos_domain::field::{
    FieldError, FieldErrors, LABEL_MAX_CHARS, NOTE_MAX_CHARS, optional_text, text,
};
use puntos_domain::id::{AdjustmentId, EntryId, MemberId};
use puntos_domain::points::{POINTS_MAX, Points};
use serde::{Deserialize, Serialize};

use crate::{KeyRule, Problem, Reply, Role, Route, Shape};

/// Adds or takes points by hand.
pub const ADJUST: Route = Route {
    key: "POST /v1/members/{member_id}/adjustments",
    operation_id: "adjust_points",
    tag: "Members",
    summary: "Add or take points by hand",
    description: "A credit for a missing invoice is netted off when the purchase arrives. Above \
        the agent_limits of the programme a supervisor is needed.",
    roles: &[Role::Agent, Role::Supervisor],
    idempotency: KeyRule::Required,
    query: &[],
    request: Some(Shape::of::<AdjustmentRequest>()),
    answers: &[Reply::new::<AdjustmentAnswer>(201, "Adjusted, or adjusted before with this key")],
    problems: &[
        (403, &["forbidden"]),
        (404, &["not_found"]),
        (409, &["insufficient_points", "already_credited", "invoice_conflict", "program_missing"]),
    ],
};

/// An adjustment as the agent asks for it.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdjustmentRequest {
    /// The points to add, or to take when negative; not 0.
    pub points: Points,
    /// Why.
    pub reason: String,
    /// A note for colleagues; the member does not see it.
    pub note: Option<String>,
    /// The missing invoice that a credit stands in for.
    pub invoice: Option<InvoiceRequest>,
}

/// An invoice.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvoiceRequest {
    /// The branch that issued it.
    pub branch: String,
    /// Its number at the branch.
    pub invoice_number: String,
}

/// A parsed adjustment.
#[derive(Debug)]
pub struct AdjustmentCommand {
    /// The points to add, or to take when negative.
    pub points: Points,
    /// Why.
    pub reason: String,
    /// A note for colleagues.
    pub note: Option<String>,
    /// The branch and number of the missing invoice.
    pub invoice: Option<(String, String)>,
}

impl AdjustmentRequest {
    /// Returns what the request asks for.
    ///
    /// # Errors
    /// Refuses every field that does not fit.
    pub fn command(self) -> Result<AdjustmentCommand, Problem> {
        let mut errors = FieldErrors::default();
        if self.points == Points::ZERO || !(-POINTS_MAX..=POINTS_MAX).contains(&self.points) {
            let detail = format!("must not be 0, and at most {POINTS_MAX} either way");
            errors.push(FieldError::invalid("points", detail));
        }
        if self.points < Points::ZERO && self.invoice.is_some() {
            errors.push(FieldError::invalid("invoice", "only a credit stands in for an invoice"));
        }
        let reason = errors.keep(text("reason", self.reason, NOTE_MAX_CHARS));
        let note = errors.keep(optional_text("note", self.note, NOTE_MAX_CHARS)).flatten();
        let invoice = self.invoice.and_then(|invoice| invoice.checked(&mut errors));
        let points = self.points;
        let command = reason.map(|reason| AdjustmentCommand { points, reason, note, invoice });
        Ok(errors.into_result(command)?)
    }
}

impl InvoiceRequest {
    fn checked(self, errors: &mut FieldErrors) -> Option<(String, String)> {
        let branch = errors.keep(text("invoice.branch", self.branch, LABEL_MAX_CHARS));
        let number = text("invoice.invoice_number", self.invoice_number, LABEL_MAX_CHARS);
        branch.zip(errors.keep(number))
    }
}

/// Returns the problem of points above the limits for agents.
pub fn above_limits(refusal: AboveLimits) -> Problem {
    Problem::forbidden(refusal.to_string())
}

/// Returns the problem of an adjustment that takes more points than there are.
pub fn insufficient(refusal: Insufficient) -> Problem {
    Problem::conflict("insufficient_points", "the balance cannot go below zero")
        .with("missing_points", refusal.missing.get())
}

/// Returns the refusal of an invoice that has a credit already.
pub fn already_credited() -> Problem {
    Problem::conflict("already_credited", "this invoice was credited by hand before")
}

/// An adjustment.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AdjustmentAnswer {
    /// The entry of the timeline.
    #[schema(value_type = String)]
    pub entry_id: EntryId,
    /// The member whose points were adjusted.
    #[schema(value_type = String)]
    pub member_id: MemberId,
    /// The points added, or taken when negative.
    pub points: Points,
    /// What the member has now.
    pub balance: Balance,
    /// When it was made.
    #[schema(value_type = String, format = "date-time")]
    pub created_at: Timestamp,
}

impl AdjustmentAnswer {
    /// Returns a recorded adjustment with the current balance.
    pub fn new(adjustment_id: &AdjustmentId, adjustment: &Adjustment, balance: Balance) -> Self {
        Self {
            entry_id: EntryId::of("adjustment", adjustment_id.as_str()),
            member_id: adjustment.member_id.clone(),
            points: adjustment.points,
            balance,
            created_at: adjustment.created_at,
        }
    }
}
