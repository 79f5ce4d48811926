//! The route of `track-orders`: one event of an order.

use puntos_api::{Problem, ProblemBody};
use puntos_domain::calendar::local_date;
use puntos_domain::care::{OrderEvent, OrderEventKind, OrderEventRequest, Refusal};
use puntos_domain::id::MemberId;
use puntos_domain::stamp::Stamp;
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call};
use puntos_store::{OrderEventOutcome, Store, StoreError, TaskBrief, pause};
use serde::Serialize;

/// How often an event is decided again because another write moved the cycle.
const TRIES_MAX: u32 = 60;

/// An event of an order, as it was taken in.
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
    /// The tasks that it made, moved or ended, as it left them.
    pub tasks: Vec<TaskBrief>,
}

/// What became of an event.
pub(crate) struct Recorded {
    tasks: Vec<TaskBrief>,
    replayed: bool,
}

#[utoipa::path(
    post, path = "/v1/orders/events", tag = "Tasks", request_body = OrderEventRequest,
    description = "Takes in what happened to an order; care tasks follow from it. event_id is unique for ever: a retry answers the same tasks again, other content is refused. Events may come late and in any order: of two of one order the later holds.",
    responses(
        (status = 201, description = "Taken in, now or before (Idempotency-Replayed: true)", body = OrderEventAnswer),
        (status = 409, description = "too_many_autoships, too_many_tasks: more than one member can have", body = ProblemBody),
        (status = 422, description = "idempotency_key_reused: the event came before with other content; invalid_field", body = ProblemBody),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn record(call: &Call) -> Result<Answer, Failure> {
    let request = call.request.body::<OrderEventRequest>()?;
    let member_id = request.member_id.parse().map_err(|_| no_member())?;
    let event = request.checked(member_id, call.now)?;
    let recorded = record_once(&call.store, &event, &call.stamp()?).await?;
    let answer = OrderEventAnswer {
        event_id: event.event_id,
        member_id: event.member_id,
        kind: event.kind,
        order_id: event.order_id,
        tasks: recorded.tasks,
    };
    Ok(Answer::created(answer).replayed(recorded.replayed))
}

/// Loads, decides and commits, again when another write was faster.
pub(crate) async fn record_once(
    store: &Store,
    event: &OrderEvent,
    stamp: &Stamp,
) -> Result<Recorded, Failure> {
    for attempt in 0..TRIES_MAX {
        pause(attempt).await;
        let basis = store.order_basis(event).await?;
        if let Some(first) = basis.event {
            return replay(&first.content, event, first.tasks);
        }
        let care = basis.care.ok_or_else(no_member)?;
        let program = basis.head.ok_or_else(Problem::not_found)?.newest;
        let zone = program.zone();
        let moved =
            care.cycle.on_event(event, program.program.care, &zone, stamp.at).map_err(refused)?;
        let today = local_date(stamp.at, &zone);
        match store.record_order_event(event, care.version, &moved, today, stamp).await? {
            OrderEventOutcome::Recorded(tasks) => return Ok(Recorded { tasks, replayed: false }),
            OrderEventOutcome::Exists(first) => return replay(&first.content, event, first.tasks),
            OrderEventOutcome::Moved => {}
        }
    }
    Err(StoreError::Busy.into())
}

fn replay(first: &str, event: &OrderEvent, tasks: Vec<TaskBrief>) -> Result<Recorded, Failure> {
    if first != event.content_digest() {
        return Err(Problem::key_reused().into());
    }
    Ok(Recorded { tasks, replayed: true })
}

fn no_member() -> Problem {
    Problem::not_found_field("member_id", "no member is enrolled with it")
}

fn refused(refusal: Refusal) -> Problem {
    let code = match refusal {
        Refusal::TooManyAutoships => "too_many_autoships",
        Refusal::TooManyTasks => "too_many_tasks",
    };
    Problem::conflict(code, refusal.to_string())
}
