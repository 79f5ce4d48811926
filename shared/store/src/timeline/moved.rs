//! Entries as statements and reports need them: how many points they moved, and what for.

use puntos_domain::report::movements::Change;
use puntos_domain::statement::EntryPoints;

use super::Entry;
use crate::timeline::row::Row;

impl Entry {
    /// Returns how it moved points; `None` if it moved none.
    pub fn moved(&self) -> Option<EntryPoints> {
        Some(EntryPoints {
            at: self.at()?,
            points: self.points()?,
            expired: self.expired(),
            expired_at_once: self.expired_at_once(),
        })
    }

    /// Returns what it did to the points of its member; `None` if it moved none. A return counts at the branch
    /// of its purchase, if that is known, so that what a branch issued and what was clawed of it match.
    pub fn change<'a>(&'a self, branch_of_purchase: Option<&'a str>) -> Option<Change<'a>> {
        let branch = self.branch().unwrap_or_default();
        Some(match &self.row {
            Row::Purchase(row) => {
                Change::Purchase { branch, earned: row.points?, paid: row.points_paid() }
            }
            Row::Return(row) => Change::Return {
                branch: branch_of_purchase.unwrap_or(branch),
                clawed: row.clawed,
                given_back: row.given_back,
            },
            Row::Redemption(row) => Change::Redemption { points: -row.points },
            Row::Reversal(row) => Change::Reversal { points: row.points },
            Row::Adjustment(row) => Change::Adjustment { points: row.points },
            Row::Correction(row) => Change::Correction { points: row.points },
            Row::Move(row) => Change::Correction { points: row.points },
            Row::Merge(row) => Change::Correction { points: row.points },
            Row::Email(_)
            | Row::Profile(_)
            | Row::Rating(_)
            | Row::Gift(_)
            | Row::Task(_)
            | Row::Claim(_) => return None,
        })
    }
}
