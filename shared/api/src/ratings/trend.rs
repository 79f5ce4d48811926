//! The trend of ratings: the route and its shapes.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};
use puntos_domain::invoice::BranchKey;
use puntos_domain::rating::Tally;
use serde::Serialize;

use super::lists::branch;
use super::summary::{BRANCH, FROM, RatingTotals, TO};
use crate::period::Period;
use crate::{KeyRule, Parameter, Problem, Reply, Role, Route};

/// Sums ratings up over time.
pub const TREND: Route = Route {
    key: "GET /v1/ratings/trend",
    operation_id: "show_rating_trend",
    tag: "Ratings",
    summary: "See ratings over time",
    description: "The sums of each day, week or month with visits, oldest first, with how many gave each \
        score. Of more than 3,660 days with ratings, the newest 3,660 before the end are summed.",
    roles: &[Role::Agent, Role::Supervisor, Role::Admin],
    idempotency: KeyRule::Ignored,
    query: &[
        FROM,
        TO,
        BRANCH,
        Parameter::optional::<Step>("by", "How long each row is; a week begins on Monday"),
    ],
    request: None,
    answers: &[Reply::new::<RatingTrend>(200, "The rows")],
    problems: &[(404, &["not_found"]), (422, &["invalid_field"])],
};

/// How long each row of a trend is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, utoipa::ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum Step {
    Day,
    Week,
    Month,
}

/// The filters of a trend.
#[derive(Debug)]
pub struct TrendRequest {
    /// The bounds of the visits.
    pub visits: Period,
    pub branch: Option<BranchKey>,
    pub by: Step,
}

/// Ratings over time.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RatingTrend {
    pub data: Vec<TrendRow>,
}

/// What the ratings of a day, a week or a month add up to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TrendRow {
    /// Its first local day.
    #[schema(value_type = String, format = "date")]
    pub from: Date,
    #[serde(flatten)]
    pub total: RatingTotals,
    /// How many gave each score, from 0 to 10.
    pub scores: [i64; 11],
}

impl TrendRequest {
    /// Returns the parsed parameters of the query.
    ///
    /// # Errors
    /// Refuses the parameter that does not fit.
    pub fn of<'a>(query: impl Fn(&str) -> Option<&'a str>) -> Result<Self, Problem> {
        let by = match query("by") {
            None | Some("day") => Step::Day,
            Some("week") => Step::Week,
            Some("month") => Step::Month,
            Some(_) => {
                return Err(Problem::invalid_field("by", "must be one of day, week, month"));
            }
        };
        Ok(Self { visits: Period::of(&query)?, branch: branch(&query)?, by })
    }
}

impl Step {
    /// Returns the first day of the row that a day belongs to.
    fn begins(self, day: Date) -> Date {
        match self {
            Self::Day => day,
            Self::Week => {
                let passed = i64::from(day.weekday().since(Weekday::Monday));
                day.checked_sub(passed.days()).unwrap_or(day)
            }
            Self::Month => day.first_of_month(),
        }
    }
}

impl RatingTrend {
    /// Returns the rows of local days. A day may come several times.
    pub fn of(days: impl IntoIterator<Item = (Date, Tally)>, by: Step) -> Self {
        let mut rows: BTreeMap<Date, Tally> = BTreeMap::new();
        for (day, tally) in days {
            *rows.entry(by.begins(day)).or_default() += tally;
        }
        let row = |(from, tally): (Date, Tally)| TrendRow {
            from,
            scores: tally.scores,
            total: RatingTotals::of(tally),
        };
        Self { data: rows.into_iter().map(row).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn days_are_summed_from_the_first_of_their_row() {
        let days = [date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 2)];
        let one = Tally { ratings: 1, ..Tally::default() };
        let rows = |by| {
            let trend = RatingTrend::of(days.map(|day| (day, one)), by);
            let rows = trend.data.iter().map(|row| (row.from, row.total.tally.ratings));
            rows.collect::<Vec<_>>()
        };
        let first = date(2026, 2, 28);
        let days = [(first, 1), (date(2026, 3, 1), 1), (date(2026, 3, 2), 2)];
        assert_eq!(rows(Step::Day), days);
        // The first of March, 2026, is a Sunday.
        assert_eq!(rows(Step::Week), [(date(2026, 2, 23), 2), (date(2026, 3, 2), 2)]);
        assert_eq!(rows(Step::Month), [(date(2026, 2, 1), 1), (date(2026, 3, 1), 3)]);
    }
}
