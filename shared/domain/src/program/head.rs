//! The versions of the programme, and which one is in force when.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Program, branch};
use crate::earning::rules::Rules;
use crate::invoice::BranchKey;
use crate::stamp::Stamp;

/// One version of the programme, as the store keeps it.
#[derive(Debug, Clone)]
pub struct ProgramVersion {
    /// Counts up from 1.
    pub version: u32,
    /// The settings and rules; `effective_from` is set.
    pub program: Program,
    rules: Rules,
    branches: BTreeSet<BranchKey>,
}

/// Which versions there are, and when each comes into force.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProgramHead {
    /// The number of the newest version, withdrawn or not.
    pub newest: u32,
    /// `effective_from` of every version, from version 1 on.
    pub effective_from: Vec<Timestamp>,
    /// The versions that were withdrawn before they began, in the order of their withdrawal.
    pub withdrawn: Vec<u32>,
}

/// A version of the programme, with who wrote and who withdrew it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenVersion {
    pub version: u32,
    pub effective_from: Timestamp,
    pub written: Stamp,
    /// Who withdrew it, and when.
    pub withdrawn: Option<Stamp>,
}

/// Why a version cannot be withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WithdrawalRefused {
    #[error("there is no such version")]
    Unknown,
    #[error("the version has begun; write a new version instead")]
    Begun,
}

impl ProgramHead {
    /// Returns the number of the version in force at an instant: the one with the latest
    /// `effective_from` not after it, the newer of two with the same; before the first, the first. A
    /// version that was withdrawn never counts.
    pub fn version_at(&self, at: Timestamp) -> u32 {
        let begun = self.valid().filter(|(_, from)| *from <= at).max_by_key(|(_, from)| *from);
        let found = begun.or_else(|| self.valid().min_by_key(|(_, from)| *from));
        found.map_or(1, |(version, _)| version)
    }

    /// Returns the number of the newest version that was not withdrawn.
    pub fn newest_valid(&self) -> u32 {
        self.valid().map(|(version, _)| version).max().unwrap_or(1)
    }

    /// Returns the number of the newest version that has begun and was not withdrawn.
    pub fn newest_begun(&self, at: Timestamp) -> u32 {
        let begun = self.valid().filter(|(_, from)| *from <= at).map(|(version, _)| version).max();
        begun.unwrap_or_else(|| self.version_at(at))
    }

    /// Returns whether there is a version with this number that was not withdrawn.
    pub fn is_valid(&self, version: u32) -> bool {
        self.valid().any(|(valid, _)| valid == version)
    }

    /// Returns when a version begins, withdrawn or not.
    pub fn begins(&self, version: u32) -> Option<Timestamp> {
        let index = usize::try_from(version).ok()?.checked_sub(1)?;
        self.effective_from.get(index).copied()
    }

    /// Returns the versions without this one, or `None` if it was withdrawn before. Before the first
    /// version the first one is in force, so it has begun, and the last one that is left always stays.
    ///
    /// # Errors
    /// Refuses a version that does not exist or has begun.
    pub fn without(&self, version: u32, now: Timestamp) -> Result<Option<Self>, WithdrawalRefused> {
        let begins = self.begins(version).ok_or(WithdrawalRefused::Unknown)?;
        if self.withdrawn.contains(&version) {
            return Ok(None);
        }
        if begins <= now || self.version_at(now) == version {
            return Err(WithdrawalRefused::Begun);
        }
        let mut left = self.clone();
        left.withdrawn.push(version);
        Ok(Some(left))
    }

    /// Returns the versions that were not withdrawn, each with its start.
    fn valid(&self) -> impl Iterator<Item = (u32, Timestamp)> {
        let starts = (1..).zip(self.effective_from.iter().copied());
        starts.filter(|(version, _)| !self.withdrawn.contains(version))
    }
}

impl ProgramVersion {
    /// Returns a version of the programme.
    pub fn new(version: u32, program: Program) -> Self {
        let rules = Rules::prepare(&program);
        let branches = branch::keys_of(&program.branches);
        Self { version, program, rules, branches }
    }

    /// Returns whether the programme lists its branches.
    pub fn lists_branches(&self) -> bool {
        !self.branches.is_empty()
    }

    /// Returns whether the programme lists a branch.
    pub fn lists_branch(&self, branch: &BranchKey) -> bool {
        self.branches.contains(branch)
    }

    /// Returns the name of a branch; its id, if the programme does not list it.
    pub fn branch_name<'name>(&'name self, id: &'name str) -> &'name str {
        let key = BranchKey::of(id);
        let listed = self.program.branches.iter().find(|branch| BranchKey::of(&branch.id) == key);
        listed.map_or(id, |branch| &branch.name)
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
