//! Records an event of an order: from a request, or from a message.

use crate::TrackOrders;
use puntos_api::Problem;
use puntos_api::merges::member_merged;
use puntos_api::orders::{OrderEventAnswer, OrderEventRequest, no_member, refused};
use puntos_domain::calendar::local_date;
use puntos_domain::care::{OrderEvent, RecordedOrderEvent, TaskBrief};
use puntos_domain::fingerprint;
use puntos_domain::outcome::Outcome;
use puntos_domain::stamp::Stamp;
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::{OrderEventOutcome, Store};

/// The result of recording an order event, with the tasks that it changed.
pub(crate) type Recorded = Outcome<Vec<TaskBrief>, Problem>;

pub(crate) async fn record(_: &TrackOrders, call: &Call) -> Result<Answer, Failure> {
    let event = call.request.body::<OrderEventRequest>()?.command(call.now)?;
    let stamp = call.stamp()?;
    let recorded = call.decide(|_| attempt(&call.store, &event, &stamp, false)).await?;
    let answer = match recorded {
        Outcome::Done(tasks) => Outcome::Done(OrderEventAnswer::new(&event, tasks)),
        Outcome::Replayed(tasks) => Outcome::Replayed(OrderEventAnswer::new(&event, tasks)),
        Outcome::Conflict => Outcome::Conflict,
        Outcome::Refused(problem) => Outcome::Refused(problem),
    };
    Ok(Answer::of_outcome(201, answer)?)
}

/// Loads, decides and commits. Returns `None` if another write came first. A message may name a member who was merged
/// after it was sent; a request must name the other one.
pub(crate) async fn attempt(
    store: &Store,
    event: &OrderEvent,
    stamp: &Stamp,
    is_message: bool,
) -> Result<Option<Recorded>, Failure> {
    let basis = store.order_basis(event).await?;
    if let Some(first) = basis.event {
        return Ok(Some(replayed(first, event)));
    }
    if let Some(merged_into) = basis.merged_into.as_ref().filter(|_| !is_message) {
        return Ok(Some(Outcome::Refused(member_merged(merged_into))));
    }
    let care = basis.care.ok_or_else(no_member)?;
    let head = basis.head.ok_or_else(Problem::not_found)?;
    let program = store.program_at(&head, stamp.at).await?;
    let zone = program.zone();
    let decision = match care.cycle.on_event(event, program.program.care, &zone, stamp.at) {
        Ok(decision) => decision,
        Err(refusal) => return Ok(Some(Outcome::Refused(refused(refusal)))),
    };
    let today = local_date(stamp.at, &zone);
    Ok(match store.record_order_event(event, care.version, &decision, today, stamp).await? {
        OrderEventOutcome::Recorded(tasks) => Some(Outcome::Done(tasks)),
        OrderEventOutcome::Exists(first) => Some(replayed(first, event)),
        OrderEventOutcome::Moved => None,
    })
}

fn replayed(first: RecordedOrderEvent, event: &OrderEvent) -> Recorded {
    match first.fingerprint == fingerprint::order_event(event) {
        true => Outcome::Replayed(first.tasks),
        false => Outcome::Conflict,
    }
}
