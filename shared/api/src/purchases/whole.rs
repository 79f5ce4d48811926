//! One purchase with its lines: the route and its shape.

use jiff::Timestamp;
use puntos_domain::accrual::Receipt;
use puntos_domain::earning::why_not::{NotApplied, NotAppliedRow};
use puntos_domain::explanation::ExplanationRow;
use puntos_domain::language::Language;
use puntos_domain::money::Money;
use puntos_domain::points::Points;
use puntos_domain::purchase::Purchase;
use puntos_domain::quantity::{Quantity, quantity_schema};
use puntos_domain::returns::Returned;
use serde::Serialize;

use super::PurchaseAnswer;
use crate::{KeyRule, Reply, Role, Route};

/// Shows a purchase with its lines.
pub const SHOW: Route = Route {
    key: "GET /v1/purchases/{purchase_id}",
    operation_id: "get_purchase",
    tag: "Purchases",
    summary: "Show a purchase",
    description: "Shows a purchase with its lines, why it earned its points, and why promotions of \
        its version gave it nothing. A member sees their own.",
    roles: &[Role::Agent, Role::Supervisor, Role::Member],
    idempotency: KeyRule::Ignored,
    query: &[],
    request: None,
    answers: &[Reply::new::<WholePurchase>(200, "The purchase")],
    problems: &[(404, &["not_found"])],
};

/// A purchase with its lines.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct WholePurchase {
    #[serde(flatten)]
    pub purchase: PurchaseAnswer,
    /// The lines of the receipt; empty if the till sent none.
    pub lines: Vec<LineAnswer>,
    /// What was returned of it; null before the first return.
    pub returned: Option<ReturnedAnswer>,
    /// What it earns since it was rated again, before returns; null if it never was.
    pub corrected: Option<CorrectedAnswer>,
    /// The promotions that gave nothing, and why; empty while it has no member.
    pub not_applied: Vec<NotAppliedRow>,
}

/// What a purchase earns since it was rated again.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CorrectedAnswer {
    /// The points of the whole purchase, less a credit by hand.
    pub points: Points,
    /// Why; the rows add up to the points. Returns follow these rules.
    pub explanation: Vec<ExplanationRow>,
}

/// What was returned of a purchase.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReturnedAnswer {
    pub total: Money,
    /// The points taken back in all, those included that the programme let go.
    pub points_clawed_back: Points,
    /// The points given back in all that had paid for it.
    pub points_given_back: Points,
}

/// A line of a receipt.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LineAnswer {
    pub sku: String,
    pub category: Option<String>,
    #[schema(schema_with = quantity_schema)]
    pub quantity: Quantity,
    /// The amount before the discount.
    pub amount: Money,
    pub discount: Money,
}

impl LineAnswer {
    /// Returns the lines of a purchase.
    pub fn of(purchase: &Purchase) -> Vec<Self> {
        let money = |amount| Money { amount, currency: purchase.total.currency };
        let lines = purchase.lines.iter().map(|line| Self {
            sku: line.sku.clone(),
            category: line.category.clone(),
            quantity: line.quantity,
            amount: money(line.amount_minor),
            discount: money(line.discount_minor),
        });
        lines.collect()
    }
}

impl WholePurchase {
    /// Returns a recorded purchase as it is at an instant.
    pub fn new(
        receipt: &Receipt,
        not_applied: Vec<NotApplied>,
        now: Timestamp,
        language: Language,
    ) -> Self {
        let purchase = &receipt.purchase;
        let money = |amount| Money { amount, currency: purchase.total.currency };
        let returned = (receipt.returned != Returned::default()).then(|| ReturnedAnswer {
            total: money(receipt.returned.total_minor()),
            points_clawed_back: receipt.returned.clawed,
            points_given_back: receipt.returned.given_back,
        });
        let corrected = receipt.earned.as_ref().and_then(|earned| earned.corrected.as_ref());
        Self {
            returned,
            corrected: corrected.map(|corrected| CorrectedAnswer {
                points: corrected.points(),
                explanation: corrected.in_language(language),
            }),
            lines: LineAnswer::of(purchase),
            purchase: PurchaseAnswer::new(purchase, receipt.earned.as_ref(), None, now, language),
            not_applied: not_applied.into_iter().map(|lost| lost.in_language(language)).collect(),
        }
    }
}
