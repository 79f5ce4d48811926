//! What the till is answered.

use jiff::Timestamp;
use puntos_api::shape::PointsAnswer;
use puntos_domain::account::Balance;
use puntos_domain::accrual::Accrual;
use puntos_domain::explanation::ExplanationRow;
use puntos_domain::id::{MemberId, PurchaseId};
use puntos_domain::money::Money;
use puntos_domain::purchase::Purchase;
use puntos_store::{Earned, StoredPurchase};
use serde::Serialize;

/// A recorded purchase.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PurchaseAnswer {
    /// Its id.
    #[schema(value_type = String)]
    pub purchase_id: PurchaseId,
    /// Whose points it earned; null while nobody has claimed it.
    #[schema(value_type = Option<String>)]
    pub member_id: Option<MemberId>,
    /// Where it was made.
    pub branch: String,
    /// Its number there.
    pub invoice_number: String,
    /// When it was made.
    #[schema(value_type = String, format = "date-time")]
    pub purchased_at: Timestamp,
    /// The receipt's total.
    pub total: Money,
    /// The points it earned; null while nobody has claimed it.
    pub points: Option<PointsAnswer>,
    /// What the member has now; null where the caller does not see it.
    pub balance: Option<Balance>,
    /// Why; the rows add up to the points.
    pub explanation: Vec<ExplanationRow>,
}

/// What a basket would earn.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct QuoteAnswer {
    /// How many points.
    pub points: i64,
    /// Why; the rows add up to the points.
    pub explanation: Vec<ExplanationRow>,
}

impl PurchaseAnswer {
    /// Returns the answer to a purchase that is written now; without an accrual it is unclaimed.
    pub fn recorded(
        purchase: &Purchase,
        accrual: Option<(&MemberId, &Accrual)>,
        now: Timestamp,
    ) -> Self {
        let points = accrual.map(|(_, accrual)| {
            let lot = &accrual.lot;
            PointsAnswer::new(lot, purchase.purchased_at, now)
        });
        Self {
            purchase_id: purchase.id(),
            member_id: accrual.map(|(member_id, _)| member_id.clone()),
            branch: purchase.branch.clone(),
            invoice_number: purchase.invoice_number.clone(),
            purchased_at: purchase.purchased_at,
            total: purchase.total.clone(),
            points,
            balance: accrual.map(|(_, accrual)| accrual.balance.clone()),
            explanation: accrual
                .map(|(_, accrual)| accrual.explanation.for_people())
                .unwrap_or_default(),
        }
    }

    /// Returns the answer about a purchase that is there already; none for a credit that waits.
    pub fn stored(stored: &StoredPurchase, balance: Option<Balance>) -> Option<Self> {
        let receipt = stored.receipt.as_ref()?;
        let earned = receipt.earned.as_ref();
        let points = |earned: &Earned| {
            PointsAnswer::new(&earned.lot(), receipt.purchase.purchased_at, earned.at)
        };
        Some(Self {
            purchase_id: stored.purchase_id.clone(),
            member_id: earned.map(|earned| earned.member_id.clone()),
            branch: stored.branch.clone(),
            invoice_number: stored.invoice_number.clone(),
            purchased_at: receipt.purchase.purchased_at,
            total: receipt.purchase.total.clone(),
            points: earned.map(points),
            balance,
            explanation: earned.map(|earned| earned.explanation.for_people()).unwrap_or_default(),
        })
    }
}
