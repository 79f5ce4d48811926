//! The status of one mail, and the history that it follows from.
//!
//! A history is a set of changes, and its status is the highest of them. So events that come late, twice or
//! in any order lead to the same status. `report` decides about addresses.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::single_line;

/// The longest detail of a change, in characters.
const DETAIL_MAX_CHARS: usize = 200;
/// How many delays of one message are kept: SES may report several before it gives up.
const DELAYS_MAX: usize = 6;
/// How many changes of each other status are kept; with the delays that is 24 in all.
const CHANGES_PER_STATUS_MAX: usize = 2;

/// The status of one message, from the lowest to the highest precedence.
///
/// The highest that a message has reached is its status, whenever it was reported: a delivery settles
/// a delay and an uncertain send, a bounce after a delivery (the server took the mail and gave it back)
/// is a bounce, and a complaint stays a complaint.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum EmailStatus {
    /// Committed, and waiting for the sender.
    Queued,
    /// Locked by the sender: from here on a crash makes it uncertain.
    Sending,
    /// Perhaps sent: the sender died between SES and its record.
    Uncertain,
    /// Not sent, because the address is blocked.
    Blocked,
    /// Accepted by SES. That is not delivered.
    Sent,
    /// Not taken yet by the recipient's server; SES tries again.
    Delayed,
    /// Taken by the recipient's server.
    Delivered,
    /// Refused by SES, at the call or afterwards.
    Rejected,
    /// Given back by the recipient's server, or given up.
    Bounced,
    /// Marked as spam by its recipient.
    Complained,
}

impl EmailStatus {
    /// Every status, from the lowest to the highest.
    pub const ALL: &[Self] = <Self as strum::VariantArray>::VARIANTS;

    const fn changes_max(self) -> usize {
        match self {
            Self::Delayed => DELAYS_MAX,
            _ => CHANGES_PER_STATUS_MAX,
        }
    }
}

/// One thing that happened to a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct StatusChange {
    /// What it made of the message.
    pub status: EmailStatus,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Why, in a few words without personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl StatusChange {
    /// Returns a change without a detail.
    pub fn new(status: EmailStatus, at: Timestamp) -> Self {
        Self { status, at, detail: None }
    }

    /// Returns the same change with a detail.
    #[must_use]
    pub fn with_detail(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }

    fn bounded(mut self) -> Self {
        self.detail = self
            .detail
            .map(|detail| single_line(&detail, DETAIL_MAX_CHARS))
            .filter(|detail| !detail.is_empty());
        self
    }

    /// Returns the sort key of histories: time first, then precedence.
    fn order(&self) -> (Timestamp, EmailStatus, Option<&str>) {
        (self.at, self.status, self.detail.as_deref())
    }
}

/// The history of a mail, oldest first; in JSON, a list of changes.
///
/// Of each status the first two changes are kept, of delays the first six: at most 24, whatever
/// arrives, and which are kept does not depend on the order of arrival. The first change of every
/// status is kept, so none that raises the status is lost.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(from = "Vec<StatusChange>")]
pub struct StatusHistory(Vec<StatusChange>);

impl StatusHistory {
    /// Returns the history of a message that was just committed.
    pub fn queued(at: Timestamp) -> Self {
        Self(vec![StatusChange::new(EmailStatus::Queued, at)])
    }

    /// Adds a change and returns whether that changed the history. A repetition does not.
    pub fn record(&mut self, change: StatusChange) -> bool {
        let change = change.bounded();
        let Err(position) = self.0.binary_search_by(|kept| kept.order().cmp(&change.order()))
        else {
            return false;
        };
        let status = change.status;
        self.0.insert(position, change);
        if self.0.iter().filter(|kept| kept.status == status).count() <= status.changes_max() {
            return true;
        }
        let last = self.0.iter().rposition(|kept| kept.status == status);
        last.is_some_and(|last| {
            self.0.remove(last);
            last != position
        })
    }

    /// Puts the message back after SES refused it for now: it is queued again since this instant.
    ///
    /// Only the sender that holds the lock may do this, and only if it knows that nothing was sent: so its
    /// lock and an uncertain status are removed. Of several such times only the last is kept.
    pub fn put_back(&mut self, at: Timestamp, why: &str) {
        let first = self.0.iter().position(|change| change.status == EmailStatus::Queued);
        let mut index = 0;
        self.0.retain(|change| {
            let is_first = Some(index) == first;
            index += 1;
            is_first || change.status > EmailStatus::Uncertain
        });
        self.record(StatusChange::new(EmailStatus::Queued, at).with_detail(why));
    }

    /// Returns the status of the message: the highest it has reached.
    pub fn current(&self) -> EmailStatus {
        self.0.iter().map(|change| change.status).max().unwrap_or(EmailStatus::Queued)
    }

    /// Returns the changes, oldest first.
    pub fn changes(&self) -> &[StatusChange] {
        &self.0
    }
}

impl From<Vec<StatusChange>> for StatusHistory {
    fn from(changes: Vec<StatusChange>) -> Self {
        changes.into_iter().collect()
    }
}

impl FromIterator<StatusChange> for StatusHistory {
    fn from_iter<I: IntoIterator<Item = StatusChange>>(changes: I) -> Self {
        let mut history = Self::default();
        for change in changes {
            history.record(change);
        }
        history
    }
}

#[cfg(test)]
mod tests;
