//! Sums ratings up, from the counters only.

use puntos_api::ratings::summary::{RatingSummary, SummaryRequest};
use puntos_runtime::http::{Answer, Call, Failure};

use crate::{ViewRatings, zone};

pub(crate) async fn summarize(_: &ViewRatings, call: &Call) -> Result<Answer, Failure> {
    let SummaryRequest { visits, branch } = SummaryRequest::of(|name| call.request.query(name))?;
    let (from, to) = visits.days(&zone(call).await?)?;
    let days = call.store.rating_days(branch.as_ref(), from, to).await?;
    Ok(Answer::ok(RatingSummary::of(days.into_iter().map(|day| (day.day, day.tally)))))
}
