//! The check of a claim of missing points: what is recorded for its invoice, and the proposed fix.
//!
//! A member gets the same answer for another member's receipt and for a wrong number. Only agents see the
//! difference.

use serde::{Deserialize, Serialize};

use super::Fix;
use crate::field::NOTE_MAX_CHARS;
use crate::id::{MemberId, PurchaseId};

/// What the check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// The purchase did not arrive.
    NotReceived,
    /// It arrived and earned points.
    ReceivedWithPoints,
    /// It arrived and earned none.
    ReceivedWithoutPoints,
    /// It belongs to another member. Only agents see this.
    OfAnotherMember,
}

impl Finding {
    /// Returns the finding for the member: another member's receipt looks like a wrong number.
    #[must_use]
    pub fn for_member(self) -> Self {
        match self {
            Self::OfAnotherMember => Self::NotReceived,
            other => other,
        }
    }

    /// Returns the finding as the contract names it.
    #[must_use]
    pub fn in_contract(self) -> Self {
        match self {
            Self::OfAnotherMember => Self::ReceivedWithPoints,
            other => other,
        }
    }
}

/// What is recorded for an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Invoice {
    /// Nothing.
    Missing {
        /// Where.
        branch: String,
        /// The invoice's number at the branch.
        invoice_number: String,
    },
    /// A credit that waits for the purchase.
    Credited {
        /// Whose credit it is.
        member_id: MemberId,
        /// The points credited.
        points: i64,
    },
    /// A purchase without a member.
    Unclaimed {
        /// The purchase.
        purchase_id: PurchaseId,
        /// Whether its receipt can still be attached.
        claimable: bool,
    },
    /// A purchase that earned.
    Earned {
        /// Whose points they are.
        member_id: MemberId,
        /// How many; it may be 0.
        points: i64,
        /// Why that many, in sentences.
        why: Vec<String>,
    },
}

/// The result of a check.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// The finding.
    pub finding: Option<Finding>,
    /// The proposed fix.
    pub fix: Option<Fix>,
    /// The note of the step.
    pub note: Option<String>,
    /// Whether that is for colleagues only.
    pub internal: bool,
}

impl Checked {
    /// Returns a fix that the system proposes, with a sentence for the member.
    pub fn proposing(fix: Fix, note: &str) -> Self {
        Self { finding: None, fix: Some(fix), note: Some(note.to_owned()), internal: false }
    }

    fn of(finding: Finding, fix: Option<Fix>) -> Self {
        Self { finding: Some(finding), fix, note: None, internal: false }
    }

    fn saying(self, note: String, internal: bool) -> Self {
        let note = note.chars().take(NOTE_MAX_CHARS).collect();
        Self { note: Some(note), internal, ..self }
    }
}

/// Returns the result of a check for a member's claim, from what is recorded for its invoice.
pub fn check(member_id: &MemberId, invoice: Invoice) -> Checked {
    match invoice {
        Invoice::Missing { branch, invoice_number } => {
            let fix = Fix::CreditPoints { branch, invoice_number };
            Checked::of(Finding::NotReceived, Some(fix))
        }
        Invoice::Credited { member_id: credited, points } => {
            let is_own = credited == *member_id;
            let whom = if is_own { "this member" } else { "another member" };
            let note = format!("credited by hand to {whom} before: {points} points");
            Checked::of(Finding::NotReceived, None).saying(note, !is_own)
        }
        Invoice::Unclaimed { purchase_id, claimable: true } => {
            let fix = Fix::ClaimPoints { purchase_id };
            Checked::of(Finding::ReceivedWithoutPoints, Some(fix))
        }
        Invoice::Unclaimed { claimable: false, .. } => {
            let note = "the time to claim the points of this purchase is over".to_owned();
            Checked::of(Finding::ReceivedWithoutPoints, None).saying(note, true)
        }
        Invoice::Earned { member_id: owner, .. } if owner != *member_id => {
            let note = "the purchase belongs to another member".to_owned();
            Checked::of(Finding::OfAnotherMember, None).saying(note, true)
        }
        Invoice::Earned { points, .. } if points > 0 => {
            let note = format!("the purchase arrived and earned {points} points");
            Checked::of(Finding::ReceivedWithPoints, None).saying(note, false)
        }
        Invoice::Earned { why, .. } => {
            let note = format!("the purchase earned no points by the rules: {}", why.join("; "));
            Checked::of(Finding::ReceivedWithoutPoints, None).saying(note, false)
        }
    }
}
