//! Work without a mail that the relay lost: purchases whose care cycle did not start, and changed addresses that the
//! user pool does not have.

use jiff::{SignedDuration, Timestamp};

use crate::{Function, PATIENCE, SweepError};

/// How long a purchase is looked at: two runs see it.
const WINDOW: SignedDuration = SignedDuration::from_mins(30);
/// Each purchase is looked at again after a day, in case the sweep failed on the first one.
const HOURS_AGO: [i64; 2] = [0, 23];

/// Does [`request`] for the recent purchases, and puts the addresses that wait longest into their queue again. Returns
/// how many messages it sent.
///
/// # Errors
/// Breaks off where the table or the queue does not answer.
pub(crate) async fn request_recent(
    function: &Function,
    now: Timestamp,
) -> Result<usize, SweepError> {
    // They wait until the pool has them, so they need no window of time.
    let addresses = function.store.waiting_addresses(now - PATIENCE).await?;
    function.sign_ins.send_all(&addresses).await?;
    let mut requested = addresses.len();
    for hours in HOURS_AGO {
        let until = now - PATIENCE - SignedDuration::from_hours(hours);
        requested += request(function, (until - WINDOW, until)).await?;
    }
    Ok(requested)
}

/// Puts the purchases of a time into the order queue again, and returns how many.
///
/// # Errors
/// Breaks off where the table or the queue does not answer.
pub(crate) async fn request(
    function: &Function,
    between: (Timestamp, Timestamp),
) -> Result<usize, SweepError> {
    let Function { store, orders, .. } = function;
    let mut requested = 0;
    let mut cursor = None;
    loop {
        let (lost, next) = store.unstarted_cycles(between, cursor).await?;
        orders.send_all(&lost).await?;
        requested += lost.len();
        cursor = next;
        if cursor.is_none() {
            return Ok(requested);
        }
    }
}
