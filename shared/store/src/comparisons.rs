//! Re-rates and previews in the table: the sums of each with its walk, and the draft of a preview.
//!
//! The draft has an item of its own, because each segment writes the item of the walk anew.

use jiff::Timestamp;
use puntos_domain::comparison::{Comparison, ComparisonId, Sums};
use puntos_domain::id::PreviewId;
use puntos_domain::program::Program;
use puntos_domain::rerating::OverCredit;
use puntos_domain::stamp::Stamp;
use puntos_domain::walk::Walk;
use serde::{Deserialize, Serialize};

use crate::error::Corruption;
use crate::keys::{COMPARISON_QUEUE, Key};
use crate::table::expression::text;
use crate::table::{Commit, Condition, Item, Label, Transaction, from_item, json, key_of};
use crate::walk::{WalkItem, as_read};
use crate::{Store, StoreError};

#[derive(Serialize, Deserialize)]
struct ComparisonItem {
    from: Timestamp,
    to: Timestamp,
    /// The version that rates; none is the draft.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rated_by: Option<u32>,
    dry_run: bool,
    over_credit: OverCredit,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(rename = "content")]
    fingerprint: String,
    #[serde(flatten)]
    walk: WalkItem,
    /// The sums, as JSON.
    sums: String,
    ordered_at: Timestamp,
    actor: String,
    request_id: String,
}

#[derive(Serialize, Deserialize)]
struct DraftItem {
    program: String,
}

impl Store {
    /// Writes a new re-rate. Returns the one that has this id already, if there is one.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn start_comparison(
        &self,
        new: &Comparison,
    ) -> Result<Option<Comparison>, StoreError> {
        let item = item_of(new)?;
        let written = self.put(Label::Comparison, key(&new.id), &item, Condition::absent()).await?;
        known(&new.id, written)
    }

    /// Writes a new preview with its draft: both or nothing. Returns the preview that has this id already, if
    /// there is one.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn start_preview(
        &self,
        preview_id: &PreviewId,
        new: &Comparison,
        draft: &Program,
    ) -> Result<Option<Comparison>, StoreError> {
        let mut transaction = Transaction::default();
        let item = item_of(new)?;
        transaction.put(Label::Comparison, key(&new.id), &item, Condition::absent())?;
        let draft = DraftItem { program: json(draft)? };
        transaction.put(Label::Draft, Key::draft(preview_id), &draft, Condition::absent())?;
        let written = self.commit(transaction).await?;
        known(&new.id, written)
    }

    /// Reads a re-rate or a preview strongly.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn comparison(&self, id: &ComparisonId) -> Result<Option<Comparison>, StoreError> {
        let item = self.get(&key(id)).await?;
        item.map(|item| comparison_of(id.clone(), item)).transpose()
    }

    /// Reads the draft of a preview strongly.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn draft(&self, preview_id: &PreviewId) -> Result<Option<Program>, StoreError> {
        let key = Key::draft(preview_id);
        let Some(item) = self.get(&key).await? else { return Ok(None) };
        let item: DraftItem = from_item(item)?;
        let unreadable = |_| StoreError::attribute(&key.pk, &key.sk, "program");
        serde_json::from_str(&item.program).map(Some).map_err(unreadable)
    }

    /// Writes a re-rate or a preview if its walk is as it was read. Otherwise returns the current one.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn save_comparison(
        &self,
        read: &Walk,
        after: &Comparison,
    ) -> Result<Option<Comparison>, StoreError> {
        let status = text(read.status.name());
        let unchanged = as_read(read).and(Condition::compares("status", "=", status));
        let written =
            self.put(Label::Comparison, key(&after.id), &item_of(after)?, unchanged).await?;
        known(&after.id, written)
    }

    /// Reads the re-rates and previews that have not ended, those first whose last segment was written longest
    /// ago.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn open_comparisons(&self) -> Result<Vec<Comparison>, StoreError> {
        let items = self.open_walks(COMPARISON_QUEUE).await?.into_iter();
        items.map(|item| comparison_of(id_of(&item)?, item)).collect()
    }
}

fn key(id: &ComparisonId) -> Key {
    match id {
        ComparisonId::Rerate(id) => Key::rerate(id),
        ComparisonId::Preview(id) => Key::preview(id),
    }
}

/// Returns the stored item that refused a write.
fn known(id: &ComparisonId, written: Commit) -> Result<Option<Comparison>, StoreError> {
    let Commit::Refused(mut refusals) = written else { return Ok(None) };
    let found = refusals.found(Label::Comparison)?.ok_or(StoreError::Busy)?;
    comparison_of(id.clone(), found).map(Some)
}

fn item_of(comparison: &Comparison) -> Result<ComparisonItem, StoreError> {
    Ok(ComparisonItem {
        from: comparison.from,
        to: comparison.to,
        rated_by: comparison.version,
        dry_run: comparison.dry_run,
        over_credit: comparison.over_credit,
        reason: comparison.reason.clone(),
        fingerprint: comparison.fingerprint.clone(),
        walk: WalkItem::of(&comparison.walk, COMPARISON_QUEUE),
        sums: json(&comparison.sums)?,
        ordered_at: comparison.ordered.at,
        actor: comparison.ordered.actor.clone(),
        request_id: comparison.ordered.request_id.clone(),
    })
}

fn id_of(item: &Item) -> Result<ComparisonId, StoreError> {
    let (pk, sk) = key_of(item);
    let rerate = pk.parse().map(ComparisonId::Rerate);
    let id = rerate.or_else(|_| pk.parse().map(ComparisonId::Preview));
    id.map_err(|_| StoreError::corrupt(&pk, &sk, Corruption::Attribute("pk")))
}

fn comparison_of(id: ComparisonId, item: Item) -> Result<Comparison, StoreError> {
    let item: ComparisonItem = from_item(item)?;
    let unreadable = |_| StoreError::attribute(id.as_str(), "comparison", "sums");
    let sums: Sums = serde_json::from_str(&item.sums).map_err(unreadable)?;
    Ok(Comparison {
        from: item.from,
        to: item.to,
        version: item.rated_by,
        dry_run: item.dry_run,
        over_credit: item.over_credit,
        reason: item.reason,
        fingerprint: item.fingerprint,
        ordered: Stamp { at: item.ordered_at, actor: item.actor, request_id: item.request_id },
        walk: item.walk.walk(),
        sums,
        id,
    })
}
