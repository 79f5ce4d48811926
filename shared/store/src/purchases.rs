//! Purchases in the table. One item per invoice, kept forever, which is also the entry of its points.
//!
//! The condition that the item is absent keeps a retry from earning twice. The refused write returns the
//! first purchase, so a replay costs no second read.

pub(crate) mod adjustments;
pub(crate) mod basis;
mod batch;
pub(crate) mod corrections;
mod lines;
pub(crate) mod moves;
pub(crate) mod returns;
mod search;

use jiff::Timestamp;
use puntos_domain::account::MemberAccount;
use puntos_domain::accrual::{Accrual, Credit, Earned, Receipt, RecordedInvoice};
use puntos_domain::claim::Claim;
use puntos_domain::id::{MemberId, PurchaseId};
use puntos_domain::invoice::Invoice;
use puntos_domain::outbox::CycleStart;
use puntos_domain::points::Points;
use puntos_domain::purchase::Purchase;
use puntos_domain::reservation::Reservation;
use puntos_domain::returns::Returned;
use puntos_domain::stamp::Stamp;
use serde::{Deserialize, Serialize};

use crate::keys::{Key, cycle_order, cycle_partition, instant, invitation_queue, timeline_at};
use crate::ledger::EntryPut;
use crate::members::accounts::instant_of;
use crate::purchases::lines::{packed_lines, unpacked_lines};
use crate::purchases::returns::{ReturnedItem, unchanged};
use crate::table::expression::text;
use crate::table::{Commit, Condition, Item, Label, Transaction, from_item, json};
use crate::timeline::row::{
    PurchaseRow, allocations_item, allocations_of, expired_item, tier_item,
};
use crate::{Store, StoreError};

/// The result of writing a purchase.
#[derive(Debug)]
pub enum PurchaseOutcome {
    /// It was written.
    Recorded,
    /// The invoice has a purchase already, or a credit that waits for it.
    Exists(Box<RecordedInvoice>),
    /// Another write changed the account or the reservation first: read and decide again.
    Outdated,
}

/// The data of a purchase to be written.
pub struct PurchaseWrite<'a> {
    /// The purchase as the till sent it.
    pub purchase: &'a Purchase,
    /// The points that it earns; `None` records it without a member.
    pub earned: Option<EarnedPoints<'a>>,
    /// The fingerprint of the request.
    pub fingerprint: String,
    /// The credit for the invoice, as it was found.
    pub credit: Option<&'a Credit>,
    /// The receipt that gets its member; `None` for a purchase that is new.
    pub attached_receipt: Option<AttachedReceipt<'a>>,
    /// The claim that it opens.
    pub claim: Option<&'a Claim>,
    /// The reservation that pays for a part of it.
    pub reservation: Option<&'a Reservation>,
    /// Whether it starts the care cycle of its member, as an order does.
    pub starts_cycle: bool,
    /// When the invitation to rate it is due.
    pub invitation_due: Option<Timestamp>,
}

/// The points that a purchase earns.
#[derive(Clone, Copy)]
pub struct EarnedPoints<'a> {
    /// The member's account as it was read.
    pub account: &'a MemberAccount,
    /// The decision.
    pub accrual: &'a Accrual,
}

/// A recorded purchase without a member, which gets the member whose it is.
#[derive(Clone, Copy)]
pub struct AttachedReceipt<'a> {
    /// The idempotency key of the request that attaches the receipt; `None` if its till sent it again.
    pub key: Option<&'a str>,
    /// The purchase as it was recorded.
    pub receipt: &'a Receipt,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct PurchaseItem {
    kind: String,
    branch: String,
    invoice_number: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeline_member: Option<MemberId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeline_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded_at: Option<String>,
    /// What the timeline shows; a credit has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<PurchaseRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lines: Option<String>,
    #[serde(rename = "content", skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    returned: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<u32>,
    /// The breakdown since the purchase was rated again.
    #[serde(skip_serializing_if = "Option::is_none")]
    corrected: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credited_member: Option<MemberId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credited_points: Option<Points>,
    /// The member to whom the purchase was moved last, and when.
    #[serde(skip_serializing_if = "Option::is_none")]
    moved_to: Option<MemberId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    moved_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claim_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claimed_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claim_request_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outbox: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lookup_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lookup_sort: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    work_queue: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    work_due: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    actor: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    request_id: String,
}

impl Store {
    /// Reads what is stored under an invoice.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn purchase(
        &self,
        purchase_id: &PurchaseId,
    ) -> Result<Option<RecordedInvoice>, StoreError> {
        let item = self.get(&Key::purchase(purchase_id)).await?;
        item.map(|item| purchase_of(purchase_id, item)).transpose()
    }

    /// Writes a purchase and the points it earns: both or nothing.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn record_purchase(
        &self,
        write: &PurchaseWrite<'_>,
        stamp: &Stamp,
    ) -> Result<PurchaseOutcome, StoreError> {
        let mut transaction = Transaction::default();
        transaction.put_purchase(write, stamp)?;
        let Commit::Refused(mut refusals) = self.commit(transaction).await? else {
            return Ok(PurchaseOutcome::Recorded);
        };
        Ok(match refusals.found(Label::Purchase)? {
            None => PurchaseOutcome::Outdated,
            Some(found) => {
                PurchaseOutcome::Exists(Box::new(purchase_of(&write.purchase.id(), found)?))
            }
        })
    }
}

impl Transaction {
    /// Adds a purchase and the account after it.
    pub(crate) fn put_purchase(
        &mut self,
        write: &PurchaseWrite<'_>,
        stamp: &Stamp,
    ) -> Result<(), StoreError> {
        let unattached = |receipt: &Receipt| {
            Condition::compares("content", "=", text(write.fingerprint.clone()))
                .and(Condition::missing("timeline_member"))
                .and(unchanged(receipt.revision))
        };
        let as_read = match (write.attached_receipt, write.credit) {
            (Some(attached), _) => unattached(attached.receipt),
            (None, Some(_)) => Condition::compares("kind", "=", text("credit")),
            (None, None) => Condition::absent(),
        };
        let key = Key::purchase(&write.purchase.id());
        let item = item_of(write, stamp)?;
        match write.earned {
            None => self.put(Label::Purchase, key, &item, as_read)?,
            Some(EarnedPoints { account, accrual }) => {
                let warnings = &accrual.warnings;
                let label = Label::Purchase;
                let entry = EntryPut { label, key, item: &item, as_read, warnings };
                self.put_entry(entry, account, &accrual.account)?;
            }
        }
        if let Some(claim) = write.claim {
            self.put_opened_claim(claim, stamp)?;
        }
        if let Some(reservation) = write.reservation {
            self.confirm_reservation(reservation, &write.purchase.id());
        }
        Ok(())
    }

    /// Adds a credit that waits for its purchase: refused if the invoice is there.
    pub(crate) fn put_credit(
        &mut self,
        invoice: Invoice<'_>,
        credit: &Credit,
        stamp: &Stamp,
    ) -> Result<(), StoreError> {
        let item = PurchaseItem {
            kind: "credit".to_owned(),
            branch: invoice.branch.to_owned(),
            invoice_number: invoice.number.to_owned(),
            recorded_at: Some(instant(stamp.at)),
            credited_member: Some(credit.member_id.clone()),
            credited_points: Some(credit.points),
            actor: stamp.actor.clone(),
            request_id: stamp.request_id.clone(),
            ..PurchaseItem::default()
        };
        let key = Key::purchase(&invoice.purchase_id());
        self.put(Label::Credit, key, &item, Condition::absent())
    }
}

fn item_of(write: &PurchaseWrite<'_>, stamp: &Stamp) -> Result<PurchaseItem, StoreError> {
    let purchase = write.purchase;
    // Attaching a receipt adds to the facts that the till sent. It changes none.
    let recorded = write.attached_receipt.map_or(stamp, |attached| &attached.receipt.recorded);
    let attached = write.attached_receipt.map(|_| stamp);
    let mut item = PurchaseItem {
        kind: "purchase".to_owned(),
        branch: purchase.branch.clone(),
        invoice_number: purchase.invoice_number.clone(),
        recorded_at: Some(instant(recorded.at)),
        row: Some(row_of(write)?),
        lines: (!purchase.lines.is_empty()).then(|| packed_lines(&purchase.lines)),
        fingerprint: Some(write.fingerprint.clone()),
        credited_member: write.credit.map(|credit| credit.member_id.clone()),
        credited_points: write.credit.map(|credit| credit.points),
        claim_key: write.attached_receipt.and_then(|attached| attached.key).map(str::to_owned),
        returned: match write.attached_receipt.map(|attached| attached.receipt) {
            Some(receipt) if receipt.revision > 0 => {
                Some(json(&ReturnedItem::of(&receipt.returned))?)
            }
            _ => None,
        },
        revision: write
            .attached_receipt
            .map(|attached| attached.receipt.revision)
            .filter(|revision| *revision > 0),
        claimed_by: attached.map(|attached| attached.actor.clone()),
        claim_request_id: attached.map(|attached| attached.request_id.clone()),
        actor: recorded.actor.clone(),
        request_id: recorded.request_id.clone(),
        ..PurchaseItem::default()
    };
    if let Some(EarnedPoints { account, .. }) = write.earned {
        if write.starts_cycle {
            item.outbox = Some("order".to_owned());
            item.lookup_key = Some(cycle_partition(recorded.at));
            item.lookup_sort = Some(cycle_order(recorded.at, &purchase.id()));
        }
        item.work_queue = write.invitation_due.map(|_| invitation_queue(&account.member_id));
        item.work_due = write.invitation_due.map(instant);
        item.timeline_member = Some(account.member_id.clone());
        item.timeline_at = Some(timeline_at(stamp.at, account.account.version + 1));
    }
    Ok(item)
}

fn row_of(write: &PurchaseWrite<'_>) -> Result<PurchaseRow, StoreError> {
    let accrual = write.earned.map(|earned| earned.accrual);
    let lot = accrual.map(|accrual| &accrual.lot);
    let second = |at: Option<Timestamp>| at.map(Timestamp::as_second);
    Ok(PurchaseRow {
        purchased_at: write.purchase.purchased_at,
        amount: write.purchase.total.amount,
        currency: write.purchase.total.currency,
        points: lot.map(|lot| lot.points),
        available_at: lot.and_then(|lot| second(lot.available_at)),
        expires_at: lot.and_then(|lot| second(lot.expires_at)),
        balance_after: accrual.map(|accrual| accrual.balance.available),
        explanation: accrual.map(|accrual| json(&accrual.explanation)).transpose()?,
        paid_amount: (write.purchase.paid_with_points_minor > 0)
            .then_some(write.purchase.paid_with_points_minor),
        paid: accrual.map_or_else(Vec::new, |accrual| allocations_item(&accrual.paid)),
        expired: accrual.map_or_else(Vec::new, |accrual| expired_item(&accrual.expired)),
        tier: accrual.map_or_else(Vec::new, |accrual| tier_item(&accrual.tier_changes)),
    })
}

pub(crate) fn purchase_of(
    purchase_id: &PurchaseId,
    item: Item,
) -> Result<RecordedInvoice, StoreError> {
    let item: PurchaseItem = from_item(item)?;
    let corrupt = |name| StoreError::attribute(purchase_id.as_str(), "purchase", name);
    let credit = item.credited_member.zip(item.credited_points);
    let credit = credit.map(|(member_id, points)| Credit { member_id, points });
    let entered_at = item.timeline_at.as_deref().and_then(crate::timeline::time_of);
    let earned = match (item.timeline_member, item.row.as_ref().zip(entered_at)) {
        (Some(member_id), Some((row, at))) => Some(Earned {
            at: item.moved_at.unwrap_or(at),
            member_id: item.moved_to.unwrap_or(member_id),
            points: row.points.ok_or_else(|| corrupt("points"))?,
            available_at: row.available_at.and_then(instant_of),
            expires_at: row.expires_at.and_then(instant_of),
            explanation: row.explanation().ok_or_else(|| corrupt("explanation"))?,
            corrected: item
                .corrected
                .as_deref()
                .map(serde_json::from_str)
                .transpose()
                .map_err(|_| corrupt("corrected"))?,
            paid: allocations_of(&row.paid),
            claim_key: item.claim_key,
        }),
        _ => None,
    };
    let receipt = match (item.row, item.fingerprint) {
        (Some(row), Some(fingerprint)) => Some(Receipt {
            purchase: Purchase {
                branch: item.branch.clone(),
                invoice_number: item.invoice_number.clone(),
                purchased_at: row.purchased_at,
                total: row.total(),
                lines: unpacked_lines(item.lines.as_deref()).ok_or_else(|| corrupt("lines"))?,
                paid_with_points_minor: row.paid_amount.unwrap_or_default(),
            },
            fingerprint,
            recorded: Stamp {
                at: item
                    .recorded_at
                    .and_then(|at| at.parse().ok())
                    .ok_or_else(|| corrupt("recorded_at"))?,
                actor: item.actor,
                request_id: item.request_id,
            },
            earned,
            returned: match item.returned.as_deref().map(serde_json::from_str::<ReturnedItem>) {
                None => Returned::default(),
                Some(Ok(returned)) => returned.returned(),
                Some(Err(_)) => return Err(corrupt("returned")),
            },
            revision: item.revision.unwrap_or_default(),
        }),
        _ => None,
    };
    Ok(RecordedInvoice {
        purchase_id: purchase_id.clone(),
        branch: item.branch,
        invoice_number: item.invoice_number,
        receipt,
        credit,
    })
}

/// Reads a purchase that starts a care cycle from its item; `None` if it names nobody.
pub(crate) fn order_of(item: Item) -> Result<Option<CycleStart>, StoreError> {
    let (pk, _) = crate::table::key_of(&item);
    let item: PurchaseItem = from_item(item)?;
    let named = item.timeline_member.zip(item.row);
    Ok(named.map(|(member_id, row)| CycleStart {
        purchase_id: pk,
        member_id,
        purchased_at: row.purchased_at,
    }))
}
