//! The orders of the tour: a care cycle with its calls, started by an order and by a purchase.

use puntos_tests::orders::send;
use puntos_tests::{Answer, World};
use serde_json::{Value, json};

use super::{fire, later};

/// A customer places an order and schedules an automatic one, and an agent calls.
pub(super) async fn care(world: &World) {
    let mut program = world.admin.get("/v1/program").await.expect(200).body;
    program["care"] = json!({"purchases_start_cycles": true, "reconnect_months": 4});
    let _ = world.admin.put("/v1/program", program).await.expect(200);
    later(world, 1);
    let member_id = world.member_id().await;
    let _ = world.earn(&member_id, 1).await;
    world.settle().await;
    let failed = event(world, &member_id, "card_failed", json!({"detail": "refused"})).await;
    let path = format!("/v1/tasks/{}/complete", failed.text("tasks.0.task_id"));
    let assign = path.replace("complete", "assign");
    let _ = world.agent.post(&assign, json!({"agent_id": "me"}), None).await.expect(200);
    let note = json!({"note": "another card by Friday"});
    let _ = world.agent.post(&path, note, Some("called")).await.expect(200);
    let _ = world.agent.put("/v1/agents/me", json!({"name": "Anna Agent"})).await.expect(200);
    let in_weeks = world.stack.clock().now() + jiff::SignedDuration::from_hours(24 * 40);
    let day = in_weeks.to_zoned(jiff::tz::TimeZone::UTC).date();
    let _ = event(world, &member_id, "autoship_scheduled", json!({"scheduled_for": day})).await;
    let sooner = json!({"scheduled_for": day.yesterday().unwrap()});
    let _ = event(world, &member_id, "rescheduled", sooner).await;
    let path = format!("/v1/members/{member_id}");
    let _ = world.agent.patch(&path, json!({"agent_id": "agent-1"})).await.expect(200);
    let money = json!({"amount": {"amount": 129_990, "currency": "RUB"}});
    let _ = event(world, &member_id, "payment_received", money.clone()).await;
    let _ = event(world, &member_id, "placed", json!({})).await;
    later(world, 1);
    fire(world, "find-failures").await;
    let _ = event(world, &member_id, "payment_received", json!({"order_id": "order-2"})).await;
    let mut sent = money.clone();
    sent["bank_reference"] = json!("ref-1");
    let _ = event(world, &member_id, "refund_sent", sent).await;
    later(world, 7);
    fire(world, "generate-tasks").await;
}

async fn event(world: &World, member_id: &str, kind: &str, further: Value) -> Answer {
    send(world, member_id, kind, "order-1", further).await.expect(201)
}
