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
use serde::{Deserialize, Serialize};

use crate::calendar::{expires_at, local_date, start_of_day_after};
use crate::program::Program;

/// Points with the same start and the same expiry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lot {
    /// How many points, more than 0.
    pub points: i64,
    /// The first instant at which the points can be spent; `None` if they already can.
    pub available_at: Option<Timestamp>,
    /// The first instant at which the points can no longer be spent; `None` is never.
    pub expires_at: Option<Timestamp>,
}

impl Lot {
    /// Returns the lot of points that were earned at an instant.
    ///
    /// Both ends count from the local date of `earned_at`.
    pub fn earned(points: i64, earned_at: Timestamp, program: &Program, zone: &TimeZone) -> Self {
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
    pub points: i64,
    /// The expiry of the lot they were taken from.
    pub expires_at: Option<Timestamp>,
}

/// Points that expired unspent, recorded by the next write to the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expired {
    /// How many points.
    pub points: i64,
    /// When they expired.
    pub at: Timestamp,
}

/// What a member has, in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Balance {
    /// Points that can be spent now.
    pub available: i64,
    /// Points that can be spent later.
    pub pending: i64,
    /// Points owed, which the next points pay first. Always 0 until returns exist to cause debt.
    pub debt: i64,
    /// The available points that expire next.
    pub expiring_next: Option<ExpiringNext>,
}

/// The available points that expire next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ExpiringNext {
    /// How many points.
    pub points: i64,
    /// The first instant at which they can no longer be used.
    #[schema(value_type = String, format = "date-time")]
    pub at: Timestamp,
}

/// The lots of one member.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// Counts the writes; a write is conditional on the version that was read.
    pub version: u64,
    /// The lots, soonest expiry first, without expiry last.
    pub lots: Vec<Lot>,
}

/// Fewer points are available than requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{missing} points are missing")]
pub struct Insufficient {
    /// How many points are missing.
    pub missing: i64,
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
}

impl Account {
    /// Returns what the member has at an instant.
    pub fn balance(&self, now: Timestamp) -> Balance {
        let mut balance = Balance { available: 0, pending: 0, debt: 0, expiring_next: None };
        for lot in self.lots.iter().filter(|lot| !lot.is_expired(now)) {
            if lot.is_pending(now) {
                balance.pending += lot.points;
                continue;
            }
            balance.available += lot.points;
            let Some(at) = lot.expires_at else { continue };
            match &mut balance.expiring_next {
                None => balance.expiring_next = Some(ExpiringNext { points: lot.points, at }),
                Some(next) if next.at == at => next.points += lot.points,
                Some(_) => {}
            }
        }
        balance
    }

    /// Returns the points that have expired by an instant and have no entry yet.
    pub fn expired(&self, now: Timestamp) -> Vec<Expired> {
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

    /// Removes the expired lots and returns them, to be written with the current entry.
    pub fn settle(&mut self, now: Timestamp) -> Vec<Expired> {
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

    /// Adds a lot, or merges it with one that has the same instants. Does nothing for 0 points.
    pub fn credit(&mut self, lot: Lot) {
        if lot.points > 0 {
            self.lots.push(lot);
            self.normalize();
        }
    }

    /// Takes available points, soonest expiry first, and returns the allocations.
    ///
    /// # Errors
    /// Refuses if fewer points are available, and takes nothing.
    pub fn spend(&mut self, points: i64, now: Timestamp) -> Result<Vec<Allocation>, Insufficient> {
        let available = self.balance(now).available;
        if available < points {
            return Err(Insufficient { missing: points - available });
        }
        let mut missing = points;
        let mut allocations = Vec::new();
        for lot in self.lots.iter_mut().filter(|lot| !lot.is_pending(now) && !lot.is_expired(now)) {
            let taken = lot.points.min(missing);
            if taken > 0 {
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
        self.lots.retain(|lot| lot.points > 0);
    }
}

fn by_expiry(one: &Lot, other: &Lot) -> Ordering {
    let key = |lot: &Lot| (lot.expires_at.unwrap_or(Timestamp::MAX), lot.available_at);
    key(one).cmp(&key(other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::tests::demo;
    use proptest::prelude::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn lot(points: i64, available: Option<i64>, expires: Option<i64>) -> Lot {
        Lot { points, available_at: available.map(at), expires_at: expires.map(at) }
    }

    fn account(lots: &[Lot]) -> Account {
        let mut account = Account::default();
        lots.iter().for_each(|lot| account.credit(lot.clone()));
        account
    }

    #[test]
    fn soonest_expiry_is_spent_first_and_endless_lots_last() {
        let mut account = account(&[
            lot(10, None, None),
            lot(10, None, Some(90)),
            lot(10, None, Some(50)),
            lot(9, Some(20), Some(30)),
        ]);
        let taken = account.spend(25, at(10)).unwrap();
        let expected = [(10, Some(at(50))), (10, Some(at(90))), (5, None)];
        assert_eq!(
            taken.iter().map(|part| (part.points, part.expires_at)).collect::<Vec<_>>(),
            expected
        );
        assert_eq!(account.spend(6, at(10)), Err(Insufficient { missing: 1 }));
        assert_eq!(account.balance(at(10)).pending, 9);
    }

    #[test]
    fn a_lot_cannot_be_used_from_its_first_expired_instant() {
        let mut account = account(&[lot(10, Some(5), Some(50))]);
        assert_eq!(account.balance(at(4)).available, 0);
        assert_eq!(account.balance(at(5)).available, 10);
        assert_eq!(account.balance(at(49)).available, 10);
        assert_eq!(account.balance(at(50)).available, 0);
        assert_eq!(account.spend(1, at(50)), Err(Insufficient { missing: 1 }));
        assert_eq!(account.settle(at(60)), [Expired { points: 10, at: at(50) }]);
        assert!(account.lots.is_empty());
    }

    #[test]
    fn ten_years_of_shopping_keep_a_handful_of_lots() {
        let program = demo();
        let zone = program.zone();
        let mut account = Account::default();
        let mut most = 0;
        for day in 0..3650_i64 {
            let now = at(1_600_000_000 + day * 86_400);
            account.settle(now);
            if day % 9 < 5 {
                account.credit(Lot::earned(10, now, &program.program, &zone));
            }
            most = most.max(account.lots.len());
        }
        assert!(most <= 13, "{most} lots");
    }

    proptest! {
        #[test]
        fn spending_takes_exactly_what_was_asked(
            lots in proptest::collection::vec((1_i64..100, proptest::option::of(0_i64..50), proptest::option::of(0_i64..100)), 0..12),
            points in 0_i64..300, now in 0_i64..100,
        ) {
            let lots: Vec<Lot> = lots.into_iter().map(|(points, available, expires)| lot(points, available, expires)).collect();
            let mut account = account(&lots);
            let whole: i64 = account.lots.iter().map(|lot| lot.points).sum();
            prop_assert_eq!(whole, lots.iter().map(|lot| lot.points).sum::<i64>());
            let before = account.balance(at(now));
            match account.spend(points, at(now)) {
                Ok(taken) => {
                    prop_assert_eq!(taken.iter().map(|part| part.points).sum::<i64>(), points);
                    prop_assert_eq!(account.balance(at(now)).available, before.available - points);
                }
                Err(short) => {
                    prop_assert_eq!(short.missing, points - before.available);
                    prop_assert_eq!(account.balance(at(now)), before.clone());
                }
            }
            let expired: i64 = account.settle(at(now)).iter().map(|expired| expired.points).sum();
            let after = account.balance(at(now));
            prop_assert_eq!(account.lots.iter().map(|lot| lot.points).sum::<i64>(), after.available + after.pending);
            prop_assert!(expired >= 0);
        }
    }
}
