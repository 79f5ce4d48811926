//! Claims in the table. One item holds a claim with its steps. A second item holds its next due date.
//!
//! The work index lists claims by status. The claims that the system watches have a partition of their own
//! there, so the cost depends on the watched claims and not on the open ones.

mod failures;
mod fixes;
pub(crate) mod item;
mod lists;

use jiff::civil::Date;
use puntos_domain::accrual::RecordedInvoice;
use puntos_domain::claim::Claim;
use puntos_domain::claim::ClaimRecord;
use puntos_domain::id::{ClaimId, PurchaseId, TaskId};
use puntos_domain::mail::Email;
use puntos_domain::member::Member;
use puntos_domain::program::ProgramHead;
use puntos_domain::stamp::Stamp;
use puntos_domain::task::{Task, TaskKind, TaskStatus};
use puntos_domain::text::{self as said, Remark};
use serde::{Deserialize, Serialize};

use crate::care::tasks::TaskClose;
use crate::keys::{Key, claim_due_order, due_queue};
use crate::members::profiles::profile_of;
use crate::payments::PaymentWrite;
use crate::program::head_of;
use crate::purchases::purchase_of;
use crate::table::expression::{number, text};
use crate::table::{Commit, Condition, DayLimit, Label, Transaction, Update, from_item};
use crate::{Store, StoreError};
use item::{claim_of, item_of};

pub use lists::CLAIMS_MAX;

/// The partition of the claims that the system watches, whatever their status.
const WATCHED: &str = "watched";

/// The inputs of the decision about a claim.
#[derive(Debug, Default)]
pub struct ClaimSources {
    /// The fingerprint of the request that opened a claim with this idempotency key.
    pub first_fingerprint: Option<String>,
    pub claim: Option<ClaimRecord>,
    /// The member; `None` if unknown.
    pub profile: Option<Member>,
    /// The programme.
    pub head: Option<ProgramHead>,
    pub purchase: Option<RecordedInvoice>,
}

/// The change of the task that asks for a follow-up.
#[derive(Debug, Clone, Copy)]
pub enum FollowUp<'a> {
    /// It is created.
    Made(&'a Task),
    /// It is still open and gets a new note.
    Noted(&'a TaskId, &'a Remark),
}

/// The result of writing a claim, with or without its fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimOutcome {
    /// Everything is written.
    Done,
    /// Another write came first: read and decide again.
    Outdated,
    /// The limit of the agent or the member for the day is reached.
    DayFull,
}

/// The data of a claim to be written.
pub struct ClaimChange<'a> {
    /// The claim as it was read; `None` opens it.
    pub before: Option<&'a ClaimRecord>,
    /// The claim afterwards.
    pub after: &'a Claim,
    /// The mail to the member.
    pub mail: Option<&'a Email>,
    /// The change of its task. If the claim ends, its open task is completed in any case.
    pub follow_up: Option<FollowUp<'a>>,
    /// The idempotency key and the fingerprint of the request that opens it.
    pub request: Option<(&'a str, &'a str)>,
    /// The purchase that the claim is about, as its queue message had it.
    pub body: Option<&'a str>,
    /// The money of the order that it is about, if the claim is opened for it.
    pub payment: Option<&'a PaymentWrite<'a>>,
    /// The local day.
    pub today: Date,
    /// The most steps of the member on this day; `None` if the step is not the member's.
    pub member_day_max: Option<i64>,
}

impl<'a> ClaimChange<'a> {
    /// Returns a change of the claim only.
    pub fn new(before: Option<&'a ClaimRecord>, after: &'a Claim, today: Date) -> Self {
        Self {
            before,
            after,
            mail: None,
            follow_up: None,
            request: None,
            body: None,
            payment: None,
            today,
            member_day_max: None,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct ClaimKeyItem {
    claim_id: ClaimId,
    #[serde(rename = "content")]
    fingerprint: String,
}

#[derive(Serialize, Deserialize)]
struct ClaimBodyItem {
    body: String,
}

impl Store {
    /// Reads a claim strongly.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn claim(&self, claim_id: &ClaimId) -> Result<Option<ClaimRecord>, StoreError> {
        let item = self.get(&Key::claim(claim_id)).await?;
        item.map(claim_of).transpose()
    }

    /// Reads what a decision about a claim needs, strongly and with one request.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn claim_sources(
        &self,
        claim_id: &ClaimId,
        key: Option<&str>,
        purchase_id: Option<&PurchaseId>,
    ) -> Result<ClaimSources, StoreError> {
        let member_id = claim_id.member_id();
        let profile_key = Key::profile(&member_id);
        let (claim_key, head_key) = (Key::claim(claim_id), Key::program_head());
        let key_key = key.map(Key::claim_key);
        let purchase_key = purchase_id.map(Key::purchase);
        let mut keys = vec![profile_key.clone(), claim_key.clone(), head_key.clone()];
        keys.extend(key_key.clone());
        keys.extend(purchase_key.clone());
        let mut found = self.batch_get(&keys, true).await?;
        let mut take = |key: Key| found.remove(&(key.pk, key.sk));
        let first: Option<ClaimKeyItem> = key_key.and_then(&mut take).map(from_item).transpose()?;
        let purchase = purchase_key.and_then(&mut take).zip(purchase_id);
        Ok(ClaimSources {
            first_fingerprint: first.map(|first| first.fingerprint),
            claim: take(claim_key).map(claim_of).transpose()?,
            profile: take(profile_key).map(profile_of).transpose()?,
            head: take(head_key).map(head_of).transpose()?,
            purchase: purchase.map(|(item, id)| purchase_of(id, item)).transpose()?,
        })
    }

    /// Reads the purchase that a claim is about, as its queue message had it.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn claim_body(&self, claim_id: &ClaimId) -> Result<Option<String>, StoreError> {
        let item = self.get(&Key::claim_body(claim_id)).await?;
        let body: Option<ClaimBodyItem> = item.map(from_item).transpose()?;
        Ok(body.map(|item| item.body))
    }

    /// Writes a claim and what follows from it: all or nothing. Returns false if nothing was written.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn save_claim(
        &self,
        change: &ClaimChange<'_>,
        stamp: &Stamp,
    ) -> Result<bool, StoreError> {
        Ok(self.save_step(change, stamp).await? == ClaimOutcome::Done)
    }

    /// Writes a step of a claim and what follows from it, within the limit of its member: all or nothing.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn save_step(
        &self,
        change: &ClaimChange<'_>,
        stamp: &Stamp,
    ) -> Result<ClaimOutcome, StoreError> {
        self.save_claim_with(change, Transaction::default(), stamp).await
    }

    /// Writes a claim and what follows from it, with what the transaction already holds.
    pub(crate) async fn save_claim_with(
        &self,
        change: &ClaimChange<'_>,
        mut transaction: Transaction,
        stamp: &Stamp,
    ) -> Result<ClaimOutcome, StoreError> {
        self.add_claim(&mut transaction, change, stamp).await?;
        Ok(match self.commit(transaction).await? {
            Commit::Committed => ClaimOutcome::Done,
            Commit::Refused(refusals) if refusals.only(Label::Day) => ClaimOutcome::DayFull,
            Commit::Refused(_) => ClaimOutcome::Outdated,
        })
    }

    /// Adds a claim to a transaction. If it ends, its open task is completed.
    pub(crate) async fn add_claim(
        &self,
        transaction: &mut Transaction,
        change: &ClaimChange<'_>,
        stamp: &Stamp,
    ) -> Result<(), StoreError> {
        transaction.put_claim(change, stamp)?;
        let open_task = match (change.before, change.after.is_ended()) {
            (Some(before), true) => self.open_follow_up(&before.claim).await?,
            _ => None,
        };
        if let Some(task_id) = &open_task {
            let close = TaskClose {
                task_id,
                kind: TaskKind::ClaimFollowUp,
                status: TaskStatus::Completed,
                on: change.today,
                note: Some(said::task_claim_ended().into()),
                completion: None,
            };
            transaction.close_task(&close, stamp)?;
        }
        Ok(())
    }

    /// Returns the task that asks for a follow-up of a claim, if it is still open.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn open_follow_up(&self, claim: &Claim) -> Result<Option<TaskId>, StoreError> {
        let Some(task_id) = &claim.follow_up_task else { return Ok(None) };
        let task = self.task(task_id).await?;
        let is_open = task.is_some_and(|stored| stored.task.status == TaskStatus::Open);
        Ok(is_open.then(|| task_id.clone()))
    }
}

impl Transaction {
    /// Adds a claim that the system opens.
    pub(crate) fn put_opened_claim(
        &mut self,
        claim: &Claim,
        stamp: &Stamp,
    ) -> Result<(), StoreError> {
        // A new claim has no task that ends on a day.
        self.put_claim(&ClaimChange::new(None, claim, Date::ZERO), stamp)
    }

    fn put_claim(&mut self, change: &ClaimChange<'_>, stamp: &Stamp) -> Result<(), StoreError> {
        let claim = change.after;
        let claim_id = &claim.claim_id;
        let (stored, as_read) = match change.before {
            None => (opened(change, stamp), Condition::absent()),
            Some(before) => (
                ClaimRecord { claim: claim.clone(), version: before.version + 1, ..before.clone() },
                Condition::compares("version", "=", number(before.version)),
            ),
        };
        self.put(Label::Claim, Key::claim(claim_id), &item_of(&stored)?, as_read)?;
        // The claim's version guards the other items too.
        let step_key = Key::claim_step(claim_id);
        match (change.before.and_then(|before| before.claim.next_due()), claim.next_due()) {
            (before, now) if before == now => {}
            (_, None) => self.delete(Label::ClaimStep, step_key),
            (_, Some(due)) => {
                let update = Update::default()
                    .set("work_queue", text(due_queue(&claim_id.member_id())))
                    .set("work_due", text(claim_due_order(due, claim_id)));
                self.update(Label::ClaimStep, step_key, update, Condition::default());
            }
        }
        if let Some((key, fingerprint)) = change.request {
            let item =
                ClaimKeyItem { claim_id: claim_id.clone(), fingerprint: fingerprint.to_owned() };
            self.put(Label::ClaimKey, Key::claim_key(key), &item, Condition::absent())?;
        }
        if let Some(most) = change.member_day_max {
            let key = Key::member_day(&claim_id.member_id(), change.today);
            self.count_day(key, [DayLimit { name: "claim_steps", size: 1, most }]);
        }
        if let Some(body) = change.body {
            let update = Update::default().set("body", text(body));
            let key = Key::claim_body(claim_id);
            self.update(Label::ClaimBody, key, update, Condition::default());
        }
        if let Some(payment) = change.payment {
            self.put_payment(payment)?;
        }
        if let Some(mail) = change.mail {
            self.put_mail(mail)?;
        }
        match change.follow_up {
            None => {}
            Some(FollowUp::Made(task)) => self.put_task(task, stamp)?,
            Some(FollowUp::Noted(task_id, note)) => self.note_task(task_id, note)?,
        }
        Ok(())
    }
}

fn opened(change: &ClaimChange<'_>, stamp: &Stamp) -> ClaimRecord {
    ClaimRecord {
        claim: change.after.clone(),
        fingerprint: change
            .request
            .map(|(_, fingerprint)| fingerprint.to_owned())
            .unwrap_or_default(),
        opened: stamp.clone(),
        version: 0,
    }
}
