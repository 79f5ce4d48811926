//! Purchases and the points they earn: the routes and their shapes.

use jiff::Timestamp;
use puntos_domain::account::Balance;
use puntos_domain::accrual::{Earned, Receipt};
use puntos_domain::earning::why_not::{NotApplied, NotAppliedRow};
use puntos_domain::explanation::{Explanation, ExplanationRow};
use puntos_domain::id::{MemberId, PurchaseId};
use puntos_domain::invoice::Invoice;
use puntos_domain::language::Language;
use puntos_domain::money::Money;
use puntos_domain::points::Points;
use puntos_domain::purchase::Purchase;
use serde::{Deserialize, Serialize};

mod find;
mod request;
mod whole;

pub use find::{FIND, PurchaseFilter};
pub use request::{PurchaseCommand, PurchaseRequest, QuoteRequest};
pub use whole::{LineAnswer, ReturnedAnswer, SHOW, WholePurchase};

use crate::{KeyRule, Problem, Reply, Role, Route, Shape};

/// Records a purchase and its points.
pub const RECORD: Route = Route {
    key: "POST /v1/purchases",
    operation_id: "record_purchase",
    tag: "Purchases",
    summary: "Record a purchase",
    description: "Records a purchase. With a member, it earns points. A branch uses an invoice \
        number once: the same purchase again gets the first answer, another purchase with the same \
        number is refused. A purchase that was recorded without a member and comes again with one, \
        otherwise the same, becomes that member's. If an agent had credited the invoice to another \
        member, the system opens a claim to take the credit back. A purchase that points pay in part names \
        their reservation and its whole value, and confirms it; what was paid in money earns. A card that another \
        one replaced is taken for what was bought before, and refused for what was bought after.",
    roles: &[Role::Pos],
    idempotency: KeyRule::Ignored,
    query: &[],
    request: Some(Shape::of::<PurchaseRequest>()),
    answers: &[
        Reply::new::<PurchaseAnswer>(201, "Recorded, or recorded before"),
        Reply::new::<PurchaseAnswer>(
            200,
            "Recorded before without a member, and now this member's",
        ),
    ],
    problems: &[
        (404, &["not_found"]),
        (
            409,
            &[
                "card_replaced",
                "invoice_conflict",
                "program_missing",
                "reservation_confirmed",
                "reservation_lapsed",
            ],
        ),
    ],
};

/// Says what a purchase would earn.
pub const QUOTE: Route = Route {
    key: "POST /v1/purchases/quote",
    operation_id: "quote_purchase",
    tag: "Purchases",
    summary: "Ask what a purchase would earn",
    description: "Applies the same rules as recording a purchase, and writes nothing. The part that \
        points will pay needs no reservation yet.",
    roles: &[Role::Pos, Role::Agent, Role::Supervisor],
    idempotency: KeyRule::Ignored,
    query: &[],
    request: Some(Shape::of::<QuoteRequest>()),
    answers: &[Reply::new::<QuoteAnswer>(200, "The points and the reasons")],
    problems: &[
        (404, &["not_found"]),
        (
            409,
            &[
                "card_replaced",
                "payment_not_offered",
                "program_missing",
                "reservation_confirmed",
                "reservation_lapsed",
            ],
        ),
    ],
};

/// Gives a purchase without a member to the member who holds its receipt.
pub const ATTACH_RECEIPT: Route = Route {
    key: "POST /v1/purchases/{purchase_id}/claim-points",
    operation_id: "claim_points",
    tag: "Purchases",
    summary: "Give a purchase without a member to a member",
    description: "The purchase earns under the rules of its own day. A member must give the \
        branch, number and total of the receipt. A wrong receipt and a receipt of another member \
        get the same answer, 404.",
    roles: &[Role::Agent, Role::Supervisor, Role::Member],
    idempotency: KeyRule::Required,
    query: &[],
    request: Some(Shape::of::<ReceiptRequest>()),
    answers: &[Reply::new::<PurchaseAnswer>(200, "Given to this member, now or before")],
    problems: &[
        (404, &["not_found"]),
        (409, &["already_claimed", "claim_window_closed", "program_missing"]),
    ],
};

/// The receipt of a purchase without a member, and who holds it.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiptRequest {
    /// The member who holds the receipt.
    pub member_id: String,
    /// The branch on the receipt: needed from a member.
    pub branch: Option<String>,
    /// The number on the receipt: needed from a member.
    pub invoice_number: Option<String>,
    /// The total on the receipt: needed from a member.
    pub total: Option<Money>,
}

impl ReceiptRequest {
    /// Returns the member who holds the receipt.
    ///
    /// # Errors
    /// Answers 404 for an id that no member can have.
    pub fn member_id(&self) -> Result<MemberId, Problem> {
        self.member_id.parse().map_err(|_| Problem::not_found())
    }

    /// Returns whether the request shows the branch, number and total of a receipt.
    pub fn shows(&self, receipt: &Receipt) -> bool {
        let purchase = &receipt.purchase;
        let shown = self.branch.as_deref().zip(self.invoice_number.as_deref());
        shown.is_some_and(|(branch, number)| Invoice::new(branch, number) == purchase.invoice())
            && self.total.as_ref() == Some(&purchase.total)
    }
}

/// Returns the refusal of an invoice that is recorded with another purchase.
pub fn invoice_conflict(purchase_id: &PurchaseId, detail: &str) -> Problem {
    Problem::conflict("invoice_conflict", detail).with("purchase_id", purchase_id.as_str())
}

/// A recorded purchase.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PurchaseAnswer {
    /// Its id.
    #[schema(value_type = String)]
    pub purchase_id: PurchaseId,
    /// The member who earned its points; null while it has no member.
    #[schema(value_type = Option<String>)]
    pub member_id: Option<MemberId>,
    /// Where it was made.
    pub branch: String,
    /// The number of its invoice.
    pub invoice_number: String,
    /// When it was made.
    #[schema(value_type = String, format = "date-time")]
    pub purchased_at: Timestamp,
    /// The receipt's total.
    pub total: Money,
    /// The part of the total that was paid with points; null if none was.
    pub paid_with_points: Option<Money>,
    /// The points that paid it.
    pub points_paid: Points,
    /// The points it earned; null while it has no member.
    pub points: Option<PointsAnswer>,
    /// What the member has now; null without a member and in lists.
    pub balance: Option<Balance>,
    /// Why it earned these points; the rows add up to them.
    pub explanation: Vec<ExplanationRow>,
}

impl PurchaseAnswer {
    /// Returns a purchase as it is at an instant.
    pub fn new(
        purchase: &Purchase,
        earned: Option<&Earned>,
        balance: Option<Balance>,
        now: Timestamp,
        language: Language,
    ) -> Self {
        Self {
            purchase_id: purchase.id(),
            member_id: earned.map(|earned| earned.member_id.clone()),
            branch: purchase.branch.clone(),
            invoice_number: purchase.invoice_number.clone(),
            purchased_at: purchase.purchased_at,
            total: purchase.total.clone(),
            paid_with_points: (purchase.paid_with_points_minor > 0).then_some(Money {
                amount: purchase.paid_with_points_minor,
                currency: purchase.total.currency,
            }),
            points_paid: earned.map(Earned::points_paid).unwrap_or_default(),
            points: earned.map(|earned| PointsAnswer::new(earned, purchase.purchased_at, now)),
            balance,
            explanation: earned
                .map(|earned| earned.explanation.in_language(language))
                .unwrap_or_default(),
        }
    }
}

/// The points of a purchase.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PointsAnswer {
    /// How many.
    pub earned: Points,
    /// Whether they can be spent.
    pub status: PointsStatus,
    /// The first instant at which they can be spent.
    #[schema(value_type = String, format = "date-time")]
    pub available_at: Timestamp,
    /// The first instant at which they can no longer be spent; null is never.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub expires_at: Option<Timestamp>,
}

/// Whether the points of a purchase can be spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PointsStatus {
    /// Not yet.
    Pending,
    /// They can.
    Available,
    /// No longer.
    Expired,
}

impl PointsAnswer {
    fn new(earned: &Earned, purchased_at: Timestamp, now: Timestamp) -> Self {
        let status = if earned.expires_at.is_some_and(|at| at <= now) {
            PointsStatus::Expired
        } else if earned.available_at.is_some_and(|at| at > now) {
            PointsStatus::Pending
        } else {
            PointsStatus::Available
        };
        Self {
            earned: earned.points,
            status,
            available_at: earned.available_at.unwrap_or(purchased_at.min(earned.at)),
            expires_at: earned.expires_at,
        }
    }
}

/// What a purchase would earn.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct QuoteAnswer {
    /// How many points.
    pub points: Points,
    /// Why; the rows add up to the points.
    pub explanation: Vec<ExplanationRow>,
    /// The promotions that would give nothing, and why.
    pub not_applied: Vec<NotAppliedRow>,
}

impl QuoteAnswer {
    /// Returns the points of an explanation, with the reasons.
    pub fn new(
        explanation: &Explanation,
        not_applied: Vec<NotApplied>,
        language: Language,
    ) -> Self {
        let not_applied = not_applied.into_iter().map(|lost| lost.in_language(language));
        Self {
            points: explanation.points(),
            explanation: explanation.in_language(language),
            not_applied: not_applied.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use puntos_domain::money::Currency;

    use super::*;

    #[test]
    fn the_status_of_points_is_the_current_one() {
        let day = |day: i64| Timestamp::from_second(day * 86_400).unwrap();
        let earned = Earned {
            member_id: MemberId::from_key("m"),
            points: Points::new(5),
            available_at: Some(day(10)),
            expires_at: Some(day(20)),
            explanation: Explanation::empty(1, Currency::try_from("RUB".to_owned()).unwrap()),
            corrected: None,
            paid: vec![],
            at: day(1),
            claim_key: None,
        };
        use PointsStatus::{Available, Expired, Pending};
        for (now, status) in
            [(1, Pending), (9, Pending), (10, Available), (19, Available), (20, Expired)]
        {
            assert_eq!(PointsAnswer::new(&earned, day(1), day(now)).status, status, "day {now}");
        }
    }
}
