//! Verification: walks a chain from its head backwards and names the first entry that does not fit.

use std::collections::{BTreeMap, BTreeSet};

use super::{ChainHead, Facts, Link};

/// An entry of a ledger as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainEntry {
    pub facts: Facts,
    /// Its place in the chain; `None` if it has none.
    pub link: Option<Link>,
}

/// The ledger of a member as it was read.
#[derive(Debug, Clone)]
pub struct Chain {
    /// The key of the enrolment, where a chain starts.
    pub start: String,
    /// The head that the account names. It was read after the entries.
    pub head: Option<ChainHead>,
    /// The entries, in any order.
    pub entries: Vec<ChainEntry>,
    /// Whether older entries were not read.
    pub is_cut: bool,
}

/// Whether the entries are as they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChainState {
    /// They are.
    Whole,
    /// The key of the first entry, in time, that was changed, removed or put in later.
    BrokenAt(String),
}

/// An entry that does not fit: the account's version at its place, whether it is there, and its key. A missing
/// entry comes just before the one that names it.
type Misfit = (u64, bool, String);

impl Chain {
    /// Returns the key of an entry that another one or the account names, and that was not read. Leaves out those
    /// that are known to be missing.
    pub fn unread(&self, missing: &[String]) -> Option<&str> {
        let mut known: BTreeSet<&str> =
            self.entries.iter().map(|entry| entry.facts.key.as_str()).collect();
        known.extend(missing.iter().map(String::as_str).chain([self.start.as_str()]));
        let oldest = self.entries.iter().map(|entry| entry.facts.account_version).min();
        let is_end =
            |entry: &ChainEntry| self.is_cut && Some(entry.facts.account_version) == oldest;
        let linked = self.entries.iter().filter(|entry| !is_end(entry));
        let previous = linked.filter_map(|entry| entry.link.as_ref()?.previous.as_deref());
        let mut named = previous.chain(self.head.as_ref().map(|head| head.key.as_str()));
        named.find(|key| !known.contains(key))
    }

    /// Checks every entry. Of a ledger that was read in part, checks the part.
    pub fn state(&self) -> ChainState {
        let first = self.misfits().into_iter().min();
        first.map_or(ChainState::Whole, |(_, _, key)| ChainState::BrokenAt(key))
    }

    fn misfits(&self) -> Vec<Misfit> {
        let mut misfits = Vec::new();
        let entries: BTreeMap<&str, &ChainEntry> =
            self.entries.iter().map(|entry| (entry.facts.key.as_str(), entry)).collect();
        let mut left = entries.clone();
        // The version that the walk has come down to.
        let mut version = u64::MAX;
        let mut next = self.head.as_ref().map(|head| head.key.as_str());
        let newest = self.head.as_ref().and_then(|head| Some((head, entries.get(&*head.key)?)));
        if let Some((head, entry)) = newest {
            // A digest that was written anew agrees with its entry, and not with the head.
            if entry.link.as_ref().is_some_and(|link| link.digest != head.digest) {
                misfits.push(misfit(entry));
            }
        }
        while let Some(key) = next.filter(|key| *key != self.start) {
            let Some(entry) = left.remove(key) else {
                let older = newest_below(version, &left);
                let is_end = self.is_cut && older.is_none() && version != u64::MAX;
                // An entry that the walk has passed already does not fit by its digest.
                if !is_end && !entries.contains_key(key) {
                    misfits.push((version, false, key.to_owned()));
                }
                next = older;
                continue;
            };
            version = entry.facts.account_version;
            let Some(link) = &entry.link else {
                misfits.push(misfit(entry));
                next = newest_below(version, &left);
                continue;
            };
            let previous = link.previous.as_deref();
            let expected = match previous {
                None => Some(entry.facts.digest(None)),
                Some(key) if key == self.start => {
                    Some(entry.facts.digest(Some(&ChainHead::start(key).digest)))
                }
                // Without the digest before it, there is nothing to compare with.
                Some(key) => entries.get(key).and_then(|before| {
                    Some(entry.facts.digest(Some(&before.link.as_ref()?.digest)))
                }),
            };
            if expected.is_some_and(|expected| expected != link.digest) {
                misfits.push(misfit(entry));
            }
            next = previous;
        }
        // Entries that are older than the chain have no link.
        let is_older = |entry: &ChainEntry| {
            next.is_none() && entry.link.is_none() && entry.facts.account_version < version
        };
        misfits.extend(left.values().filter(|entry| !is_older(entry)).map(|entry| misfit(entry)));
        misfits
    }
}

fn misfit(entry: &ChainEntry) -> Misfit {
    (entry.facts.account_version, true, entry.facts.key.clone())
}

/// Returns the key of the newest entry of the chain below a version, to go on after a gap.
fn newest_below<'a>(version: u64, left: &BTreeMap<&'a str, &ChainEntry>) -> Option<&'a str> {
    let older = left
        .iter()
        .filter(|(_, entry)| entry.link.is_some() && entry.facts.account_version < version);
    older.max_by_key(|(_, entry)| entry.facts.account_version).map(|(key, _)| *key)
}
