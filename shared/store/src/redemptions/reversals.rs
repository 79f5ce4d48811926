//! Reversals in the table. A reversal has a fixed key beside its redemption, so there is never more than one.

use puntos_domain::account::MemberAccount;
use puntos_domain::coupon::CouponCode;
use puntos_domain::id::{MemberId, RedemptionId};
use puntos_domain::mail::Recipient;
use puntos_domain::program::ProgramHead;
use puntos_domain::redemption::Redemption;
use puntos_domain::reversal::{Decision, Reversal};
use puntos_domain::stamp::Stamp;
use serde::{Deserialize, Serialize};

use crate::keys::{Key, reversal_partition, timeline_at};
use crate::ledger::EntryPut;
use crate::members::accounts::account_of;
use crate::program::head_of;
use crate::redemptions::coupons::{COUPON_STATUS, status_attribute};
use crate::redemptions::redemption_of;
use crate::table::expression::text;
use crate::table::{Commit, Condition, Item, Label, Transaction, Update, from_item};
use crate::timeline::row::{ReversalRow, expired_item};
use crate::{Store, StoreError};

/// The inputs of the decision about a reversal.
pub struct ReversalState {
    pub redemption: Redemption,
    /// The reversal, if it exists already.
    pub reversal: Option<Reversal>,
    pub account: MemberAccount,
    /// The programme.
    pub head: ProgramHead,
}

/// The result of writing a reversal.
#[derive(Debug)]
pub enum ReversalOutcome {
    /// It was written.
    Recorded,
    /// Another write came first: read and decide again.
    Outdated,
}

/// The data of a reversal to be written.
pub struct ReversalWrite<'a> {
    /// What it was decided on.
    pub state: &'a ReversalState,
    pub decision: &'a Decision,
    /// The reason, in the agent's words.
    pub reason: &'a str,
    /// A supervisor's note on an override.
    pub note: Option<&'a str>,
    /// The idempotency key of the request.
    pub key: &'a str,
    /// The fingerprint of the request.
    pub fingerprint: &'a str,
}

#[derive(Serialize, Deserialize)]
struct ReversalItem {
    kind: String,
    timeline_member: MemberId,
    timeline_at: String,
    row: ReversalRow,
    code: CouponCode,
    key: String,
    #[serde(rename = "content")]
    fingerprint: String,
    lookup_key: String,
    lookup_sort: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outbox: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mail: Option<Recipient>,
    actor: String,
    request_id: String,
}

impl Store {
    /// Reads what a reversal needs, strongly and with one request; `None` if there is no such
    /// redemption.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn reversal_state(
        &self,
        redemption_id: &RedemptionId,
    ) -> Result<Option<ReversalState>, StoreError> {
        let member_id = redemption_id.member_id();
        let keys = [
            Key::redemption(redemption_id),
            Key::reversal(redemption_id),
            Key::account(&member_id),
            Key::program_head(),
        ];
        let mut found = self.batch_get(&keys, true).await?;
        let [redemption, reversal, account, head] = keys.map(|key| found.remove(&(key.pk, key.sk)));
        let redemption = redemption.map(redemption_of).transpose()?;
        let redemption = redemption.filter(|found| found.redemption_id == *redemption_id);
        let account = account.map(|item| account_of(&member_id, item)).transpose()?;
        let account = self.followed(account).await?;
        let head = head.map(head_of).transpose()?;
        let reversal = reversal.map(reversal_of).transpose()?;
        Ok(match (redemption, account, head) {
            (Some(redemption), Some(account), Some(head)) => {
                Some(ReversalState { redemption, reversal, account, head })
            }
            _ => None,
        })
    }

    /// Reads the reversal of a redemption strongly.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn reversal(
        &self,
        redemption_id: &RedemptionId,
    ) -> Result<Option<Reversal>, StoreError> {
        let item = self.get(&Key::reversal(redemption_id)).await?;
        item.map(reversal_of).transpose()
    }

    /// Writes a reversal, the account after it, the cancelled coupon, and the unit and the limit that are
    /// given back: all or nothing.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn record_reversal(
        &self,
        write: &ReversalWrite<'_>,
        stamp: &Stamp,
    ) -> Result<ReversalOutcome, StoreError> {
        let redemption = &write.state.redemption;
        let account = &write.state.account;
        let key = Key::reversal(&redemption.redemption_id);
        let as_read =
            Condition::compares(COUPON_STATUS, "=", status_attribute(redemption.coupon.written));
        let cancel = Update::default().set(COUPON_STATUS, text("cancelled"));
        let mut transaction = Transaction::default();
        let item = item_of(write, stamp);
        let entry = EntryPut {
            label: Label::Reversal,
            key,
            item: &item,
            as_read: Condition::absent(),
            warnings: &write.decision.warnings,
        };
        transaction.put_entry(entry, account, &write.decision.account)?;
        let coupon_key = Key::redemption(&redemption.redemption_id);
        transaction.update(Label::Coupon, coupon_key, cancel, as_read);
        if redemption.took_stock {
            transaction.return_unit(&redemption.reward_id);
        }
        if redemption.counted {
            let key = Key::reward_limit(&redemption.member_id, &redemption.reward_id);
            let give_back = Update::default().add("redeemed", -1);
            transaction.update(Label::Limit, key, give_back, Condition::present());
        }
        Ok(match self.commit(transaction).await? {
            Commit::Committed => ReversalOutcome::Recorded,
            Commit::Refused(_) => ReversalOutcome::Outdated,
        })
    }
}

fn item_of(write: &ReversalWrite<'_>, stamp: &Stamp) -> ReversalItem {
    let redemption = &write.state.redemption;
    let account = &write.state.account;
    let mail = Recipient::of(&account.contact);
    ReversalItem {
        kind: "reversal".to_owned(),
        timeline_member: account.member_id.clone(),
        timeline_at: timeline_at(stamp.at, account.account.version + 1),
        row: ReversalRow {
            redemption_id: redemption.redemption_id.clone(),
            reward_name: redemption.reward_name.clone(),
            points: redemption.points_spent,
            points_restored: write.decision.points_restored,
            balance_after: write.decision.balance.available,
            expired: expired_item(&write.decision.expired),
            reason: write.reason.to_owned(),
            note: write.note.map(str::to_owned),
        },
        code: redemption.coupon.code.clone(),
        key: write.key.to_owned(),
        fingerprint: write.fingerprint.to_owned(),
        lookup_key: reversal_partition(stamp.at),
        lookup_sort: redemption.redemption_id.to_string(),
        outbox: mail.as_ref().map(|_| "reversal_email".to_owned()),
        mail,
        actor: stamp.actor.clone(),
        request_id: stamp.request_id.clone(),
    }
}

/// Reads a reversal from its item.
pub(crate) fn reversal_of(item: Item) -> Result<Reversal, StoreError> {
    let item: ReversalItem = from_item(item)?;
    let row = item.row;
    let corrupt = || StoreError::attribute(row.redemption_id.as_str(), "reversal", "timeline_at");
    Ok(Reversal {
        created_at: crate::timeline::time_of(&item.timeline_at).ok_or_else(corrupt)?,
        redemption_id: row.redemption_id,
        reward_name: row.reward_name,
        code: item.code,
        points_restored: row.points_restored,
        points_expired: row.points - row.points_restored,
        balance_after: row.balance_after,
        key: item.key,
        fingerprint: item.fingerprint,
        mail: item.mail,
    })
}
