//! The summary of ratings: the route and its shapes.

use std::collections::BTreeMap;

use jiff::civil::Date;
use puntos_domain::invoice::BranchKey;
use puntos_domain::rating::{Nps, Tally};
use serde::Serialize;

use super::lists::branch;
use crate::period::Period;
use crate::{KeyRule, Parameter, Problem, Reply, Role, Route};

/// The first day of the visits that are summed.
pub(super) const FROM: Parameter = Parameter::optional::<String>(
    "from",
    "The first day, in the programme's zone; an instant widens to its whole day",
);
/// The last day of the visits that are summed.
pub(super) const TO: Parameter = Parameter::optional::<String>(
    "to",
    "The last day, included; an instant widens to its whole day",
);
pub(super) const BRANCH: Parameter =
    Parameter::optional::<String>("branch", "Only visits to this branch");

/// Sums ratings up.
pub const SUMMARIZE: Route = Route {
    key: "GET /v1/ratings/summary",
    operation_id: "summarize_ratings",
    tag: "Ratings",
    summary: "Sum ratings up",
    description: "The sums in all and by month of the visit. A range of any length is answered; of \
        more than 3,660 days with ratings, the newest 3,660 before the end are summed.",
    roles: &[Role::Agent, Role::Supervisor, Role::Admin],
    idempotency: KeyRule::Ignored,
    query: &[FROM, TO, BRANCH],
    request: None,
    answers: &[Reply::new::<RatingSummary>(200, "The sums")],
    problems: &[(404, &["not_found"]), (422, &["invalid_field"])],
};

/// The filters of a summary.
#[derive(Debug)]
pub struct SummaryRequest {
    /// The bounds of the visits.
    pub visits: Period,
    /// The branch.
    pub branch: Option<BranchKey>,
}

/// What ratings add up to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RatingSummary {
    /// All of them.
    #[serde(flatten)]
    pub total: RatingTotals,
    /// Each month with ratings, by the local day of the visit, oldest first.
    pub months: Vec<RatingMonth>,
}

/// What the ratings of a month add up to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RatingMonth {
    /// The month, YYYY-MM.
    pub month: String,
    /// All of its ratings.
    #[serde(flatten)]
    pub total: RatingTotals,
}

/// The counters of ratings, and their score.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RatingTotals {
    /// The counters.
    #[serde(flatten)]
    pub tally: Tally,
    /// The share of promoters less the share of detractors in percent, to two decimals; null where
    /// nobody scored.
    #[schema(value_type = Option<f64>)]
    pub nps: Option<Nps>,
}

impl SummaryRequest {
    /// Returns the parsed parameters of the query.
    ///
    /// # Errors
    /// Refuses the parameter that does not fit.
    pub fn of<'a>(query: impl Fn(&str) -> Option<&'a str>) -> Result<Self, Problem> {
        Ok(Self { visits: Period::of(&query)?, branch: branch(&query)? })
    }
}

impl RatingSummary {
    /// Returns the sums of local days. A day may come several times.
    pub fn of(days: impl IntoIterator<Item = (Date, Tally)>) -> Self {
        let mut months: BTreeMap<String, Tally> = BTreeMap::new();
        for (day, tally) in days {
            *months.entry(day.strftime("%Y-%m").to_string()).or_default() += tally;
        }
        let total = RatingTotals::of(months.values().copied().sum());
        let months = months
            .into_iter()
            .map(|(month, tally)| RatingMonth { month, total: RatingTotals::of(tally) });
        Self { total, months: months.collect() }
    }
}

impl RatingTotals {
    /// Returns the counters with their score.
    pub fn of(tally: Tally) -> Self {
        Self { tally, nps: tally.nps() }
    }
}
