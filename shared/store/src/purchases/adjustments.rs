//! Adjustments in the table, and the credit that waits for its invoice.

use jiff::civil::Date;
use puntos_domain::account::MemberAccount;
use puntos_domain::adjustment::Adjustment;
use puntos_domain::adjustment::Decision;
use puntos_domain::id::{AdjustmentId, MemberId};
use puntos_domain::invoice::Invoice;
use puntos_domain::points::Points;
use puntos_domain::stamp::Stamp;
use puntos_domain::text::Remark;
use serde::{Deserialize, Serialize};

use crate::keys::{Key, timeline_at};
use crate::ledger::EntryPut;
use crate::purchases::Credit;
use crate::table::{Commit, Condition, DayLimit, Item, Label, Transaction, from_item};
use crate::timeline::row::{AdjustmentRow, expired_item};
use crate::{Store, StoreError};

/// The result of writing an adjustment.
#[derive(Debug)]
pub enum AdjustmentOutcome {
    /// It was written.
    Recorded,
    /// Its idempotency key was used before.
    Exists(Box<Adjustment>),
    /// The invoice of the credit has an entry already.
    InvoiceTaken,
    /// Another write changed the account first: read and decide again.
    AccountMoved,
    /// The agent's limit for the day is reached.
    DayFull,
}

/// The agent whose points of a day are limited.
#[derive(Debug, Clone, Copy)]
pub struct AgentDay<'a> {
    /// The subject of the agent's token.
    pub subject: &'a str,
    /// The local day.
    pub day: Date,
    /// The most points of this day.
    pub points_max: Points,
    /// The most worth of gifts on the day, in minor units.
    pub worth_max: i64,
}

/// The data of an adjustment to be written.
pub struct AdjustmentWrite<'a> {
    pub adjustment_id: &'a AdjustmentId,
    /// The account as it was read.
    pub account: &'a MemberAccount,
    /// The points credited, or taken when negative.
    pub points: Points,
    pub decision: &'a Decision,
    /// The reason, in the agent's words or as the system says it.
    pub reason: &'a Remark,
    /// A note for colleagues.
    pub note: Option<&'a str>,
    /// The missing invoice.
    pub invoice: Option<Invoice<'a>>,
    /// The daily limit that applies.
    pub agent_day: Option<AgentDay<'a>>,
    /// The fingerprint of the request.
    pub fingerprint: &'a str,
}

#[derive(Serialize, Deserialize)]
struct AdjustmentItem {
    kind: String,
    timeline_member: MemberId,
    timeline_at: String,
    row: AdjustmentRow,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    branch: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    invoice_number: Option<String>,
    #[serde(rename = "content")]
    fingerprint: String,
    actor: String,
    request_id: String,
}

impl Store {
    /// Reads an adjustment strongly.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn adjustment(
        &self,
        adjustment_id: &AdjustmentId,
    ) -> Result<Option<Adjustment>, StoreError> {
        let item = self.get(&Key::adjustment(adjustment_id)).await?;
        item.map(adjustment_of).transpose()
    }

    /// Writes an adjustment, the account after it, and the credit for its invoice: all or nothing.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn record_adjustment(
        &self,
        write: &AdjustmentWrite<'_>,
        stamp: &Stamp,
    ) -> Result<AdjustmentOutcome, StoreError> {
        let mut transaction = Transaction::default();
        transaction.put_adjustment(write, stamp)?;
        let Commit::Refused(mut refusals) = self.commit(transaction).await? else {
            return Ok(AdjustmentOutcome::Recorded);
        };
        if let Some(found) = refusals.found(Label::Adjustment)? {
            return Ok(AdjustmentOutcome::Exists(Box::new(adjustment_of(found)?)));
        }
        Ok(if refusals.has(Label::Account) {
            AdjustmentOutcome::AccountMoved
        } else if refusals.has(Label::Credit) {
            AdjustmentOutcome::InvoiceTaken
        } else {
            AdjustmentOutcome::DayFull
        })
    }
}

impl Transaction {
    /// Adds an adjustment, the account after it, the credit for its invoice and the agent's day.
    pub(crate) fn put_adjustment(
        &mut self,
        write: &AdjustmentWrite<'_>,
        stamp: &Stamp,
    ) -> Result<(), StoreError> {
        let key = Key::adjustment(write.adjustment_id);
        let item = item_of(write, stamp);
        let as_read = Condition::absent();
        let (label, warnings) = (Label::Adjustment, &write.decision.warnings);
        let entry = EntryPut { label, key, item: &item, as_read, warnings };
        let account = &write.account;
        self.put_entry(entry, account, &write.decision.account)?;
        if let Some(invoice) = write.invoice {
            let credit = Credit { member_id: account.member_id.clone(), points: write.points };
            self.put_credit(invoice, &credit, stamp)?;
        }
        self.count_points(write.agent_day, write.points);
        Ok(())
    }

    /// Counts points on the agent's day, given or taken.
    pub(crate) fn count_points(&mut self, agent_day: Option<AgentDay<'_>>, points: Points) {
        if let Some(agent) = agent_day {
            let points =
                DayLimit { name: "points", size: points.abs().get(), most: agent.points_max.get() };
            self.count_day(Key::agent_day(agent.subject, agent.day), [points]);
        }
    }
}

fn item_of(write: &AdjustmentWrite<'_>, stamp: &Stamp) -> AdjustmentItem {
    AdjustmentItem {
        kind: "adjustment".to_owned(),
        timeline_member: write.account.member_id.clone(),
        timeline_at: timeline_at(stamp.at, write.account.account.version + 1),
        row: AdjustmentRow {
            points: write.points,
            balance_after: write.decision.balance.available,
            expired: expired_item(&write.decision.expired),
            reason: write.reason.clone(),
            note: write.note.map(str::to_owned),
        },
        branch: write.invoice.map(|invoice| invoice.branch.to_owned()),
        invoice_number: write.invoice.map(|invoice| invoice.number.to_owned()),
        fingerprint: write.fingerprint.to_owned(),
        actor: stamp.actor.clone(),
        request_id: stamp.request_id.clone(),
    }
}

fn adjustment_of(item: Item) -> Result<Adjustment, StoreError> {
    let item: AdjustmentItem = from_item(item)?;
    let created_at = crate::timeline::time_of(&item.timeline_at).ok_or_else(|| {
        StoreError::attribute(item.timeline_member.as_str(), "adjustment", "timeline_at")
    })?;
    Ok(Adjustment {
        member_id: item.timeline_member,
        points: item.row.points,
        fingerprint: item.fingerprint,
        created_at,
    })
}
