//! Who changed something, when, and under which request.

use jiff::Timestamp;

/// Who changed something, when, and under which request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// The time of the change.
    pub at: Timestamp,
    /// Who: `agent:subject`.
    pub actor: String,
    /// The id under which the request is logged.
    pub request_id: String,
}
