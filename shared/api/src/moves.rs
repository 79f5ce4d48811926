//! Moving a purchase to its right member: the route and its shapes.

use puntos_domain::account::Balance;
use puntos_domain::explanation::{Explanation, ExplanationRow};
use puntos_domain::field::{FieldError, NOTE_MAX_CHARS, text};
use puntos_domain::id::{MemberId, PurchaseId};
use puntos_domain::language::Language;
use puntos_domain::moving::Refusal;
use puntos_domain::points::Points;
use serde::{Deserialize, Serialize};

use crate::{KeyRule, Problem, Reply, Role, Route, Shape};

/// Moves a purchase.
pub const MOVE: Route = Route {
    key: "POST /v1/purchases/{purchase_id}/move",
    operation_id: "move_purchase",
    tag: "Purchases",
    summary: "Move a purchase to its right member",
    description: "Takes what the purchase has given from the member it was recorded for, and gives it to the \
        other one, in the lot of the purchase: one correcting entry for each. Tier sums follow. From then on \
        returns and re-ratings are the new member's. Points that the first member has spent become a debt, or are \
        let go, as after a return. After the points have expired none move.",
    roles: &[Role::Supervisor],
    idempotency: KeyRule::Required,
    query: &[],
    request: Some(Shape::of::<MoveRequest>()),
    answers: &[Reply::new::<MoveAnswer>(200, "Moved, now or before with this key")],
    problems: &[
        (404, &["not_found"]),
        (409, &["paid_with_points", "program_missing", "purchase_unclaimed", "same_member"]),
    ],
};

/// Where a purchase moves to, and why.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveRequest {
    /// The member whose purchase it is.
    pub member_id: String,
    /// Why, for both members and for colleagues.
    pub reason: String,
}

impl MoveRequest {
    /// Returns the member as the request names them, and the checked reason.
    ///
    /// # Errors
    /// Refuses a reason that does not fit.
    pub fn checked(self) -> Result<(String, String), FieldError> {
        Ok((self.member_id, text("reason", self.reason, NOTE_MAX_CHARS)?))
    }
}

/// A purchase that was moved.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MoveAnswer {
    #[schema(value_type = String)]
    pub purchase_id: PurchaseId,
    /// The member whose purchase it was.
    pub from: MovedSide,
    /// The member whose purchase it is.
    pub to: MovedSide,
}

/// What a move did to one member.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MovedSide {
    #[schema(value_type = String)]
    pub member_id: MemberId,
    /// The points of the correcting entry: given, or taken when negative.
    pub points: Points,
    /// What the member has now.
    pub balance: Balance,
    /// Why; the rows add up to the points.
    pub explanation: Vec<ExplanationRow>,
}

impl MovedSide {
    /// Returns one side of a move, with the current balance.
    pub fn new(
        member_id: &MemberId,
        explanation: &Explanation,
        balance: Balance,
        language: Language,
    ) -> Self {
        Self {
            member_id: member_id.clone(),
            points: explanation.points(),
            balance,
            explanation: explanation.in_language(language),
        }
    }
}

/// Returns the refusal of a move.
pub fn refused(refusal: Refusal) -> Problem {
    let code = match refusal {
        Refusal::SameMember => "same_member",
        Refusal::PaidWithPoints => "paid_with_points",
    };
    Problem::conflict(code, refusal.to_string())
}
