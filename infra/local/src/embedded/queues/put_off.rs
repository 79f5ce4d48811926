//! The messages that a function put off. They come back by the stack's clock, so that a test can let an
//! hour pass.

use std::collections::{BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

/// A message that comes back within this time is waited for by `settle`; others are work of a later date.
const SOON: SignedDuration = SignedDuration::from_secs(3);

/// The messages of one queue that are put off, by receipt handle and by time.
#[derive(Debug, Default)]
pub(super) struct PutOff {
    due: HashMap<String, Timestamp>,
    by_time: BTreeSet<(Timestamp, String)>,
}

impl PutOff {
    /// Puts a message off until an instant.
    pub(super) fn add(&mut self, receipt_handle: String, until: Timestamp) {
        if let Some(before) = self.due.insert(receipt_handle.clone(), until) {
            self.by_time.remove(&(before, receipt_handle.clone()));
        }
        self.by_time.insert((until, receipt_handle));
    }

    /// Returns whether a message is put off.
    pub(super) fn has(&self, receipt_handle: &str) -> bool {
        self.due.contains_key(receipt_handle)
    }

    /// Removes and returns the messages that are due.
    pub(super) fn take_due(&mut self, now: Timestamp) -> Vec<String> {
        let mut due = Vec::new();
        while let Some(first) = self.by_time.first()
            && first.0 <= now
            && let Some((_, receipt_handle)) = self.by_time.pop_first()
        {
            self.due.remove(&receipt_handle);
            due.push(receipt_handle);
        }
        due
    }

    /// Returns how many messages come back at a later date.
    pub(super) fn later(&self, now: Timestamp) -> u64 {
        let soon = (now + SOON, String::new());
        self.by_time.range(soon..).count() as u64
    }
}

/// The request of SQS that puts messages off.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Request {
    pub queue_url: String,
    pub entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Entry {
    pub id: String,
    pub receipt_handle: String,
    pub visibility_timeout: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_back_in_the_order_of_their_times() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut put_off = PutOff::default();
        for (handle, second) in [("late", 60), ("early", 2), ("moved", 1), ("moved", 90)] {
            put_off.add(handle.to_owned(), at(second));
        }
        assert_eq!((put_off.later(at(0)), put_off.later(at(58))), (2, 1));
        assert_eq!(put_off.take_due(at(1)), [""; 0]);
        assert_eq!(put_off.take_due(at(60)), ["early", "late"]);
        assert!(put_off.has("moved") && !put_off.has("early"));
        assert_eq!(put_off.take_due(at(90)), ["moved"]);
        assert_eq!(put_off.later(at(0)), 0);
    }
}
