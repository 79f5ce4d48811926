//! Events of orders, as the shop sends them.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::field::{FieldError, FieldErrors, LABEL_MAX_CHARS, NOTE_MAX_CHARS, optional_text, text};
use crate::id::{MemberId, OrderEventId, digest};
use crate::purchase::not_ahead;

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
    /// It was placed.
    Placed,
    /// An automatic order was scheduled.
    AutoshipScheduled,
    /// An automatic order was delayed or pulled forward.
    Rescheduled,
    /// It was cancelled.
    Cancelled,
    /// The card could not be charged.
    CardFailed,
    /// A product came back.
    Returned,
    /// The customer enrolled in an upgrade.
    UpgradeEnrolled,
}

impl OrderEventKind {
    /// Returns the name, as JSON has it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Returns whether it tells for which date an automatic order is scheduled.
    pub const fn schedules(self) -> bool {
        matches!(self, Self::AutoshipScheduled | Self::Rescheduled)
    }
}

/// An event of an order as the shop sends it.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderEventRequest {
    /// The shop's id of the event, unique for ever.
    pub event_id: String,
    /// What happened.
    pub kind: OrderEventKind,
    /// The customer.
    pub member_id: String,
    /// The shop's id of the order.
    pub order_id: String,
    /// When it happened.
    #[schema(value_type = String, format = "date-time")]
    pub at: Timestamp,
    /// The local date of an automatic order, YYYY-MM-DD: needed where one is scheduled.
    #[schema(value_type = Option<String>, format = "date")]
    pub scheduled_for: Option<Date>,
    /// What colleagues should know; becomes the note of the task.
    pub detail: Option<String>,
}

/// An event of an order.
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
    /// The local date of an automatic order; there where the kind schedules one.
    pub scheduled_for: Option<Date>,
    /// What colleagues should know.
    pub detail: Option<String>,
}

impl OrderEventRequest {
    /// Returns the event of this member when its texts fit, its time is not ahead, and its date is
    /// there.
    ///
    /// # Errors
    /// Returns every field that is refused.
    pub fn checked(
        self,
        member_id: MemberId,
        now: Timestamp,
    ) -> Result<OrderEvent, Vec<FieldError>> {
        let mut errors = FieldErrors::default();
        let event_id = errors.keep(text("event_id", self.event_id, LABEL_MAX_CHARS));
        let order_id = errors.keep(text("order_id", self.order_id, LABEL_MAX_CHARS));
        let detail = errors.keep(optional_text("detail", self.detail, NOTE_MAX_CHARS));
        errors.keep(not_ahead("at", self.at, now));
        if self.kind.schedules() && self.scheduled_for.is_none() {
            errors.push(FieldError::invalid("scheduled_for", "must be given"));
        }
        let parts = event_id.zip(order_id).zip(detail);
        let ((event_id, order_id), detail) = errors.into_result(parts)?;
        Ok(OrderEvent {
            event_id,
            kind: self.kind,
            member_id,
            order_id,
            at: self.at,
            scheduled_for: self.scheduled_for,
            detail,
        })
    }
}

impl OrderEvent {
    /// Returns the event of an order that a purchase at the till is.
    pub fn of_purchase(purchase_id: &str, member_id: MemberId, purchased_at: Timestamp) -> Self {
        Self {
            event_id: purchase_id.to_owned(),
            kind: OrderEventKind::Placed,
            member_id,
            order_id: purchase_id.to_owned(),
            at: purchased_at,
            scheduled_for: None,
            detail: None,
        }
    }

    /// Returns the id under which it is stored.
    pub fn id(&self) -> OrderEventId {
        OrderEventId::of_event(&self.event_id)
    }

    /// Returns a digest of what a retry must repeat.
    pub fn content_digest(&self) -> String {
        let scheduled_for = self.scheduled_for.map(|date| date.to_string()).unwrap_or_default();
        digest(&[
            self.kind.as_str(),
            self.member_id.as_str(),
            &self.order_id,
            &self.at.to_string(),
            &scheduled_for,
            self.detail.as_deref().unwrap_or_default(),
        ])
    }
}
