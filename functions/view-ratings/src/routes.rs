//! The routes of `view-ratings`, one module each.

pub(crate) mod list;
pub(crate) mod summary;

use jiff::tz::TimeZone;
use puntos_api::Problem;
use puntos_runtime::http::Call;
use puntos_runtime::http::Failure;

/// Returns the zone whose days the programme speaks of now.
async fn zone(call: &Call) -> Result<TimeZone, Failure> {
    let head = call.store.program_head().await?.ok_or_else(Problem::not_found)?;
    Ok(call.store.program_at(&head, call.now).await?.zone())
}
