//! The journey of a care cycle: an order and an automatic one, the days that pass, a purchase at the till
//! that starts the cycle anew, and calls that somebody makes.

use puntos::Call;
use puntos_tests::orders::event;
use serde_json::{Value, json};

use super::{Desk, Planned};
use crate::contract::orders::tasks;

/// The days on which the schedule comes; noon in Moscow.
const DAYS: [&str; 3] = ["2031-03-07T09:00:00Z", "2031-03-22T09:00:00Z", "2031-03-30T09:00:00Z"];

/// Travels with at most one fault, checks the end, and returns the calls that were made.
pub(super) async fn travel(planned: Planned) -> Vec<Call> {
    let desk = Desk::open(planned, "2031-03-01T09:00:00Z", |program| {
        program["care"]["purchases_start_cycles"] = json!(true);
    })
    .await;
    let world = &desk.world;
    desk.wire.arm();

    let _ = happens(&desk, "placed", "o1", Value::Null).await;
    let _ = happens(&desk, "autoship_scheduled", "a1", json!("2031-04-10")).await;
    desk.run_at("generate-tasks", DAYS[0]).await;
    let list = async || world.agent.get("/v1/tasks?kind=check_in").await;
    let check_in = desk.until_answered(list).await.expect(200).text("data.0.task_id");
    complete(&desk, &check_in).await;
    desk.run_at("generate-tasks", DAYS[1]).await;
    let purchase = world.purchase(&desk.member_id, 110_000);
    let bought = async || world.pos.post("/v1/purchases", purchase.clone(), None).await;
    let _ = desk.until_answered(bought).await.expect(201);
    desk.run_at("generate-tasks", DAYS[2]).await;
    let changed = happens(&desk, "rescheduled", "a1", json!("2031-04-15")).await;
    complete(&desk, &changed).await;

    let calls = desk.end();
    let expected = [
        "autoship_changed 2031-03-30.. completed",
        "autoship_reminder 2031-03-30..2031-04-15 open",
        "check_in 2031-03-07..2031-03-14 completed",
        "check_in 2031-03-28..2031-04-04 open",
        "connect 2031-03-22..2031-03-29 lapsed",
    ];
    // Late repetitions of every run change nothing.
    for day in DAYS.iter().rev() {
        let mut found = tasks(world, &desk.member_id).await;
        found.sort();
        assert_eq!(found, expected, "{desk}");
        desk.fire("generate-tasks", day).await;
    }
    desk.check_mails(0).await;
    desk.check_timeline(&[("purchase", 1), ("task", 5)], 110).await;
    desk.check_nothing_is_left().await;
    calls
}

/// Sends an event of an order until it is taken in, and returns the first task that it touched.
async fn happens(desk: &Desk, kind: &str, order: &str, scheduled_for: Value) -> String {
    let further = json!({"scheduled_for": scheduled_for});
    let body = event(&desk.world, &desk.member_id, kind, order, further);
    let send = async || desk.world.pos.post("/v1/orders/events", body.clone(), None).await;
    let answer = desk.until_answered(send).await.expect(201);
    answer.at("tasks.0.task_id").as_str().unwrap_or_default().to_owned()
}

async fn complete(desk: &Desk, task: &str) {
    let path = format!("/v1/tasks/{task}/complete");
    let done = async || desk.world.agent.post(&path, json!({"note": "n"}), Some("done")).await;
    let answer = desk.until_answered(done).await.expect(200);
    assert_eq!(answer.text("status"), "completed", "{desk}");
}
