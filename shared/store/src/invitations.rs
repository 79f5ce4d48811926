//! Invitations in the table: the purchase or the order waits in the work index until its invitation is due.
//!
//! A mail and the end of the wait are one transaction.

use jiff::Timestamp;
use puntos_domain::id::{OrderEventId, PurchaseId};
use puntos_domain::invitation::{Circumstances, DueInvitation, Visit, VisitId};
use puntos_domain::mail::Email;

use crate::care::{care_of, ordered_visit_of};
use crate::keys::{Key, instant, invitation_shard_queue};
use crate::members::profiles::profile_of;
use crate::purchases::purchase_of;
use crate::table::expression::text;
use crate::table::{Commit, Condition, Item, Label, Transaction, Update, key_of};
use crate::{Store, StoreError};

/// What became of a due invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvitationOutcome {
    /// It waits no more, and its mail is written.
    Settled,
    /// The visit has a mail already.
    AlreadyInvited,
    /// Another run was first, or the visit is another member's by now.
    Outdated,
}

impl Store {
    /// Reads visits of a partition whose invitation is due, the longest due first. The index may lag.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn due_invitations(
        &self,
        shard: u8,
        now: Timestamp,
        most: i32,
    ) -> Result<Vec<DueInvitation>, StoreError> {
        let queue = invitation_shard_queue(shard);
        let items = self.first_of_queue(&queue, most).await?.into_iter();
        let due = |item: Item| {
            let due_at = item.get("work_due")?.as_s().ok()?.parse().ok()?;
            let visit = visit_of(item).unwrap_or_else(|error| {
                tracing::error!(error = error.chain(), "a visit cannot be read");
                None
            });
            Some(DueInvitation { visit: visit?, due_at })
        };
        Ok(items.filter_map(due).take_while(|found| found.due_at <= now).collect())
    }

    /// Reads a visit strongly.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn visit(&self, visit_id: &VisitId) -> Result<Option<Visit>, StoreError> {
        match self.get(&key_of_visit(visit_id)).await? {
            Some(item) => visit_of(item),
            None => Ok(None),
        }
    }

    /// Reads what decides on a due invitation, strongly and with one request; `None` without a member.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn circumstances(&self, visit: &Visit) -> Result<Option<Circumstances>, StoreError> {
        let Visit { member_id, .. } = visit;
        let mut keys = vec![Key::profile(member_id), Key::rating(&visit.rating_id())];
        if matches!(visit.visit_id, VisitId::Order(_)) {
            keys.push(Key::care_cycle(member_id));
        }
        let mut found = self.batch_get(&keys, true).await?;
        let mut take = |key: Option<&Key>| found.remove(&(key?.pk.clone(), key?.sk.clone()));
        let Some(profile) = take(keys.first()) else { return Ok(None) };
        let is_rated = take(keys.get(1)).is_some();
        let care = take(keys.get(2)).map(|item| care_of(member_id, item)).transpose()?;
        let is_cancelled = care.is_some_and(|care| care.cycle.is_cancelled(&visit.invoice_number));
        Ok(Some(Circumstances { member: profile_of(profile)?, is_rated, is_cancelled }))
    }

    /// Ends the wait of an invitation and writes its mail: both or nothing.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn settle_invitation(
        &self,
        due: &DueInvitation,
        mail: Option<&Email>,
    ) -> Result<InvitationOutcome, StoreError> {
        let mut transaction = Transaction::default();
        let key = key_of_visit(&due.visit.visit_id);
        let (label, member) = match &due.visit.visit_id {
            VisitId::Purchase(_) => (Label::Purchase, "timeline_member"),
            VisitId::Order(_) => (Label::OrderEvent, "member_id"),
        };
        // The index may name the member from whom a purchase was moved.
        let member_id = text(due.visit.member_id.as_str());
        let waits = Condition::compares("work_due", "=", text(instant(due.due_at)))
            .and(Condition::compares(member, "=", member_id));
        let ended = Update::default().remove("work_queue").remove("work_due");
        transaction.update(label, key, ended, waits);
        if let Some(mail) = mail {
            transaction.put_mail(mail)?;
        }
        Ok(match self.commit(transaction).await? {
            Commit::Committed => InvitationOutcome::Settled,
            Commit::Refused(refusals) if refusals.only(Label::Mail) => {
                InvitationOutcome::AlreadyInvited
            }
            Commit::Refused(_) => InvitationOutcome::Outdated,
        })
    }
}

fn key_of_visit(visit_id: &VisitId) -> Key {
    match visit_id {
        VisitId::Purchase(purchase_id) => Key::purchase(purchase_id),
        VisitId::Order(event_id) => Key::order_event(event_id),
    }
}

/// Reads a visit from its item; `None` for a purchase without a member.
fn visit_of(item: Item) -> Result<Option<Visit>, StoreError> {
    let (pk, _) = key_of(&item);
    if let Ok(event_id) = pk.parse::<OrderEventId>() {
        return ordered_visit_of(event_id, item).map(Some);
    }
    let Ok(purchase_id) = pk.parse::<PurchaseId>() else { return Ok(None) };
    let receipt = purchase_of(&purchase_id, item)?.receipt;
    let earned = receipt.and_then(|receipt| receipt.earned.zip(Some(receipt.purchase)));
    Ok(earned.map(|(earned, purchase)| Visit {
        visit_id: VisitId::Purchase(purchase_id),
        member_id: earned.member_id,
        branch: purchase.branch,
        invoice_number: purchase.invoice_number,
        at: purchase.purchased_at,
    }))
}
