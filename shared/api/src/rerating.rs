//! Re-rating of one purchase: the route and its shapes.

use puntos_domain::account::Balance;
use puntos_domain::explanation::{Explanation, ExplanationRow};
use puntos_domain::field::{FieldErrors, NOTE_MAX_CHARS, text};
use puntos_domain::id::PurchaseId;
use puntos_domain::language::Language;
use puntos_domain::points::Points;
use puntos_domain::rerating::OverCredit;
use serde::{Deserialize, Serialize};

use crate::{KeyRule, Problem, Reply, Role, Route, Shape};

/// Rates one purchase again.
pub const RERATE: Route = Route {
    key: "POST /v1/purchases/{purchase_id}/rerate",
    operation_id: "rerate_purchase",
    tag: "Purchases",
    summary: "Rate a purchase again",
    description: "Rates a purchase under the newest version of the programme and corrects the \
        difference, up or down, by a new entry. The entry of the purchase never changes. Points too \
        many are taken back, or forgiven with `over_credit`. If the newest version rates it as it was \
        rated, nothing is written.",
    roles: &[Role::Supervisor],
    idempotency: KeyRule::Required,
    query: &[],
    request: Some(Shape::of::<RerateRequest>()),
    answers: &[Reply::new::<RerateAnswer>(200, "The correction, or none")],
    problems: &[(404, &["not_found"]), (409, &["program_missing", "purchase_unclaimed"])],
};

/// Why a purchase is rated again.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RerateRequest {
    /// Why, for the member and for colleagues.
    pub reason: String,
    /// What happens to points too many: they are taken back, unless told otherwise.
    pub over_credit: Option<OverCredit>,
}

impl RerateRequest {
    /// Returns the checked reason, and what happens to points too many.
    ///
    /// # Errors
    /// Refuses a reason that does not fit.
    pub fn checked(self) -> Result<(String, OverCredit), Problem> {
        let mut errors = FieldErrors::default();
        let reason = errors.keep(text("reason", self.reason, NOTE_MAX_CHARS));
        let over_credit = self.over_credit.unwrap_or_default();
        Ok(errors.into_result(reason.map(|reason| (reason, over_credit)))?)
    }
}

/// A purchase that was rated again.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RerateAnswer {
    #[schema(value_type = String)]
    pub purchase_id: PurchaseId,
    /// The points of the correcting entry: given, or taken when negative; 0 if nothing changed.
    pub points: Points,
    /// What the member has now.
    pub balance: Balance,
    /// Why; the rows add up to the points.
    pub explanation: Vec<ExplanationRow>,
}

impl RerateAnswer {
    /// Returns a correction; without an explanation there was none.
    pub fn new(
        purchase_id: &PurchaseId,
        explanation: Option<&Explanation>,
        balance: Balance,
        language: Language,
    ) -> Self {
        Self {
            purchase_id: purchase_id.clone(),
            points: explanation.map(Explanation::points).unwrap_or_default(),
            balance,
            explanation: explanation.map(|rows| rows.in_language(language)).unwrap_or_default(),
        }
    }
}

/// Returns the refusal of a purchase that earned nobody points.
pub fn unclaimed() -> Problem {
    Problem::conflict("purchase_unclaimed", "this purchase has no member and earned no points")
}
