//! The figures of ratings: counted from the rows of the list, or read from the counters.
//!
//! It counts with its own rules on purpose: the recount checks those of the server.

use anyhow::{Context as _, ensure};
use serde::Deserialize;
use serde_json::Number;

/// The names of the figures, in the order of [`Figures::values`].
pub(super) const NAMES: [&str; 8] = [
    "ratings",
    "comments",
    "replies",
    "unread_comments",
    "promoters",
    "passives",
    "detractors",
    "nps",
];

/// The figures of the ratings of a branch, or of all branches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// All ratings.
    pub ratings: i64,
    /// Ratings with a comment.
    pub comments: i64,
    /// Replies to ratings.
    pub replies: i64,
    /// Ratings with an unread comment.
    pub unread_comments: i64,
    /// Ratings with a score of 9 or 10.
    pub promoters: i64,
    /// Ratings with a score of 7 or 8.
    pub passives: i64,
    /// Ratings with a score of 6 or less.
    pub detractors: i64,
    /// The net promoter score in hundredths, or `None` without ratings.
    pub nps_hundredths: Option<i64>,
}

/// The fields of a row of the list that are counted.
#[derive(Debug, Deserialize)]
pub(super) struct Row {
    pub(super) rating_id: String,
    pub(super) branch: String,
    pub(super) score: i64,
    pub(super) category: String,
    has_comment: bool,
    unread: bool,
    replies: i64,
}

/// The figures of the counters.
#[derive(Debug, Deserialize)]
pub(super) struct Summary {
    ratings: i64,
    comments: i64,
    replies: i64,
    unread_comments: i64,
    promoters: i64,
    passives: i64,
    detractors: i64,
    nps: Option<Number>,
}

impl Figures {
    /// Counts one more row.
    pub(super) fn count(&mut self, row: &Row) {
        self.ratings += 1;
        self.comments += i64::from(row.has_comment);
        self.replies = self.replies.saturating_add(row.replies);
        self.unread_comments += i64::from(row.has_comment && row.unread);
        match category_of(row.score) {
            "promoter" => self.promoters += 1,
            "passive" => self.passives += 1,
            _ => self.detractors += 1,
        }
        self.nps_hundredths = nps_hundredths(self.promoters, self.detractors, self.ratings);
    }

    /// Returns the figures as texts, in the order of [`NAMES`].
    pub(super) fn values(&self) -> [String; 8] {
        [
            self.ratings.to_string(),
            self.comments.to_string(),
            self.replies.to_string(),
            self.unread_comments.to_string(),
            self.promoters.to_string(),
            self.passives.to_string(),
            self.detractors.to_string(),
            self.nps_hundredths.map_or_else(|| "-".to_owned(), with_two_decimals),
        ]
    }
}

impl Summary {
    /// Returns the figures. Refuses an NPS of more than two decimals.
    pub(super) fn figures(&self) -> anyhow::Result<Figures> {
        let nps = self.nps.as_ref().map(|nps| {
            let text = nps.to_string();
            hundredths(&text)
                .with_context(|| format!("the summary's nps is {text}: not of two decimals"))
        });
        Ok(Figures {
            ratings: self.ratings,
            comments: self.comments,
            replies: self.replies,
            unread_comments: self.unread_comments,
            promoters: self.promoters,
            passives: self.passives,
            detractors: self.detractors,
            nps_hundredths: nps.transpose()?,
        })
    }
}

pub(super) fn category_of(score: i64) -> &'static str {
    match score {
        9.. => "promoter",
        7..=8 => "passive",
        _ => "detractor",
    }
}

/// Returns the share of promoters less that of detractors, in hundredths of a percent point, rounded
/// half away from zero.
fn nps_hundredths(promoters: i64, detractors: i64, ratings: i64) -> Option<i64> {
    let difference = (promoters - detractors) * 10_000;
    let rounded = (difference.abs() * 2 + ratings).checked_div(ratings * 2)?;
    Some(rounded * difference.signum())
}

fn with_two_decimals(hundredths: i64) -> String {
    let sign = if hundredths < 0 { "-" } else { "" };
    let size = hundredths.unsigned_abs();
    format!("{sign}{}.{:02}", size / 100, size % 100)
}

/// Parses a decimal number of at most two places into hundredths.
fn hundredths(text: &str) -> anyhow::Result<i64> {
    let (sign, size) = text.strip_prefix('-').map_or((1, text), |size| (-1, size));
    let (whole, fraction) = size.split_once('.').unwrap_or((size, ""));
    ensure!(fraction.len() <= 2, "too many decimals");
    let fraction: i64 = format!("{fraction:0<2}").parse()?;
    let whole: i64 = whole.parse()?;
    let whole = whole.checked_mul(100).context("too large a number")?;
    Ok(sign * whole.checked_add(fraction).context("too large a number")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(score: i64, has_comment: bool, unread: bool, replies: i64) -> Row {
        let (rating_id, branch) = ("rat_1".to_owned(), "b".to_owned());
        let category = category_of(score).to_owned();
        Row { rating_id, branch, score, category, has_comment, unread, replies }
    }

    #[test]
    fn every_row_counts_where_it_belongs() {
        let mut figures = Figures::default();
        for row in [
            row(10, true, true, 0),
            row(9, false, true, 2),
            row(8, true, false, 1),
            row(7, false, false, 0),
            row(6, true, true, 0),
            row(0, false, false, 0),
        ] {
            figures.count(&row);
        }
        let expected = Figures {
            ratings: 6,
            comments: 3,
            replies: 3,
            unread_comments: 2,
            promoters: 2,
            passives: 2,
            detractors: 2,
            nps_hundredths: Some(0),
        };
        assert_eq!(figures, expected);
    }

    #[test]
    fn the_score_is_rounded_half_away_from_zero() {
        for (promoters, detractors, ratings, expected) in [
            (100, 80, 210, "9.52"),
            (80, 100, 210, "-9.52"),
            (1, 0, 3, "33.33"),
            (2, 0, 3, "66.67"),
            // One of 800 is 0.125 %.
            (1, 0, 800, "0.13"),
            (0, 1, 800, "-0.13"),
            (0, 1, 40_000, "0.00"),
            (5, 0, 5, "100.00"),
            (0, 5, 5, "-100.00"),
        ] {
            let rounded = nps_hundredths(promoters, detractors, ratings).unwrap();
            assert_eq!(with_two_decimals(rounded), expected, "{promoters} {detractors} {ratings}");
        }
        assert_eq!(nps_hundredths(0, 0, 0), None);
    }

    #[test]
    fn a_number_of_two_decimals_is_read_exactly() {
        for (text, expected) in
            [("9.52", 952), ("-9.5", -950), ("0.0", 0), ("-0.05", -5), ("100", 10_000)]
        {
            assert_eq!(hundredths(text).unwrap(), expected, "{text}");
        }
        for text in ["9.523", "1e2", "", "-", "x.1", "99999999999999999999"] {
            assert!(hundredths(text).is_err(), "{text}");
        }
    }
}
