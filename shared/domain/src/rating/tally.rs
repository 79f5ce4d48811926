//! Counters of ratings, and their net promoter score.
//!
//! Knows no days and no branches.

use std::ops::{Add, AddAssign, Sub};

use serde::{Deserialize, Serialize, Serializer};

/// The names of the counters of scores, from 0 to 10, as they are stored.
const SCORES: [&str; 11] = [
    "score_0", "score_1", "score_2", "score_3", "score_4", "score_5", "score_6", "score_7",
    "score_8", "score_9", "score_10",
];

/// What ratings add up to; or by how much, where two are compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Tally {
    /// How many there are.
    pub ratings: i64,
    /// How many have a comment, or a message of the member.
    pub comments: i64,
    /// How often they were replied to.
    pub replies: i64,
    /// How many of these nobody has opened since.
    pub unread_comments: i64,
    /// How many score 9 or 10.
    pub promoters: i64,
    /// How many score 7 or 8.
    pub passives: i64,
    /// How many score 6 or less.
    pub detractors: i64,
    /// How many have each score, from 0 to 10.
    #[serde(skip)]
    pub scores: [i64; 11],
}

/// A net promoter score in hundredths, from -10,000 to 10,000; JSON has it as a number such as 9.52.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Nps(i64);

impl Tally {
    /// Returns every counter with its name.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, i64)> {
        let sums = [
            ("ratings", self.ratings),
            ("comments", self.comments),
            ("replies", self.replies),
            ("unread_comments", self.unread_comments),
            ("promoters", self.promoters),
            ("passives", self.passives),
            ("detractors", self.detractors),
        ];
        sums.into_iter().chain(SCORES.into_iter().zip(self.scores))
    }

    /// Returns the sums with the counters of scores, which have these names.
    #[must_use]
    pub fn with_scores(self, count_of: impl FnMut(&'static str) -> i64) -> Self {
        Self { scores: SCORES.map(count_of), ..self }
    }

    /// Returns the share of promoters less the share of detractors, rounded half away from zero to
    /// hundredths of a percent; `None` if nobody scored.
    pub fn nps(&self) -> Option<Nps> {
        let scores =
            i128::from(self.promoters) + i128::from(self.passives) + i128::from(self.detractors);
        if scores <= 0 {
            return None;
        }
        let lead = (i128::from(self.promoters) - i128::from(self.detractors)) * 10_000;
        let size = (2 * lead.abs() + scores) / (2 * scores);
        i64::try_from(lead.signum() * size).ok().map(Nps)
    }

    fn joined(self, other: Self, join: fn(i64, i64) -> i64) -> Self {
        Self {
            ratings: join(self.ratings, other.ratings),
            comments: join(self.comments, other.comments),
            replies: join(self.replies, other.replies),
            unread_comments: join(self.unread_comments, other.unread_comments),
            promoters: join(self.promoters, other.promoters),
            passives: join(self.passives, other.passives),
            detractors: join(self.detractors, other.detractors),
            scores: std::array::from_fn(|score| join(self.scores[score], other.scores[score])),
        }
    }
}

impl Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.joined(other, i64::saturating_add)
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Tally {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self.joined(other, i64::saturating_sub)
    }
}

impl std::iter::Sum for Tally {
    fn sum<All: Iterator<Item = Self>>(tallies: All) -> Self {
        tallies.fold(Self::default(), Self::add)
    }
}

impl Nps {
    /// Returns the score in hundredths.
    pub fn hundredths(self) -> i64 {
        self.0
    }
}

impl Serialize for Nps {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // The nearest number to two decimals prints as these two decimals.
        serializer.serialize_f64(self.0 as f64 / 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nps(promoters: i64, passives: i64, detractors: i64) -> Option<i64> {
        Tally { promoters, passives, detractors, ..Tally::default() }.nps().map(Nps::hundredths)
    }

    #[test]
    fn the_score_rounds_half_away_from_zero() {
        let table = [
            ((100, 30, 80), Some(952)),
            ((80, 30, 100), Some(-952)),
            ((0, 0, 0), None),
            ((0, 5, 0), Some(0)),
            ((7, 0, 0), Some(10_000)),
            ((0, 0, 7), Some(-10_000)),
            // An eighth of a hundredth, and exactly half of one.
            ((1, 79_999, 0), Some(0)),
            ((1, 19_999, 0), Some(1)),
            ((0, 19_999, 1), Some(-1)),
            ((2, 0, 1), Some(3_333)),
            ((i64::MAX, 0, 0), Some(10_000)),
        ];
        for ((promoters, passives, detractors), expected) in table {
            assert_eq!(
                nps(promoters, passives, detractors),
                expected,
                "{promoters}/{passives}/{detractors}"
            );
        }
    }

    #[test]
    fn json_has_two_decimals() {
        for (hundredths, text) in [(952, "9.52"), (-3_333, "-33.33"), (1_000, "10.0"), (0, "0.0")] {
            assert_eq!(serde_json::to_string(&Nps(hundredths)).unwrap(), text);
        }
        for hundredths in -10_000..=10_000_i64 {
            let text = serde_json::to_string(&Nps(hundredths)).unwrap();
            let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
            assert!((1..=2).contains(&decimals), "{text}");
        }
    }
}
