//! Care cycles in the table. Each member with orders has one item, guarded by a version. The work index finds
//! it by the next day on which something is due.
//!
//! A changed cycle is written in one transaction with the event and the tasks.

mod due;
mod hand_over;
mod member;
pub(crate) mod tasks;
mod upcoming;

pub use due::{Due, DuePage, DueStart};
pub use hand_over::HandOver;
pub use member::MemberCare;
pub use upcoming::Upcoming;

use jiff::Timestamp;
use jiff::civil::Date;
use puntos_domain::care::{
    CareCycle, Decision, OrderEvent, OrderEventKind, RecordedOrderEvent, TaskBrief, VersionedCycle,
};
use puntos_domain::claim::ClaimRecord;
use puntos_domain::fingerprint;
use puntos_domain::id::{ClaimId, MemberId, OrderEventId, TaskId};
use puntos_domain::invitation::{ORDER_BRANCH, Visit, VisitId};
use puntos_domain::member::Profile;
use puntos_domain::money::Money;
use puntos_domain::payment::{Payment, VersionedPayment};
use puntos_domain::program::ProgramHead;
use puntos_domain::stamp::Stamp;
use puntos_domain::task::{Completion, RecordedTask, TaskKind, TaskStatus};
use puntos_domain::text::Remark;
use serde::{Deserialize, Serialize};

use crate::care::tasks::{TaskClose, task_of};
use crate::claims::item::claim_of;
use crate::keys::{Key, due_order, due_queue, instant, invitation_queue};
use crate::members::profiles::profile_of;
use crate::payments::{PaymentWrite, payment_of};
use crate::program::head_of;
use crate::table::expression::number;
use crate::table::{Commit, Condition, Item, Label, Transaction, from_item, json};
use crate::{Store, StoreError};

/// The inputs of the decision about an event of an order.
pub struct OrderBasis {
    /// The event as it is recorded, if it came before.
    pub event: Option<RecordedOrderEvent>,
    /// The customer's cycle and name; `None` if nobody is enrolled.
    pub care: Option<VersionedCycle>,
    /// The programme.
    pub head: Option<ProgramHead>,
    /// The member with whom the customer was merged.
    pub merged_into: Option<MemberId>,
    /// The customer's profile.
    pub profile: Option<Profile>,
    /// The money of the order and the claim about it, if the event is kept with them.
    pub money: Option<(VersionedPayment, Option<ClaimRecord>)>,
}

/// An event of an order to be written, and what follows from it.
pub struct OrderEventWrite<'a> {
    pub event: &'a OrderEvent,
    /// The version of the cycle that was read, and the cycle after the event, if it changes it.
    pub care: Option<(u64, &'a Decision)>,
    /// The money of the order, if the event is kept with it.
    pub payment: Option<&'a PaymentWrite<'a>>,
    /// The local day.
    pub today: Date,
    /// When the invitation to rate the order is due.
    pub invitation_due: Option<Timestamp>,
}

/// The result of writing an event.
#[derive(Debug)]
pub enum OrderEventOutcome {
    /// It was written.
    Recorded(RecordedOrderEvent),
    /// The event was recorded before.
    Exists(RecordedOrderEvent),
    /// Another write changed the cycle first: read and decide again.
    Outdated,
}

#[derive(Serialize, Deserialize)]
struct CareItem {
    version: u64,
    cycle: String,
    written_at: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    work_queue: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    work_due: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct OrderEventItem {
    event_id: String,
    event_kind: OrderEventKind,
    member_id: MemberId,
    order_id: String,
    happened_at: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scheduled_for: Option<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    amount: Option<Money>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bank_reference: Option<String>,
    #[serde(rename = "content")]
    fingerprint: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tasks: Vec<TaskBrief>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    claim_id: Option<ClaimId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    work_queue: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    work_due: Option<String>,
    recorded_at: String,
    actor: String,
    request_id: String,
}

impl Store {
    /// Reads the inputs of the decision about an event of an order, strongly and with one request.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn order_basis(&self, event: &OrderEvent) -> Result<OrderBasis, StoreError> {
        let (member_id, order_id) = (&event.member_id, &event.order_id);
        let mut keys = vec![
            Key::order_event(&event.id()),
            Key::care_cycle(member_id),
            Key::program_head(),
            Key::profile(member_id),
        ];
        let payment_key = Key::payment(member_id, order_id);
        let own_claim_key = Key::claim(&Payment::claim_id_of(member_id, order_id));
        if event.is_kept_with_payment() {
            keys.push(payment_key.clone());
        }
        if event.kind.is_about_money() {
            keys.push(own_claim_key.clone());
        }
        let mut found = self.batch_get(&keys, true).await?;
        let mut take = |key: &Key| found.remove(&(key.pk.clone(), key.sk.clone()));
        let money = match event.is_kept_with_payment() {
            true => {
                let payment = payment_of(member_id, order_id, take(&payment_key))?;
                let claim_key = payment.payment.claim_id.as_ref().map(Key::claim);
                let claim = match claim_key.filter(|_| event.kind != OrderEventKind::Placed) {
                    None => None,
                    Some(own) if keys.contains(&own) => take(&own),
                    // A person opened it, or few events of this kind have a claim.
                    Some(other) => self.get(&other).await?,
                };
                Some((payment, claim.map(claim_of).transpose()?))
            }
            false => None,
        };
        let event = take(&keys[0]).map(order_event_of).transpose()?;
        let care = take(&keys[1]).map(|item| care_of(member_id, item)).transpose()?;
        let head = take(&keys[2]).map(head_of).transpose()?;
        let profile = take(&keys[3]).map(profile_of).transpose()?;
        let merged_into = profile.as_ref().and_then(|stored| stored.merged_into.clone());
        let care = profile.as_ref().map(|stored| {
            let name = stored.profile.name.clone();
            let agent_id = stored.profile.agent_id.clone();
            let mut care = care.unwrap_or_else(|| VersionedCycle {
                cycle: CareCycle::new(member_id.clone(), name.clone()),
                version: 0,
            });
            care.cycle.member_name = name;
            care.cycle.agent_id = agent_id;
            care
        });
        let profile = profile.map(|stored| stored.profile);
        Ok(OrderBasis { event, care, head, merged_into, profile, money })
    }

    /// Writes an event of an order, the cycle after it with its changes to tasks, and the money of the order with its
    /// claim: all or nothing. If an invitation to rate the order is due later,
    /// the event waits for it.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn record_order_event(
        &self,
        write: &OrderEventWrite<'_>,
        stamp: &Stamp,
    ) -> Result<OrderEventOutcome, StoreError> {
        let event = write.event;
        let changes = write.care.map(|(_, decision)| decision.changes.as_slice());
        let item = OrderEventItem {
            event_id: event.event_id.clone(),
            event_kind: event.kind,
            member_id: event.member_id.clone(),
            order_id: event.order_id.clone(),
            happened_at: instant(event.at),
            scheduled_for: event.scheduled_for,
            amount: event.amount.clone(),
            bank_reference: event.bank_reference.clone(),
            fingerprint: fingerprint::order_event(event),
            tasks: changes.unwrap_or_default().iter().map(TaskBrief::of).collect(),
            claim_id: write.payment.and_then(|payment| payment.payment.claim_id.clone()),
            work_queue: write.invitation_due.map(|_| invitation_queue(&event.member_id)),
            work_due: write.invitation_due.map(instant),
            recorded_at: instant(stamp.at),
            actor: stamp.actor.clone(),
            request_id: stamp.request_id.clone(),
        };
        let key = Key::order_event(&event.id());
        let mut transaction = Transaction::default();
        transaction.put(Label::OrderEvent, key, &item, Condition::absent())?;
        if let Some((read_version, decision)) = write.care {
            transaction.put_care(&decision.cycle, read_version, stamp)?;
            transaction.change_tasks(&decision.changes, write.today, stamp)?;
        }
        if let Some(payment) = write.payment {
            transaction.put_payment(payment)?;
            if let Some(claim) = payment.claim {
                self.add_claim(&mut transaction, claim, stamp).await?;
            }
        }
        let Commit::Refused(mut refusals) = self.commit(transaction).await? else {
            return Ok(OrderEventOutcome::Recorded(recorded(item)));
        };
        Ok(match refusals.found(Label::OrderEvent)? {
            None => OrderEventOutcome::Outdated,
            Some(found) => OrderEventOutcome::Exists(order_event_of(found)?),
        })
    }

    /// Reads the care cycle of a member strongly.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn care(&self, member_id: &MemberId) -> Result<Option<VersionedCycle>, StoreError> {
        let item = self.get(&Key::care_cycle(member_id)).await?;
        item.map(|item| care_of(member_id, item)).transpose()
    }

    /// Writes the changes of a day. Returns false if another write changed the cycle first.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn record_care_day(
        &self,
        read_version: u64,
        decision: &Decision,
        today: Date,
        stamp: &Stamp,
    ) -> Result<bool, StoreError> {
        let mut transaction = Transaction::default();
        transaction.put_care(&decision.cycle, read_version, stamp)?;
        transaction.change_tasks(&decision.changes, today, stamp)?;
        Ok(self.commit(transaction).await?.is_committed())
    }

    /// Reads a task, the cycle of its member and the programme, strongly and with one request.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn task_and_care(
        &self,
        task_id: &TaskId,
    ) -> Result<(Option<RecordedTask>, Option<VersionedCycle>, Option<ProgramHead>), StoreError>
    {
        let member_id = task_id.member_id();
        let keys = [Key::task(task_id), Key::care_cycle(&member_id), Key::program_head()];
        let mut found = self.batch_get(&keys, true).await?;
        let mut take = |key: &Key| found.remove(&(key.pk.clone(), key.sk.clone()));
        Ok((
            take(&keys[0]).map(task_of).transpose()?,
            take(&keys[1]).map(|item| care_of(&member_id, item)).transpose()?,
            take(&keys[2]).map(head_of).transpose()?,
        ))
    }

    /// Completes an open task and removes it from its member's cycle if it belongs to one: both or nothing.
    /// Returns false if the task or the cycle changed meanwhile.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn complete_task(
        &self,
        task: &RecordedTask,
        care: Option<VersionedCycle>,
        on: Date,
        completion: &Completion<'_>,
        stamp: &Stamp,
    ) -> Result<bool, StoreError> {
        let close = TaskClose {
            task_id: &task.task.task_id,
            kind: task.task.kind,
            status: TaskStatus::Completed,
            on,
            note: completion.note.map(Remark::from),
            completion: Some(completion),
        };
        let mut transaction = Transaction::default();
        transaction.close_task(&close, stamp)?;
        // A follow-up of a claim is not part of the cycle.
        if let Some(care) = care.filter(|_| task.task.kind != TaskKind::ClaimFollowUp) {
            let cycle = care.cycle.completed(close.task_id);
            transaction.put_care(&cycle, care.version, stamp)?;
        }
        Ok(self.commit(transaction).await?.is_committed())
    }
}

impl Transaction {
    fn put_care(
        &mut self,
        cycle: &CareCycle,
        read_version: u64,
        stamp: &Stamp,
    ) -> Result<(), StoreError> {
        let work_due = cycle.next_due();
        let item = CareItem {
            version: read_version + 1,
            cycle: json(cycle)?,
            written_at: instant(stamp.at),
            work_queue: work_due.map(|_| due_queue(&cycle.member_id)),
            work_due: work_due.map(|day| due_order(day, &cycle.member_id)),
        };
        let as_read = match read_version {
            0 => Condition::absent(),
            read => Condition::compares("version", "=", number(read)),
        };
        self.put(Label::Care, Key::care_cycle(&cycle.member_id), &item, as_read)
    }
}

pub(crate) fn care_of(member_id: &MemberId, item: Item) -> Result<VersionedCycle, StoreError> {
    let item: CareItem = from_item(item)?;
    let cycle = serde_json::from_str(&item.cycle)
        .map_err(|_| StoreError::attribute(member_id.as_str(), "care", "cycle"))?;
    Ok(VersionedCycle { cycle, version: item.version })
}

/// Reads an order as a visit from the event that placed it.
pub(crate) fn ordered_visit_of(event_id: OrderEventId, item: Item) -> Result<Visit, StoreError> {
    let item: OrderEventItem = from_item(item)?;
    let at = item.happened_at.parse();
    Ok(Visit {
        at: at
            .map_err(|_| StoreError::attribute(event_id.as_str(), "order-event", "happened_at"))?,
        visit_id: VisitId::Order(event_id),
        member_id: item.member_id,
        branch: ORDER_BRANCH.to_owned(),
        invoice_number: item.order_id,
    })
}

fn order_event_of(item: Item) -> Result<RecordedOrderEvent, StoreError> {
    Ok(recorded(from_item(item)?))
}

fn recorded(item: OrderEventItem) -> RecordedOrderEvent {
    RecordedOrderEvent { fingerprint: item.fingerprint, tasks: item.tasks, claim_id: item.claim_id }
}
