//! Re-rating: a purchase is rated again under the rules that should have held, and corrected by the difference.
//!
//! The entry of the purchase never changes. A correcting entry brings the difference, and the purchase
//! remembers the breakdown that counts from now on: returns and later corrections use it. Re-rating under the
//! same rules changes nothing.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::account::{Account, Balance, Expired, Lot};
use crate::accrual::{Credit, MemberPurchase, Terms};
use crate::earning::{Circumstances, points};
use crate::expiry_warning::{Expiries, ExpiryWarning};
use crate::explanation::{Explanation, Reason, Row};
use crate::points::Points;
use crate::returns::{self, Returned};
use crate::standing::{Month, MonthSum, TierChange};

#[cfg(test)]
mod tests;

/// What happens to points that a purchase earned too many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OverCredit {
    /// They are taken back: from their own lot, then soonest expiry first, then as the programme says.
    #[default]
    Claw,
    /// The member keeps them.
    Forgive,
}

/// The points of a purchase before and after a re-rating: without what a credit by hand or a return took.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    #[serde(rename = "n")]
    pub now: Points,
    #[serde(rename = "t")]
    pub then: Points,
    /// How many points more each promotion gives, by its id: less when negative, none of 0. Returns are not
    /// subtracted.
    #[serde(rename = "p", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub promotions: BTreeMap<String, Points>,
}

/// What a re-rating does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What the purchase gives from now on, before a credit by hand is subtracted; the rest after returns.
    pub points_then: Points,
    /// What it gave until now.
    pub points_now: Points,
    /// By how much the purchase changes, after a credit by hand was subtracted.
    pub change: Change,
    /// The points of the correcting entry: given, or taken when negative.
    pub correction: Points,
    /// Why; the rows add up to the correction.
    pub explanation: Explanation,
    /// The breakdown of the purchase that counts from now on.
    pub rated: Explanation,
    /// What was returned, as the new rules see it.
    pub returned: Returned,
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

/// Decides the re-rating of a purchase. `terms.rating` is the version that should have rated.
///
/// The tier that the purchase was rated with stays, and so does a promotion with `once` that it got. A lot that
/// has expired is not clawed. Points that are given live from today.
///
/// Returns `None` if nothing changes.
pub fn decide(
    bought: MemberPurchase<'_>,
    credit: Option<&Credit>,
    mut account: Account,
    terms: &Terms,
    over_credit: OverCredit,
    now: Timestamp,
) -> Option<Decision> {
    let MemberPurchase { receipt, earned } = bought;
    let purchase = &receipt.purchase;
    let rerated = Rerated::of(bought, &account, terms);
    let netted =
        Credit::points_for(credit, &earned.member_id).clamp(Points::ZERO, rerated.whole.points());
    let points_now = earned.gross() - receipt.returned.clawed;
    let points_then = rerated.left.points();
    let change = Change {
        now: points_now - earned.netted(),
        then: points_then - netted,
        promotions: promotions(earned.current(), &rerated.whole),
    };
    let difference = change.points();
    let mut rated = rerated.whole.clone();
    if netted > Points::ZERO {
        let reason = Reason::AlreadyCredited;
        rated.rows.push(Row { reason, base_minor: 0, points: -netted });
    }
    let is_expired = earned.expires_at.is_some_and(|at| at <= now);
    // What was returned after the points expired was not clawed, and is not now.
    if rated == *earned.current()
        && (difference == Points::ZERO || is_expired && difference < Points::ZERO)
    {
        return None;
    }
    let open = Expiries::of(&account);
    let expired = account.settle(now);
    let mut rows = vec![Row {
        reason: Reason::Rerated(points_now, points_then),
        base_minor: purchase.total.amount - receipt.returned.total_minor(),
        points: difference,
    }];
    let mut keep = |reason| rows.push(Row { reason, base_minor: 0, points: -difference });
    let mut correction = difference;
    if difference > Points::ZERO {
        let current = &terms.current;
        account.credit(Lot::earned(difference, now, &current.program, &current.zone()), now);
    } else if is_expired {
        keep(Reason::Expired);
        correction = Points::ZERO;
    } else if over_credit == OverCredit::Forgive {
        keep(Reason::Forgiven);
        correction = Points::ZERO;
    } else {
        let negative = terms.current.program.returns.negative;
        let taken = account.take_back(-difference, &earned.lot(), negative, now);
        if taken.let_go > Points::ZERO {
            rows.push(Row { reason: Reason::LetGo, base_minor: 0, points: taken.let_go });
        }
        correction = -taken.points();
    }
    let counted = MonthSum {
        month: Month::of(purchase.purchased_at, &terms.current.zone()),
        points: correction.abs(),
        spent_minor: 0,
    };
    let tier_changes = match correction.cmp(&Points::ZERO) {
        Ordering::Equal => Vec::new(),
        Ordering::Greater => account.standing.add(counted, &terms.current, now),
        Ordering::Less => account.standing.subtract(counted, &terms.current, now),
    };
    account.mark_once(&rated, &terms.rating, purchase.purchased_at);
    // What expired before it could be clawed stays unclawed.
    let clawed = match is_expired {
        true => receipt.returned.clawed,
        false => rerated.whole.points() - points_then,
    };
    Some(Decision {
        points_then,
        points_now,
        change,
        correction,
        explanation: Explanation { rows, ..rerated.left },
        rated,
        returned: Returned { clawed, ..receipt.returned.clone() },
        expired,
        tier_changes,
        warnings: open.opened(&account, &terms.current, now),
        balance: account.balance(now),
        account,
    })
}

impl Change {
    /// Returns the change of a purchase that earns what it earned.
    pub fn none(bought: MemberPurchase<'_>) -> Self {
        let now = bought.earned.current().points() - bought.receipt.returned.clawed;
        Self { now, then: now, promotions: BTreeMap::new() }
    }

    /// Returns how many points more the purchase earns; less when negative.
    pub fn points(&self) -> Points {
        self.then - self.now
    }
}

/// Returns how many points more each promotion gives, by its id.
fn promotions(before: &Explanation, after: &Explanation) -> BTreeMap<String, Points> {
    let mut more: BTreeMap<String, Points> = BTreeMap::new();
    for (explanation, sign) in [(before, -1), (after, 1)] {
        for row in &explanation.rows {
            if let Reason::Promotion(id, ..) = &row.reason {
                *more.entry(id.clone()).or_default() += row.points * sign;
            }
        }
    }
    more.retain(|_, points| *points != Points::ZERO);
    more
}

/// A purchase under other rules.
pub struct Rerated {
    /// What the whole purchase earns.
    pub whole: Explanation,
    /// What is left of it after returns earns.
    pub left: Explanation,
}

impl Rerated {
    /// Rates a purchase again.
    pub fn of(bought: MemberPurchase<'_>, account: &Account, terms: &Terms) -> Self {
        let MemberPurchase { receipt, earned } = bought;
        let purchase = &receipt.purchase;
        let kept = earned.current();
        let got = |id: &String| kept.rows.iter().any(|row| row.reason.is_promotion(id));
        let mut used_up = account.used_up(&terms.rating, purchase.purchased_at);
        used_up.retain(|id| !got(id));
        // An account remembers few days. What a limit kept out then, it keeps out now.
        used_up.extend(kept.limited.iter().cloned());
        let of_member = Circumstances { tier: kept.tier.as_deref(), used_up: &used_up };
        let rate = |returned: &Returned| {
            let basket = returns::basket_left(purchase, &earned.paid, returned);
            points::rate(&terms.rating, &basket, of_member)
        };
        Self { whole: rate(&Returned::default()), left: rate(&receipt.returned) }
    }
}
