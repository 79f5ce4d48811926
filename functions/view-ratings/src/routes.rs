//! The routes of `view-ratings`, one module each.

pub(crate) mod list;
pub(crate) mod summary;

use jiff::tz::TimeZone;
use puntos_aws::http::{Call, Problem};

/// Returns the zone whose days the programme speaks of now.
async fn zone(call: &Call) -> Result<TimeZone, Problem> {
    let head = call.store.program_head().await?.ok_or_else(Problem::not_found)?;
    Ok(call.store.program_at(&head, call.now).await?.zone())
}
