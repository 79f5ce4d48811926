//! The schedule's event, parsed: the time it was due, where it says so.

use jiff::Timestamp;
use serde::Deserialize;

/// What the scheduler delivers.
#[derive(Debug, Default, Deserialize)]
pub struct Schedule {
    #[serde(default)]
    time: Option<String>,
}

impl Schedule {
    /// Returns the time the run was due.
    pub fn time(&self) -> Option<Timestamp> {
        self.time.as_deref().and_then(|time| time.parse().ok())
    }
}
