//! Purchases whose care cycle did not start, because the relay lost them.

use jiff::{SignedDuration, Timestamp};

use crate::{Function, PATIENCE, SweepError};

/// How long a purchase is looked at: two runs see it.
const WINDOW: SignedDuration = SignedDuration::from_mins(30);
/// Each purchase is looked at again after a day, in case the sweep failed on the first one.
const HOURS_AGO: [i64; 2] = [0, 23];

/// Does [`start`] for the recent purchases, and returns how many cycles it requested.
///
/// # Errors
/// Breaks off where the table or the queue does not answer.
pub(crate) async fn start_recent(function: &Function, now: Timestamp) -> Result<usize, SweepError> {
    let mut started = 0;
    for hours in HOURS_AGO {
        let until = now - PATIENCE - SignedDuration::from_hours(hours);
        started += start(function, (until - WINDOW, until)).await?;
    }
    Ok(started)
}

/// Puts the purchases of a time into the order queue again, and returns how many.
///
/// # Errors
/// Breaks off where the table or the queue does not answer.
pub(crate) async fn start(
    function: &Function,
    between: (Timestamp, Timestamp),
) -> Result<usize, SweepError> {
    let mut started = 0;
    let mut cursor = None;
    loop {
        let (lost, next) = function.store.unstarted_cycles(between, cursor).await?;
        function.orders.send_all(&lost).await?;
        started += lost.len();
        cursor = next;
        if cursor.is_none() {
            return Ok(started);
        }
    }
}
