//! Comparisons: what the purchases of a period earned, and what they earn under other rules.
//!
//! A re-rate compares under a version of the programme, and corrects the differences unless it is a dry run. A
//! preview compares under a draft and corrects nothing. All of them use the same decision for each purchase, so
//! a preview and a dry run say what a re-rate does.

mod sums;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::accrual::{Earned, RecordedInvoice, Terms};
use crate::explanation::{Explanation, Reason};
use crate::id::{MemberId, PreviewId, PurchaseId, RerateId};
use crate::points::Points;
use crate::rerating::{self, Change, Decision, OverCredit};
use crate::stamp::Stamp;
use crate::walk::{Walk, WalkStatus};

pub use sums::{ComparedPart, ComparedPurchase, EXAMPLES_MAX, MembersAndPoints, PARTS_MAX, Sums};

/// Names a re-rate or a preview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ComparisonId {
    Rerate(RerateId),
    Preview(PreviewId),
}

/// A re-rate or a preview.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    pub id: ComparisonId,
    /// The purchases of the period are those made from this instant on,
    pub from: Timestamp,
    /// and before this one.
    pub to: Timestamp,
    /// The version that rates; none is the draft of a preview.
    pub version: Option<u32>,
    /// Whether nothing is corrected, as in a preview.
    pub dry_run: bool,
    pub over_credit: OverCredit,
    /// Why, for members and colleagues.
    pub reason: Option<String>,
    /// The fingerprint of the request.
    pub fingerprint: String,
    /// Who ordered it. Its corrections are theirs.
    pub ordered: Stamp,
    pub walk: Walk,
    pub sums: Sums,
}

/// A purchase in a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub purchase_id: PurchaseId,
    /// The branch in its compared form.
    pub branch: String,
    /// The tier that rates it, by id.
    pub tier: Option<String>,
    pub change: Change,
    pub moved: Settlement,
}

/// What becomes of the points that a purchase earns more or less.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// Points given.
    pub given: Points,
    /// Points taken: from the balance, or as debt.
    pub clawed: Points,
    /// Points too many that the member keeps, as the request says.
    pub forgiven: Points,
    /// Points too many that had expired, or that the balance no longer had and the programme lets go.
    pub let_go: Points,
}

/// Compares one purchase of a member. Returns its line and, if its breakdown changes, the decision to correct it: one
/// that gives the same points is no reason for an entry. Returns `None` for a purchase that earned nobody points, or in
/// another currency than the rules'.
pub fn compare(
    invoice: &RecordedInvoice,
    account: &Account,
    terms: &Terms,
    over_credit: OverCredit,
    now: Timestamp,
) -> Option<(Line, Option<Decision>)> {
    let receipt = invoice.receipt.as_ref()?;
    let bought = receipt.of_member()?;
    let earned = bought.earned;
    if receipt.purchase.total.currency != terms.rating.program.currency {
        return None;
    }
    let (credit, account) = (invoice.credit.as_ref(), account.clone());
    let decided = rerating::decide(bought, credit, account, terms, over_credit, now);
    let line = match decided.as_ref().filter(|decision| decision.change.points() != Points::ZERO) {
        None => Line {
            purchase_id: invoice.purchase_id.clone(),
            branch: receipt.purchase.invoice().branch_key().to_string(),
            tier: earned.current().tier.clone(),
            change: Change::none(bought),
            moved: Settlement::default(),
        },
        Some(decision) => {
            let change = decision.change.clone();
            Line::corrected(invoice, earned, change, decision.correction, &decision.explanation)
        }
    };
    Some((line, decided))
}

impl Line {
    /// Returns the line of a purchase that is or was corrected by these points, with this explanation.
    pub fn corrected(
        invoice: &RecordedInvoice,
        earned: &Earned,
        change: Change,
        points: Points,
        explanation: &Explanation,
    ) -> Self {
        let of = |wanted: &[Reason]| -> Points {
            let rows = explanation.rows.iter().filter(|row| wanted.contains(&row.reason));
            rows.map(|row| row.points).sum()
        };
        let moved = Settlement {
            given: points.max(Points::ZERO),
            clawed: (-points).max(Points::ZERO),
            forgiven: of(&[Reason::Forgiven]),
            let_go: of(&[Reason::LetGo, Reason::Expired]),
        };
        let branch = crate::invoice::BranchKey::of(&invoice.branch).to_string();
        let tier = earned.current().tier.clone();
        Self { purchase_id: invoice.purchase_id.clone(), branch, tier, change, moved }
    }
}

impl Settlement {
    /// Returns by how much a member's points change.
    pub fn points(&self) -> Points {
        self.given - self.clawed
    }
}

impl ComparisonId {
    pub fn as_str(&self) -> &str {
        match self {
            Self::Rerate(id) => id.as_str(),
            Self::Preview(id) => id.as_str(),
        }
    }
}

impl Comparison {
    /// Returns the comparison after a segment, which the next one follows, if there is one.
    #[must_use]
    pub fn after(&self, sums: Sums, next: Option<String>, now: Timestamp) -> Self {
        Self { walk: self.walk.after(next, now), sums, ..self.clone() }
    }

    /// Returns the comparison with its walk stopped.
    #[must_use]
    pub fn stopped(self) -> Self {
        Self { walk: self.walk.with_status(WalkStatus::Stopped), ..self }
    }

    /// Returns whether a purchase of this instant is in the period.
    pub fn covers(&self, purchased_at: Timestamp) -> bool {
        (self.from..self.to).contains(&purchased_at)
    }
}

/// Returns by how much the points of a member change.
pub fn moved(lines: &[Line]) -> Points {
    lines.iter().map(|line| line.moved.points()).sum()
}

/// The member of some lines, and whether they are told by mail.
#[derive(Debug)]
pub struct MemberLines<'a> {
    pub member_id: &'a MemberId,
    pub lines: &'a [Line],
    pub told: bool,
}
