//! The liability of a programme: what the points of all members are worth, as far as they will be redeemed.
//!
//! IFRS 15 asks for the part that is expected to be redeemed. The rest is breakage. Both are computed in whole
//! numbers: the expected part is rounded up, so breakage is never overstated.

use crate::points::Points;
use crate::program::PointValue;

/// What points are worth, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Worth {
    /// The worth of all points.
    pub value_minor: i64,
    /// The part that is expected to be redeemed.
    pub expected_minor: i64,
    /// The points that are expected to expire unspent.
    pub breakage_points: Points,
}

impl Worth {
    /// Returns what points are worth by the programme.
    pub fn of(points: Points, value: PointValue) -> Self {
        let percent = i128::from(value.expected_redemption_percent.min(100));
        let points = i128::from(points.get());
        let value_minor = points * i128::from(value.amount_per_point);
        Self {
            value_minor: narrowed(value_minor),
            expected_minor: narrowed(value_minor - value_minor * (100 - percent) / 100),
            breakage_points: Points::new(narrowed(points * (100 - percent) / 100)),
        }
    }
}

fn narrowed(number: i128) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_expected_part_is_rounded_up() {
        // Points, amount per point, percent; value, expected, breakage in points.
        let table = [
            (1_000, 100, 80, (100_000, 80_000, 200)),
            (999, 100, 80, (99_900, 79_920, 199)),
            (1, 1, 1, (1, 1, 0)),
            (3, 7, 50, (21, 11, 1)),
            (10, 5, 0, (50, 0, 10)),
            (10, 5, 100, (50, 50, 0)),
            (0, 5, 80, (0, 0, 0)),
            (i64::MAX, 1_000, 100, (i64::MAX, i64::MAX, 0)),
        ];
        for (points, amount_per_point, expected_redemption_percent, expected) in table {
            let worth = Worth::of(
                Points::new(points),
                PointValue { amount_per_point, expected_redemption_percent },
            );
            let found = (worth.value_minor, worth.expected_minor, worth.breakage_points.get());
            assert_eq!(found, expected, "{points} at {amount_per_point}");
        }
    }
}
