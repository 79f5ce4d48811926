//! Order events: who may send them, repeated, late and in any sequence; and how many tasks one member can
//! have.

use puntos_tests::World;
use puntos_tests::orders::{event, send};
use serde_json::{Value, json};

/// Returns a member's tasks as `kind from..until status`, the newest first.
pub(crate) async fn tasks(world: &World, member: &str) -> Vec<String> {
    let path = format!("/v1/members/{member}/tasks?limit=100");
    let found = world.agent.get(&path).await.expect(200);
    found.at("data").as_array().unwrap().iter().map(task_line).collect()
}

/// Returns a task as `kind from..until status`.
pub(crate) fn task_line(task: &Value) -> String {
    let text = |name: &str| task[name].as_str().unwrap_or_default();
    let (kind, status) = (text("kind"), text("status"));
    format!("{kind} {}..{} {status}", text("due_from"), text("due_until"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_is_taken_in_once() {
    let world = World::start().await;
    let member = world.member_id().await;
    let body = event(&world, &member, "card_failed", "o1", json!({"detail": "the bank refused"}));
    let first = world.pos.post("/v1/orders/events", body.clone(), None).await.expect(201);
    assert!(!first.replayed);
    assert_eq!(first.at("event_id"), &body["event_id"]);
    assert_eq!((first.text("kind"), first.text("order_id")), ("card_failed".into(), "o1".into()));
    assert_eq!(first.text("member_id"), member);
    assert_eq!(first.text("tasks.0.kind"), "card_failed");
    assert!(first.text("tasks.0.task_id").starts_with("tsk_"));
    // The header's key is ignored, and the time may have another format.
    for key in [None, Some("key-1"), Some("key-2")] {
        let again = world.pos.post("/v1/orders/events", body.clone(), key).await.expect(201);
        assert!(again.replayed);
        assert_eq!(again.body, first.body);
    }
    for (field, value) in [
        ("kind", json!("returned")),
        ("order_id", json!("o2")),
        ("detail", Value::Null),
        ("member_id", json!(world.member_id().await)),
        ("at", json!("2020-01-01T00:00:00Z")),
    ] {
        let mut other = body.clone();
        other[field] = value;
        let refused = world.pos.post("/v1/orders/events", other, None).await;
        let _ = refused.expect_problem(422, "idempotency_key_reused");
    }
    assert_eq!(tasks(&world, &member).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_does_not_fit_is_refused_with_its_field() {
    let world = World::start().await;
    let member = world.member_id().await;
    let ahead = world.stack.clock().now() + jiff::SignedDuration::from_hours(25);
    let long = "x".repeat(501);
    let table = [
        (json!({"event_id": ""}), "event_id", 422),
        (json!({"event_id": "x".repeat(65)}), "event_id", 422),
        (json!({"order_id": "o\n1"}), "order_id", 422),
        (json!({"kind": "vanished"}), "kind", 422),
        (json!({"at": ahead.to_string()}), "at", 422),
        (json!({"detail": long}), "detail", 422),
        (json!({"kind": "autoship_scheduled"}), "scheduled_for", 422),
        (json!({"kind": "rescheduled", "scheduled_for": null}), "scheduled_for", 422),
        (json!({"scheduled_for": "2025-02-30"}), "scheduled_for", 422),
        (json!({"surprise": 1}), "surprise", 422),
        (json!({"member_id": "mbr_0000000000000000"}), "member_id", 404),
        (json!({"member_id": "nobody"}), "member_id", 404),
    ];
    for (further, field, status) in table {
        let refused = send(&world, &member, "placed", "o1", further.clone()).await.expect(status);
        assert_eq!(refused.text("errors.0.field"), field, "{further}");
    }
    let ancient = send(&world, &member, "placed", "o1", json!({"at": "1999-12-31T23:59:59+02:00"}));
    let _ = ancient.await.expect(201);
    for caller in [&world.agent, &world.supervisor, &world.admin, &world.member(&member).await] {
        let body = event(&world, &member, "placed", "o1", json!({}));
        let refused = caller.post("/v1/orders/events", body, None).await;
        let _ = refused.expect_problem(403, "forbidden");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happened_is_a_task_for_the_agent_at_once() {
    let world = World::start().await;
    world.stack.set_clock("2026-05-10T12:00:00Z".parse().unwrap());
    let member = world.member_id().await;
    for (kind, further, expected) in [
        ("card_failed", json!({"detail": "the bank refused"}), "card_failed"),
        ("returned", json!({}), "product_returned"),
        ("upgrade_enrolled", json!({}), "upgrade"),
        ("rescheduled", json!({"scheduled_for": "2026-07-20"}), "autoship_changed"),
    ] {
        let sent = send(&world, &member, kind, &format!("order-{kind}"), further).await.expect(201);
        assert_eq!(sent.text("tasks.0.kind"), expected);
        let path = format!("/v1/tasks?kind={expected}");
        let listed = world.agent.get(&path).await.expect(200);
        assert_eq!(listed.text("data.0.task_id"), sent.text("tasks.0.task_id"));
        let row = &listed.at("data")[0];
        assert_eq!(task_line(row), format!("{expected} 2026-05-10.. open"));
        assert_eq!(row["member"]["member_id"], json!(member));
        assert_eq!(row["about"], json!(format!("order-{kind}")));
        assert_eq!(row["due_until"], Value::Null);
    }
    let failed = world.agent.get("/v1/tasks?kind=card_failed").await.expect(200);
    assert_eq!(failed.text("data.0.note"), "the bank refused");
    let path = format!("/v1/members/{member}/timeline?kind=task");
    let timeline = world.agent.get(&path).await.expect(200);
    assert_eq!(timeline.at("data").as_array().unwrap().len(), 4);
    assert!(timeline.text("data.0.summary").starts_with("Care task"));
    assert!(timeline.text("data.0.task_id").starts_with("tsk_"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_member_has_only_so_many_tasks() {
    let world = World::start().await;
    let member = world.member_id().await;
    for number in 0..50 {
        let order = format!("o{number}");
        let _ = send(&world, &member, "card_failed", &order, json!({})).await.expect(201);
    }
    let refused = send(&world, &member, "card_failed", "one-more", json!({})).await;
    let _ = refused.expect_problem(409, "too_many_tasks");
    let listed = world.agent.get("/v1/tasks?kind=card_failed&limit=1").await.expect(200);
    let path = format!("/v1/tasks/{}/complete", listed.text("data.0.task_id"));
    let _ = world.agent.post(&path, json!({}), Some("room")).await.expect(200);
    let _ = send(&world, &member, "card_failed", "one-more", json!({})).await.expect(201);
}
