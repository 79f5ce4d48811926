//! What a day brings to the care cycle of one member: tasks that fall due, and tasks that lapse.

use jiff::civil::Date;
use puntos_domain::stamp::Stamp;
use puntos_store::{Store, StoreError, StoredCare};

/// Does what is due; false where there is nothing any more, or another write was faster.
///
/// # Errors
/// Fails where the table does not answer.
pub(crate) async fn handle(
    store: &Store,
    care: StoredCare,
    today: Date,
    stamp: &Stamp,
) -> Result<bool, StoreError> {
    // The index may be behind: what was done already is not due any more, or its version moved.
    if care.cycle.next_due().is_none_or(|due| due > today) {
        return Ok(false);
    }
    let moved = care.cycle.on_day(today);
    store.record_care_day(care.version, &moved, today, stamp).await
}
