//! The purchases of a member that were made in a period.

use std::collections::BTreeMap;

use jiff::Timestamp;
use puntos_domain::account::MemberAccount;
use puntos_domain::id::{MemberId, PurchaseId};

use crate::ledger::read::ROWS_MAX;
use crate::timeline::Entry;
use crate::timeline::row::Row;
use crate::{Store, StoreError};

impl Store {
    /// Reads the account that has the points of a member, and the ids of the purchases with points that were made from an instant
    /// on and before another one, in the order in which they were recorded. Those that
    /// moved here are among them, and so are those that moved away since. An index that lags leaves out none.
    /// Returns `None` if there is no such member.
    ///
    /// # Errors
    /// Fails if the table does not answer. Returns `Busy` if the index lags far behind.
    pub async fn purchases_between(
        &self,
        member_id: &MemberId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Option<(MemberAccount, Vec<PurchaseId>)>, StoreError> {
        let Some(ledger) = self.ledger(member_id).await? else { return Ok(None) };
        let mut found: BTreeMap<u64, PurchaseId> = BTreeMap::new();
        let mut keep = |entries: &[Entry]| {
            found.extend(entries.iter().filter_map(|entry| purchase_in(entry, from, to)));
        };
        keep(&ledger.entries);
        let oldest = || ledger.entries.last().map(Entry::place_in_timeline);
        let mut older = ledger.is_cut.then(oldest);
        while let Some(start) = older {
            let (entries, next) = self.ledger_rows(member_id, start, ROWS_MAX).await?;
            keep(&entries);
            older = next.map(Some);
        }
        let Some(account) = self.followed(Some(ledger.account)).await? else { return Ok(None) };
        // One that moved away and came back has two entries.
        let newest: BTreeMap<PurchaseId, u64> =
            found.iter().map(|(place, purchase_id)| (purchase_id.clone(), *place)).collect();
        found.retain(|place, purchase_id| newest.get(purchase_id) == Some(place));
        Ok(Some((account, found.into_values().collect())))
    }
}

/// Returns the purchase of an entry, under the version of the account that it led to.
fn purchase_in(entry: &Entry, from: Timestamp, to: Timestamp) -> Option<(u64, PurchaseId)> {
    let purchased_at = match &entry.row {
        Row::Purchase(row) => row.purchased_at,
        Row::Move(row) if row.is_in => row.purchased_at,
        _ => return None,
    };
    let is_meant = (from..to).contains(&purchased_at);
    entry.version().zip(entry.object().parse().ok()).filter(|_| is_meant)
}
