//! Reversal of an accidental redemption: the same lots come back with their own expiry, the coupon is
//! cancelled, and the unit of stock is given back.

use crate::coupon::CouponCode;
use crate::expiry_warning::{Expiries, ExpiryWarning};
use crate::id::RedemptionId;
use crate::mail::Recipient;
use crate::program::ProgramVersion;
use jiff::Timestamp;

use crate::account::{Account, Allocation, Balance, Expired, Lot};
use crate::coupon::{Coupon, CouponStatus};
use crate::points::Points;

/// A reversal as it is stored.
#[derive(Debug, Clone)]
pub struct Reversal {
    /// The redemption that was undone.
    pub redemption_id: RedemptionId,
    /// The reward that was given back.
    pub reward_name: String,
    /// The code of the coupon that was cancelled.
    pub code: CouponCode,
    /// The points that came back and can be spent.
    pub points_restored: Points,
    /// The points that came back expired.
    pub points_expired: Points,
    /// The available points right after it.
    pub balance_after: Points,
    /// When it was made.
    pub created_at: Timestamp,
    /// The idempotency key of the request.
    pub key: String,
    /// The fingerprint of the request.
    pub fingerprint: String,
    /// The recipient of the mail about it; `None` without an address.
    pub mail: Option<Recipient>,
}

/// The decision of a reversal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The points that can be spent again.
    pub points_restored: Points,
    /// The points whose lots expired meanwhile.
    pub points_expired: Points,
    /// All expiries that this write records, including those of the restored lots.
    pub expired: Vec<Expired>,
    /// The warnings of expiries that become due.
    pub warnings: Vec<ExpiryWarning>,
    /// The account afterwards.
    pub account: Account,
    /// What the member has afterwards.
    pub balance: Balance,
}

/// Why a reversal is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the coupon was used")]
    CouponUsed,
    #[error("the coupon expired")]
    CouponExpired,
}

/// Decides a reversal.
///
/// A lot that expired meanwhile comes back expired, unless the programme grants days of grace. Then it
/// lives that many times 24 hours from now. `overridden` means that a supervisor allows the reversal of a used or
/// expired coupon, which is recorded.
///
/// # Errors
/// Refuses a used or an expired coupon.
pub fn decide(
    mut account: Account,
    coupon: &Coupon,
    allocations: &[Allocation],
    rules: &ProgramVersion,
    overridden: bool,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    match coupon.status(now) {
        CouponStatus::Used if !overridden => return Err(Refusal::CouponUsed),
        CouponStatus::Expired if !overridden => return Err(Refusal::CouponExpired),
        _ => {}
    }
    let open = Expiries::of(&account);
    let mut points_expired = Points::ZERO;
    let total: Points = allocations.iter().map(|part| part.points).sum();
    for part in allocations {
        let expires_at = with_grace(part.expires_at, rules.program.reversal_grace_days, now);
        if expires_at.is_some_and(|at| at <= now) {
            points_expired += part.points;
        }
        account.credit(Lot { points: part.points, available_at: None, expires_at }, now);
    }
    let expired = account.settle(now);
    let balance = account.balance(now);
    Ok(Decision {
        points_restored: total - points_expired,
        points_expired,
        expired,
        warnings: open.opened(&account, rules, now),
        account,
        balance,
    })
}

fn with_grace(expires_at: Option<Timestamp>, grace_days: u16, now: Timestamp) -> Option<Timestamp> {
    match expires_at {
        Some(at) if at <= now && grace_days > 0 => {
            let grace_seconds = 24 * 3600 * i64::from(grace_days);
            Some(Timestamp::from_second(now.as_second() + grace_seconds).unwrap_or(Timestamp::MAX))
        }
        as_it_was => as_it_was,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coupon::CouponCode;
    use crate::program::tests::demo;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn coupon(written: CouponStatus) -> Coupon {
        Coupon { code: CouponCode::issue([1; 10], at(0)), written, expires_at: at(1000) }
    }

    fn allocations() -> Vec<Allocation> {
        vec![
            Allocation { points: Points::new(10), expires_at: Some(at(50)) },
            Allocation { points: Points::new(20), expires_at: Some(at(500)) },
            Allocation { points: Points::new(5), expires_at: None },
        ]
    }

    fn reverse(
        written: CouponStatus,
        grace_days: u16,
        overridden: bool,
        now: i64,
    ) -> Result<Decision, Refusal> {
        let mut rules = demo();
        rules.program.reversal_grace_days = grace_days;
        let account = Account::default();
        decide(account, &coupon(written), &allocations(), &rules, overridden, at(now))
    }

    #[test]
    fn the_very_lots_come_back() {
        let reversal = reverse(CouponStatus::Issued, 0, false, 10).unwrap();
        assert_eq!((reversal.points_restored.get(), reversal.points_expired.get()), (35, 0));
        let mut account = reversal.account;
        assert_eq!(account.spend(Points::new(35), at(10)).unwrap(), allocations());
    }

    #[test]
    fn what_expired_meanwhile_comes_back_expired_or_with_grace() {
        let reversal = reverse(CouponStatus::Issued, 0, false, 100).unwrap();
        assert_eq!((reversal.points_restored.get(), reversal.points_expired.get()), (25, 10));
        assert_eq!(reversal.expired, [Expired { points: Points::new(10), at: at(50) }]);
        let graced = reverse(CouponStatus::Issued, 2, false, 100).unwrap();
        assert_eq!((graced.points_restored.get(), graced.points_expired.get()), (35, 0));
        assert_eq!(graced.balance.expiring_next.map(|next| next.at), Some(at(500)));
    }

    #[test]
    fn used_and_expired_coupons_need_an_override() {
        assert_eq!(reverse(CouponStatus::Used, 0, false, 10), Err(Refusal::CouponUsed));
        assert_eq!(reverse(CouponStatus::Issued, 0, false, 1000), Err(Refusal::CouponExpired));
        assert!(reverse(CouponStatus::Used, 0, true, 10).is_ok());
        assert!(reverse(CouponStatus::Issued, 0, true, 1000).is_ok());
    }
}
