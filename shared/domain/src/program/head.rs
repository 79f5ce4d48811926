//! The versions of the programme, and which one is in force when.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Program;
use crate::earning::rules::Rules;

/// One version of the programme, as the store keeps it.
#[derive(Debug, Clone)]
pub struct ProgramVersion {
    /// Counts up from 1.
    pub version: u32,
    /// The settings and rules; `effective_from` is set.
    pub program: Program,
    rules: Rules,
}

/// Which versions there are, and when each comes into force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramHead {
    /// The number of the newest version.
    pub newest: u32,
    /// `effective_from` of every version, from version 1 on.
    pub effective_from: Vec<Timestamp>,
}

impl ProgramHead {
    /// Returns the number of the version in force at an instant: the one with the latest
    /// `effective_from` not after it, the newer of two with the same; before the first, the first.
    pub fn version_at(&self, at: Timestamp) -> u32 {
        let mut found: Option<(Timestamp, usize)> = None;
        for (index, from) in self.effective_from.iter().enumerate() {
            if *from <= at && found.is_none_or(|(best, _)| best <= *from) {
                found = Some((*from, index));
            }
        }
        let earliest = || {
            let starts = self.effective_from.iter().enumerate();
            starts.min_by_key(|(_, from)| **from).map_or(0, |(index, _)| index)
        };
        u32::try_from(found.map_or_else(earliest, |(_, index)| index) + 1).unwrap_or(1)
    }
}

impl ProgramVersion {
    /// Returns a version of the programme.
    pub fn new(version: u32, program: Program) -> Self {
        let rules = Rules::prepare(&program);
        Self { version, program, rules }
    }

    /// Returns the time zone of the programme.
    pub fn zone(&self) -> TimeZone {
        self.rules.zone.0.clone()
    }

    /// Returns the prepared rules.
    pub(crate) fn rules(&self) -> &Rules {
        &self.rules
    }
}
