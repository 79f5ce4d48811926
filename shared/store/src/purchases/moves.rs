//! Moves of purchases in the table: two entries under the purchase, one of each member.

use puntos_domain::account::MemberAccount;
use puntos_domain::accrual::RecordedInvoice;
use puntos_domain::explanation::Explanation;
use puntos_domain::id::{MemberId, PurchaseId};
use puntos_domain::moving::{Decision, Side};
use puntos_domain::program::ProgramHead;
use puntos_domain::purchase::Purchase;
use puntos_domain::stamp::Stamp;
use serde::{Deserialize, Serialize};

use super::purchase_of;
use crate::keys::{Key, instant, timeline_at};
use crate::ledger::EntryPut;
use crate::members::accounts::account_of;
use crate::program::head_of;
use crate::table::expression::{number, text};
use crate::table::{Condition, Item, Label, Transaction, Update, from_item, json};
use crate::timeline::row::{MoveRow, expired_item, tier_item};
use crate::{Store, StoreError};

/// A recorded move.
#[derive(Debug, Clone)]
pub struct RecordedMove {
    /// The member who gave the purchase up, and why the points are what they are.
    pub from: (MemberId, Explanation),
    /// The member who got it.
    pub to: (MemberId, Explanation),
    /// The fingerprint of the request.
    pub fingerprint: String,
}

/// The data of a move to be written.
pub struct MoveWrite<'a> {
    pub purchase: &'a Purchase,
    /// How often the purchase was changed, as it was read.
    pub read_revision: u32,
    /// The idempotency key of the request.
    pub key: &'a str,
    /// The accounts as they were read.
    pub from: &'a MemberAccount,
    pub to: &'a MemberAccount,
    pub decision: &'a Decision,
    /// The reason, in the words of the person who moves.
    pub reason: &'a str,
    /// The fingerprint of the request.
    pub fingerprint: &'a str,
}

/// Two accounts and the head of the programme; each is `None` if it does not exist.
pub type TwoAccounts = (Option<MemberAccount>, Option<MemberAccount>, Option<ProgramHead>);

#[derive(Serialize, Deserialize)]
struct MoveItem {
    kind: String,
    timeline_member: MemberId,
    timeline_at: String,
    branch: String,
    invoice_number: String,
    row: MoveRow,
    #[serde(rename = "content")]
    fingerprint: String,
    actor: String,
    request_id: String,
}

impl Store {
    /// Reads a purchase and its move with this idempotency key, strongly and with one request.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn purchase_and_move(
        &self,
        purchase_id: &PurchaseId,
        key: &str,
    ) -> Result<(Option<RecordedInvoice>, Option<RecordedMove>), StoreError> {
        let keys = [
            Key::purchase(purchase_id),
            Key::move_out(purchase_id, key),
            Key::move_in(purchase_id, key),
        ];
        let mut found = self.batch_get(&keys, true).await?;
        let [purchase, out, into] = keys.map(|key| found.remove(&(key.pk, key.sk)));
        let purchase = purchase.map(|item| purchase_of(purchase_id, item)).transpose()?;
        let moved = out.zip(into).map(|(out, into)| {
            let (from, fingerprint) = side_of(out)?;
            Ok::<_, StoreError>(RecordedMove { from, to: side_of(into)?.0, fingerprint })
        });
        Ok((purchase, moved.transpose()?))
    }

    /// Reads two accounts and the head of the programme, strongly and with one request.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn two_accounts(
        &self,
        one: &MemberId,
        other: &MemberId,
    ) -> Result<TwoAccounts, StoreError> {
        let keys = [Key::account(one), Key::account(other), Key::program_head()];
        let found = self.batch_get(&keys, true).await?;
        let [first, second, head] = keys.map(|key| found.get(&(key.pk, key.sk)).cloned());
        let first = first.map(|item| account_of(one, item)).transpose()?;
        let second = second.map(|item| account_of(other, item)).transpose()?;
        let head = head.map(head_of).transpose()?;
        Ok((self.followed(first).await?, self.followed(second).await?, head))
    }

    /// Writes a move, whose purchase it is from now on, and both accounts: all or nothing. Returns false if another
    /// write came first, also one with the same idempotency key.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn record_move(
        &self,
        write: &MoveWrite<'_>,
        stamp: &Stamp,
    ) -> Result<bool, StoreError> {
        let MoveWrite { purchase, key, from, to, decision, .. } = write;
        let purchase_id = purchase.id();
        let mut transaction = Transaction::default();
        for (key, account, side, is_in) in [
            (Key::move_out(&purchase_id, key), from, &decision.from, false),
            (Key::move_in(&purchase_id, key), to, &decision.to, true),
        ] {
            let item = item_of(write, account, side, is_in, stamp)?;
            let as_read = Condition::absent();
            let (label, warnings) = (Label::PurchaseMove, &side.warnings);
            let put = EntryPut { label, key, item: &item, as_read, warnings };
            transaction.put_entry(put, account, &side.account)?;
        }
        let change = Update::default()
            .set("moved_to", text(to.member_id.as_str()))
            .set("moved_at", text(instant(stamp.at)))
            .set("corrected", text(json(&decision.rated)?))
            .set("revision", number(write.read_revision + 1))
            // The credit was taken with the purchase, or its claim takes it.
            .remove("credited_member")
            .remove("credited_points");
        transaction.change_purchase(&purchase_id, write.read_revision, change);
        Ok(self.commit(transaction).await?.is_committed())
    }
}

fn item_of(
    write: &MoveWrite<'_>,
    account: &MemberAccount,
    side: &Side,
    is_in: bool,
    stamp: &Stamp,
) -> Result<MoveItem, StoreError> {
    let purchase = write.purchase;
    Ok(MoveItem {
        kind: "adjustment".to_owned(),
        timeline_member: account.member_id.clone(),
        timeline_at: timeline_at(stamp.at, account.account.version + 1),
        branch: purchase.branch.clone(),
        invoice_number: purchase.invoice_number.clone(),
        row: MoveRow {
            is_in,
            purchase_id: purchase.id(),
            purchased_at: purchase.purchased_at,
            points: side.points(),
            balance_after: side.balance.available,
            explanation: json(&side.explanation)?,
            expired: expired_item(&side.expired),
            tier: tier_item(&side.tier_changes),
            reason: write.reason.to_owned(),
        },
        fingerprint: write.fingerprint.to_owned(),
        actor: stamp.actor.clone(),
        request_id: stamp.request_id.clone(),
    })
}

fn side_of(item: Item) -> Result<((MemberId, Explanation), String), StoreError> {
    let (pk, sk) = crate::table::key_of(&item);
    let item: MoveItem = from_item(item)?;
    let unreadable = || StoreError::attribute(&pk, &sk, "explanation");
    let explanation = item.row.explanation().ok_or_else(unreadable)?;
    Ok(((item.timeline_member, explanation), item.fingerprint))
}
