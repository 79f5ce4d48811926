//! The ledger of a member, read whole to be checked and summed.

use puntos_domain::account::MemberAccount;
use puntos_domain::chain::{Chain, ChainState};
use puntos_domain::id::{EntryId, MemberId};
use puntos_domain::points::Points;

use crate::keys::{Key, TIMELINE_INDEX};
use crate::ledger::{key_of_path, path_of};
use crate::table::Item;
use crate::table::query::IndexQuery;
use crate::timeline::Entry;
use crate::{Store, StoreError};

/// The most rows of a timeline that are read: those of ten years of daily purchases, each with a mail and a
/// rating, are about as many.
pub(crate) const ROWS_MAX: usize = 10_000;
/// The most entries that are read by key because the index does not have them yet.
const LAGGING_MAX: usize = 50;

/// The ledger of a member.
#[derive(Debug, Clone)]
pub struct Ledger {
    /// The account, read strongly and after the entries.
    pub account: MemberAccount,
    /// The entries that moved points, newest first.
    pub entries: Vec<Entry>,
    /// Whether older entries were not read, because there are too many.
    pub is_cut: bool,
}

impl Ledger {
    /// Returns the first entry, in time, that was changed, removed or put in later.
    pub fn broken_at(&self) -> Option<EntryId> {
        match self.chain().state() {
            ChainState::Whole => None,
            ChainState::BrokenAt(path) => {
                let key = key_of_path(&path);
                Some(EntryId::of(&key.sk, &key.pk))
            }
        }
    }

    /// Returns the sum of all entries, with the expiries that they recorded; `None` if some were not read.
    pub fn sum(&self) -> Option<Points> {
        let moved = |entry: &Entry| {
            let expired: Points = entry.expired().iter().map(|expired| expired.points).sum();
            entry.points().unwrap_or_default() - expired
        };
        (!self.is_cut).then(|| self.entries.iter().map(moved).sum())
    }

    fn chain(&self) -> Chain {
        Chain {
            start: path_of(&Key::profile(&self.account.member_id)),
            head: self.account.head.clone(),
            entries: self.entries.iter().filter_map(Entry::in_chain).collect(),
            is_cut: self.is_cut,
        }
    }
}

impl Store {
    /// Reads the ledger of a member: its newest entries from the index, up to the newest 10,000 rows of the
    /// timeline, and then the account, strongly. Entries that the index does not have yet are read by key, so
    /// the ledger is that of the account. Returns `None` if there is no such member.
    ///
    /// An entry that cannot be read is left out, and so breaks the chain.
    ///
    /// # Errors
    /// Fails if the table does not answer. Returns `Busy` if the index lags far behind.
    pub async fn ledger(&self, member_id: &MemberId) -> Result<Option<Ledger>, StoreError> {
        let (entries, next) = self.ledger_rows(member_id, None, ROWS_MAX).await?;
        let Some(account) = self.own_account(member_id).await? else { return Ok(None) };
        let mut ledger = Ledger { account, entries, is_cut: next.is_some() };
        let mut missing = Vec::new();
        for _ in 0..=LAGGING_MAX {
            let Some(path) = ledger.chain().unread(&missing).map(str::to_owned) else {
                ledger.entries.sort_by_cached_key(|entry| std::cmp::Reverse(entry.version()));
                return Ok(Some(ledger));
            };
            let found = self.get(&key_of_path(&path)).await?;
            match found.and_then(|item| Entry::of(item).ok()) {
                Some(entry) if entry.in_chain().is_some() => ledger.entries.push(entry),
                _ => missing.push(path),
            }
        }
        Err(StoreError::Busy)
    }

    /// Reads the entries that the index has, of so many rows before a place or of the newest, and returns the place
    /// of the last row if there are older ones.
    pub(crate) async fn ledger_rows(
        &self,
        member_id: &MemberId,
        mut start: Option<Item>,
        most: usize,
    ) -> Result<(Vec<Entry>, Option<Item>), StoreError> {
        let (mut entries, mut rows) = (Vec::new(), 0);
        loop {
            let page = self
                .query_index(IndexQuery {
                    index: TIMELINE_INDEX,
                    partition: ("timeline_member", member_id.as_str()),
                    since: None,
                    keep: None,
                    ascending: false,
                    limit: i32::try_from(most - rows).unwrap_or(i32::MAX),
                    start,
                })
                .await?;
            rows += page.items.len();
            let found = page.items.into_iter().filter_map(|item| Entry::of(item).ok());
            entries.extend(found.filter(|entry| entry.in_chain().is_some()));
            start = page.next;
            if start.is_none() || rows >= most {
                return Ok((entries, start));
            }
        }
    }
}
