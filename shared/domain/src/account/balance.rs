//! What a member has, in numbers, at an instant.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Account;
use crate::points::Points;

/// What a member has, in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Balance {
    /// Points that can be spent now.
    pub available: Points,
    /// Points that can be spent later.
    pub pending: Points,
    /// Points that a reservation of a till holds: confirmed by its purchase, released, or free again when it lapses.
    pub reserved: Points,
    /// Points owed, which the next points pay first.
    pub debt: Points,
    /// The available points that expire next.
    pub expiring_next: Option<Expiring>,
    /// Every coming expiry of available and pending points, soonest first.
    pub expiring: Vec<Expiring>,
}

/// Points that expire together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Expiring {
    /// How many points.
    pub points: Points,
    /// The first instant at which they can no longer be used.
    #[schema(value_type = String, format = "date-time")]
    pub at: Timestamp,
}

impl Account {
    /// Returns what the member has at an instant.
    pub fn balance(&self, now: Timestamp) -> Balance {
        if self.has_lapsed(now) {
            let mut settled = self.clone();
            settled.free_lapsed(now);
            return settled.balance_of_lots(now);
        }
        self.balance_of_lots(now)
    }

    fn balance_of_lots(&self, now: Timestamp) -> Balance {
        let mut balance = Balance {
            available: Points::ZERO,
            pending: Points::ZERO,
            reserved: self.reserved.iter().map(|reserved| reserved.points()).sum(),
            debt: self.debt,
            expiring_next: None,
            expiring: Vec::new(),
        };
        for lot in self.lots.iter().filter(|lot| !lot.is_expired(now)) {
            let is_pending = lot.is_pending(now);
            match is_pending {
                true => balance.pending += lot.points,
                false => balance.available += lot.points,
            }
            let Some(at) = lot.expires_at else { continue };
            match balance.expiring.last_mut() {
                Some(last) if last.at == at => last.points += lot.points,
                _ => balance.expiring.push(Expiring { points: lot.points, at }),
            }
            if is_pending {
                continue;
            }
            match &mut balance.expiring_next {
                None => balance.expiring_next = Some(Expiring { points: lot.points, at }),
                Some(next) if next.at == at => next.points += lot.points,
                Some(_) => {}
            }
        }
        balance
    }
}
