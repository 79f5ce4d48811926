//! The ratings of all members: sorted lists and sums.

mod list;
mod summary;
mod trend;

use jiff::tz::TimeZone;
use puntos_api::{Problem, ratings};
use puntos_runtime::http::{Call, Failure, Http, HttpFunction};
use puntos_runtime::{Environment, StartError, routes};

pub type Function = Http<ViewRatings>;

/// The function has no settings.
pub struct ViewRatings;

impl HttpFunction for ViewRatings {
    routes! {
        ratings::lists::LIST => list::list,
        ratings::summary::SUMMARIZE => summary::summarize,
        ratings::trend::TREND => trend::trend,
    }

    fn new(_: &Environment) -> Result<Self, StartError> {
        Ok(Self)
    }
}

/// Returns the current time zone of the programme.
async fn zone(call: &Call) -> Result<TimeZone, Failure> {
    let rules = call.store.program_in_force(call.now).await?;
    Ok(rules.ok_or_else(Problem::not_found)?.zone())
}
