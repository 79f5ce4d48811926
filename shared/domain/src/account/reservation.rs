//! Reserved points: taken from their lots for a basket that is being paid, until the purchase confirms.

use jiff::Timestamp;

use super::{Account, Allocation, Insufficient, Lot};
use crate::id::ReservationId;
use crate::points::Points;

/// Points that one reservation holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reserved {
    pub reservation_id: ReservationId,
    /// The first instant at which the points are free again.
    pub lapses_at: Timestamp,
    /// The lots that the points came from.
    pub allocations: Vec<Allocation>,
}

impl Reserved {
    /// Returns how many points it holds.
    pub fn points(&self) -> Points {
        self.allocations.iter().map(|part| part.points).sum()
    }
}

impl Account {
    /// Frees lapsed reservations, and reserves available points, soonest expiry first.
    ///
    /// # Errors
    /// Refuses if fewer points are available, and reserves nothing.
    pub fn reserve(
        &mut self,
        reservation_id: ReservationId,
        points: Points,
        lapses_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), Insufficient> {
        self.free_lapsed(now);
        let allocations = self.spend(points, now)?;
        self.reserved.push(Reserved { reservation_id, lapses_at, allocations });
        Ok(())
    }

    /// Ends a reservation and returns what it held; `None` if it is not open.
    pub fn end_reservation(&mut self, reservation_id: &ReservationId) -> Option<Vec<Allocation>> {
        let place = self.reserved.iter().position(|held| held.reservation_id == *reservation_id)?;
        Some(self.reserved.remove(place).allocations)
    }

    /// Gives points back to the lots that they came from.
    pub fn give_back(&mut self, allocations: &[Allocation]) {
        for part in allocations {
            let (points, expires_at) = (part.points, part.expires_at);
            self.restore(Lot { points, available_at: None, expires_at });
        }
    }

    pub(super) fn has_lapsed(&self, now: Timestamp) -> bool {
        self.reserved.iter().any(|reserved| reserved.lapses_at <= now)
    }

    /// Gives back the points of reservations that have lapsed.
    pub(super) fn free_lapsed(&mut self, now: Timestamp) {
        let (lapsed, open): (Vec<_>, Vec<_>) = std::mem::take(&mut self.reserved)
            .into_iter()
            .partition(|reserved| reserved.lapses_at <= now);
        self.reserved = open;
        for reserved in lapsed {
            self.give_back(&reserved.allocations);
        }
    }
}
