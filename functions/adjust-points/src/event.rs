//! What points by hand are asked with, parsed.

use puntos_api::Problem;
use puntos_domain::field::{FieldError, LABEL_MAX_CHARS, NOTE_MAX_CHARS, optional_text, text};
use puntos_domain::money::{Money, POINTS_MAX};
use serde::Deserialize;

/// An adjustment as the agent asks for it.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdjustmentRequest {
    /// The points to credit, or to take when negative; not 0.
    pub points: i64,
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
    /// Where.
    pub branch: String,
    /// Its number there.
    pub invoice_number: String,
}

/// A claim of the points of a forgotten card.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimRequest {
    /// Who claims.
    pub member_id: String,
    /// The receipt's branch: needed from a member.
    pub branch: Option<String>,
    /// The receipt's number: needed from a member.
    pub invoice_number: Option<String>,
    /// The receipt's total: needed from a member.
    pub total: Option<Money>,
}

impl AdjustmentRequest {
    /// Returns the request when its fields fit.
    ///
    /// # Errors
    /// Refuses the field that does not.
    pub fn checked(self) -> Result<Self, Problem> {
        if self.points == 0 || !(-POINTS_MAX..=POINTS_MAX).contains(&self.points) {
            let detail = format!("must not be 0, and at most {POINTS_MAX} either way");
            return Err(FieldError::invalid("points", detail).into());
        }
        if self.points < 0 && self.invoice.is_some() {
            return Err(Problem::invalid_field(
                "invoice",
                "only a credit stands in for an invoice",
            ));
        }
        Ok(Self {
            points: self.points,
            reason: text("reason", self.reason, NOTE_MAX_CHARS)?,
            note: optional_text("note", self.note, NOTE_MAX_CHARS)?,
            invoice: self.invoice.map(InvoiceRequest::checked).transpose()?,
        })
    }
}

impl InvoiceRequest {
    fn checked(self) -> Result<Self, FieldError> {
        Ok(Self {
            branch: text("invoice.branch", self.branch, LABEL_MAX_CHARS)?,
            invoice_number: text("invoice.invoice_number", self.invoice_number, LABEL_MAX_CHARS)?,
        })
    }
}
