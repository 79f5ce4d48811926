//! Taking back points that should not have been given: of a returned purchase, or of a correction.

use jiff::Timestamp;

use super::{Account, Lot};
use crate::points::Points;
use crate::program::Negative;

/// What happened to points that were taken back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taken {
    /// The points taken from lots.
    pub from_lots: Points,
    /// The points that became debt.
    pub as_debt: Points,
    /// The points that the programme lets go, because the member no longer has them.
    pub let_go: Points,
}

impl Taken {
    /// Returns by how much the member's points changed: what was taken and what is owed.
    pub fn points(&self) -> Points {
        self.from_lots + self.as_debt
    }
}

impl Account {
    /// Takes back points: of the lot that they were given in, then soonest expiry first, pending ones
    /// last. What is missing becomes debt or is let go, as the programme says. Reserved points are not
    /// touched.
    pub fn take_back(
        &mut self,
        points: Points,
        given_in: &Lot,
        negative: Negative,
        now: Timestamp,
    ) -> Taken {
        let own = |lot: &Lot| {
            lot.expires_at == given_in.expires_at
                && (lot.available_at == given_in.available_at
                    || !lot.is_pending(now) && !given_in.is_pending(now))
        };
        let mut missing = points;
        missing -= self.take_from(missing, now, own);
        missing -= self.take_from(missing, now, |lot| !lot.is_pending(now));
        missing -= self.take_from(missing, now, |_| true);
        let mut taken = Taken { from_lots: points - missing, ..Taken::default() };
        match negative {
            Negative::Debt => {
                self.debt += missing;
                taken.as_debt = missing;
            }
            Negative::WithinBalance => taken.let_go = missing,
        }
        self.normalize();
        taken
    }

    /// Takes points of the lots that match, in their order, and returns how many.
    pub(super) fn take_from(
        &mut self,
        points: Points,
        now: Timestamp,
        is_meant: impl Fn(&Lot) -> bool,
    ) -> Points {
        let mut missing = points;
        for lot in &mut self.lots {
            if !lot.is_expired(now) && is_meant(lot) {
                let taken = lot.points.min(missing);
                lot.points -= taken;
                missing -= taken;
            }
        }
        points - missing
    }
}
