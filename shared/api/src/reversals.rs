//! Reversals of redemptions: the route and its shapes.

use puntos_domain::account::Balance;
use puntos_domain::coupon::CouponStatus;
use puntos_domain::field::{FieldError, FieldErrors, NOTE_MAX_CHARS, optional_text, text};
use puntos_domain::id::{EmailId, RedemptionId};
use puntos_domain::points::Points;
use puntos_domain::redemption::Redemption;
use puntos_domain::reversal::Refusal;
use serde::{Deserialize, Serialize};

use crate::{KeyRule, Problem, Reply, Role, Route, Shape};

/// Undoes a redemption.
pub const REVERSE: Route = Route {
    key: "POST /v1/redemptions/{redemption_id}/reversal",
    operation_id: "reverse_redemption",
    tag: "Redemptions",
    summary: "Undo a redemption",
    description: "The same lots come back with their own expiry, the coupon is cancelled, and the \
        unit goes back to the stock and to the member's limit. A redemption is reversed once: \
        again gets the same facts with 200. A supervisor may override a used or expired coupon.",
    roles: &[Role::Agent, Role::Supervisor],
    idempotency: KeyRule::Required,
    query: &[],
    request: Some(Shape::of::<ReversalRequest>()),
    answers: &[
        Reply::new::<ReversalAnswer>(201, "Reversed"),
        Reply::new::<ReversalAnswer>(200, "Reversed before"),
    ],
    problems: &[
        (403, &["forbidden"]),
        (404, &["not_found"]),
        (409, &["coupon_used", "coupon_expired"]),
    ],
};

/// A reversal as the agent asks for it.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReversalRequest {
    /// Why.
    pub reason: String,
    /// Whether to reverse although the coupon was used or expired: for supervisors, with a note.
    pub r#override: Option<bool>,
    /// Why the override is right.
    pub note: Option<String>,
}

/// A parsed reversal.
#[derive(Debug)]
pub struct ReversalCommand {
    /// Why.
    pub reason: String,
    /// Whether a used or expired coupon may be reversed.
    pub overridden: bool,
    /// Why the override is right.
    pub note: Option<String>,
}

impl ReversalRequest {
    /// Returns the parsed reversal.
    ///
    /// # Errors
    /// Refuses texts that do not fit, an override by an agent, and an override without a note.
    pub fn command(self, by_supervisor: bool) -> Result<ReversalCommand, Problem> {
        let overridden = self.r#override.unwrap_or(false);
        if overridden && !by_supervisor {
            return Err(Problem::forbidden("an override needs a supervisor"));
        }
        let mut errors = FieldErrors::default();
        let reason = errors.keep(text("reason", self.reason, NOTE_MAX_CHARS));
        if overridden && self.note.is_none() {
            errors.push(FieldError::invalid("note", "an override needs a note"));
        }
        let note = errors.keep(optional_text("note", self.note, NOTE_MAX_CHARS)).flatten();
        let command = reason.map(|reason| ReversalCommand { reason, overridden, note });
        Ok(errors.into_result(command)?)
    }
}

/// Returns the problem that a refused reversal is answered with.
pub fn refused(refusal: Refusal) -> Problem {
    let detail = refusal.to_string();
    match refusal {
        Refusal::CouponUsed => Problem::conflict("coupon_used", detail),
        Refusal::CouponExpired => Problem::conflict("coupon_expired", detail),
    }
}

/// A reversal.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReversalAnswer {
    /// The redemption that was undone.
    #[schema(value_type = String)]
    pub redemption_id: RedemptionId,
    /// The points that can be spent again.
    pub points_restored: Points,
    /// The points that came back expired.
    pub points_expired: Points,
    /// What the member has now.
    pub balance: Balance,
    /// The coupon, cancelled.
    pub coupon: CancelledCoupon,
    /// The mail about the reversal; null without an address.
    #[schema(value_type = Option<String>)]
    pub email_id: Option<EmailId>,
}

/// A cancelled coupon.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CancelledCoupon {
    /// The code, in groups to be read aloud.
    pub code: String,
    /// `cancelled`.
    pub status: CouponStatus,
}

impl ReversalAnswer {
    /// Returns a reversal with the points that were restored and those that came back expired.
    pub fn new(
        redemption: &Redemption,
        (points_restored, points_expired): (Points, Points),
        balance: Balance,
        has_mail: bool,
    ) -> Self {
        let (redemption_id, code) = (&redemption.redemption_id, &redemption.coupon.code);
        Self {
            redemption_id: redemption_id.clone(),
            points_restored,
            points_expired,
            balance,
            coupon: CancelledCoupon { code: code.to_string(), status: CouponStatus::Cancelled },
            email_id: has_mail.then(|| redemption_id.reversal_email_id()),
        }
    }
}
