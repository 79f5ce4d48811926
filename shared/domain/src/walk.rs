//! A walk over all members, in segments, with the place where the next segment begins.
//!
//! What a segment sums up is kept together with its walk. So a walk can die anywhere, and goes on from the segment
//! that was written last. The store reads the members; this module reads nothing.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How long the message of a segment may wait or be tried.
const PATIENCE: SignedDuration = SignedDuration::from_hours(1);

/// How far a walk is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    /// The number of the segment that comes next, from 0.
    pub segment: u32,
    /// Where that segment begins; `None` at the start of the table.
    pub checkpoint: Option<String>,
    /// When the segment before it was written.
    pub updated_at: Timestamp,
    pub status: WalkStatus,
}

/// Whether a walk goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WalkStatus {
    Running,
    Finished,
    /// Somebody stopped it before its end.
    Stopped,
}

/// What is to do for a message that asks for a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The segment is the next one.
    Due,
    /// The segment was written, and the message of the next one may be lost.
    Written,
    /// Nothing: the walk has ended, or is further.
    Over,
}

impl WalkStatus {
    /// Returns the name, as JSON has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Stopped => "stopped",
        }
    }
}

impl Walk {
    /// Returns a walk that has read nothing yet.
    pub fn new(now: Timestamp) -> Self {
        Self { segment: 0, checkpoint: None, updated_at: now, status: WalkStatus::Running }
    }

    /// Returns the walk after a segment, which the next one follows, if there is one.
    #[must_use]
    pub fn after(&self, next: Option<String>, now: Timestamp) -> Self {
        let status = if next.is_none() { WalkStatus::Finished } else { WalkStatus::Running };
        Self { segment: self.segment + 1, checkpoint: next, updated_at: now, status }
    }

    /// Returns the walk with this status.
    #[must_use]
    pub fn with_status(self, status: WalkStatus) -> Self {
        Self { status, ..self }
    }

    pub fn is_running(&self) -> bool {
        self.status == WalkStatus::Running
    }

    /// Returns what is to do for a message that asks for a segment.
    pub fn asked_for(&self, segment: u32) -> Asked {
        match self.status {
            WalkStatus::Running if self.segment == segment => Asked::Due,
            WalkStatus::Running if self.segment == segment.saturating_add(1) => Asked::Written,
            _ => Asked::Over,
        }
    }

    /// Returns whether a message must have been lost.
    pub fn stands_still(&self, now: Timestamp) -> bool {
        self.is_running() && now.duration_since(self.updated_at) > PATIENCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_walk_is_finished_after_its_last_segment() {
        let walk = Walk::new(at(1)).after(Some("here".to_owned()), at(2));
        assert_eq!((walk.segment, walk.is_running(), walk.updated_at), (1, true, at(2)));
        assert_eq!(walk.after(None, at(3)).status, WalkStatus::Finished);
    }

    #[test]
    fn a_message_that_comes_again_asks_for_nothing_new() {
        let walk = Walk::new(at(1)).after(Some("here".to_owned()), at(2));
        let asked = [0, 1, 2, u32::MAX].map(|segment| walk.asked_for(segment));
        assert_eq!(asked, [Asked::Written, Asked::Due, Asked::Over, Asked::Over]);
        for ended in [WalkStatus::Finished, WalkStatus::Stopped] {
            assert_eq!(walk.clone().with_status(ended).asked_for(1), Asked::Over);
        }
    }

    #[test]
    fn a_walk_stands_still_after_an_hour() {
        let walk = Walk::new(at(0));
        assert!(!walk.stands_still(at(3_600)));
        assert!(walk.stands_still(at(3_601)));
        assert!(!walk.with_status(WalkStatus::Stopped).stands_still(at(9_999)));
    }
}
