//! Gifts for a rating: points, or a coupon for a reward of the catalogue or for a reward made for this case.
//!
//! Points are credited as an adjustment is. This module decides what is given, what it is worth, and the
//! status of a gift. `agent_limits` decides how much an agent may give.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::coupon::{Coupon, CouponCode, CouponStatus, CouponUse};
use crate::field::FieldError;
use crate::id::{EmailId, GiftId, RatingId};
use crate::language::Language;
use crate::money::Money;
use crate::points::Points;
use crate::program::Program;
use crate::reward::{Discount, Reward, RewardKind};
use crate::text::{self, Remark};

/// The most gifts of one member.
pub const GIFTS_MAX: u32 = 500;

/// What a gift consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gift {
    /// The name of what is given. Readers get [`Gift::in_words`].
    pub name: String,
    /// What is given.
    pub kind: RewardKind,
    /// The reward of the catalogue that it is.
    pub reward_id: Option<String>,
    /// The points given, for that kind.
    pub points: Option<Points>,
    /// The discount given, for that kind.
    pub discount: Option<Discount>,
    /// The coupon; points come without one.
    pub coupon: Option<Coupon>,
    /// Whether a unit of limited stock is taken.
    pub takes_stock: bool,
    /// The points that count against the agent's limits.
    pub size_points: Points,
    /// The worth in minor units that counts against the agent's limits.
    pub worth_minor: i64,
}

/// A gift that was given for a rating.
#[derive(Debug, Clone)]
pub struct GivenGift {
    pub gift_id: GiftId,
    pub rating_id: RatingId,
    /// What was given.
    pub gift: Gift,
    pub used: Option<CouponUse>,
    /// The mail that delivers it; `None` without an address.
    pub email_id: Option<EmailId>,
    /// When it was given.
    pub created_at: Timestamp,
    /// The fingerprint of the request.
    pub fingerprint: String,
}

/// What became of a gift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GiftStatus {
    /// Its coupon can be used.
    Offered,
    /// Its coupon was used, or its points were credited.
    Redeemed,
    /// Its coupon can no longer be used.
    Expired,
}

/// How many gifts a member was given, and what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct GiftCounts {
    /// All that were given.
    pub offered: u32,
    /// Those that were used, points among them.
    pub redeemed: u32,
    /// Those whose time is over.
    pub expired: u32,
}

/// Why a gift is refused. The first that applies, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The reward is not offered at the moment.
    #[error("the reward is not offered at the moment")]
    NotOffered,
    /// No unit is left.
    #[error("the last unit is gone")]
    OutOfStock,
}

/// The terms of a gift outside the catalogue, as an agent states them.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// What the member reads.
    pub name: Option<String>,
    /// The points, for that kind.
    pub points: Option<Points>,
    /// The discount, for that kind.
    pub discount: Option<Discount>,
    /// For how many times 24 hours the coupon can be used.
    pub valid_days: Option<u16>,
    pub worth: Option<Money>,
}

/// Returns the reward of a gift outside the catalogue.
///
/// # Errors
/// Returns every refused field, by its path in the request.
pub fn made_up(kind: RewardKind, terms: Terms) -> Result<Reward, Vec<FieldError>> {
    let Terms { name, points, discount, valid_days, worth } = terms;
    let is_points = kind == RewardKind::Points;
    let mut surplus = Vec::new();
    for (field, is_given) in [
        ("gift.name", name.is_some()),
        ("gift.valid_days", valid_days.is_some()),
        ("gift.worth", worth.is_some()),
    ] {
        if is_points && is_given {
            surplus.push(FieldError::invalid(field, "does not belong to the kind points"));
        }
    }
    if !surplus.is_empty() {
        return Err(surplus);
    }
    let reward = Reward {
        name: match is_points {
            // Requests are compared with it.
            true => text::points(points.unwrap_or_default().get()).in_language(Language::En),
            false => name.unwrap_or_default(),
        },
        kind,
        points_cost: Points::ZERO,
        points,
        discount,
        // Points have no coupon that could expire.
        valid_days: valid_days.unwrap_or(u16::from(is_points)),
        stock: None,
        per_member_limit: None,
        active: true,
        worth,
    };
    reward.checked().map_err(placed)
}

/// Returns errors of a reward by their paths in the request of a gift.
fn placed(errors: Vec<FieldError>) -> Vec<FieldError> {
    let placed = |error: FieldError| FieldError { field: format!("gift.{}", error.field), ..error };
    errors.into_iter().map(placed).collect()
}

/// Refuses a gift outside the catalogue that the programme does not allow: one in another currency, or one
/// that can be used for too long.
///
/// # Errors
/// Returns every refused field, by its path in the request.
pub fn check_terms(reward: &Reward, program: &Program) -> Result<(), Vec<FieldError>> {
    let mut errors = reward.check_currency(program.currency).err().unwrap_or_default();
    let most = program.gift_valid_days;
    if reward.kind != RewardKind::Points && reward.valid_days > most {
        errors.push(FieldError::invalid("valid_days", format!("must be from 1 to {most}")));
    }
    if errors.is_empty() { Ok(()) } else { Err(placed(errors)) }
}

/// Decides a gift. It does not count against the member's own limit of the reward. The write checks the units
/// left again. A reward without a limit, or made for this case, has none.
///
/// # Errors
/// Refuses with the first reason that applies.
pub fn decide(
    reward_id: Option<&str>,
    (reward, units_left): (&Reward, Option<i64>),
    program: &Program,
    code: CouponCode,
    now: Timestamp,
) -> Result<Gift, Refusal> {
    if !reward.active {
        return Err(Refusal::NotOffered);
    }
    if units_left.is_some_and(|left| left < 1) {
        return Err(Refusal::OutOfStock);
    }
    let points = reward.points.filter(|_| reward.kind == RewardKind::Points);
    let coupon = points.is_none().then(|| {
        let valid_seconds = 24 * 3600 * i64::from(reward.valid_days);
        let expires_at =
            Timestamp::from_second(now.as_second() + valid_seconds).unwrap_or(Timestamp::MAX);
        Coupon { code, written: CouponStatus::Issued, expires_at }
    });
    Ok(Gift {
        name: reward.name.clone(),
        kind: reward.kind,
        reward_id: reward_id.map(str::to_owned),
        points,
        discount: reward.discount.clone(),
        coupon,
        takes_stock: units_left.is_some(),
        size_points: points.unwrap_or(reward.points_cost),
        worth_minor: worth_minor(reward_id.is_none(), reward, program),
    })
}

/// Returns the worth that counts against the limits of agents. Points count as points, and a reward of the
/// catalogue without a worth by its cost.
fn worth_minor(is_made_up: bool, reward: &Reward, program: &Program) -> i64 {
    match (reward.kind, reward.worth_minor()) {
        (RewardKind::Points, _) => 0,
        (_, Some(worth)) => worth,
        (_, None) if is_made_up => program.gift_worth_minor(),
        (_, None) => 0,
    }
}

impl Gift {
    /// Returns what the member reads: points outside the catalogue have no name of their own.
    pub fn in_words(&self) -> Remark {
        match (&self.reward_id, self.points) {
            (None, Some(points)) => text::points(points.get()).into(),
            _ => self.name.clone().into(),
        }
    }

    /// Returns its status at an instant.
    pub fn status(&self, now: Timestamp) -> GiftStatus {
        match self.coupon.as_ref().map(|coupon| coupon.status(now)) {
            None | Some(CouponStatus::Used) => GiftStatus::Redeemed,
            Some(CouponStatus::Issued) => GiftStatus::Offered,
            Some(CouponStatus::Expired | CouponStatus::Cancelled) => GiftStatus::Expired,
        }
    }
}

impl GiftCounts {
    /// Counts gifts with these statuses.
    pub fn of(statuses: impl IntoIterator<Item = GiftStatus>) -> Self {
        let mut counts = Self::default();
        for status in statuses {
            counts.offered += 1;
            match status {
                GiftStatus::Offered => {}
                GiftStatus::Redeemed => counts.redeemed += 1,
                GiftStatus::Expired => counts.expired += 1,
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests;
