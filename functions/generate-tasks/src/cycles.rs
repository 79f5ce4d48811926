//! Applies a local day to the care cycle of one member: tasks fall due, and tasks lapse.

use jiff::civil::Date;
use puntos_domain::care::VersionedCycle;
use puntos_domain::stamp::Stamp;
use puntos_store::{Store, StoreError};

/// Does what is due; returns false where nothing is due any more, or another write came first.
///
/// # Errors
/// Fails where the table does not answer.
pub(crate) async fn handle(
    store: &Store,
    care: VersionedCycle,
    today: Date,
    stamp: &Stamp,
) -> Result<bool, StoreError> {
    // The index may lag: the cycle may no longer be due, or its version may have changed.
    if care.cycle.next_due().is_none_or(|due| due > today) {
        return Ok(false);
    }
    let decision = care.cycle.on_day(today);
    store.record_care_day(care.version, &decision, today, stamp).await
}
