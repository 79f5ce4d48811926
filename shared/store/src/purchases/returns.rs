//! Returns in the table: one item per branch and return number, which is also the entry of its points.

use jiff::Timestamp;
use puntos_domain::account::MemberAccount;
use puntos_domain::accrual::RecordedInvoice;
use puntos_domain::id::{MemberId, PurchaseId, ReturnId};
use puntos_domain::points::Points;
use puntos_domain::quantity::Quantity;
use puntos_domain::returns::{Decision, RecordedReturn, Returned, ReturnedLine};
use puntos_domain::stamp::Stamp;
use serde::{Deserialize, Serialize};

use super::purchase_of;
use crate::keys::{Key, instant, timeline_at};
use crate::ledger::EntryPut;
use crate::table::expression::{number, text};
use crate::table::{Commit, Condition, Item, Label, Transaction, Update, from_item, json};
use crate::timeline::row::{ReturnRow, expired_item, tier_item};
use crate::{Store, StoreError};

/// The result of writing a return.
#[derive(Debug)]
pub enum ReturnOutcome {
    /// It was written.
    Recorded,
    /// The return number is taken.
    Exists(Box<RecordedReturn>),
    /// Another write came first: read and decide again.
    Outdated,
}

/// The data of a return to be written.
pub struct ReturnWrite<'a> {
    pub return_id: ReturnId,
    pub purchase_id: PurchaseId,
    /// How often the purchase was changed, as it was read.
    pub read_revision: u32,
    /// Where the goods came back.
    pub branch: &'a str,
    pub return_number: &'a str,
    pub returned_at: Timestamp,
    /// The money of this return, in minor units.
    pub amount_minor: i64,
    /// What was returned of the purchase with this return.
    pub returned: &'a Returned,
    /// The account as it was read and the decision; `None` for a purchase without a member.
    pub points: Option<(&'a MemberAccount, &'a Decision)>,
    /// The fingerprint of the request.
    pub fingerprint: &'a str,
}

#[derive(Serialize, Deserialize)]
struct ReturnItem {
    kind: String,
    purchase_id: PurchaseId,
    branch: String,
    return_number: String,
    recorded_at: String,
    returned_at: Timestamp,
    amount: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    timeline_member: Option<MemberId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    timeline_at: Option<String>,
    /// What the timeline shows; a return of a purchase without a member has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    row: Option<ReturnRow>,
    #[serde(rename = "content")]
    fingerprint: String,
    actor: String,
    request_id: String,
}

impl Store {
    /// Reads a purchase and a return of it, strongly and with one request.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn purchase_and_return(
        &self,
        purchase_id: &PurchaseId,
        return_id: &ReturnId,
    ) -> Result<(Option<RecordedInvoice>, Option<RecordedReturn>), StoreError> {
        let keys = [Key::purchase(purchase_id), Key::purchase_return(return_id)];
        let mut found = self.batch_get(&keys, true).await?;
        let [purchase, recorded] = keys.map(|key| found.remove(&(key.pk, key.sk)));
        let purchase = purchase.map(|item| purchase_of(purchase_id, item)).transpose()?;
        Ok((purchase, recorded.map(return_of).transpose()?))
    }

    /// Writes a return, what is left of its purchase, and the account after it: all or nothing.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn record_return(
        &self,
        write: &ReturnWrite<'_>,
        stamp: &Stamp,
    ) -> Result<ReturnOutcome, StoreError> {
        let mut transaction = Transaction::default();
        let key = Key::purchase_return(&write.return_id);
        let (item, as_read) = (item_of(write, stamp)?, Condition::absent());
        match write.points {
            None => transaction.put(Label::Return, key, &item, as_read)?,
            Some((account, decision)) => {
                let (label, warnings) = (Label::Return, &decision.warnings);
                let entry = EntryPut { label, key, item: &item, as_read, warnings };
                transaction.put_entry(entry, account, &decision.account)?;
            }
        }
        let change = Update::default()
            .set("returned", text(json(&ReturnedItem::of(write.returned))?))
            .set("revision", number(write.read_revision + 1));
        transaction.change_purchase(&write.purchase_id, write.read_revision, change);
        let Commit::Refused(mut refusals) = self.commit(transaction).await? else {
            return Ok(ReturnOutcome::Recorded);
        };
        Ok(match refusals.found(Label::Return)? {
            None => ReturnOutcome::Outdated,
            Some(found) => ReturnOutcome::Exists(Box::new(return_of(found)?)),
        })
    }
}

impl Transaction {
    /// Adds a change of a recorded purchase, on the condition that nobody changed it since it was read.
    pub(crate) fn change_purchase(
        &mut self,
        purchase_id: &PurchaseId,
        read_revision: u32,
        change: Update,
    ) {
        let as_read = Condition::present().and(unchanged(read_revision));
        self.update(Label::Purchase, Key::purchase(purchase_id), change, as_read);
    }
}

/// Nobody changed the purchase since it was read.
pub(super) fn unchanged(read_revision: u32) -> Condition {
    match read_revision {
        0 => Condition::missing("revision"),
        revision => Condition::compares("revision", "=", number(revision)),
    }
}

fn item_of(write: &ReturnWrite<'_>, stamp: &Stamp) -> Result<ReturnItem, StoreError> {
    let account = write.points.map(|(account, _)| account);
    let row = write.points.map(|(_, decision)| row_of(&write.purchase_id, decision));
    Ok(ReturnItem {
        kind: "return".to_owned(),
        purchase_id: write.purchase_id.clone(),
        branch: write.branch.to_owned(),
        return_number: write.return_number.to_owned(),
        recorded_at: instant(stamp.at),
        returned_at: write.returned_at,
        amount: write.amount_minor,
        timeline_member: account.map(|account| account.member_id.clone()),
        timeline_at: account.map(|account| timeline_at(stamp.at, account.account.version + 1)),
        row: row.transpose()?,
        fingerprint: write.fingerprint.to_owned(),
        actor: stamp.actor.clone(),
        request_id: stamp.request_id.clone(),
    })
}

fn row_of(purchase_id: &PurchaseId, decision: &Decision) -> Result<ReturnRow, StoreError> {
    Ok(ReturnRow {
        purchase_id: purchase_id.clone(),
        clawed: decision.points_clawed_back,
        given_back: decision.points_given_back,
        balance_after: decision.balance.available,
        explanation: json(&decision.explanation)?,
        expired: expired_item(&decision.expired),
        tier: tier_item(&decision.tier_changes),
    })
}

fn return_of(item: Item) -> Result<RecordedReturn, StoreError> {
    let item: ReturnItem = from_item(item)?;
    let row = item.row.as_ref();
    Ok(RecordedReturn {
        purchase_id: item.purchase_id,
        member_id: item.timeline_member,
        points_clawed_back: row.map(|row| row.clawed).unwrap_or_default(),
        points_given_back: row.map(|row| row.given_back).unwrap_or_default(),
        explanation: row.and_then(ReturnRow::explanation),
        fingerprint: item.fingerprint,
    })
}

/// What was returned, as a purchase stores it: by amount, each line's quantity and amount, points clawed
/// back, points given back.
#[derive(Serialize, Deserialize)]
pub(super) struct ReturnedItem(i64, Vec<(Quantity, i64)>, Points, Points);

impl ReturnedItem {
    pub(super) fn of(returned: &Returned) -> Self {
        let lines = returned.lines.iter().map(|line| (line.quantity, line.amount_minor));
        Self(returned.amount_minor, lines.collect(), returned.clawed, returned.given_back)
    }

    pub(super) fn returned(self) -> Returned {
        let lines = self
            .1
            .into_iter()
            .map(|(quantity, amount_minor)| ReturnedLine { quantity, amount_minor });
        Returned {
            amount_minor: self.0,
            lines: lines.collect(),
            clawed: self.2,
            given_back: self.3,
        }
    }
}
