//! The loop of load, decide and commit, which repeats while another write came first and there is time.

use std::time::Duration;

use puntos_store::{StoreError, pause};
use tokio::time::Instant;

/// Longer than any invocation runs.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// The time by which an invocation must have answered.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(Instant);

impl Deadline {
    /// Returns the deadline after the time that is left.
    pub fn after(left: Duration) -> Self {
        // An invocation is at most fifteen minutes long; a longer time is a test's "no limit".
        Self(Instant::now() + left.min(LONGEST))
    }

    /// Returns the time that is left.
    pub fn left(&self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Returns whether the time is over.
    pub fn is_over(&self) -> bool {
        self.left().is_zero()
    }
}

/// Runs `attempt` until it returns a value. An attempt loads, decides and commits, and returns `None` if
/// another write came first. The wait grows after each lost race. `attempt` gets the number of lost races.
///
/// # Errors
/// Fails with the error of `attempt`, and with [`StoreError::OutOfTime`] at the deadline.
pub async fn decide<T, E, Tried>(
    deadline: Deadline,
    mut attempt: impl FnMut(u32) -> Tried,
) -> Result<T, E>
where
    E: From<StoreError>,
    Tried: Future<Output = Result<Option<T>, E>>,
{
    let mut lost = 0;
    loop {
        if let Some(settled) = attempt(lost).await? {
            return Ok(settled);
        }
        lost = lost.saturating_add(1);
        if deadline.is_over() {
            return Err(StoreError::OutOfTime.into());
        }
        pause(lost).await;
    }
}
