//! Events of orders: what the shop reports about an order.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::TaskBrief;
use crate::id::{ClaimId, MemberId, OrderEventId, PurchaseId};
use crate::money::Money;

/// What happened to an order.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum OrderEventKind {
    Placed,
    /// An automatic order was scheduled.
    AutoshipScheduled,
    /// An automatic order was delayed or pulled forward.
    Rescheduled,
    Cancelled,
    /// The card could not be charged.
    CardFailed,
    /// A product came back.
    Returned,
    /// The customer enrolled in an upgrade.
    UpgradeEnrolled,
    /// Money for the order arrived.
    PaymentReceived,
    /// The order could not be completed.
    OrderFailed,
    /// The money was asked back.
    RefundRequested,
    /// The money was sent back.
    RefundSent,
    /// The customer has the money back.
    RefundReceived,
}

impl OrderEventKind {
    /// Returns whether the event says something about the money of an order.
    pub const fn is_about_money(self) -> bool {
        matches!(
            self,
            Self::PaymentReceived
                | Self::OrderFailed
                | Self::RefundRequested
                | Self::RefundSent
                | Self::RefundReceived
        )
    }

    /// Returns whether an order that was placed exists no more after the event.
    pub const fn ends_order(self) -> bool {
        matches!(self, Self::Cancelled | Self::OrderFailed)
    }

    /// Returns whether the event changes the care cycle.
    pub const fn is_about_care(self) -> bool {
        !self.is_about_money() || matches!(self, Self::OrderFailed)
    }

    /// Returns whether the event has the date of an automatic order.
    pub const fn schedules(self) -> bool {
        matches!(self, Self::AutoshipScheduled | Self::Rescheduled)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderEvent {
    /// The shop's id of the event.
    pub event_id: String,
    /// What happened.
    pub kind: OrderEventKind,
    /// The customer.
    pub member_id: MemberId,
    /// The shop's id of the order.
    pub order_id: String,
    /// When it happened.
    pub at: Timestamp,
    /// The local date of an automatic order; present if the kind schedules one.
    pub scheduled_for: Option<Date>,
    /// The money of the event.
    pub amount: Option<Money>,
    /// The bank's reference of the money.
    pub bank_reference: Option<String>,
    /// A note for colleagues.
    pub detail: Option<String>,
}

#[derive(Debug, Clone)]
pub struct RecordedOrderEvent {
    /// The fingerprint of the event.
    pub fingerprint: String,
    /// The tasks that it changed, after the change.
    pub tasks: Vec<TaskBrief>,
    /// The claim about the money of the order, as it was then.
    pub claim_id: Option<ClaimId>,
}

impl OrderEvent {
    /// Returns a purchase at the till as an event of an order.
    pub fn of_purchase(purchase_id: &str, member_id: MemberId, purchased_at: Timestamp) -> Self {
        Self {
            event_id: purchase_id.to_owned(),
            kind: OrderEventKind::Placed,
            member_id,
            order_id: purchase_id.to_owned(),
            at: purchased_at,
            scheduled_for: None,
            amount: None,
            bank_reference: None,
            detail: None,
        }
    }

    /// Returns whether it is a purchase at the till. No event reports the money of one.
    pub fn is_purchase(&self) -> bool {
        self.order_id.parse::<PurchaseId>().is_ok()
    }

    /// Returns whether the payment of its order keeps it: it says something about the money, or whether the order exists.
    pub fn is_kept_with_payment(&self) -> bool {
        let is_about_order =
            matches!(self.kind, OrderEventKind::Placed | OrderEventKind::Cancelled);
        self.kind.is_about_money() || is_about_order && !self.is_purchase()
    }

    /// Returns the id under which it is stored.
    pub fn id(&self) -> OrderEventId {
        OrderEventId::of_event(&self.event_id)
    }
}
