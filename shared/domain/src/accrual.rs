//! Accrual: the points that a purchase earns, and the account after it.
//!
//! A quote, an accrual at the till and a receipt that is attached later use the same decision.

mod recorded;

use std::sync::Arc;

use jiff::Timestamp;

use crate::account::{Account, Allocation, Balance, Expired, Lot};
use crate::calendar::{local_date, start_of_day_after};
use crate::earning::why_not::{self, NotApplied};
use crate::earning::{Basket, Circumstances, points};
use crate::expiry_warning::{Expiries, ExpiryWarning};
use crate::explanation::{Explanation, Reason, Row};
use crate::field::FieldError;
use crate::points::Points;
use crate::program::ProgramVersion;
use crate::purchase::Purchase;
use crate::returns::{self, Returned};
use crate::standing::{Month, MonthSum, TierChange};

pub use recorded::{Credit, Earned, MemberPurchase, Receipt, RecordedInvoice, Repeat};

/// What an accrual does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accrual {
    /// The lot of the points earned. 0 points add no lot to the account.
    pub lot: Lot,
    /// The points that pay for it, by their lots.
    pub paid: Vec<Allocation>,
    /// Why they were earned; the rows add up to the lot.
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

/// The rules of an accrual.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The version in force when the purchase was made: it rates.
    pub rating: Arc<ProgramVersion>,
    /// The version in force now: it decides the tier.
    pub current: Arc<ProgramVersion>,
}

/// Refuses another currency than the programme's.
///
/// # Errors
/// Names the field.
pub fn check_currency(purchase: &Purchase, rules: &ProgramVersion) -> Result<(), FieldError> {
    purchase.total.check_currency("total", rules.program.currency)
}

/// Refuses a new purchase at a branch that is neither listed now nor when it was made. Without a list now,
/// any branch is taken.
///
/// # Errors
/// Names the field.
pub fn check_branch(purchase: &Purchase, terms: &Terms) -> Result<(), FieldError> {
    let branch = purchase.invoice().branch_key();
    let is_known = !terms.current.lists_branches()
        || [&terms.current, &terms.rating].iter().any(|rules| rules.lists_branch(&branch));
    let unknown = || FieldError::invalid("branch", "the programme has no branch with this id");
    if is_known { Ok(()) } else { Err(unknown()) }
}

/// Returns what a purchase would earn, and the promotions that give it nothing.
///
/// # Errors
/// Refuses another currency than the programme's.
pub fn quote(
    purchase: &Purchase,
    account: &Account,
    terms: &Terms,
    now: Timestamp,
) -> Result<(Explanation, Vec<NotApplied>), FieldError> {
    let left = left_of(purchase, &Returned::default());
    let explanation = rated(purchase, &left, account, terms, now)?;
    let lost = not_applied(purchase, &explanation, &terms.rating);
    Ok((explanation, lost))
}

/// Returns what counts of a purchase that has no points yet. One that was returned in part was recorded without a
/// member, and so nothing of it was paid with points.
fn left_of<'a>(purchase: &'a Purchase, returned: &Returned) -> Basket<'a> {
    match purchase.paid_with_points_minor {
        0 => returns::basket_left(purchase, &[], returned),
        paid_minor => Basket::of(purchase, paid_minor),
    }
}

fn rated(
    purchase: &Purchase,
    left: &Basket<'_>,
    account: &Account,
    terms: &Terms,
    now: Timestamp,
) -> Result<Explanation, FieldError> {
    check_currency(purchase, &terms.rating)?;
    let tier = account.standing.tier_at(&terms.current, now);
    let used_up = account.used_up(&terms.rating, purchase.purchased_at);
    let of_member = Circumstances { tier: tier.as_deref(), used_up: &used_up };
    Ok(points::rate(&terms.rating, left, of_member))
}

/// Returns the promotions that gave a recorded purchase nothing, computed again from what is kept.
pub fn not_applied(
    purchase: &Purchase,
    explanation: &Explanation,
    rating: &ProgramVersion,
) -> Vec<NotApplied> {
    let of_member =
        Circumstances { tier: explanation.tier.as_deref(), used_up: &explanation.limited };
    let basket = Basket::of(purchase, purchase.paid_with_points_minor);
    why_not::not_applied(rating, &basket, of_member, explanation)
}

/// Decides an accrual.
///
/// `credited_points` is what an agent already credited for this invoice. It is subtracted, down to 0. The
/// lot's life starts at `purchased_at`, so the points of an old purchase may expire immediately. What was
/// returned before the purchase had a member earns nothing. `reservation` decides about one that is paid with
/// points.
///
/// # Errors
/// Refuses another currency than the programme's.
pub fn decide(
    purchase: &Purchase,
    returned: &Returned,
    mut account: Account,
    terms: &Terms,
    credited_points: Points,
    now: Timestamp,
) -> Result<Accrual, FieldError> {
    let rules = &*terms.rating;
    let open = Expiries::of(&account);
    let left = left_of(purchase, returned);
    let mut explanation = rated(purchase, &left, &account, terms, now)?;
    account.mark_once(&explanation, rules, purchase.purchased_at);
    account.forget_once(&terms.current, rules);
    let counted = MonthSum {
        month: Month::of(purchase.purchased_at, &terms.current.zone()),
        points: explanation.points(),
        spent_minor: left.paid.part,
    };
    let tier_changes = account.standing.add(counted, &terms.current, now);
    let netted = credited_points.clamp(Points::ZERO, explanation.points());
    if netted > Points::ZERO {
        explanation.rows.push(Row {
            reason: Reason::AlreadyCredited,
            base_minor: 0,
            points: -netted,
        });
    }
    let points = explanation.points();
    let lot = Lot::earned(points, purchase.purchased_at, &rules.program, &rules.zone());
    account.credit(lot.clone(), now);
    let expired = account.settle(now);
    let balance = account.balance(now);
    let warnings = open.opened(&account, &terms.current, now);
    let paid = Vec::new();
    Ok(Accrual { lot, paid, explanation, expired, tier_changes, warnings, account, balance })
}

/// Returns whether the receipt of a purchase without a member can still be attached: until the end of the
/// local day `claim_days` after the purchase.
pub fn can_be_claimed(purchased_at: Timestamp, rules: &ProgramVersion, now: Timestamp) -> bool {
    let zone = rules.zone();
    let days = rules.program.claim_days.saturating_add(1);
    now < start_of_day_after(local_date(purchased_at, &zone), days, &zone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::{Currency, Money};
    use crate::program::tests::demo;
    use crate::purchase::Line;

    fn purchase(total: i64, lines: &[(&str, Option<&str>, i64)]) -> Purchase {
        let line = |(sku, category, amount): &(&str, Option<&str>, i64)| Line {
            sku: (*sku).to_owned(),
            category: category.map(str::to_owned),
            quantity: 1.into(),
            amount_minor: *amount,
            discount_minor: 0,
        };
        Purchase {
            branch: "B1".into(),
            invoice_number: "1".into(),
            purchased_at: "2025-06-10T12:00:00Z".parse().unwrap(),
            total: Money { amount: total, currency: Currency::try_from("RUB".to_owned()).unwrap() },
            lines: lines.iter().map(line).collect(),
            paid_with_points_minor: 0,
        }
    }

    fn rate(purchase: &Purchase) -> Result<Explanation, FieldError> {
        quote(purchase, &Account::default(), &terms(demo()), now())
            .map(|(explanation, _)| explanation)
    }

    fn accrue(purchase: &Purchase, rules: &ProgramVersion, credited: i64) -> Accrual {
        let none = Returned::default();
        decide(
            purchase,
            &none,
            Account::default(),
            &terms(rules.clone()),
            Points::new(credited),
            now(),
        )
        .unwrap()
    }

    fn terms(rules: ProgramVersion) -> Terms {
        let rules = Arc::new(rules);
        Terms { rating: Arc::clone(&rules), current: rules }
    }

    fn now() -> Timestamp {
        "2025-06-10T12:00:01Z".parse().unwrap()
    }

    #[test]
    fn excluded_goods_are_not_in_the_base() {
        let bought = purchase(
            200_000,
            &[("milk", None, 90_000), ("x", Some("tobacco"), 60_000), ("gift-card", None, 50_000)],
        );
        let explanation = rate(&bought).unwrap();
        assert_eq!(explanation.points().get(), 45);
        assert_eq!(explanation.rows.len(), 2);
        let all_excluded = purchase(50_000, &[("gift-card", None, 50_000)]);
        assert_eq!(rate(&all_excluded).unwrap().points().get(), 0);
    }

    #[test]
    fn a_credit_by_hand_nets_off_down_to_nothing() {
        for (credited, earned) in [(0, 100), (30, 70), (100, 0), (500, 0)] {
            let accrual = accrue(&purchase(105_000, &[]), &demo(), credited);
            assert_eq!(accrual.lot.points.get(), earned);
            assert_eq!(accrual.explanation.points().get(), earned);
            assert_eq!(accrual.balance.available.get(), earned);
        }
    }

    #[test]
    fn a_purchase_of_years_ago_expires_as_it_is_written() {
        let mut bought = purchase(105_000, &[]);
        bought.purchased_at = "2019-02-03T02:30:00Z".parse().unwrap();
        let accrual = accrue(&bought, &demo(), 0);
        assert_eq!(accrual.lot.points.get(), 100);
        assert_eq!(accrual.expired.iter().map(|expired| expired.points).sum::<Points>().get(), 100);
        assert_eq!(accrual.balance.available.get(), 0);
    }

    #[test]
    fn pending_points_wait_for_their_local_day() {
        let mut rules = demo();
        rules.program.pending_days = 14;
        let accrual = accrue(&purchase(105_000, &[]), &rules, 0);
        assert_eq!((accrual.balance.available.get(), accrual.balance.pending.get()), (0, 100));
        assert_eq!(accrual.lot.available_at, Some("2025-06-23T21:00:00Z".parse().unwrap()));
    }

    #[test]
    fn another_currency_is_refused() {
        let mut bought = purchase(105_000, &[]);
        bought.total.currency = Currency::try_from("USD".to_owned()).unwrap();
        assert_eq!(rate(&bought).unwrap_err().field, "total.currency");
    }

    #[test]
    fn claims_end_with_the_last_local_day() {
        let claimable = |instant: &str| {
            can_be_claimed(
                "2025-06-10T12:00:00Z".parse().unwrap(),
                &demo(),
                instant.parse().unwrap(),
            )
        };
        assert!(claimable("2025-07-10T20:59:59Z"));
        assert!(!claimable("2025-07-10T21:00:00Z"));
    }
}
