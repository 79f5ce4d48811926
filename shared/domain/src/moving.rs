//! Moving a purchase: its points go from the member it was recorded for to the member whose it is.
//!
//! Entries never change. One correcting entry takes from the wrong member what the purchase has given, after
//! returns and corrections, and one gives it to the right member, with the dates of the purchase's own lot. A
//! credit by hand that the purchase had netted off stood in for it, so it is taken too.

use jiff::Timestamp;

use crate::account::{Account, Balance, Expired, Lot, MemberAccount};
use crate::accrual::{Earned, MemberPurchase, Terms};
use crate::expiry_warning::{Expiries, ExpiryWarning};
use crate::explanation::{Explanation, Reason, Row};
use crate::points::Points;
use crate::returns;
use crate::standing::{Month, MonthSum, TierChange};

#[cfg(test)]
mod tests;

/// Why a purchase is not moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the purchase belongs to this member already")]
    SameMember,
    /// The points that paid show whose it is.
    #[error("points of its member paid for a part of the purchase")]
    PaidWithPoints,
}

/// What a move does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What the wrong member gives up.
    pub from: Side,
    /// What the right member gets.
    pub to: Side,
    /// The breakdown of the purchase that counts from now on, without a credit that it had netted off.
    pub rated: Explanation,
}

/// The entry of one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// Why; the rows add up to the points that the balance changes by.
    pub explanation: Explanation,
    /// Points that expired earlier and get their entry with this write.
    pub expired: Vec<Expired>,
    /// How the tier changed since the last entry that recorded it, oldest first.
    pub tier_changes: Vec<TierChange>,
    /// The warnings of expiries that become due.
    pub warnings: Vec<ExpiryWarning>,
    /// The account afterwards.
    pub account: Account,
    /// What the member has afterwards.
    pub balance: Balance,
}

impl Side {
    /// Returns the points of the entry: given, or taken when negative.
    pub fn points(&self) -> Points {
        self.explanation.points()
    }

    fn new(
        explanation: Explanation,
        expired: Vec<Expired>,
        tier_changes: Vec<TierChange>,
        account: Account,
        now: Timestamp,
    ) -> Self {
        let (balance, warnings) = (account.balance(now), Vec::new());
        Self { explanation, expired, tier_changes, warnings, balance, account }
    }
}

/// Decides the move of a purchase between two members. `terms.rating` is the version that rated it.
///
/// After the expiry of the purchase's lot no points move. The tier sums move in any case.
///
/// # Errors
/// Refuses a move to the same member, and a purchase that points paid in part.
pub fn decide(
    bought: MemberPurchase<'_>,
    from: &MemberAccount,
    to: &MemberAccount,
    terms: &Terms,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    if from.member_id == to.member_id {
        return Err(Refusal::SameMember);
    }
    let earned = bought.earned;
    if earned.points_paid() > Points::ZERO {
        return Err(Refusal::PaidWithPoints);
    }
    let moved = Moved::of(bought, terms, now);
    Ok(Decision {
        from: moved.taken(from.account.clone(), earned, terms, now),
        to: moved.given(to.account.clone(), earned, terms, now),
        rated: moved.rated,
    })
}

/// What moves.
struct Moved {
    points: Points,
    is_expired: bool,
    /// What is left of the purchase, in minor units.
    left_minor: i64,
    /// What counts for the tier.
    counted: MonthSum,
    rated: Explanation,
    purchased_at: Timestamp,
}

impl Moved {
    fn of(bought: MemberPurchase<'_>, terms: &Terms, now: Timestamp) -> Self {
        let MemberPurchase { receipt, earned } = bought;
        let purchase = &receipt.purchase;
        let points = (earned.gross() - receipt.returned.clawed).max(Points::ZERO);
        let left = returns::basket_left(purchase, &earned.paid, &receipt.returned);
        let mut rated = earned.current().clone();
        rated.rows.retain(|row| row.reason != Reason::AlreadyCredited);
        Self {
            points,
            is_expired: earned.expires_at.is_some_and(|at| at <= now),
            left_minor: purchase.total.amount - receipt.returned.total_minor(),
            counted: MonthSum {
                month: Month::of(purchase.purchased_at, &terms.current.zone()),
                points,
                spent_minor: left.paid.part,
            },
            rated,
            purchased_at: purchase.purchased_at,
        }
    }

    /// Takes the points from the wrong member, as a return does.
    fn taken(&self, mut account: Account, earned: &Earned, terms: &Terms, now: Timestamp) -> Side {
        let expired = account.settle(now);
        let mut rows = self.rows(-self.points);
        if !self.is_expired {
            let negative = terms.current.program.returns.negative;
            let taken = account.take_back(self.points, &earned.lot(), negative, now);
            if taken.let_go > Points::ZERO {
                rows.push(Row { reason: Reason::LetGo, base_minor: 0, points: taken.let_go });
            }
        }
        let tier_changes = account.standing.subtract(self.counted, &terms.current, now);
        account.unmark_once(&self.rated, &terms.rating, self.purchased_at);
        let explanation = Explanation { rows, ..self.rated.clone() };
        Side::new(explanation, expired, tier_changes, account, now)
    }

    /// Gives the points to the right member, in the purchase's own lot.
    fn given(&self, mut account: Account, earned: &Earned, terms: &Terms, now: Timestamp) -> Side {
        let open = Expiries::of(&account);
        if !self.is_expired {
            account.credit(Lot { points: self.points, ..earned.lot() }, now);
        }
        let expired = account.settle(now);
        let tier_changes = account.standing.add(self.counted, &terms.current, now);
        account.mark_once(&self.rated, &terms.rating, self.purchased_at);
        let explanation = Explanation { rows: self.rows(self.points), ..self.rated.clone() };
        let warnings = open.opened(&account, &terms.current, now);
        Side { warnings, ..Side::new(explanation, expired, tier_changes, account, now) }
    }

    fn rows(&self, points: Points) -> Vec<Row> {
        let mut rows = vec![Row { reason: Reason::Moved, base_minor: self.left_minor, points }];
        if self.is_expired {
            rows.push(Row { reason: Reason::Expired, base_minor: 0, points: -points });
        }
        rows
    }
}
