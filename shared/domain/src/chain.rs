//! The chain of a ledger. Each entry that moves points has a digest of its facts and of the entry before it,
//! so an entry that is changed, removed or put in later does not fit.
//!
//! The digest covers ids, kinds, points, instants and versions. It covers nothing that an erasure removes:
//! no names, reasons, notes or amounts of money. It has no secret: it shows edits of the table, and does not
//! prove who made them.

#[cfg(test)]
mod tests;
mod verify;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::account::{Allocation, Expired};
use crate::form::Form;
use crate::id::{MemberId, PurchaseId, RedemptionId};
use crate::points::Points;
use crate::timeline::EntryKind;

pub use verify::{Chain, ChainEntry, ChainState};

/// The version of the form in this file.
const VERSION: u32 = 1;

/// The facts of an entry that its digest covers. A kind of entry leaves out the facts that it does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The key under which the store holds the entry.
    pub key: String,
    pub member_id: MemberId,
    pub kind: EntryKind,
    /// When it was written.
    pub at: Timestamp,
    /// The version of the account after it.
    pub account_version: u64,
    /// The points given, or taken when negative.
    pub points: Points,
    /// The available points right after it.
    pub balance_after: Points,
    /// The points that expired unspent before it and that it recorded.
    pub expired: Vec<Expired>,
    /// The facts that only some kinds have.
    pub details: Details,
}

/// The facts that only some kinds of entries have. A new one is added here and to the form below.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details {
    /// When the purchase was made.
    pub purchased_at: Option<Timestamp>,
    /// The version of the programme that rated.
    pub rule_version: Option<u32>,
    /// The first instant at which the points can be spent.
    pub available_at: Option<Timestamp>,
    /// The first instant at which the points can no longer be spent.
    pub expires_at: Option<Timestamp>,
    /// The purchase of a return.
    pub purchase_id: Option<PurchaseId>,
    pub redemption_id: Option<RedemptionId>,
    pub reward_id: Option<String>,
    /// The points that a reversal gave back and that can be spent.
    pub points_restored: Option<Points>,
    /// The lots from which a redemption took its points.
    pub allocations: Vec<Allocation>,
}

/// The place of an entry in its chain, kept with the entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The digest of the entry.
    pub digest: String,
    /// The key of the entry before it. A ledger that is older than its chain has none for the first link.
    pub previous: Option<String>,
}

/// The newest entry of a chain, kept with the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainHead {
    /// The key of the entry.
    pub key: String,
    pub digest: String,
}

impl ChainHead {
    /// Returns the head of a chain without entries, which starts at the enrolment with this key.
    pub fn start(key: &str) -> Self {
        let digest = Form::of("start").field("key", key).digest(VERSION);
        Self { key: key.to_owned(), digest }
    }

    /// Returns the head after an entry.
    pub fn after(key: &str, link: &Link) -> Self {
        Self { key: key.to_owned(), digest: link.digest.clone() }
    }
}

impl Link {
    /// Returns the link of a new entry behind the head; `None` is an account that has no chain yet.
    pub fn behind(head: Option<&ChainHead>, facts: &Facts) -> Self {
        Self {
            digest: facts.digest(head.map(|head| head.digest.as_str())),
            previous: head.map(|head| head.key.clone()),
        }
    }
}

impl Facts {
    /// Returns the digest of the entry behind an entry with the digest `previous`.
    fn digest(&self, previous: Option<&str>) -> String {
        let details = &self.details;
        let mut form = Form::of("entry")
            .optional("previous", previous)
            .field("key", &self.key)
            .field("member_id", &self.member_id)
            .field("kind", self.kind.name())
            .field("at", self.at)
            .field("account_version", self.account_version)
            .field("points", self.points)
            .field("balance_after", self.balance_after);
        for (index, expired) in self.expired.iter().enumerate() {
            form = form
                .field(&format!("expired[{index}].points"), expired.points)
                .field(&format!("expired[{index}].at"), expired.at);
        }
        form = form
            .optional("purchased_at", details.purchased_at)
            .optional("rule_version", details.rule_version)
            .optional("available_at", details.available_at)
            .optional("expires_at", details.expires_at)
            .optional("purchase_id", details.purchase_id.as_ref())
            .optional("redemption_id", details.redemption_id.as_ref())
            .optional("reward_id", details.reward_id.as_ref())
            .optional("points_restored", details.points_restored);
        for (index, part) in details.allocations.iter().enumerate() {
            form = form
                .field(&format!("allocations[{index}].points"), part.points)
                .optional(&format!("allocations[{index}].expires_at"), part.expires_at);
        }
        form.digest(VERSION)
    }
}
