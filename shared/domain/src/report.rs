//! Reports: what one walk over all members sums up, a member at a time.
//!
//! A run keeps its sums between the segments of the walk, so it can be gone on with at any time.

pub mod liability;
pub mod movements;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::calendar::local_date;
use crate::id::{EntryId, MemberId, RunId};
use crate::points::Points;
use crate::walk::Walk;

/// One run over all members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub run_id: RunId,
    /// When it was requested. Points are pending or expired as of this instant.
    pub as_of: Timestamp,
    pub walk: Walk,
    pub sums: Sums,
}

/// What a run has summed up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    /// The members that were read.
    pub members: u64,
    /// By how much the entries and the accounts differ, summed over members without signs.
    pub difference: Points,
    /// The members with so many entries that their sum could not be read.
    pub unproven: u64,
    /// The first broken chain that was found: the member and the entry.
    pub broken: Option<(MemberId, EntryId)>,
    /// Points that can be spent, or that a reservation holds.
    pub outstanding: Points,
    pub pending: Points,
    pub debt: Points,
    /// The outstanding and pending points by the local month in which they expire, `2027-03`.
    pub expiring: BTreeMap<String, Points>,
}

/// The ledger of one member, as a run needs it.
#[derive(Debug)]
pub struct MemberLedger<'a> {
    pub member_id: &'a MemberId,
    pub account: &'a Account,
    /// The sum of all entries, expiries included; `None` if there were too many to read.
    pub entries: Option<Points>,
    /// The first entry that was changed, removed or put in later.
    pub broken_at: Option<EntryId>,
}

impl Run {
    /// Returns a run that has read nothing yet.
    pub fn new(run_id: RunId, now: Timestamp) -> Self {
        Self { run_id, as_of: now, walk: Walk::new(now), sums: Sums::default() }
    }

    /// Returns the run after a segment, which the next one follows, if there is one.
    #[must_use]
    pub fn after(&self, sums: Sums, next: Option<String>, now: Timestamp) -> Self {
        Self { walk: self.walk.after(next, now), sums, ..self.clone() }
    }
}

impl Sums {
    /// Adds a member, with the points as they are at an instant.
    pub fn add(&mut self, ledger: MemberLedger<'_>, as_of: Timestamp, zone: &TimeZone) {
        self.members += 1;
        match ledger.entries {
            None => self.unproven += 1,
            Some(entries) => {
                let difference = entries.abs_diff(ledger.account.held());
                self.difference = self.difference.saturating_add(difference);
            }
        }
        if self.broken.is_none() {
            self.broken = ledger.broken_at.map(|entry_id| (ledger.member_id.clone(), entry_id));
        }
        let balance = ledger.account.balance(as_of);
        self.outstanding += balance.available + balance.reserved;
        self.pending += balance.pending;
        self.debt += balance.debt;
        for expiring in balance.expiring {
            // Points expire at the first instant of a day: the month is that of the day before.
            let last = expiring.at - jiff::SignedDuration::from_secs(1);
            let month = local_date(last, zone).strftime("%Y-%m").to_string();
            *self.expiring.entry(month).or_default() += expiring.points;
        }
    }

    /// Returns the points that members hold and may still spend.
    pub fn points(&self) -> Points {
        self.outstanding + self.pending
    }

    /// Returns whether everything that was read adds up.
    pub fn is_clean(&self) -> bool {
        self.difference == Points::ZERO && self.broken.is_none() && self.unproven == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Lot;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn added(entries: &[Option<i64>], debt: i64) -> Sums {
        let lot = |points, available, expires| Lot {
            points: Points::new(points),
            available_at: Some(at(available)),
            expires_at: Some(at(expires)),
        };
        let lots = vec![lot(5, 0, 50), lot(10, 0, 200), lot(20, 150, 300)];
        let account = Account { lots, debt: Points::new(debt), ..Account::default() };
        let member_id = MemberId::from_key("m");
        let mut sums = Sums::default();
        for entries in entries {
            let broken_at = (*entries == Some(0)).then(|| EntryId::of("purchase", "p"));
            let ledger = MemberLedger {
                member_id: &member_id,
                account: &account,
                entries: entries.map(Points::new),
                broken_at,
            };
            sums.add(ledger, at(100), &TimeZone::UTC);
        }
        sums
    }

    #[test]
    fn entries_are_held_against_what_the_account_holds() {
        let clean = added(&[Some(32), Some(32)], 3);
        assert!(clean.is_clean());
        assert_eq!(
            (clean.members, clean.outstanding.get(), clean.pending.get(), clean.debt.get()),
            (2, 20, 40, 6)
        );
        assert_eq!(clean.expiring, BTreeMap::from([("1970-01".to_owned(), Points::new(60))]));
        // Two differences never cancel each other out.
        let wrong = added(&[Some(30), Some(34), None], 3);
        assert_eq!((wrong.difference.get(), wrong.unproven, wrong.is_clean()), (4, 1, false));
        let broken = added(&[Some(0)], 35);
        assert!(broken.broken.is_some_and(|(member_id, _)| member_id == MemberId::from_key("m")));
    }
}
