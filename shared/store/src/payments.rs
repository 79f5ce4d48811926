//! The money of orders in the table: one item for each order of the shop, guarded by a version.
//!
//! While a payment waits for its order, the work index finds it by its deadline.

use jiff::Timestamp;
use puntos_domain::claim::ClaimRecord;
use puntos_domain::id::{ClaimId, MemberId};
use puntos_domain::member::Member;
use puntos_domain::payment::{Payment, PaymentEvent, VersionedPayment};
use puntos_domain::program::ProgramHead;
use puntos_domain::stamp::Stamp;
use serde::{Deserialize, Serialize};

use crate::claims::item::claim_of;
use crate::claims::{ClaimChange, ClaimOutcome};
use crate::keys::{Key, PAYMENT_QUEUE, instant, payment_due_order};
use crate::members::profiles::profile_of;
use crate::program::head_of;
use crate::table::expression::number;
use crate::table::{Condition, Item, Label, Transaction, from_item, json};
use crate::{Store, StoreError};

/// The inputs of a decision about the money of an order.
pub struct MoneyBasis {
    pub payment: VersionedPayment,
    /// The claim about it, once there is one.
    pub claim: Option<ClaimRecord>,
    pub profile: Option<Member>,
    pub head: Option<ProgramHead>,
}

/// A payment to be written.
pub struct PaymentWrite<'a> {
    pub payment: &'a Payment,
    /// The version that was read; 0 if there was none.
    pub read_version: u64,
    /// Until when it waits for its order.
    pub due_at: Option<Timestamp>,
    /// The claim about it, if it is opened or changed.
    pub claim: Option<&'a ClaimChange<'a>>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct PaymentItem {
    order_id: String,
    events: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    claim_id: Option<ClaimId>,
    was_late: bool,
    version: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    work_queue: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    work_due: Option<String>,
}

impl Store {
    /// Lists orders whose money waits for them and whose deadline has passed, the longest due first, up to `most`. The
    /// index may lag.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn due_payments(
        &self,
        now: Timestamp,
        most: i32,
    ) -> Result<Vec<(MemberId, String)>, StoreError> {
        let now = instant(now);
        let items = self.first_of_queue(PAYMENT_QUEUE, most).await?.into_iter();
        let part = |item: &Item, name: &str| item.get(name)?.as_s().ok().cloned();
        let is_due = |item: &Item| {
            let due = part(item, "work_due").unwrap_or_default();
            due.split('#').next().is_some_and(|due_at| due_at <= now.as_str())
        };
        let named = |item: Item| Some((part(&item, "pk")?.parse().ok()?, part(&item, "order_id")?));
        Ok(items.take_while(is_due).filter_map(named).collect())
    }

    /// Reads the inputs of the decision about the money of an order, strongly and with one request.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn money_basis(
        &self,
        member_id: &MemberId,
        order_id: &str,
    ) -> Result<MoneyBasis, StoreError> {
        let keys = [
            Key::payment(member_id, order_id),
            Key::claim(&Payment::claim_id_of(member_id, order_id)),
            Key::profile(member_id),
            Key::program_head(),
        ];
        let mut found = self.batch_get(&keys, true).await?;
        let mut take = |key: &Key| found.remove(&(key.pk.clone(), key.sk.clone()));
        Ok(MoneyBasis {
            payment: payment_of(member_id, order_id, take(&keys[0]))?,
            claim: take(&keys[1]).map(claim_of).transpose()?,
            profile: take(&keys[2]).map(profile_of).transpose()?,
            head: take(&keys[3]).map(head_of).transpose()?,
        })
    }

    /// Reads the money of an order strongly; nothing is known of an order without an item.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn payment(
        &self,
        member_id: &MemberId,
        order_id: &str,
    ) -> Result<VersionedPayment, StoreError> {
        let item = self.get(&Key::payment(member_id, order_id)).await?;
        payment_of(member_id, order_id, item)
    }

    /// Writes a payment whose deadline has passed, with its claim if no order came. Returns false if another write came
    /// first.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn save_payment(
        &self,
        write: &PaymentWrite<'_>,
        stamp: &Stamp,
    ) -> Result<bool, StoreError> {
        let mut transaction = Transaction::default();
        transaction.put_payment(write)?;
        match write.claim {
            None => Ok(self.commit(transaction).await?.is_committed()),
            Some(change) => {
                let outcome = self.save_claim_with(change, transaction, stamp).await?;
                Ok(outcome == ClaimOutcome::Done)
            }
        }
    }
}

impl Transaction {
    pub(crate) fn put_payment(&mut self, write: &PaymentWrite<'_>) -> Result<(), StoreError> {
        let payment = write.payment;
        let key = Key::payment(&payment.member_id, &payment.order_id);
        let item = PaymentItem {
            order_id: payment.order_id.clone(),
            events: json(&payment.events)?,
            claim_id: payment.claim_id.clone(),
            was_late: payment.was_late,
            version: write.read_version + 1,
            work_queue: write.due_at.map(|_| PAYMENT_QUEUE.to_owned()),
            work_due: write.due_at.map(|due_at| payment_due_order(due_at, &key)),
        };
        let as_read = match write.read_version {
            0 => Condition::absent(),
            read => Condition::compares("version", "=", number(read)),
        };
        self.put(Label::Payment, key, &item, as_read)
    }
}

/// Reads a payment from its item; an order without one has no events.
pub(crate) fn payment_of(
    member_id: &MemberId,
    order_id: &str,
    item: Option<Item>,
) -> Result<VersionedPayment, StoreError> {
    let new = Payment::new(member_id.clone(), order_id.to_owned());
    let Some(item) = item else { return Ok(VersionedPayment { payment: new, version: 0 }) };
    let item: PaymentItem = from_item(item)?;
    let corrupt = |name| StoreError::attribute(member_id.as_str(), "payment", name);
    let events: Vec<PaymentEvent> =
        serde_json::from_str(&item.events).map_err(|_| corrupt("events"))?;
    let payment = Payment { events, claim_id: item.claim_id, was_late: item.was_late, ..new };
    Ok(VersionedPayment { payment, version: item.version })
}
