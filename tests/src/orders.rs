//! Events of orders as the shop sends them, and the hourly run that makes tasks of them.

use serde_json::{Value, json};

use crate::{Answer, World};

/// Returns an event with the current time and these other fields.
pub fn event(world: &World, member: &str, kind: &str, order: &str, further: Value) -> Value {
    let mut body = json!({
        "event_id": format!("event-{}", world.fresh()), "kind": kind, "member_id": member,
        "order_id": order, "at": world.stack.clock().now().to_string(),
    });
    if let (Value::Object(body), Value::Object(further)) = (&mut body, further) {
        body.extend(further);
    }
    body
}

/// Sends an event with the current time.
pub async fn send(world: &World, member: &str, kind: &str, order: &str, further: Value) -> Answer {
    let body = event(world, member, kind, order, further);
    world.pos.post("/v1/orders/events", body, None).await
}

/// Sets the clock and runs the schedule of the care cycle, as the scheduler would.
///
/// # Panics
/// Where it is no instant, or the run fails.
pub async fn run_at(world: &World, now: &str) {
    let now = now.parse().expect("an instant");
    world.stack.set_clock(now);
    let outcome = world.stack.fire_schedules(Some("generate-tasks"), now).await;
    assert_eq!(outcome, [("generate-tasks".to_owned(), true)]);
}
