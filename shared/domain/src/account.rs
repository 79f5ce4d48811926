//! A member's account: lots of points that become available, are spent soonest expiry first, and expire.
//!
//! No job runs at midnight: the state of a lot is a comparison of two instants, made when it is needed. Lots
//! with the same two instants are merged, so an account stays small.

use crate::chain::ChainHead;
use crate::id::MemberId;
use crate::member::Contact;
use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::calendar::{expires_at, local_date, start_of_day_after};
use crate::points::Points;
use crate::program::Program;
use crate::standing::Standing;

mod balance;
mod merging;
mod once;
mod reservation;
mod taking;

pub use balance::{Balance, Expiring};
pub use once::OnceMark;
pub use reservation::Reserved;
pub use taking::Taken;

/// Points with the same start and the same expiry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lot {
    /// How many points, more than 0.
    pub points: Points,
    /// The first instant at which the points can be spent; `None` if they already can.
    pub available_at: Option<Timestamp>,
    /// The first instant at which the points can no longer be spent; `None` is never.
    pub expires_at: Option<Timestamp>,
}

impl Lot {
    /// Returns the lot of points that were earned at an instant.
    ///
    /// Both ends count from the local date of `earned_at`.
    pub fn earned(
        points: Points,
        earned_at: Timestamp,
        program: &Program,
        zone: &TimeZone,
    ) -> Self {
        let date = local_date(earned_at, zone);
        let pending = program.pending_days;
        Self {
            points,
            available_at: (pending > 0).then(|| start_of_day_after(date, pending, zone)),
            expires_at: program.expiry.map(|expiry| expires_at(date, expiry, zone)),
        }
    }

    fn is_pending(&self, now: Timestamp) -> bool {
        self.available_at.is_some_and(|at| at > now)
    }

    fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }
}

/// Points taken from one lot, kept on the redemption so that they can come back to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocation {
    /// How many points were taken.
    pub points: Points,
    /// The expiry of the lot they were taken from.
    pub expires_at: Option<Timestamp>,
}

/// Points that expired unspent, recorded by the next write to the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expired {
    /// How many points.
    pub points: Points,
    /// When they expired.
    pub at: Timestamp,
}

/// The points of one member, and what decides about the next ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// Counts the writes; a write is conditional on the version that was read.
    pub version: u64,
    /// The lots, soonest expiry first, without expiry last.
    pub lots: Vec<Lot>,
    /// Points that were taken back and that the member no longer had.
    pub debt: Points,
    /// The open reservations.
    pub reserved: Vec<Reserved>,
    /// The tier, and what counts for it.
    pub standing: Standing,
    /// The promotions with `once` that the member had.
    pub once: Vec<OnceMark>,
}

/// Fewer points are available than requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{missing} points are missing")]
pub struct Insufficient {
    /// How many points are missing.
    pub missing: Points,
}

/// An account as it was read.
#[derive(Debug, Clone)]
pub struct MemberAccount {
    pub member_id: MemberId,
    /// The lots and the version.
    pub account: Account,
    /// The contact for mails and for the greeting at the till.
    pub contact: Contact,
    /// The newest entry of the ledger's chain.
    pub head: Option<ChainHead>,
    /// The member whose account has its points since the two were merged.
    pub merged_into: Option<MemberId>,
}

impl Account {
    /// Returns the points that have expired by an instant and have no entry yet, those of lapsed reservations
    /// included.
    pub fn expired(&self, now: Timestamp) -> Vec<Expired> {
        if self.has_lapsed(now) {
            let mut freed = self.clone();
            freed.free_lapsed(now);
            return freed.expired(now);
        }
        let mut expired: Vec<Expired> = Vec::new();
        for lot in self.lots.iter().filter(|lot| lot.is_expired(now)) {
            let at = lot.expires_at.unwrap_or(now);
            match expired.last_mut() {
                Some(last) if last.at == at => last.points += lot.points,
                _ => expired.push(Expired { points: lot.points, at }),
            }
        }
        expired
    }

    /// Returns all points that the account holds: in lots, expired ones included, and reserved, less the debt.
    pub fn held(&self) -> Points {
        let lots: Points = self.lots.iter().map(|lot| lot.points).sum();
        let reserved: Points = self.reserved.iter().map(Reserved::points).sum();
        lots + reserved - self.debt
    }

    /// Frees lapsed reservations, removes the expired lots, and returns these, to be written with the
    /// current entry.
    pub fn settle(&mut self, now: Timestamp) -> Vec<Expired> {
        self.free_lapsed(now);
        let expired = self.expired(now);
        self.lots.retain(|lot| !lot.is_expired(now));
        for lot in &mut self.lots {
            if lot.available_at.is_some_and(|at| at <= now) {
                lot.available_at = None;
            }
        }
        self.normalize();
        expired
    }

    /// Adds a lot, or merges it with one that has the same instants. Its points pay the debt first, unless
    /// they have expired. Does nothing for 0 points.
    pub fn credit(&mut self, mut lot: Lot, now: Timestamp) {
        if !lot.is_expired(now) {
            let paid = self.debt.min(lot.points);
            self.debt -= paid;
            lot.points -= paid;
        }
        self.restore(lot);
    }

    /// Adds a lot without paying the debt: points that were the member's already.
    fn restore(&mut self, lot: Lot) {
        if lot.points > Points::ZERO {
            self.lots.push(lot);
            self.normalize();
        }
    }

    /// Takes available points, soonest expiry first, and returns the allocations.
    ///
    /// # Errors
    /// Refuses if fewer points are available, and takes nothing.
    pub fn spend(
        &mut self,
        points: Points,
        now: Timestamp,
    ) -> Result<Vec<Allocation>, Insufficient> {
        let available = self.balance(now).available;
        if available < points {
            return Err(Insufficient { missing: points - available });
        }
        let mut missing = points;
        let mut allocations = Vec::new();
        for lot in self.lots.iter_mut().filter(|lot| !lot.is_pending(now) && !lot.is_expired(now)) {
            let taken = lot.points.min(missing);
            if taken > Points::ZERO {
                lot.points -= taken;
                missing -= taken;
                allocations.push(Allocation { points: taken, expires_at: lot.expires_at });
            }
        }
        self.normalize();
        Ok(allocations)
    }

    fn normalize(&mut self) {
        self.lots.sort_by(by_expiry);
        self.lots.dedup_by(|next, lot| {
            let same = next.expires_at == lot.expires_at && next.available_at == lot.available_at;
            if same {
                lot.points += next.points;
            }
            same
        });
        self.lots.retain(|lot| lot.points > Points::ZERO);
    }
}

fn by_expiry(one: &Lot, other: &Lot) -> Ordering {
    let key = |lot: &Lot| (lot.expires_at.unwrap_or(Timestamp::MAX), lot.available_at);
    key(one).cmp(&key(other))
}

#[cfg(test)]
mod tests;
