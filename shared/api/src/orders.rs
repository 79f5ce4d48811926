//! Events of orders: the route and its shapes.

use jiff::Timestamp;
use jiff::civil::Date;
use puntos_domain::care::{OrderEvent, OrderEventKind, RecordedOrderEvent, Refusal, TaskBrief};
use puntos_domain::field::{
    FieldError, FieldErrors, LABEL_MAX_CHARS, NOTE_MAX_CHARS, optional_text, text,
};
use puntos_domain::id::{ClaimId, MemberId};
use puntos_domain::money::Money;
use puntos_domain::payment::TooManyEvents;
use puntos_domain::purchase::not_ahead;
use serde::{Deserialize, Serialize};

use crate::{KeyRule, Problem, Reply, Role, Route, Shape};

/// Records an event of an order.
pub const RECORD_EVENT: Route = Route {
    key: "POST /v1/orders/events",
    operation_id: "record_order_event",
    tag: "Tasks",
    summary: "Record an event of an order",
    description: "Care tasks follow from it, and from events of money the claim about it: money without an \
        order becomes a claim after the programme's minutes, a refund at once, and refund_received \
        ends it. event_id is unique for ever: a retry returns the same \
        tasks again, other content is refused. Events may come late and in any order: of two events \
        of one order the later one counts, and the money is where all of them together say.",
    roles: &[Role::Pos],
    idempotency: KeyRule::Ignored,
    query: &[],
    request: Some(Shape::of::<OrderEventRequest>()),
    answers: &[Reply::new::<OrderEventAnswer>(201, "Recorded, or recorded before")],
    problems: &[
        (404, &["not_found"]),
        (
            409,
            &["member_merged", "too_many_autoships", "too_many_payment_events", "too_many_tasks"],
        ),
        (422, &["idempotency_key_reused"]),
    ],
};

/// An event of an order as the shop sends it.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
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
    /// The money: what was paid, or is to come back, was sent, or came back.
    pub amount: Option<Money>,
    /// The bank's reference of the money.
    pub bank_reference: Option<String>,
    /// What colleagues should know; becomes the note of the task.
    pub detail: Option<String>,
}

/// An event of an order, as it was recorded.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OrderEventAnswer {
    /// The shop's id of the event.
    pub event_id: String,
    /// The customer.
    #[schema(value_type = String)]
    pub member_id: MemberId,
    /// What happened.
    pub kind: OrderEventKind,
    /// The shop's id of the order.
    pub order_id: String,
    /// The tasks that it created, moved or closed, as it left them.
    pub tasks: Vec<TaskBrief>,
    /// The claim about the money of the order, once there is one.
    #[schema(value_type = Option<String>)]
    pub claim_id: Option<ClaimId>,
}

impl OrderEventRequest {
    /// Returns the event.
    ///
    /// # Errors
    /// Refuses every field that does not fit. An id that cannot be a member id is not found.
    pub fn command(self, now: Timestamp) -> Result<OrderEvent, Problem> {
        let member_id = self.member_id.parse().map_err(|_| no_member())?;
        let mut errors = FieldErrors::default();
        let event_id = errors.keep(text("event_id", self.event_id, LABEL_MAX_CHARS));
        let order_id = errors.keep(text("order_id", self.order_id, LABEL_MAX_CHARS));
        let detail = errors.keep(optional_text("detail", self.detail, NOTE_MAX_CHARS));
        let reference = optional_text("bank_reference", self.bank_reference, LABEL_MAX_CHARS);
        let bank_reference = errors.keep(reference).flatten();
        if let Some(amount) = &self.amount {
            errors.keep(amount.check("amount"));
        }
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
            amount: self.amount,
            bank_reference,
            detail,
        })
    }
}

impl OrderEventAnswer {
    /// Returns an event with what followed from it.
    pub fn new(event: &OrderEvent, recorded: RecordedOrderEvent) -> Self {
        Self {
            event_id: event.event_id.clone(),
            member_id: event.member_id.clone(),
            kind: event.kind,
            order_id: event.order_id.clone(),
            tasks: recorded.tasks,
            claim_id: recorded.claim_id,
        }
    }
}

/// Returns the refusal of a customer who is not enrolled.
pub fn no_member() -> Problem {
    Problem::not_found_field("member_id", "no member is enrolled with it")
}

/// Returns the refusal of an event of money beyond the most of one order.
pub fn too_many_payment_events() -> Problem {
    Problem::conflict("too_many_payment_events", TooManyEvents.to_string())
}

/// Returns the problem that a refused event is answered with.
pub fn refused(refusal: Refusal) -> Problem {
    let code = match refusal {
        Refusal::TooManyAutoships => "too_many_autoships",
        Refusal::TooManyTasks => "too_many_tasks",
    };
    Problem::conflict(code, refusal.to_string())
}
