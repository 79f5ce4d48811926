//! The search for purchases: by number in many branches, and of a member in a period.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use puntos_domain::accrual::{Receipt, RecordedInvoice};
use puntos_domain::id::{MemberId, PurchaseId};
use puntos_domain::invoice::{BranchKey, Invoice, number_key};
use puntos_domain::page::PageQuery;
use puntos_domain::program::{Branch, ProgramVersion};
use puntos_domain::purchase::FUTURE_MAX;

use super::batch::BATCH_MAX;
use crate::keys::{TIMELINE_INDEX, instant};
use crate::table::Item;
use crate::table::query::IndexQuery;
use crate::timeline::Entry;
use crate::timeline::row::Row;
use crate::{Store, StoreError};

/// How many rows of a timeline one query reads.
const ROWS_AT_ONCE: i32 = 100;
/// The most rows of a timeline that are read for one page.
const ROWS_MAX: usize = 500;
/// The attributes that say where a query of the timeline goes on.
const PLACE: [&str; 4] = ["pk", "sk", "timeline_member", "timeline_at"];

/// The first instant, included, and the last one, excluded.
type Bounds = (Option<Timestamp>, Option<Timestamp>);

impl Store {
    /// Returns the branches in which a number without a branch is looked up: those of the programme; if it lists
    /// none, those that were met.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn searched_branches(
        &self,
        rules: Option<&ProgramVersion>,
    ) -> Result<Vec<Branch>, StoreError> {
        match rules.filter(|rules| rules.lists_branches()) {
            Some(rules) => Ok(rules.program.branches.clone()),
            None => self.branches_met().await,
        }
    }

    /// Reads the purchases with a number, strongly, in the order of their branches. One page looks into at most
    /// 100 branches, so it may be short.
    ///
    /// # Errors
    /// Refuses a cursor of another list; fails if the table does not answer.
    pub async fn purchases_numbered(
        &self,
        number: &str,
        branches: &[Branch],
        page: &PageQuery,
    ) -> Result<(Vec<Receipt>, Option<String>), StoreError> {
        let number = number_key(number);
        let filters = ["purchases by number", &number];
        let after = self.cursors.place(page.cursor.as_deref(), &filters)?;
        let known: BTreeSet<BranchKey> =
            branches.iter().map(|branch| BranchKey::of(&branch.id)).collect();
        let is_left = |key: &BranchKey| after.as_deref().is_none_or(|after| key.as_str() > after);
        let mut left = known.into_iter().filter(is_left);
        let asked: Vec<(BranchKey, PurchaseId)> = left
            .by_ref()
            .take(BATCH_MAX)
            .map(|branch| {
                let purchase_id = Invoice::new(branch.as_str(), &number).purchase_id();
                (branch, purchase_id)
            })
            .collect();
        let ids: Vec<PurchaseId> = asked.iter().map(|(_, id)| id.clone()).collect();
        let mut found = self.receipts(&ids).await?;
        let (mut receipts, mut last, mut has_more) = (Vec::new(), None, left.next().is_some());
        for (branch, purchase_id) in asked {
            if receipts.len() == page.limit as usize {
                has_more = true;
                break;
            }
            receipts.extend(found.remove(&purchase_id));
            last = Some(branch);
        }
        let next = last.filter(|_| has_more);
        Ok((receipts, next.map(|branch| self.cursors.after_place(branch.as_str(), &filters))))
    }

    /// Reads what is recorded for an invoice number in these branches, strongly; each with its branch.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn invoices_numbered(
        &self,
        number: &str,
        branches: &[Branch],
    ) -> Result<Vec<(String, RecordedInvoice)>, StoreError> {
        let purchase_id = |branch: &Branch| Invoice::new(&branch.id, number).purchase_id();
        let ids: Vec<PurchaseId> = branches.iter().map(purchase_id).collect();
        let mut found = self.invoices(&ids).await?;
        let with_branch =
            |(branch, id): (&Branch, &PurchaseId)| Some((branch.id.clone(), found.remove(id)?));
        Ok(branches.iter().zip(&ids).filter_map(with_branch).collect())
    }

    /// Reads the purchases that a member made in a period, those recorded last first. The index gives the order
    /// and may lag; the purchases are read strongly. One page looks at no more than 500 entries, so it may be
    /// short.
    ///
    /// # Errors
    /// Refuses a cursor of another list; fails if the table does not answer.
    pub async fn purchases_of_member(
        &self,
        member_id: &MemberId,
        bounds: Bounds,
        page: &PageQuery,
    ) -> Result<(Vec<Receipt>, Option<String>), StoreError> {
        let [from, until] = [bounds.0, bounds.1].map(|at| at.map(instant).unwrap_or_default());
        let filters = ["purchases of member", member_id.as_str(), &from, &until];
        let mut next = self.cursors.start(page.cursor.as_deref(), &filters)?;
        // A purchase is recorded at most a day before the time that its till gave it.
        let since = bounds.0.and_then(|from| from.checked_sub(FUTURE_MAX).ok()).map(instant);
        let (mut receipts, mut rows) = (Vec::new(), 0);
        loop {
            let found = self
                .query_index(IndexQuery {
                    index: TIMELINE_INDEX,
                    partition: ("timeline_member", member_id.as_str()),
                    since: since.as_deref().map(|since| ("timeline_at", since)),
                    keep: None,
                    ascending: false,
                    limit: ROWS_AT_ONCE,
                    start: next,
                })
                .await?;
            rows += found.items.len();
            next = found.next;
            let wanted = page.limit as usize - receipts.len();
            let (mut listed, mut place) = (Vec::new(), None);
            for item in found.items {
                if listed.len() == wanted {
                    next = place;
                    break;
                }
                place = Some(place_of(&item));
                listed.extend(Listed::of(&Entry::of(item)?, bounds));
            }
            receipts.extend(self.still_listed(member_id, &listed).await?);
            if next.is_none() || receipts.len() == page.limit as usize || rows >= ROWS_MAX {
                return Ok((receipts, next.map(|key| self.cursors.after(&key, &filters))));
            }
        }
    }

    /// Reads the purchases of these entries, in their order.
    async fn still_listed(
        &self,
        member_id: &MemberId,
        listed: &[Listed],
    ) -> Result<Vec<Receipt>, StoreError> {
        let ids: Vec<PurchaseId> = listed.iter().map(|one| one.purchase_id.clone()).collect();
        let mut found = self.receipts(&ids).await?;
        // A purchase that moved is listed by the newest entry that gave it to the member.
        let still = listed.iter().filter(|one| {
            let earned = found.get(&one.purchase_id).and_then(|receipt| receipt.earned.as_ref());
            earned.is_some_and(|earned| earned.member_id == *member_id && earned.at == one.at)
        });
        let still: Vec<&PurchaseId> = still.map(|one| &one.purchase_id).collect();
        Ok(still.into_iter().filter_map(|purchase_id| found.remove(purchase_id)).collect())
    }
}

/// A purchase that an entry of a timeline gives its member.
struct Listed {
    purchase_id: PurchaseId,
    /// When the entry was written.
    at: Timestamp,
}

impl Listed {
    /// Returns the purchase of an entry, if it was made in the period.
    fn of(entry: &Entry, (from, until): Bounds) -> Option<Self> {
        let purchased_at = match &entry.row {
            Row::Purchase(row) => row.purchased_at,
            Row::Move(row) if row.is_in => row.purchased_at,
            _ => return None,
        };
        let is_within = from.is_none_or(|from| purchased_at >= from)
            && until.is_none_or(|until| purchased_at < until);
        // Both kinds of entries are stored under their purchase.
        let (purchase_id, at) = (entry.object().parse().ok()?, entry.at()?);
        is_within.then_some(Self { purchase_id, at })
    }
}

/// Returns the place after which a query goes on behind an item.
fn place_of(item: &Item) -> HashMap<String, AttributeValue> {
    let part = |name: &str| Some((name.to_owned(), item.get(name)?.clone()));
    PLACE.into_iter().filter_map(part).collect()
}
