//! Redemption: one decision takes points and gives a coupon.

use crate::coupon::CouponUse;
use crate::id::{MemberId, RedemptionId};
use crate::mail::Recipient;
use crate::reward::Discount;
use jiff::Timestamp;

use crate::account::{Account, Allocation, Balance, Expired};
use crate::coupon::{Coupon, CouponCode, CouponStatus};
use crate::points::Points;
use crate::reward::{Listing, RewardKind};

/// A redemption as it is stored.
#[derive(Debug, Clone)]
pub struct Redemption {
    pub redemption_id: RedemptionId,
    /// Whose points were spent.
    pub member_id: MemberId,
    pub reward_id: String,
    pub reward_name: String,
    /// What is given for the coupon.
    pub reward_kind: RewardKind,
    /// The discount given, for that kind.
    pub discount: Option<Discount>,
    pub points_spent: Points,
    /// The available points right after it.
    pub balance_after: Points,
    pub allocations: Vec<Allocation>,
    pub coupon: Coupon,
    pub used: Option<CouponUse>,
    /// When it was made.
    pub created_at: Timestamp,
    /// The fingerprint of the request.
    pub fingerprint: String,
    /// The recipient of the coupon's mail; `None` without an address.
    pub mail: Option<Recipient>,
    /// Whether a unit of limited stock was taken.
    pub took_stock: bool,
    /// Whether it counts against the member's limit.
    pub counted: bool,
}

/// The decision of a redemption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub points_spent: Points,
    pub allocations: Vec<Allocation>,
    pub coupon: Coupon,
    /// Points that expired earlier and get their entry with this write.
    pub expired: Vec<Expired>,
    /// The account afterwards.
    pub account: Account,
    /// What the member has afterwards.
    pub balance: Balance,
    /// Whether a unit of limited stock is taken.
    pub takes_stock: bool,
    /// The member's limit that the write checks, if there is one.
    pub per_member_limit: Option<i64>,
}

/// Why a redemption is refused. The first that applies, in this order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the reward is not offered at the moment")]
    NotOffered,
    /// The reward is given by agents only.
    #[error("a gift of points is given, not redeemed")]
    NotRedeemable,
    #[error("{missing} points are missing")]
    InsufficientPoints { missing: Points },
    #[error("the last unit is gone")]
    OutOfStock,
    #[error("the member has redeemed as many of it as one member can")]
    LimitReached,
}

/// Decides a redemption. The write checks the stock and the member's limit again.
///
/// # Errors
/// Refuses with the first reason that applies.
pub fn decide(
    mut account: Account,
    listing: &Listing,
    code: CouponCode,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let reward = &listing.reward;
    if !reward.active {
        return Err(Refusal::NotOffered);
    }
    if reward.kind == RewardKind::Points {
        return Err(Refusal::NotRedeemable);
    }
    let expired = account.settle(now);
    let allocations = account
        .spend(reward.points_cost, now)
        .map_err(|short| Refusal::InsufficientPoints { missing: short.missing })?;
    if listing.units_left().is_some_and(|left| left < 1) {
        return Err(Refusal::OutOfStock);
    }
    let valid_seconds = 24 * 3600 * i64::from(reward.valid_days);
    let expires_at =
        Timestamp::from_second(now.as_second() + valid_seconds).unwrap_or(Timestamp::MAX);
    let balance = account.balance(now);
    Ok(Decision {
        points_spent: reward.points_cost,
        allocations,
        coupon: Coupon { code, written: CouponStatus::Issued, expires_at },
        expired,
        account,
        balance,
        takes_stock: reward.stock.is_some(),
        per_member_limit: reward.per_member_limit,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Lot;
    use crate::reward::Reward;
    use crate::reward::tests::mug;

    fn account(points: i64) -> Account {
        let mut account = Account::default();
        let lot = Lot { points: Points::new(points), available_at: None, expires_at: None };
        account.credit(lot, Timestamp::UNIX_EPOCH);
        account
    }

    fn redeem(points: i64, change: impl Fn(&mut Reward)) -> Result<Decision, Refusal> {
        let mut reward = mug();
        change(&mut reward);
        let now = Timestamp::UNIX_EPOCH;
        let listing = Listing::edited(None, reward, None).unwrap();
        decide(account(points), &listing, CouponCode::issue([1; 10], now), now)
    }

    #[test]
    fn refusals_come_in_their_order() {
        let everything_wrong = |reward: &mut Reward| {
            reward.active = false;
            reward.kind = RewardKind::Points;
            reward.stock = Some(0);
        };
        assert_eq!(redeem(0, everything_wrong), Err(Refusal::NotOffered));
        let not_redeemable = |reward: &mut Reward| {
            everything_wrong(reward);
            reward.active = true;
        };
        assert_eq!(redeem(0, not_redeemable), Err(Refusal::NotRedeemable));
        let sold_out = |reward: &mut Reward| reward.stock = Some(0);
        assert_eq!(
            redeem(99, sold_out),
            Err(Refusal::InsufficientPoints { missing: Points::new(1) })
        );
        assert_eq!(redeem(100, sold_out), Err(Refusal::OutOfStock));
    }

    #[test]
    fn the_cost_leaves_the_account_and_a_coupon_is_issued() {
        let redemption = redeem(130, |reward| reward.stock = Some(1)).unwrap();
        assert_eq!(redemption.balance.available.get(), 30);
        assert_eq!(redemption.points_spent.get(), 100);
        assert!(redemption.takes_stock);
        assert_eq!(redemption.coupon.expires_at.as_second(), 30 * 86_400);
        assert_eq!(redeem(100, |_| ()).unwrap().balance.available.get(), 0);
    }
}
