//! A member's timeline: all entries, from one index, newest first.
//!
//! Returns the row of each entry. The viewer writes the sentences.

mod moved;
pub mod row;

use jiff::Timestamp;
use puntos_domain::account::Expired;
use puntos_domain::chain::{ChainEntry, Facts, Link};
use puntos_domain::id::{EntryId, MemberId};
use puntos_domain::page::PageQuery;
use puntos_domain::points::Points;
use puntos_domain::timeline::EntryKind;
use serde::Deserialize;

use crate::error::Corruption;
use crate::keys::{Key, TIMELINE_INDEX};
use crate::ledger::{LinkItem, path_of};
use crate::table::expression::text;
use crate::table::query::IndexQuery;
use crate::table::{Condition, Item, from_item, key_of};
use crate::timeline::row::{Row, take_row};
use crate::{Store, StoreError};

/// One entry as the index has it.
#[derive(Debug, Clone)]
pub struct Entry {
    common: Common,
    pub row: Row,
}

/// What entries of every kind have.
#[derive(Debug, Clone, Deserialize)]
struct Common {
    pk: String,
    sk: String,
    timeline_member: MemberId,
    timeline_at: String,
    kind: EntryKind,
    #[serde(default)]
    link: Option<LinkItem>,
    #[serde(default)]
    branch: Option<String>,
    #[serde(default)]
    invoice_number: Option<String>,
    #[serde(default)]
    outbox: Option<String>,
    #[serde(default)]
    actor: Option<String>,
}

impl Entry {
    /// Reads an entry from its item, or from what the index has of it.
    pub(crate) fn of(mut item: Item) -> Result<Self, StoreError> {
        let (pk, sk) = key_of(&item);
        let row = take_row(&mut item);
        let common: Common = from_item(item)?;
        let row = Row::read(common.kind, row)
            .map_err(|error| StoreError::corrupt(&pk, &sk, Corruption::of_shape(&error)))?;
        Ok(Self { common, row })
    }

    /// Returns the kind under which it is listed.
    pub fn kind(&self) -> EntryKind {
        self.common.kind
    }

    /// Returns the primary key: the id of the object.
    pub fn object(&self) -> &str {
        &self.common.pk
    }

    pub fn entry_id(&self) -> EntryId {
        EntryId::of(&self.common.sk, &self.common.pk)
    }

    /// Returns the id of the rating, task or claim of the entry.
    pub fn object_id(&self) -> Option<String> {
        let (prefix, rest) = self.common.sk.split_once('#')?;
        let prefix = match prefix {
            // A gift is stored under its rating.
            "rating" | "gift" => "rat_",
            "task" => "tsk_",
            "claim" => "clm_",
            _ => return None,
        };
        let cause = rest.split('#').next()?;
        Some(format!("{prefix}{cause}{}", self.common.pk.strip_prefix("mbr_")?))
    }

    /// Returns when it was written.
    pub fn at(&self) -> Option<Timestamp> {
        time_of(&self.common.timeline_at)
    }

    /// Returns the key of the entry in the index of the timeline.
    pub(crate) fn place_in_timeline(&self) -> Item {
        let Common { pk, sk, timeline_member, timeline_at, .. } = &self.common;
        let mut place = Key::new(pk, sk).attributes();
        place.insert("timeline_member".to_owned(), text(timeline_member.as_str()));
        place.insert("timeline_at".to_owned(), text(timeline_at));
        place
    }

    /// Returns the version that follows the time in the sort key: of the account, for an entry that moves points.
    pub(crate) fn version(&self) -> Option<u64> {
        self.common.timeline_at.split_once('#')?.1.parse().ok()
    }

    /// Returns the points given, or taken when negative.
    pub fn points(&self) -> Option<Points> {
        self.row.movement().map(|movement| movement.points)
    }

    /// Returns the available points right after it.
    pub fn balance_after(&self) -> Option<Points> {
        self.row.movement().map(|movement| movement.balance_after)
    }

    /// Returns the expired points that the entry recorded.
    pub fn expired(&self) -> Vec<Expired> {
        self.row.movement().map_or_else(Vec::new, |movement| movement.expired)
    }

    /// Returns how many of these it gave itself: they had expired before it was written.
    pub fn expired_at_once(&self) -> Points {
        self.at().map_or(Points::ZERO, |at| self.row.expired_at_once(at))
    }

    /// Returns the branch of the purchase, of the credit's invoice or of the visit.
    pub fn branch(&self) -> Option<&str> {
        self.common.branch.as_deref()
    }

    pub fn invoice_number(&self) -> Option<&str> {
        self.common.invoice_number.as_deref()
    }

    /// Returns whether a mail follows from it.
    pub fn has_mail(&self) -> bool {
        self.common.outbox.is_some()
    }

    /// Returns who did it.
    pub fn actor(&self) -> Option<&str> {
        self.common.actor.as_deref()
    }

    /// Returns the place of the entry in the chain of its ledger; `None` if it moves no points.
    pub(crate) fn in_chain(&self) -> Option<ChainEntry> {
        let movement = self.row.movement()?;
        let facts = Facts {
            key: path_of(&Key::new(&self.common.pk, &self.common.sk)),
            member_id: self.common.timeline_member.clone(),
            kind: self.common.kind,
            at: self.at()?,
            account_version: self.version()?,
            points: movement.points,
            balance_after: movement.balance_after,
            expired: movement.expired,
            details: movement.details,
        };
        let link = self.common.link.clone();
        Some(ChainEntry { facts, link: link.map(|(digest, previous)| Link { digest, previous }) })
    }
}

impl Store {
    /// Reads a page of a member's timeline, newest first. If a kind is given, other entries are read and left
    /// out, so the page may be short.
    ///
    /// # Errors
    /// Refuses a cursor of another list; fails if the table does not answer.
    pub async fn timeline(
        &self,
        member_id: &MemberId,
        kind: Option<EntryKind>,
        page: &PageQuery,
    ) -> Result<(Vec<Entry>, Option<String>), StoreError> {
        let filters = ["timeline", member_id.as_str(), kind.map_or("", EntryKind::name)];
        let query = IndexQuery {
            index: TIMELINE_INDEX,
            partition: ("timeline_member", member_id.as_str()),
            since: None,
            // Entries of other kinds record expiries and changes of the tier.
            keep: kind
                .filter(|kind| !matches!(kind, EntryKind::Expiry | EntryKind::Tier))
                .map(|kind| Condition::compares("kind", "=", text(kind.name()))),
            ascending: false,
            limit: i32::try_from(page.limit).unwrap_or(i32::MAX),
            start: self.cursors.start(page.cursor.as_deref(), &filters)?,
        };
        let found = self.query_index(query).await?;
        let entries: Result<Vec<Entry>, StoreError> =
            found.items.into_iter().map(Entry::of).collect();
        Ok((entries?, found.next.map(|key| self.cursors.after(&key, &filters))))
    }
}

/// Returns the instant at the start of a timeline sort key.
pub(crate) fn time_of(timeline_at: &str) -> Option<Timestamp> {
    timeline_at.split('#').next()?.parse().ok()
}
