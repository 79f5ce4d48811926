//! What the rows of a purchase, of its returns, corrections and moves show besides their elements.

use puntos_domain::explanation::Explanation;
use puntos_domain::money::Money;
use puntos_domain::points::Points;

use super::{CorrectionRow, MoveRow, PurchaseRow, ReturnRow};

impl CorrectionRow {
    /// Returns the breakdown of the points.
    pub fn explanation(&self) -> Option<Explanation> {
        serde_json::from_str(&self.explanation).ok()
    }
}

impl MoveRow {
    /// Returns the breakdown of the points.
    pub fn explanation(&self) -> Option<Explanation> {
        serde_json::from_str(&self.explanation).ok()
    }
}

impl ReturnRow {
    /// Returns the breakdown of the points.
    pub fn explanation(&self) -> Option<Explanation> {
        serde_json::from_str(&self.explanation).ok()
    }
}

impl PurchaseRow {
    /// Returns how many points paid for a part of it.
    pub fn points_paid(&self) -> Points {
        self.paid.iter().map(|(points, _)| *points).sum()
    }

    pub fn total(&self) -> Money {
        Money { amount: self.amount, currency: self.currency }
    }

    /// Returns the breakdown of the points.
    pub fn explanation(&self) -> Option<Explanation> {
        self.explanation.as_deref().and_then(|json| serde_json::from_str(json).ok())
    }
}
