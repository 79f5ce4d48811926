//! The check of a claim of missing points: what stands under its invoice, and what to do about it.
//!
//! Somebody else's receipt and a wrong guess lead a member to the same words; only agents see the
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
    /// It belongs to somebody else. Told to agents only.
    OfAnotherMember,
}

impl Finding {
    /// Returns what the claim's member may know: somebody else's receipt looks like a wrong guess.
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

/// What stands under an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Invoice {
    /// Nothing.
    Missing {
        /// Where.
        branch: String,
        /// The number there.
        invoice_number: String,
    },
    /// A credit by hand that waits for the purchase.
    Credited {
        /// Whose credit it is.
        member_id: MemberId,
        /// The points credited.
        points: i64,
    },
    /// A purchase that names nobody.
    Unclaimed {
        /// The purchase.
        purchase_id: PurchaseId,
        /// Whether the programme still lets it be claimed.
        claimable: bool,
    },
    /// A purchase that earned.
    Earned {
        /// Whose points they are.
        member_id: MemberId,
        /// How many; the rules may give none.
        points: i64,
        /// Why that many, in sentences.
        why: Vec<String>,
    },
}

/// What a check makes of a claim.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// What was found.
    pub finding: Option<Finding>,
    /// What can be done about it.
    pub fix: Option<Fix>,
    /// What there is to say about it.
    pub note: Option<String>,
    /// Whether that is for colleagues only.
    pub internal: bool,
}

impl Checked {
    /// Returns what the system proposes of itself, with a sentence for the member.
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

/// Returns what stands under an invoice means for the claim of a member.
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
