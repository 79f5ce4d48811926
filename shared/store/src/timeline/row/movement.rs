//! How an entry of each kind moved points, as the ledger and its chain see it.

use jiff::Timestamp;
use puntos_domain::account::Expired;
use puntos_domain::chain::Details;
use puntos_domain::points::Points;

use super::Row;
use super::points::{allocations_of, expired_of};
use crate::members::accounts::instant_of;

/// How an entry moved points.
#[derive(Debug)]
pub(crate) struct Movement {
    /// The points given, or taken when negative.
    pub(crate) points: Points,
    /// The available points right after it.
    pub(crate) balance_after: Points,
    /// The points that expired unspent before it and that it recorded.
    pub(crate) expired: Vec<Expired>,
    /// What the digest of the entry covers besides.
    pub(crate) details: Details,
}

impl Row {
    /// Returns how many of the points that the entry gave had expired when it was written. Of a return, the points
    /// given back are not known by their lots.
    pub(crate) fn expired_at_once(&self, at: Timestamp) -> Points {
        match self {
            Self::Purchase(row)
                if row.expires_at.is_some_and(|second| second <= at.as_second()) =>
            {
                row.points.unwrap_or_default()
            }
            Self::Reversal(row) => row.points - row.points_restored,
            _ => Points::ZERO,
        }
    }

    /// Returns how the entry moved points; `None` for a kind that moves none.
    pub(crate) fn movement(&self) -> Option<Movement> {
        Some(match self {
            Self::Purchase(row) => Movement {
                points: row.points? - row.points_paid(),
                balance_after: row.balance_after?,
                expired: expired_of(&row.expired),
                details: Details {
                    purchased_at: Some(row.purchased_at),
                    rule_version: row.explanation().map(|explanation| explanation.rule_version),
                    available_at: row.available_at.and_then(instant_of),
                    expires_at: row.expires_at.and_then(instant_of),
                    allocations: allocations_of(&row.paid),
                    ..Details::default()
                },
            },
            Self::Return(row) => Movement {
                points: row.given_back - row.clawed,
                balance_after: row.balance_after,
                expired: expired_of(&row.expired),
                details: Details {
                    purchase_id: Some(row.purchase_id.clone()),
                    ..Details::default()
                },
            },
            Self::Redemption(row) => Movement {
                points: row.points,
                balance_after: row.balance_after,
                expired: expired_of(&row.expired),
                details: Details {
                    redemption_id: Some(row.redemption_id.clone()),
                    reward_id: Some(row.reward_id.clone()),
                    allocations: allocations_of(&row.allocations),
                    ..Details::default()
                },
            },
            Self::Reversal(row) => Movement {
                points: row.points,
                balance_after: row.balance_after,
                expired: expired_of(&row.expired),
                details: Details {
                    redemption_id: Some(row.redemption_id.clone()),
                    points_restored: Some(row.points_restored),
                    ..Details::default()
                },
            },
            Self::Adjustment(row) => Movement {
                points: row.points,
                balance_after: row.balance_after,
                expired: expired_of(&row.expired),
                details: Details::default(),
            },
            Self::Correction(row) => Movement {
                points: row.points,
                balance_after: row.balance_after,
                expired: expired_of(&row.expired),
                details: Details {
                    purchase_id: Some(row.purchase_id.clone()),
                    rule_version: row.explanation().map(|explanation| explanation.rule_version),
                    ..Details::default()
                },
            },
            Self::Move(row) => Movement {
                points: row.points,
                balance_after: row.balance_after,
                expired: expired_of(&row.expired),
                details: Details {
                    purchase_id: Some(row.purchase_id.clone()),
                    purchased_at: Some(row.purchased_at),
                    rule_version: row.explanation().map(|explanation| explanation.rule_version),
                    ..Details::default()
                },
            },
            Self::Merge(row) => Movement {
                points: row.points,
                balance_after: row.balance_after,
                expired: expired_of(&row.expired),
                details: Details::default(),
            },
            Self::Email(_)
            | Self::Profile(_)
            | Self::Rating(_)
            | Self::Gift(_)
            | Self::Task(_)
            | Self::Claim(_) => return None,
        })
    }
}
