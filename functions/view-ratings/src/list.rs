//! Lists ratings.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use puntos_api::ratings::lists::{RatingListRequest, RatingRow};
use puntos_domain::invitation::ORDER_BRANCH;
use puntos_domain::invoice::BranchKey;
use puntos_domain::page::Page;
use puntos_domain::rating::RatingSort;
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::RatingQuery;

use crate::{ViewRatings, zone};

pub(crate) async fn list(_: &ViewRatings, call: &Call) -> Result<Answer, Failure> {
    let request = RatingListRequest::of(|name| call.request.query(name))?;
    let page = call.request.page()?;
    let member_id = call.filtered_member().await?;
    let zone = match request.visits.need_zone() {
        true => zone(call).await?,
        false => TimeZone::UTC,
    };
    let (from, until) = request.visits.instants(&zone)?;
    let RatingListRequest { branch, name, sort, ascending, .. } = request;
    let is_of_all = branch.is_none() && name.is_none() && member_id.is_none();
    let branches = match sort {
        RatingSort::Branch if is_of_all => branches(call).await?,
        _ => BTreeSet::new(),
    };
    let query = RatingQuery { from, until, branch, branches, member_id, name, sort, ascending };
    let (ratings, next_cursor) = call.store.ratings(&query, &page).await?;
    let by_agent = !call.request.caller()?.is_only_member();
    let rows = ratings.into_iter();
    let rows = rows.map(|recorded| RatingRow::new(recorded.rating, by_agent, call.now));
    Ok(Answer::ok(Page { data: rows.collect(), next_cursor }))
}

/// Returns the branches that may have ratings: those of the programme, those that were met, and that of orders.
async fn branches(call: &Call) -> Result<BTreeSet<BranchKey>, Failure> {
    let rules = call.store.program_in_force(call.now).await?;
    let listed = rules.map(|rules| rules.program.branches.clone()).unwrap_or_default();
    let met = call.store.branches_met().await?;
    let ids = listed.iter().chain(&met).map(|branch| branch.id.as_str()).chain([ORDER_BRANCH]);
    Ok(ids.map(BranchKey::of).collect())
}
