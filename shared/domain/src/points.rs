//! Points: a whole number, negative if they are taken. Does not know what they are worth: that is `Payment` and
//! `PointValue` of the programme.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Neg, Sub, SubAssign};

use serde::{Deserialize, Serialize};

/// The largest number of points accepted in one command.
pub const POINTS_MAX: Points = Points(1_000_000_000);

/// A number of points, never an amount of money or a count.
///
/// Arithmetic panics on overflow, in release builds too: the workspace sets `overflow-checks`. The limits of
/// commands, [`POINTS_MAX`] among them, keep every sum far from it.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(transparent)]
pub struct Points(i64);

impl Points {
    pub const ZERO: Self = Self(0);

    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    /// Returns the number, for arithmetic that mixes points with money or counts.
    pub const fn get(self) -> i64 {
        self.0
    }

    pub const fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// Returns how far two numbers are from each other, at most the largest number.
    pub fn abs_diff(self, other: Self) -> Self {
        Self(i64::try_from(self.0.abs_diff(other.0)).unwrap_or(i64::MAX))
    }

    /// Adds without a panic, for sums over many members: they stay at the largest number.
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Returns `None` on overflow.
    pub fn checked_mul(self, times: i64) -> Option<Self> {
        self.0.checked_mul(times).map(Self)
    }

    /// Returns whether it is 0, by reference as serde asks.
    pub const fn is_zero(&self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for Points {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl Add for Points {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Points {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Points {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl SubAssign for Points {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Neg for Points {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Mul<i64> for Points {
    type Output = Self;

    fn mul(self, times: i64) -> Self {
        Self(self.0 * times)
    }
}

impl Sum for Points {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_a_bare_number_in_json() {
        let points = Points::new(-65);
        assert_eq!(serde_json::to_string(&points).unwrap(), "-65");
        assert_eq!(serde_json::from_str::<Points>("-65").unwrap(), points);
        for other in ["65.0", "\"65\"", "[65]", "9223372036854775808"] {
            assert!(serde_json::from_str::<Points>(other).is_err(), "{other}");
        }
    }

    #[test]
    fn points_are_counted_as_whole_numbers_are() {
        let [two, five] = [2, 5].map(Points::new);
        let mut points = five - two;
        points += two * 10;
        points -= Points::new(3);
        assert_eq!((points.get(), (-points).abs().get()), (20, 20));
        assert_eq!([two, five, -two].into_iter().sum::<Points>(), five);
        assert_eq!(Vec::new().into_iter().sum::<Points>(), Points::ZERO);
        assert!(Points::ZERO.is_zero() && !two.is_zero() && -two < Points::ZERO && two < five);
        assert_eq!(format!("{five:>3}"), "  5");
    }

    #[test]
    fn what_must_not_overflow_ends_at_the_largest_number() {
        let [least, most] = [i64::MIN, i64::MAX].map(Points::new);
        assert_eq!(most.saturating_add(Points::new(1)), most);
        assert_eq!(least.abs_diff(most), most);
        assert_eq!(Points::new(-3).abs_diff(Points::new(4)), Points::new(7));
        assert_eq!(Points::new(3).checked_mul(-7), Some(Points::new(-21)));
        assert_eq!(most.checked_mul(2), None);
    }

    #[test]
    #[should_panic(expected = "overflow")]
    fn a_sum_that_overflows_panics() {
        let _ = [i64::MAX, 1].map(Points::new).into_iter().sum::<Points>();
    }
}
