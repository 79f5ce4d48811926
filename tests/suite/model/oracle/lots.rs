//! The model's points: lots that become available, are spent soonest expiry first, and expire.

use super::super::calendar::{end_of_next_month, midnight_after};
use super::Oracle;

/// Points with the seconds at which they can be used first and no longer.
pub(super) struct Lot {
    pub(super) points: i64,
    pub(super) available_at: i64,
    pub(super) expires_at: i64,
}

impl Oracle {
    /// Returns the points that somebody can spend.
    pub fn available(&self, who: usize) -> i64 {
        self.sum(who, |lot| lot.available_at <= self.now)
    }

    /// Returns the points that somebody can spend later.
    pub fn pending(&self, who: usize) -> i64 {
        self.sum(who, |lot| lot.available_at > self.now)
    }

    /// Gives points that live from this time on.
    pub(super) fn add_lot(&mut self, who: usize, points: i64, earned_at: i64) {
        let available_at =
            if self.pending_days == 0 { 0 } else { midnight_after(earned_at, self.pending_days) };
        self.credit(who, points, available_at, end_of_next_month(earned_at));
    }

    /// Gives points. They pay the debt first, unless they have expired.
    pub(super) fn credit(
        &mut self,
        who: usize,
        mut points: i64,
        available_at: i64,
        expires_at: i64,
    ) {
        let person = &mut self.people[who];
        if expires_at > self.now {
            let pays = person.debt.min(points);
            person.debt -= pays;
            points -= pays;
        }
        person.lots.push(Lot { points, available_at, expires_at });
    }

    /// Takes points that are there, soonest expiry first, and says how many expire when.
    pub(super) fn take(&mut self, who: usize, points: i64) -> Vec<(i64, i64)> {
        let now = self.now;
        let lots = &mut self.people[who].lots;
        lots.sort_by_key(|lot| lot.expires_at);
        let mut left = points;
        let mut taken = Vec::new();
        for lot in lots.iter_mut().filter(|lot| lot.available_at <= now && lot.expires_at > now) {
            let part = left.min(lot.points);
            lot.points -= part;
            left -= part;
            taken.push((part, lot.expires_at));
        }
        assert_eq!(left, 0, "the model took points that are not there");
        taken
    }

    fn sum(&self, who: usize, counts: impl Fn(&Lot) -> bool) -> i64 {
        let alive = self.people[who].lots.iter().filter(|lot| lot.expires_at > self.now);
        alive.filter(|lot| counts(lot)).map(|lot| lot.points).sum()
    }
}
