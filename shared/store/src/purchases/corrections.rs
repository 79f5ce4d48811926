//! Corrections in the table: the entry that a re-rating brings, under its purchase.

use puntos_domain::account::MemberAccount;
use puntos_domain::explanation::Explanation;
use puntos_domain::id::{MemberId, PurchaseId};
use puntos_domain::points::Points;
use puntos_domain::rerating::{Change, Decision};
use puntos_domain::stamp::Stamp;
use puntos_domain::text::Remark;
use serde::{Deserialize, Serialize};

use super::returns::ReturnedItem;
use crate::keys::{Key, timeline_at};
use crate::ledger::EntryPut;
use crate::table::expression::{number, text};
use crate::table::{Commit, Condition, Item, Label, Transaction, Update, from_item, json};
use crate::timeline::row::{CorrectionRow, expired_item, tier_item};
use crate::{Store, StoreError};

/// The result of writing a correction.
#[derive(Debug)]
pub enum CorrectionOutcome {
    /// It was written.
    Recorded,
    /// The same cause corrected the purchase before.
    Exists(Box<RecordedCorrection>),
    /// Another write came first: read and decide again.
    Outdated,
}

/// A recorded correction.
#[derive(Debug, Clone)]
pub struct RecordedCorrection {
    /// The member whose points changed.
    pub member_id: MemberId,
    /// The points of its entry.
    pub points: Points,
    pub explanation: Explanation,
    /// By how much the purchase changed.
    pub change: Change,
    /// The fingerprint of the request.
    pub fingerprint: String,
}

/// The data of a correction to be written.
pub struct CorrectionWrite<'a> {
    pub purchase_id: &'a PurchaseId,
    /// How often the purchase was changed, as it was read.
    pub read_revision: u32,
    /// What corrects: an idempotency key or a run. It corrects a purchase once.
    pub cause: &'a str,
    /// The account as it was read.
    pub account: &'a MemberAccount,
    pub decision: &'a Decision,
    /// The reason, in the words of the person who corrects or as the system says it.
    pub reason: &'a Remark,
    /// The fingerprint of the request.
    pub fingerprint: &'a str,
}

#[derive(Serialize, Deserialize)]
struct CorrectionItem {
    kind: String,
    timeline_member: MemberId,
    timeline_at: String,
    row: CorrectionRow,
    /// By how much the purchase changed, as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    change: Option<String>,
    #[serde(rename = "content")]
    fingerprint: String,
    actor: String,
    request_id: String,
}

impl Store {
    /// Reads the correction of a purchase by a cause, strongly.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn correction(
        &self,
        purchase_id: &PurchaseId,
        cause: &str,
    ) -> Result<Option<RecordedCorrection>, StoreError> {
        let item = self.get(&Key::correction(purchase_id, cause)).await?;
        item.map(correction_of).transpose()
    }

    /// Writes a correction, the breakdown that counts from now on, and the account after it: all or nothing.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn record_correction(
        &self,
        write: &CorrectionWrite<'_>,
        stamp: &Stamp,
    ) -> Result<CorrectionOutcome, StoreError> {
        let mut transaction = Transaction::default();
        transaction.put_correction(write, stamp)?;
        let Commit::Refused(mut refusals) = self.commit(transaction).await? else {
            return Ok(CorrectionOutcome::Recorded);
        };
        Ok(match refusals.found(Label::Correction)? {
            None => CorrectionOutcome::Outdated,
            Some(found) => CorrectionOutcome::Exists(Box::new(correction_of(found)?)),
        })
    }

    /// Writes the breakdown of a purchase that counts from now on, where it gives the same points: there is no entry.
    /// Returns false if the purchase changed since it was read.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn rate_alike(
        &self,
        purchase_id: &PurchaseId,
        read_revision: u32,
        decision: &Decision,
    ) -> Result<bool, StoreError> {
        let mut transaction = Transaction::default();
        transaction.rate_purchase(purchase_id, read_revision, decision)?;
        Ok(self.commit(transaction).await?.is_committed())
    }
}

impl Transaction {
    /// Adds a correction, the breakdown that counts from now on, and the account after it.
    pub(crate) fn put_correction(
        &mut self,
        write: &CorrectionWrite<'_>,
        stamp: &Stamp,
    ) -> Result<(), StoreError> {
        let CorrectionWrite { purchase_id, account, decision, .. } = write;
        let (key, item) = (Key::correction(purchase_id, write.cause), item_of(write, stamp)?);
        let as_read = Condition::absent();
        let (label, warnings) = (Label::Correction, &decision.warnings);
        let entry = EntryPut { label, key, item: &item, as_read, warnings };
        self.put_entry(entry, account, &decision.account)?;
        self.rate_purchase(purchase_id, write.read_revision, decision)
    }

    /// Adds the breakdown of a purchase that counts from now on.
    fn rate_purchase(
        &mut self,
        purchase_id: &PurchaseId,
        read_revision: u32,
        decision: &Decision,
    ) -> Result<(), StoreError> {
        let change = Update::default()
            .set("corrected", text(json(&decision.rated)?))
            .set("returned", text(json(&ReturnedItem::of(&decision.returned))?))
            .set("revision", number(read_revision + 1));
        self.change_purchase(purchase_id, read_revision, change);
        Ok(())
    }
}

fn item_of(write: &CorrectionWrite<'_>, stamp: &Stamp) -> Result<CorrectionItem, StoreError> {
    let (account, decision) = (write.account, write.decision);
    Ok(CorrectionItem {
        kind: "adjustment".to_owned(),
        timeline_member: account.member_id.clone(),
        timeline_at: timeline_at(stamp.at, account.account.version + 1),
        row: CorrectionRow {
            purchase_id: write.purchase_id.clone(),
            points: decision.correction,
            balance_after: decision.balance.available,
            explanation: json(&decision.explanation)?,
            expired: expired_item(&decision.expired),
            tier: tier_item(&decision.tier_changes),
            reason: write.reason.clone(),
        },
        change: Some(json(&decision.change)?),
        fingerprint: write.fingerprint.to_owned(),
        actor: stamp.actor.clone(),
        request_id: stamp.request_id.clone(),
    })
}

fn correction_of(item: Item) -> Result<RecordedCorrection, StoreError> {
    let (pk, sk) = crate::table::key_of(&item);
    let item: CorrectionItem = from_item(item)?;
    let unreadable = || StoreError::attribute(&pk, &sk, "explanation");
    let change = item.change.as_deref().map(serde_json::from_str).transpose();
    let change = change.map_err(|_| StoreError::attribute(&pk, &sk, "change"))?;
    Ok(RecordedCorrection {
        member_id: item.timeline_member,
        points: item.row.points,
        explanation: item.row.explanation().ok_or_else(unreadable)?,
        change: change.unwrap_or_default(),
        fingerprint: item.fingerprint,
    })
}
