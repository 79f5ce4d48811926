//! Paying with points, returns, and what a point is worth.

use serde::{Deserialize, Serialize};

use crate::field::{FieldError, FieldErrors, bounded};
use crate::money::AMOUNT_MAX_MINOR;

/// How a basket is paid in part with points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    /// What a point pays, in minor units.
    pub amount_per_point: i64,
    /// The largest part of a receipt's total that points pay, 1 to 100.
    pub basket_percent_max: u16,
    /// How long points stay reserved, 1 to 1440.
    pub reservation_minutes: u16,
}

/// What happens when a return takes back more points than the member has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReturnRule {
    /// What becomes of the points that are missing.
    pub negative: Negative,
}

/// What becomes of points that a member no longer has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Negative {
    /// They become a debt, which the next points pay.
    #[default]
    Debt,
    /// They are let go: no more is taken than the balance holds.
    WithinBalance,
}

/// What points are worth in reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PointValue {
    /// The worth of a point, in minor units.
    pub amount_per_point: i64,
    /// How much of the points is expected to be redeemed, 0 to 100.
    pub expected_redemption_percent: u16,
}

pub(super) fn check(
    payment: Option<&Payment>,
    value: Option<&PointValue>,
    errors: &mut FieldErrors,
) {
    let mut amount = |field: &str, amount: i64| {
        if !(1..=AMOUNT_MAX_MINOR).contains(&amount) {
            let detail = format!("must be from 1 to {AMOUNT_MAX_MINOR} minor units");
            errors.push(FieldError::invalid(field, detail));
        }
    };
    if let Some(payment) = payment {
        amount("payment.amount_per_point", payment.amount_per_point);
    }
    if let Some(value) = value {
        amount("value.amount_per_point", value.amount_per_point);
    }
    if let Some(payment) = payment {
        bounded(errors, "payment.basket_percent_max", payment.basket_percent_max, 1, 100);
        bounded(errors, "payment.reservation_minutes", payment.reservation_minutes, 1, 1_440);
    }
    if let Some(value) = value {
        let percent = value.expected_redemption_percent;
        bounded(errors, "value.expected_redemption_percent", percent, 0, 100);
    }
}
