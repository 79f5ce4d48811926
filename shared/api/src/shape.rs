//! The points of a purchase, as several functions answer them.

use jiff::Timestamp;
use puntos_domain::account::Lot;
use serde::Serialize;

/// The points of a purchase.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PointsAnswer {
    /// How many.
    pub earned: i64,
    /// `available` or `pending`.
    pub status: &'static str,
    /// The first instant at which they can be spent.
    #[schema(value_type = String, format = "date-time")]
    pub available_at: Timestamp,
    /// The first instant at which they can no longer be used; null is never.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub expires_at: Option<Timestamp>,
}

impl PointsAnswer {
    /// Returns the points of a purchase, earned at an instant: as it was recorded, or claimed later.
    pub fn new(lot: &Lot, purchased_at: Timestamp, earned_at: Timestamp) -> Self {
        let waits = lot.available_at.is_some_and(|at| at > earned_at);
        Self {
            earned: lot.points,
            status: if waits { "pending" } else { "available" },
            available_at: lot.available_at.unwrap_or(purchased_at.min(earned_at)),
            expires_at: lot.expires_at,
        }
    }
}
