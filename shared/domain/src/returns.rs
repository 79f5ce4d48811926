//! Returns: what was bought comes back, whole, in part by amount, or line by line.
//!
//! The points of what is left are computed by the same rules, version and tier that rated the purchase. What
//! the purchase earned beyond that is clawed back, so that several small returns equal one big one.

use jiff::Timestamp;

use crate::account::{Account, Allocation, Balance, Expired, Lot};
use crate::accrual::{Earned, MemberPurchase, Terms};
use crate::earning::basket::Share;
use crate::earning::{Basket, Circumstances, points};
use crate::expiry_warning::{Expiries, ExpiryWarning};
use crate::explanation::{Explanation, Reason, Row};
use crate::id::{MemberId, PurchaseId};
use crate::points::Points;
use crate::program::ProgramVersion;
use crate::purchase::Purchase;
use crate::quantity::Quantity;
use crate::standing::{Month, MonthSum, TierChange};

/// What was returned of a purchase so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Returned {
    /// What was returned by amount, in minor units.
    pub amount_minor: i64,
    /// What was returned of each line; empty before the first return by lines.
    pub lines: Vec<ReturnedLine>,
    /// The points clawed back, those included that the programme let go.
    pub clawed: Points,
    /// The points given back that had paid for the purchase.
    pub given_back: Points,
}

/// What was returned of one line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReturnedLine {
    pub quantity: Quantity,
    pub amount_minor: i64,
}

/// A return as it is stored.
#[derive(Debug, Clone)]
pub struct RecordedReturn {
    pub purchase_id: PurchaseId,
    /// None for a purchase without a member.
    pub member_id: Option<MemberId>,
    /// The points taken back: from the balance, or as debt.
    pub points_clawed_back: Points,
    /// The points given back that had paid for the goods.
    pub points_given_back: Points,
    /// None without a member.
    pub explanation: Option<Explanation>,
    /// The fingerprint of the request.
    pub fingerprint: String,
}

/// What a return names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Goods {
    /// An amount of the receipt, in minor units.
    Amount(i64),
    /// Goods by their sku.
    Lines(Vec<GoodsLine>),
}

/// Goods of one sku that come back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoodsLine {
    pub sku: String,
    pub quantity: Quantity,
    /// What was paid for them, after discounts.
    pub amount_minor: i64,
}

/// Why a return is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("more is returned than is left of the purchase")]
    ExceedsPurchase,
    #[error("the purchase has no goods with the sku of line {0}")]
    NoSuchGoods(usize),
}

/// What a return does to the points of its member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What was returned of the purchase with this return.
    pub returned: Returned,
    /// The points taken back now: from lots, or as debt.
    pub points_clawed_back: Points,
    /// The points given back now.
    pub points_given_back: Points,
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

impl Returned {
    /// Returns what was returned by lines, in minor units.
    pub fn lines_minor(&self) -> i64 {
        self.lines.iter().map(|line| line.amount_minor).sum()
    }

    /// Returns what was returned in all, in minor units.
    pub fn total_minor(&self) -> i64 {
        self.amount_minor + self.lines_minor()
    }

    fn of_line(&self, index: usize) -> ReturnedLine {
        self.lines.get(index).copied().unwrap_or_default()
    }

    /// Adds goods to what was returned of a purchase.
    ///
    /// # Errors
    /// Refuses goods that the purchase does not have, or more than is left of it.
    pub fn with(&self, purchase: &Purchase, goods: &Goods) -> Result<Self, Refusal> {
        let mut after = self.clone();
        match goods {
            Goods::Amount(amount) => after.amount_minor += amount,
            Goods::Lines(lines) => {
                after.lines.resize(purchase.lines.len(), ReturnedLine::default());
                for (index, line) in lines.iter().enumerate() {
                    after.add_line(purchase, line, index)?;
                }
            }
        }
        if after.total_minor() > purchase.total.amount {
            return Err(Refusal::ExceedsPurchase);
        }
        Ok(after)
    }

    /// Spreads goods over the lines with their sku, in order.
    fn add_line(
        &mut self,
        purchase: &Purchase,
        goods: &GoodsLine,
        index: usize,
    ) -> Result<(), Refusal> {
        let (mut amount, mut quantity) = (goods.amount_minor, goods.quantity);
        let mut is_known = false;
        for (line, returned) in purchase.lines.iter().zip(&mut self.lines) {
            if line.sku != goods.sku {
                continue;
            }
            is_known = true;
            let of_amount = amount.min(line.net_minor() - returned.amount_minor);
            let of_quantity = quantity.min(line.quantity.less(returned.quantity));
            returned.amount_minor += of_amount;
            returned.quantity = returned.quantity.plus(of_quantity);
            amount -= of_amount;
            quantity = quantity.less(of_quantity);
        }
        match (is_known, amount, quantity) {
            (false, ..) => Err(Refusal::NoSuchGoods(index)),
            (true, 0, Quantity::ZERO) => Ok(()),
            _ => Err(Refusal::ExceedsPurchase),
        }
    }
}

/// Returns the points that had paid for what was returned, in all.
fn given_back(purchase: &Purchase, paid: &[Allocation], returned: &Returned) -> Points {
    let points: Points = paid.iter().map(|part| part.points).sum();
    let share = Share { part: returned.total_minor(), whole: purchase.total.amount };
    Points::new(share.of(points.get()))
}

/// Returns the basket of what is left of a purchase after returns.
///
/// Left of line i is (netᵢ − lᵢ)(T − L − A)/(T − L), where L was returned by lines and A by amount. The
/// factor is the same for all lines, so it is part of the share that counts.
pub fn basket_left<'a>(
    purchase: &'a Purchase,
    paid: &[Allocation],
    returned: &Returned,
) -> Basket<'a> {
    let mut basket = Basket::of(purchase, 0);
    for (index, line) in basket.lines.iter_mut().enumerate() {
        line.net_minor -= returned.of_line(index).amount_minor;
    }
    let points: Points = paid.iter().map(|part| part.points).sum();
    let left = points - given_back(purchase, paid, returned);
    let share_paid = Share { part: left.get(), whole: points.get() };
    let points_paid_minor = share_paid.of(purchase.paid_with_points_minor);
    let total_minor = purchase.total.amount - returned.total_minor();
    let whole = purchase.total.amount - returned.lines_minor();
    Basket {
        total_minor,
        paid: Share { part: total_minor - points_paid_minor, whole },
        points_paid_minor,
        ..basket
    }
}

/// Decides a return of a purchase that earned points.
///
/// `rating` is the version that rated the purchase, `current` the one in force now. After the expiry of the
/// purchase's lot nothing is clawed back.
///
/// # Errors
/// Refuses goods that the purchase does not have, or more than is left of it.
pub fn decide(
    bought: MemberPurchase<'_>,
    goods: &Goods,
    mut account: Account,
    terms: &Terms,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let MemberPurchase { receipt, earned } = bought;
    let purchase = &receipt.purchase;
    let before = &receipt.returned;
    let mut returned = before.with(purchase, goods)?;
    let open = Expiries::of(&account);
    let expired = account.settle(now);
    let left = basket_left(purchase, &earned.paid, &returned);
    let rest = rest(earned, &left, &terms.rating);
    let is_expired = earned.expires_at.is_some_and(|at| at <= now);
    let claw = match is_expired {
        true => Points::ZERO,
        false => (earned.gross() - rest.points() - before.clawed).max(Points::ZERO),
    };
    returned.clawed += claw;
    let taken = account.take_back(claw, &earned.lot(), terms.current.program.returns.negative, now);
    returned.given_back = given_back(purchase, &earned.paid, &returned);
    let back = slice(&earned.paid, before.given_back, returned.given_back);
    for part in &back {
        let lot = Lot { points: part.points, available_at: None, expires_at: part.expires_at };
        account.credit(lot, now);
    }
    let spent_before = basket_left(purchase, &earned.paid, before).paid.part;
    let counted = MonthSum {
        month: Month::of(purchase.purchased_at, &terms.current.zone()),
        points: claw,
        spent_minor: spent_before - left.paid.part,
    };
    let tier_changes = account.standing.subtract(counted, &terms.current, now);
    // What came back may have expired meanwhile.
    let expired = [expired, account.settle(now)].concat();
    let points_given_back = returned.given_back - before.given_back;
    let money_minor = returned.total_minor() - before.total_minor();
    let rows = [
        Row { reason: Reason::Returned(rest.points()), base_minor: money_minor, points: -claw },
        Row { reason: Reason::LetGo, base_minor: 0, points: taken.let_go },
        Row { reason: Reason::GivenBack, base_minor: 0, points: points_given_back },
    ];
    let rows = rows.into_iter().enumerate();
    let rows =
        rows.filter(|(place, row)| *place == 0 || row.points != Points::ZERO).map(|(_, row)| row);
    Ok(Decision {
        points_clawed_back: taken.points(),
        points_given_back,
        explanation: Explanation { rows: rows.collect(), ..rest },
        expired,
        tier_changes,
        warnings: open.opened(&account, &terms.current, now),
        balance: account.balance(now),
        account,
        returned,
    })
}

/// Returns what is left of a purchase earns under the version and the tier that rated it.
fn rest(earned: &Earned, left: &Basket<'_>, rating: &ProgramVersion) -> Explanation {
    let kept = earned.current();
    let of_member = Circumstances { tier: kept.tier.as_deref(), used_up: &kept.limited };
    points::rate(rating, left, of_member)
}

/// Returns the points from one place to another of what had paid, the latest expiry first.
fn slice(paid: &[Allocation], from: Points, to: Points) -> Vec<Allocation> {
    let mut parts = Vec::new();
    let mut start = Points::ZERO;
    for part in paid.iter().rev() {
        let end = start + part.points;
        let points = to.min(end) - from.max(start);
        if points > Points::ZERO {
            parts.push(Allocation { points, expires_at: part.expires_at });
        }
        start = end;
    }
    parts
}

#[cfg(test)]
mod tests;
