//! Lists ratings.

use jiff::tz::TimeZone;
use puntos_api::ratings::lists::{RatingListRequest, RatingRow};
use puntos_domain::page::Page;
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::RatingQuery;

use crate::{ViewRatings, zone};

pub(crate) async fn list(_: &ViewRatings, call: &Call) -> Result<Answer, Failure> {
    let request = RatingListRequest::of(|name| call.request.query(name))?;
    let page = call.request.page()?;
    let zone = match request.visits.need_zone() {
        true => zone(call).await?,
        false => TimeZone::UTC,
    };
    let (from, until) = request.visits.instants(&zone)?;
    let RatingListRequest { branch, name, sort, ascending, .. } = request;
    let query = RatingQuery { from, until, branch, name, sort, ascending };
    let (ratings, next_cursor) = call.store.ratings(&query, &page).await?;
    let rows = ratings.into_iter().map(|recorded| RatingRow::new(recorded.rating));
    Ok(Answer::ok(Page { data: rows.collect(), next_cursor }))
}
