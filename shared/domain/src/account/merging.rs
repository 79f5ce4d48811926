//! Two accounts of one person become one.

use jiff::Timestamp;

use super::Account;
use crate::program::ProgramVersion;

impl Account {
    /// Adds everything that another account has: lots with their own dates, the debt, the sums and the tier, and
    /// the promotions with `once` that its member had. Available points pay the debt, soonest expiry first, then
    /// pending ones. Both accounts are settled, and neither has reserved points.
    pub(crate) fn absorb(&mut self, other: Self, rules: &ProgramVersion, now: Timestamp) {
        self.lots.extend(other.lots);
        self.normalize();
        self.debt += other.debt;
        let paid = self.take_from(self.debt, now, |lot| !lot.is_pending(now));
        self.debt -= paid;
        let paid = self.take_from(self.debt, now, |_| true);
        self.debt -= paid;
        self.normalize();
        self.standing.absorb(other.standing, rules, now);
        let new = other.once.into_iter().filter(|mark| !self.once.contains(mark));
        let new: Vec<_> = new.collect();
        self.once.extend(new);
    }
}
