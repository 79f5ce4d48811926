//! Orders on the tour: events and a purchase that start cycles, the hourly run, the list, and a task.

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use puntos_tests::orders::send;
use puntos_tests::{Answer, World};
use serde_json::{Value, json};

use super::fire;

/// Lets purchases start care cycles from now on.
pub(super) async fn start_cycles(world: &World) {
    let mut program = world.admin.get("/v1/program").await.expect(200).body;
    program["effective_from"] = Value::Null;
    program["care"] = json!({"purchases_start_cycles": true, "reconnect_months": 4});
    let _ = world.admin.put("/v1/program", program).await.expect(200);
}

/// Places orders, lets days pass, and completes a task.
pub(super) async fn care(world: &World) {
    let member_id = world.member_id().await;
    let _ = world.earn(&member_id, 1).await;
    world.settle().await;
    let failed = event(world, &member_id, "card_failed", json!({})).await;
    let path = format!("/v1/tasks/{}/complete", failed.text("tasks.0.task_id"));
    let assign = path.replace("complete", "assign");
    let _ = world.agent.post(&assign, json!({"agent_id": "me"}), None).await.expect(200);
    let _ = world.agent.post(&path, json!({}), Some("called")).await.expect(200);
    let _ = event(world, &member_id, "card_failed", json!({})).await;
    // One has a care cycle and open tasks, the other has neither.
    for member in [&member_id, &world.member_id().await] {
        let path = format!("/v1/members/{member}");
        let _ = world.agent.patch(&path, json!({"agent_id": "agent-1"})).await.expect(200);
    }
    // A run creates the tasks of the order, and a later run lets them lapse.
    for days in [7, 14] {
        fire(world, "generate-tasks", SignedDuration::from_hours(24 * days)).await;
    }
    let _ = world.agent.put("/v1/agents/me", json!({"name": "Anna Agent"})).await.expect(200);
    let own = format!("/v1/members/{member_id}/tasks");
    let timeline = format!("/v1/members/{member_id}/timeline");
    let lists = ["/v1/tasks", "/v1/tasks/upcoming", "/v1/tasks/trend", "/v1/agents"];
    for path in lists.into_iter().chain([&*own, &timeline]) {
        let _ = world.agent.get(path).await.expect(200);
    }
    let _ = event(world, &member_id, "placed", json!({})).await;
    // The reminder of an automatic order is created and cancelled with the order.
    let soon = world.stack.clock().now() + SignedDuration::from_hours(24 * 10);
    let day = json!({"scheduled_for": soon.to_zoned(TimeZone::UTC).date()});
    for (kind, further) in [("autoship_scheduled", day), ("cancelled", json!({}))] {
        let _ = event(world, &member_id, kind, further).await;
    }
    // Money without an order becomes a claim, which its refund ends.
    let paid = json!({"amount": {"amount": 129_990, "currency": "RUB"}});
    let _ = event(world, &member_id, "payment_received", paid.clone()).await;
    fire(world, "find-failures", SignedDuration::from_hours(2)).await;
    let back = event(world, &member_id, "refund_received", paid).await;
    let path = format!("/v1/claims/{}", back.text("claim_id"));
    assert_eq!(world.agent.get(&path).await.expect(200).text("status"), "resolved");
}

async fn event(world: &World, member_id: &str, kind: &str, further: Value) -> Answer {
    send(world, member_id, kind, "order-1", further).await.expect(201)
}
