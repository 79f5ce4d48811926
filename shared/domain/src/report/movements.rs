//! Movements: what gave and took points, by local month and by branch, summed from the entries of ledgers.
//!
//! What a month gave less what it took is the difference between the points of two month ends, so the months
//! add up to what members hold: available, pending and reserved points, less the debt.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::invoice::BranchKey;
use crate::points::Points;
use crate::standing::Month;
use crate::statement::{Cause, Line};

/// The months that are shown one by one: the newest ones.
pub const MONTHS_MAX: usize = 24;
/// The branches of a month that are shown one by one: those that a run met first.
pub const BRANCHES_MAX: usize = 200;

/// What an entry did to the points of its member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change<'a> {
    /// Points earned at a branch, and points that paid a part of the basket there.
    Purchase { branch: &'a str, earned: Points, paid: Points },
    /// Points taken back of a purchase at a branch, and points given back that had paid for it.
    Return { branch: &'a str, clawed: Points, given_back: Points },
    /// Points that a coupon cost.
    Redemption { points: Points },
    /// Points that a reversal gave back.
    Reversal { points: Points },
    /// Points that were given by hand, or taken when negative.
    Adjustment { points: Points },
    /// Points that a re-rating gave, or took when negative.
    Correction { points: Points },
}

/// The use of a coupon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use<'a> {
    pub branch: &'a str,
    pub at: Timestamp,
    /// What the coupon cost.
    pub points: Points,
}

/// The sums of one month, all of them 0 or more unless their text says otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthSums {
    /// Points earned by purchases.
    pub issued: Points,
    /// Points taken back by returns.
    pub clawed: Points,
    /// Points spent on coupons.
    pub redeemed: Points,
    /// Points that paid a part of a basket.
    pub paid: Points,
    /// Points that reversals gave back.
    pub restored: Points,
    /// Points that returns gave back, because they had paid.
    pub given_back: Points,
    /// Points given by hand, less those taken.
    pub adjusted: Points,
    /// Points given by re-ratings, moves and merges, less those taken.
    pub corrected: Points,
    /// Points that expired unspent.
    pub expired: Points,
    /// The sums of branches, by the form of the name that is compared.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub branches: BTreeMap<String, BranchSums>,
    /// The sums of the branches beyond the most that are shown.
    #[serde(default, skip_serializing_if = "BranchSums::is_empty")]
    pub others: BranchSums,
}

/// The sums of a branch in one month.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BranchSums {
    /// The name as it was met first, if it differs from the compared form.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Points earned by purchases.
    #[serde(rename = "i", default, skip_serializing_if = "Points::is_zero")]
    pub issued: Points,
    /// Points taken back by returns of purchases.
    #[serde(rename = "c", default, skip_serializing_if = "Points::is_zero")]
    pub clawed: Points,
    /// What the coupons cost that the branch took in this month.
    #[serde(rename = "r", default, skip_serializing_if = "Points::is_zero")]
    pub redeemed: Points,
    /// Points that paid a part of a basket.
    #[serde(rename = "p", default, skip_serializing_if = "Points::is_zero")]
    pub paid: Points,
}

/// The sums of all months; `None` holds everything before the months that are shown one by one.
pub type Months = BTreeMap<Option<Month>, MonthSums>;

/// The movements that a run has summed up.
#[derive(Debug, Clone)]
pub struct Movements {
    zone: TimeZone,
    /// The month of the run. What is written while the run walks counts in it.
    newest: Month,
    pub months: Months,
}

impl MonthSums {
    /// Returns by how much the points of all members changed.
    pub fn net(&self) -> Points {
        self.issued - self.clawed - self.redeemed - self.paid
            + self.restored
            + self.given_back
            + self.adjusted
            + self.corrected
            - self.expired
    }

    fn branch(&mut self, name: &str) -> &mut BranchSums {
        let key = BranchKey::of(name).as_str().to_owned();
        if self.branches.len() >= BRANCHES_MAX && !self.branches.contains_key(&key) {
            return &mut self.others;
        }
        let name = (name != key).then(|| name.to_owned());
        self.branches.entry(key).or_insert_with(|| BranchSums { name, ..BranchSums::default() })
    }
}

impl BranchSums {
    /// Returns whether nothing was summed up.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Movements {
    /// Returns the movements of a run as of an instant, to go on with from the sums of its segments so far.
    pub fn new(as_of: Timestamp, zone: TimeZone, months: Months) -> Self {
        Self { newest: Month::of(as_of, &zone), zone, months }
    }

    /// Adds the lines of a member's whole statement. `changes` are those of the entries that the lines name.
    pub fn add(&mut self, lines: &[Line], changes: &[Change<'_>]) {
        for line in lines {
            match line.cause {
                Cause::Expiry { at, .. } => {
                    // Points expire at the first instant of a day: the month is that of the day before.
                    let second = SignedDuration::from_secs(i64::from(line.at == at));
                    let expired = line.at.checked_sub(second).unwrap_or(line.at);
                    self.month(expired).expired -= line.points;
                }
                Cause::Entry(index) => {
                    if let Some(change) = changes.get(index) {
                        self.change(line.at, *change);
                    }
                }
            }
        }
    }

    /// Adds the use of a coupon.
    pub fn add_use(&mut self, used: Use<'_>) {
        self.month(used.at).branch(used.branch).redeemed += used.points;
    }

    fn change(&mut self, at: Timestamp, change: Change<'_>) {
        let month = self.month(at);
        match change {
            Change::Purchase { branch, earned, paid } => {
                month.issued += earned;
                month.paid += paid;
                let branch = month.branch(branch);
                branch.issued += earned;
                branch.paid += paid;
            }
            Change::Return { branch, clawed, given_back } => {
                month.clawed += clawed;
                month.given_back += given_back;
                month.branch(branch).clawed += clawed;
            }
            Change::Redemption { points } => month.redeemed += points,
            Change::Reversal { points } => month.restored += points,
            Change::Adjustment { points } => month.adjusted += points,
            Change::Correction { points } => month.corrected += points,
        }
    }

    fn month(&mut self, at: Timestamp) -> &mut MonthSums {
        let month = Month::of(at, &self.zone).min(self.newest);
        let age = i64::from(self.newest.0) - i64::from(month.0);
        let is_shown = usize::try_from(age).is_ok_and(|age| age < MONTHS_MAX);
        self.months.entry(is_shown.then_some(month)).or_default()
    }
}

#[cfg(test)]
mod tests;
