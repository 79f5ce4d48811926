//! The promotions with `once` that a member had.
//!
//! An account keeps few marks, so that it stays small: those of promotions that the programme still has,
//! and of a promotion per day the newest days.

use jiff::Timestamp;
use jiff::civil::Date;

use super::Account;
use crate::calendar::local_date;
use crate::explanation::Explanation;
use crate::id::digest;
use crate::program::{Once, ProgramVersion, Promotion};

/// How many days are remembered of a promotion per day. A purchase that arrives later than that, of an
/// earlier day, gets the promotion.
const DAYS_MAX: usize = 3;
/// How many characters of the digest of a promotion's id are kept.
const MARK_CHARS: usize = 6;

/// A promotion that the member had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnceMark {
    /// The start of the digest of the promotion's id.
    pub promotion: String,
    /// The local day of the purchase.
    pub day: Date,
}

fn mark_of(promotion: &Promotion) -> String {
    digest(&[&promotion.id])[..MARK_CHARS].to_owned()
}

impl Account {
    /// Returns the promotions, by id, that the member cannot have again on a purchase at this instant.
    pub fn used_up(&self, rules: &ProgramVersion, purchased_at: Timestamp) -> Vec<String> {
        if self.once.is_empty() {
            return Vec::new();
        }
        let day = local_date(purchased_at, &rules.zone());
        let once = rules.program.promotions.iter().filter(|promotion| {
            let Some(once) = promotion.once else { return false };
            let key = mark_of(promotion);
            let mut marks = self.once.iter().filter(|mark| mark.promotion == key);
            marks.any(|mark| once == Once::Member || mark.day == day)
        });
        once.map(|promotion| promotion.id.clone()).collect()
    }

    /// Remembers the promotions with `once` that a purchase got.
    pub fn mark_once(
        &mut self,
        explanation: &Explanation,
        rules: &ProgramVersion,
        purchased_at: Timestamp,
    ) {
        let day = local_date(purchased_at, &rules.zone());
        for promotion in rules.program.promotions.iter().filter(|rule| rule.once.is_some()) {
            if !explanation.rows.iter().any(|row| row.reason.is_promotion(&promotion.id)) {
                continue;
            }
            let mark = OnceMark { promotion: mark_of(promotion), day };
            if !self.once.contains(&mark) {
                self.once.push(mark);
            }
            let newest = |account: &Self| {
                let of_it = account.once.iter().filter(|mark| mark.promotion == mark_of(promotion));
                let mut days: Vec<Date> = of_it.map(|mark| mark.day).collect();
                days.sort();
                days.into_iter().rev().nth(DAYS_MAX - 1)
            };
            if let Some(oldest) = newest(self) {
                self.once.retain(|mark| mark.promotion != mark_of(promotion) || mark.day >= oldest);
            }
        }
    }

    /// Forgets the promotions with `once` that a purchase got, because it belongs to another member.
    pub fn unmark_once(
        &mut self,
        explanation: &Explanation,
        rules: &ProgramVersion,
        purchased_at: Timestamp,
    ) {
        let day = local_date(purchased_at, &rules.zone());
        let got = |rule: &&Promotion| {
            rule.once.is_some()
                && explanation.rows.iter().any(|row| row.reason.is_promotion(&rule.id))
        };
        let got: Vec<OnceMark> = rules
            .program
            .promotions
            .iter()
            .filter(got)
            .map(|rule| OnceMark { promotion: mark_of(rule), day })
            .collect();
        self.once.retain(|mark| !got.contains(mark));
    }

    /// Forgets the promotions that the programme no longer has.
    pub fn forget_once(&mut self, current: &ProgramVersion, rating: &ProgramVersion) {
        if self.once.is_empty() {
            return;
        }
        let known: Vec<String> = [current, rating]
            .into_iter()
            .flat_map(|rules| &rules.program.promotions)
            .filter(|promotion| promotion.once.is_some())
            .map(mark_of)
            .collect();
        self.once.retain(|mark| known.contains(&mark.promotion));
    }
}
