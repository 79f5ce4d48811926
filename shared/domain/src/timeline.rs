//! The timeline: the kinds of entries about a member.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A purchase and its points.
    Purchase,
    /// Goods of a purchase that came back, and its points.
    Return,
    /// Points spent on a coupon.
    Redemption,
    /// A redemption undone.
    Reversal,
    /// Points credited or taken by hand.
    Adjustment,
    /// Points that expired unspent.
    Expiry,
    /// A tier that was reached or lost.
    Tier,
    /// A mail and what became of it.
    Email,
    /// An enrolment or a change of the profile.
    Profile,
    /// A rating, or a gift for one.
    Rating,
    /// A care task.
    Task,
    Claim,
}

impl EntryKind {
    /// Returns the name in items and in the contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::Purchase => "purchase",
            Self::Return => "return",
            Self::Redemption => "redemption",
            Self::Reversal => "reversal",
            Self::Adjustment => "adjustment",
            Self::Expiry => "expiry",
            Self::Tier => "tier",
            Self::Email => "email",
            Self::Profile => "profile",
            Self::Rating => "rating",
            Self::Task => "task",
            Self::Claim => "claim",
        }
    }
}
