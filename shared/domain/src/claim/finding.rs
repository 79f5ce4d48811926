//! The check of a claim of missing points: what is recorded for its invoice, and the proposed fix.
//!
//! A member gets the same answer for a wrong number and for a receipt that they do not show: it belongs to
//! another member, or the evidence lacks its total and time. Only agents see the difference.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Claim, ClaimKind, Evidence, Fix, Party, StepKind};
use crate::id::{MemberId, PurchaseId};
use crate::money::Money;
use crate::points::Points;
use crate::text::{self, Text};

/// The most reasons that a note tells of a purchase without points.
const REASONS_MAX: usize = 5;

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
    /// It has no member, and the evidence does not show its receipt. Only agents see this.
    NotShown,
}

impl Finding {
    /// Returns the finding for the member: a receipt that is not theirs to see looks like a wrong number.
    #[must_use]
    pub fn for_member(self) -> Self {
        match self {
            Self::OfAnotherMember | Self::NotShown => Self::NotReceived,
            other => other,
        }
    }

    /// Returns the finding as the contract names it.
    #[must_use]
    pub fn in_contract(self) -> Self {
        match self {
            Self::OfAnotherMember => Self::ReceivedWithPoints,
            Self::NotShown => Self::ReceivedWithoutPoints,
            other => other,
        }
    }
}

/// What is recorded for an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvoiceState {
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
        points: Points,
    },
    /// A purchase without a member.
    Unclaimed {
        purchase_id: PurchaseId,
        /// Whether its receipt can still be attached.
        claimable: bool,
        /// The total of its receipt.
        total: Money,
        /// The time of its receipt.
        purchased_at: Timestamp,
    },
    /// A purchase that earned.
    Earned {
        /// Whose points they are.
        member_id: MemberId,
        /// How many; it may be 0.
        points: Points,
        /// Why that many, in sentences.
        why: Vec<Text>,
        /// The re-rating that the newest rules ask for, if they give other points.
        rerating: Option<Fix>,
    },
}

/// The result of a check.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    pub finding: Option<Finding>,
    /// The proposed fix.
    pub fix: Option<Fix>,
    /// The note of the step.
    pub note: Option<Text>,
    /// Whether that is for colleagues only.
    pub internal: bool,
    /// The branch of the invoice, if only its number was known.
    pub branch: Option<String>,
}

impl Checked {
    /// Returns a fix that the system proposes, with a sentence for the member.
    pub fn proposing(fix: Fix, note: Text) -> Self {
        Self { finding: None, fix: Some(fix), note: Some(note), internal: false, branch: None }
    }

    fn of(finding: Finding, fix: Option<Fix>) -> Self {
        Self { finding: Some(finding), fix, note: None, internal: false, branch: None }
    }

    fn saying(self, note: Text, internal: bool) -> Self {
        Self { note: Some(note), internal, ..self }
    }
}

impl Evidence {
    /// Returns whether it has the total and the time of a receipt, which shows the time in minutes.
    fn shows(&self, total: &Money, purchased_at: Timestamp) -> bool {
        let minute = |at: Timestamp| at.as_second().div_euclid(60);
        self.total.as_ref() == Some(total)
            && self.purchased_at.is_some_and(|at| minute(at) == minute(purchased_at))
    }
}

impl Claim {
    /// Returns the result of a check, from what is recorded for the claim's invoice.
    ///
    /// The points of a purchase without a member are proposed if the evidence shows the receipt, or if the
    /// member did not name the invoice: an agent or the till did.
    pub fn check(&self, invoice: InvoiceState) -> Checked {
        let member_id = self.claim_id.member_id();
        match invoice {
            InvoiceState::Missing { branch, invoice_number } => {
                let fix = Fix::CreditPoints { branch, invoice_number };
                Checked::of(Finding::NotReceived, Some(fix))
            }
            InvoiceState::Credited { member_id: credited, points } => {
                let is_own = credited == member_id;
                let note = match is_own {
                    true => text::claim_credited_before(points),
                    false => text::claim_credited_to_another(points),
                };
                Checked::of(Finding::NotReceived, None).saying(note, !is_own)
            }
            InvoiceState::Unclaimed { purchase_id, claimable, total, purchased_at } => {
                let is_shown = self.evidence.shows(&total, purchased_at);
                let finding = match is_shown {
                    true => Finding::ReceivedWithoutPoints,
                    false => Finding::NotShown,
                };
                let obstacle = match (claimable, is_shown || self.is_vouched_for()) {
                    (false, _) => text::claim_too_late(),
                    (true, false) => text::claim_receipt_not_shown(),
                    (true, true) => {
                        return Checked::of(finding, Some(Fix::AttachReceipt { purchase_id }));
                    }
                };
                Checked::of(finding, None).saying(obstacle, true)
            }
            InvoiceState::Earned { member_id: owner, .. } if owner != member_id => {
                let note = text::claim_of_another_member();
                Checked::of(Finding::OfAnotherMember, None).saying(note, true)
            }
            InvoiceState::Earned { points, rerating, .. } if points > Points::ZERO => {
                let fix = rerating.filter(|fix| !self.loses_by(fix));
                let note = text::claim_earned(points);
                Checked::of(Finding::ReceivedWithPoints, fix).saying(note, false)
            }
            InvoiceState::Earned { why, rerating, .. } => {
                let why = why.into_iter().take(REASONS_MAX);
                let why = why.reduce(|one, other| text::joined(&one, &other));
                let note = match &why {
                    Some(why) => text::claim_earned_nothing(why),
                    None => text::claim_earned(Points::ZERO),
                };
                let fix = rerating.filter(|fix| !self.loses_by(fix));
                Checked::of(Finding::ReceivedWithoutPoints, fix).saying(note, false)
            }
        }
    }

    /// Returns whether a fix takes points from a member who misses some.
    fn loses_by(&self, fix: &Fix) -> bool {
        self.kind == ClaimKind::MissingPoints
            && matches!(fix, Fix::Rerate { points, .. } if *points < Points::ZERO)
    }

    /// Returns which of the invoices with the claim's number it is about: the member's own, else the one whose receipt
    /// the evidence shows, else the only one.
    pub fn pick(&self, found: &[InvoiceState]) -> Option<usize> {
        let member_id = self.claim_id.member_id();
        let is_own = |state: &InvoiceState| match state {
            InvoiceState::Earned { member_id: owner, .. }
            | InvoiceState::Credited { member_id: owner, .. } => *owner == member_id,
            InvoiceState::Unclaimed { .. } | InvoiceState::Missing { .. } => false,
        };
        let is_shown = |state: &InvoiceState| match state {
            InvoiceState::Unclaimed { total, purchased_at, .. } => {
                self.evidence.shows(total, *purchased_at)
            }
            _ => false,
        };
        let only = |fits: &dyn Fn(&InvoiceState) -> bool| {
            let mut places = found.iter().enumerate().filter(|(_, state)| fits(state));
            places.next().filter(|_| places.next().is_none()).map(|(place, _)| place)
        };
        only(&is_own).or_else(|| only(&is_shown)).or_else(|| only(&|_| true))
    }

    /// Returns the result of a check by number, from what is recorded for the claim's number in each branch.
    pub fn check_numbered(&self, mut found: Vec<(String, InvoiceState)>) -> Checked {
        let states: Vec<InvoiceState> = found.iter().map(|(_, state)| state.clone()).collect();
        if let Some(place) = self.pick(&states) {
            let (branch, state) = found.swap_remove(place);
            let checked = self.check(state);
            let seen = checked.finding.is_some_and(|finding| finding.for_member() == finding);
            // The receipt of somebody else may have the same number by chance. Its branch would hide the right one.
            let is_theirs = seen || checked.fix.is_some();
            return Checked {
                branch: Some(branch).filter(|_| is_theirs),
                internal: checked.internal || !seen,
                ..checked
            };
        }
        let note = match found.len() {
            0 => text::claim_number_unknown(),
            many => text::claim_number_in_branches(i64::try_from(many).unwrap_or(i64::MAX)),
        };
        Checked::of(Finding::NotReceived, None).saying(note, true)
    }

    /// Returns the result of a check for a claim of this kind. Of a claim about the receipt's data only a wrong rating is
    /// found.
    #[must_use]
    pub fn relevant(&self, checked: Checked) -> Checked {
        let is_rerating = matches!(checked.fix, Some(Fix::Rerate { .. }));
        match self.kind {
            ClaimKind::ReceiptData if !is_rerating => Checked::default(),
            _ => checked,
        }
    }

    /// Returns whether somebody other than the member named the invoice last. A branch that a check found is
    /// nobody's word.
    fn is_vouched_for(&self) -> bool {
        let names_invoice =
            |evidence: &Evidence| evidence.branch.is_some() || evidence.invoice_number.is_some();
        let steps = self.history.iter().rev();
        steps
            .filter(|step| step.what != StepKind::Checked)
            .find(|step| step.evidence.as_ref().is_some_and(names_invoice))
            .is_some_and(|step| step.by != Party::Member)
    }
}
