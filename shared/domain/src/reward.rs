//! The catalogue: what points can be redeemed for.

mod listing;

use serde::{Deserialize, Serialize};

use crate::field::{FieldError, FieldErrors, NAME_MAX_CHARS, bounded, text};
use crate::money::{Currency, Money};
use crate::points::{POINTS_MAX, Points};

pub use listing::{Listing, RewardChanged, RewardVersion};

/// The longest id of a reward, in characters.
pub const REWARD_ID_MAX_CHARS: usize = 64;
/// The longest validity of a coupon, in days: ten years.
pub const VALID_DAYS_MAX: u16 = 3650;
/// The most units of a reward, and the highest limit of one member.
pub const UNITS_MAX: i64 = 1_000_000_000;

/// A reward as an admin writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reward {
    /// What members read.
    pub name: String,
    /// What is given for the coupon.
    pub kind: RewardKind,
    /// How many points it costs.
    pub points_cost: Points,
    /// The points given, for the kind `points`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points: Option<Points>,
    /// The discount given, for the kind `discount`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discount: Option<Discount>,
    /// For how many times 24 hours the coupon can be used.
    pub valid_days: u16,
    /// How many units there are in all; null is without limit.
    pub stock: Option<i64>,
    /// How many of it one member can redeem; null is without limit.
    pub per_member_limit: Option<i64>,
    /// Whether it can be redeemed now.
    pub active: bool,
    /// What it is worth, where it is given as a gift.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worth: Option<Money>,
}

/// What is given for a coupon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RewardKind {
    /// A product of the assortment.
    Product,
    /// A gift outside the assortment.
    Gift,
    /// A discount on a purchase.
    Discount,
    /// Points, given by an agent; it cannot be redeemed for points.
    Points,
}

/// A discount, fixed or in percent: exactly one of the two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Discount {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<i64>,
    /// A fixed amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
}

/// Returns an id that an admin chose for a reward.
///
/// # Errors
/// Refuses one that is too long or has other characters than `A-Z a-z 0-9 . _ -`.
pub fn reward_id(id: &str) -> Result<&str, FieldError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if (1..=REWARD_ID_MAX_CHARS).contains(&id.len()) && id.bytes().all(allowed) {
        return Ok(id);
    }
    let detail = format!("must be 1 to {REWARD_ID_MAX_CHARS} of A-Z a-z 0-9 . _ -");
    Err(FieldError::invalid("reward_id", detail))
}

impl Reward {
    /// Returns the reward when it can be given.
    ///
    /// # Errors
    /// Returns every field that is refused.
    pub fn checked(mut self) -> Result<Self, Vec<FieldError>> {
        let mut errors = FieldErrors::default();
        if let Some(name) = errors.keep(text("name", self.name.clone(), NAME_MAX_CHARS)) {
            self.name = name;
        }
        bounded(&mut errors, "points_cost", self.points_cost, Points::ZERO, POINTS_MAX);
        bounded(&mut errors, "stock", self.stock.unwrap_or(0), 0, UNITS_MAX);
        bounded(&mut errors, "per_member_limit", self.per_member_limit.unwrap_or(1), 1, UNITS_MAX);
        if !(1..=VALID_DAYS_MAX).contains(&self.valid_days) {
            errors.push(FieldError::invalid(
                "valid_days",
                format!("must be from 1 to {VALID_DAYS_MAX}"),
            ));
        }
        if let Some(worth) = &self.worth {
            errors.keep(worth.check("worth"));
        }
        match (self.kind, self.points) {
            (RewardKind::Points, Some(points)) => {
                bounded(&mut errors, "points", points, Points::new(1), POINTS_MAX);
            }
            (RewardKind::Points, None) => {
                errors.push(FieldError::invalid("points", "must be given for this kind"))
            }
            (_, Some(_)) => {
                errors.push(FieldError::invalid("points", "belongs to the kind points"))
            }
            (_, None) => {}
        }
        match (self.kind, &self.discount) {
            (RewardKind::Discount, Some(discount)) => discount.check(&mut errors),
            (RewardKind::Discount, None) => {
                errors.push(FieldError::invalid("discount", "must be given for this kind"));
            }
            (_, Some(_)) => {
                errors.push(FieldError::invalid("discount", "belongs to the kind discount"))
            }
            (_, None) => {}
        }
        errors.into_result(Some(self))
    }
}

impl Reward {
    /// Refuses amounts in another currency than the programme's.
    ///
    /// # Errors
    /// Returns every field that is refused.
    pub fn check_currency(&self, currency: Currency) -> Result<(), Vec<FieldError>> {
        let mut errors = FieldErrors::default();
        for (field, amount) in
            [("discount.amount", self.amount_off()), ("worth", self.worth.as_ref())]
        {
            if let Some(amount) = amount {
                errors.keep(amount.check_currency(field, currency));
            }
        }
        errors.into_result(Some(()))
    }

    /// Returns its worth in minor units: the amount of its discount, or the stated one if that is higher;
    /// `None` if it has neither.
    pub fn worth_minor(&self) -> Option<i64> {
        let amounts = [self.amount_off(), self.worth.as_ref()];
        amounts.into_iter().flatten().map(|money| money.amount).max()
    }

    fn amount_off(&self) -> Option<&Money> {
        self.discount.as_ref().and_then(|discount| discount.amount.as_ref())
    }
}

impl Discount {
    fn check(&self, errors: &mut FieldErrors) {
        match (self.percent, &self.amount) {
            (Some(percent), None) if (1..=100).contains(&percent) => {}
            (Some(_), None) => {
                errors.push(FieldError::invalid("discount.percent", "must be from 1 to 100"))
            }
            (None, Some(amount)) if amount.amount == 0 => {
                errors.push(FieldError::invalid("discount.amount.amount", "must be more than 0"));
            }
            (None, Some(amount)) => {
                errors.keep(amount.check("discount.amount"));
            }
            _ => errors.push(FieldError::invalid("discount", "must have either percent or amount")),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    type Change = fn(&mut Reward);

    /// Returns a product for 100 points, without limits.
    pub(crate) fn mug() -> Reward {
        Reward {
            name: "Mug".into(),
            kind: RewardKind::Product,
            points_cost: Points::new(100),
            points: None,
            discount: None,
            valid_days: 30,
            stock: None,
            per_member_limit: None,
            active: true,
            worth: None,
        }
    }

    #[test]
    fn rewards_that_cannot_be_given_are_refused_with_the_field() {
        let refused = |change: fn(&mut Reward)| {
            let mut reward = mug();
            change(&mut reward);
            reward.checked().err().map(|errors| errors[0].field.clone())
        };
        assert_eq!(refused(|_| ()), None);
        let table: [(Change, &str); 10] = [
            (|reward| reward.name = " ".into(), "name"),
            (|reward| reward.points_cost = Points::new(-1), "points_cost"),
            (|reward| reward.stock = Some(-1), "stock"),
            (|reward| reward.per_member_limit = Some(0), "per_member_limit"),
            (|reward| reward.valid_days = 0, "valid_days"),
            (|reward| reward.points = Some(Points::new(5)), "points"),
            (|reward| reward.kind = RewardKind::Points, "points"),
            (|reward| reward.kind = RewardKind::Discount, "discount"),
            (
                |reward| reward.discount = Some(Discount { percent: Some(5), amount: None }),
                "discount",
            ),
            (
                |reward| {
                    reward.kind = RewardKind::Discount;
                    reward.discount = Some(Discount { percent: Some(101), amount: None });
                },
                "discount.percent",
            ),
        ];
        for (change, field) in table {
            assert_eq!(refused(change).as_deref(), Some(field));
        }
        assert!(reward_id("coffee-1").is_ok());
        assert!(reward_id("a#b").is_err() && reward_id("").is_err());
    }
}
