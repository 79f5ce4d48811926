//! The rows of orders, care tasks and claims.

use jiff::SignedDuration;
use puntos_tests::World;
use serde_json::json;

use super::desk::Desk;

/// How many customers have a task.
const CUSTOMERS: usize = 25;

/// Measures everything about care and claims.
pub(super) async fn measure(desk: &mut Desk) {
    tasks(desk).await;
    claims(desk).await;
}

async fn event(world: &World, member_id: &str, kind: &str) -> String {
    let body = json!({
        "event_id": format!("2026-{:08}", world.fresh()), "kind": kind, "member_id": member_id,
        "order_id": format!("order-{:06}", world.fresh()),
        "at": world.stack.clock().now().to_string(),
    });
    let answer = world.pos.post("/v1/orders/events", body, None).await.expect(201);
    answer.at("tasks")[0]["task_id"].as_str().unwrap_or_default().to_owned()
}

async fn fire(world: &World, function: &str) {
    let now = world.stack.clock().now();
    let fired = world.stack.fire_schedules(Some(function), now).await;
    assert_eq!(fired, [(function.to_owned(), true)]);
}

fn later(world: &World, days: i64) {
    world.stack.set_clock(world.stack.clock().now() + SignedDuration::from_hours(24 * days));
}

async fn tasks(desk: &mut Desk) {
    let member_id = desk.world.member_id().await;
    let place = async |world: &World| event(world, &member_id, "placed").await;
    let (_, own, whole) = desk.measured("order event", "track-orders", place).await;
    desk.at_most("order event", own, 2, 5.0, 7.0);
    assert_eq!(own, whole, "nothing follows an event by itself");
    let fail = async |world: &World| event(world, &member_id, "card_failed").await;
    let name = "order event that makes a task";
    let (task_id, own, _) = desk.measured(name, "track-orders", fail).await;
    desk.at_most(name, own, 2, 4.0, 9.0);
    fire(&desk.world, "generate-tasks").await;
    let run = async |world: &World| fire(world, "generate-tasks").await;
    let name = "hourly run, nothing due";
    let ((), idle, _) = desk.measured(name, "generate-tasks", run).await;
    desk.at_most(name, idle, 9, 5.0, 0.0);
    later(&desk.world, 7);
    let name = "hourly run, one call falls due";
    let ((), own, _) = desk.measured(name, "generate-tasks", run).await;
    desk.at_most(name, own, idle.requests() + 1, idle.read + 1.0, 8.0);
    for _ in 0..CUSTOMERS {
        let member_id = desk.world.member_id().await;
        let _ = event(&desk.world, &member_id, "returned").await;
    }
    for (name, path, requests) in [
        ("list of a day, a page of 20", "/v1/tasks?limit=20", 11),
        ("— of nobody's tasks only", "/v1/tasks?limit=20&agent=none", 11),
        ("what comes in a week", "/v1/tasks/upcoming?limit=20", 10),
        ("trend of tasks, 14 days", "/v1/tasks/trend", 16),
    ] {
        let list = async |world: &World| world.agent.get(path).await.expect(200);
        let (_, own, _) = desk.measured(name, "work-tasks", list).await;
        desk.at_most(name, own, requests, 12.0, 0.0);
    }
    let assign = async |world: &World| {
        let path = format!("/v1/tasks/{task_id}/assign");
        world.agent.post(&path, json!({"agent_id": "me"}), None).await.expect(200)
    };
    let (_, own, _) = desk.measured("assignment of a task", "work-tasks", assign).await;
    desk.at_most("assignment of a task", own, 3, 3.0, 2.0);
    let care = async |world: &World| {
        let path = format!("/v1/members/{member_id}");
        world.agent.patch(&path, json!({"agent_id": "agent-1"})).await.expect(200)
    };
    let name = "another agent of a member, without open tasks of the former";
    let (_, own, _) = desk.measured(name, "manage-members", care).await;
    desk.at_most(name, own, 6, 12.0, 14.0);
    let complete = async |world: &World| {
        let path = format!("/v1/tasks/{task_id}/complete");
        world.agent.post(&path, json!({"note": "called"}), Some("done")).await.expect(200)
    };
    let (_, own, _) = desk.measured("completion of a task", "work-tasks", complete).await;
    desk.at_most("completion of a task", own, 3, 4.0, 8.0);
}

async fn claims(desk: &mut Desk) {
    let member_id = desk.world.member_id().await;
    let open = async |world: &World| {
        let evidence = json!({"branch": "branch-0", "invoice_number": "2026-00000099"});
        let body = json!({"member_id": member_id, "kind": "missing_points", "evidence": evidence});
        world.agent.post("/v1/claims", body, Some("open")).await.expect(201).text("claim_id")
    };
    let name = "claim, its invoice looked up";
    let (claim_id, own, whole) = desk.measured(name, "track-claims", open).await;
    desk.at_most(name, own, 3, 6.0, 13.0);
    assert_eq!((whole.queue, whole.mail), (1, 1), "the member is told");
    let path = format!("/v1/claims/{claim_id}");
    let say = async |world: &World| {
        let body = json!({"status": "investigating", "note": "asked the branch"});
        world.agent.post(&format!("{path}/updates"), body, Some("say")).await.expect(201)
    };
    let (_, own, _) = desk.measured("step of a claim", "track-claims", say).await;
    desk.at_most("step of a claim", own, 2, 3.0, 12.0);
    let attach = async |world: &World| {
        let body = json!({"content_type": "image/jpeg", "bytes": 482_113});
        let path = format!("{path}/attachments");
        let attached = world.agent.post(&path, body, Some("picture")).await.expect(201);
        format!("{path}/{}", attached.text("attachment_id"))
    };
    let name = "attachment of a claim";
    let (attachment, own, whole) = desk.measured(name, "track-claims", attach).await;
    desk.at_most(name, own, 2, 4.0, 12.0);
    assert_eq!(own, whole, "no mail follows");
    let show = async |world: &World| world.agent.get(&attachment).await.expect(200);
    let name = "address of an attachment";
    let (_, own, _) = desk.measured(name, "track-claims", show).await;
    desk.at_most(name, own, 1, 2.0, 0.0);
    let mend = async |world: &World| {
        let body = json!({"points": 40});
        world.agent.post(&format!("{path}/fix"), body, Some("fix")).await.expect(200)
    };
    let name = "fix of a claim: points credited";
    let (_, own, _) = desk.measured(name, "track-claims", mend).await;
    desk.at_most(name, own, 4, 5.0, 25.0);
    let look = async |world: &World| fire(world, "find-failures").await;
    let name = "look for failures, nothing new";
    fire(&desk.world, "find-failures").await;
    let ((), own, _) = desk.measured(name, "find-failures", look).await;
    desk.at_most(name, own, 15, 8.0, 0.0);
    let payer = desk.world.member_id().await;
    let pay = async |world: &World| event(world, &payer, "payment_received").await;
    let (_, own, _) = desk.measured("payment that waits for its order", "track-orders", pay).await;
    desk.at_most("payment that waits for its order", own, 2, 6.0, 5.0);
    let refund = async |world: &World| event(world, &payer, "refund_requested").await;
    let (_, own, _) = desk.measured("refund that opens a claim", "track-orders", refund).await;
    desk.at_most("refund that opens a claim", own, 2, 6.0, 15.0);
}
