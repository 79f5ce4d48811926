//! The summary: what ratings add up to, in all and month by month, read from the counters only.

use puntos_runtime::http::Failure;
use std::collections::BTreeMap;

use puntos_api::ProblemBody;
use puntos_domain::rating::{Nps, Tally};
use puntos_runtime::http::{Answer, Call};
use serde::Serialize;

use crate::event::{Visits, branch};

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

#[utoipa::path(
    get, path = "/v1/ratings/summary", tag = "Ratings",
    params(
        ("from" = Option<String>, Query), ("to" = Option<String>, Query),
        ("branch" = Option<String>, Query),
    ),
    description = "Sums ratings up, in all and by month of the visit. from and to are dates of the programme's zone, both included; instants widen to whole days. A range of any length is answered; of more than 3,660 days with ratings, the newest 3,660 before the end are summed.",
    responses(
        (status = 200, description = "The sums", body = RatingSummary),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn summary(call: &Call) -> Result<Answer, Failure> {
    let visits = Visits::of(&call.request)?;
    let branch = branch(&call.request)?;
    let (from, to) = visits.days(&super::zone(call).await?)?;
    let mut months: BTreeMap<String, Tally> = BTreeMap::new();
    for day in call.store.rating_days(branch.as_deref(), from, to).await? {
        *months.entry(day.day.strftime("%Y-%m").to_string()).or_default() += day.tally;
    }
    let total = months.values().copied().sum();
    let months = months.into_iter().map(|(month, tally)| RatingMonth { month, total: of(tally) });
    Ok(Answer::ok(RatingSummary { total: of(total), months: months.collect() }))
}

fn of(tally: Tally) -> RatingTotals {
    RatingTotals { tally, nps: tally.nps() }
}
