//! Sums ratings up over time, from the counters only.

use puntos_api::ratings::trend::{RatingTrend, TrendRequest};
use puntos_runtime::http::{Answer, Call, Failure};

use crate::{ViewRatings, zone};

pub(crate) async fn trend(_: &ViewRatings, call: &Call) -> Result<Answer, Failure> {
    let request = TrendRequest::of(|name| call.request.query(name))?;
    let (from, to) = request.visits.days(&zone(call).await?)?;
    let days = call.store.rating_days(request.branch.as_ref(), from, to).await?;
    let days = days.into_iter().map(|day| (day.day, day.tally));
    Ok(Answer::ok(RatingTrend::of(days, request.by)))
}
