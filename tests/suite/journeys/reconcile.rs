//! A run of the reports: it proves balances by their entries, over several segments, and finds what was edited.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use puntos_tests::{Answer, World};
use reqwest::Method;
use serde_json::{Value, json};

async fn start(world: &World, key: &str) -> Answer {
    world.admin.send(Method::POST, "/v1/reports/runs", None, Some(key)).await.expect(202)
}

/// Makes a run with this key, and returns the report.
async fn reconciled(world: &World, key: &str) -> Answer {
    let _ = start(world, key).await;
    world.settle().await;
    world.supervisor.get("/v1/reports/reconcile").await.expect(200)
}

fn later(world: &World) {
    world.stack.set_clock(world.stack.clock().now() + SignedDuration::from_hours(1));
}

async fn edit(world: &World, key: (&str, &str), update: &str, value: AttributeValue) {
    let names_row = update.contains("#row");
    let update =
        world.stack.table_client().update_item().table_name("puntos").update_expression(update);
    let update = update
        .key("pk", AttributeValue::S(key.0.to_owned()))
        .key("sk", AttributeValue::S(key.1.to_owned()))
        .expression_attribute_values(":value", value);
    let update = match names_row {
        true => update.expression_attribute_names("#row", "row"),
        false => update,
    };
    let _ = update.send().await.expect("the table takes it");
}

fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_proves_balances_and_finds_what_was_edited() {
    let world = World::start().await;
    let _ = world.admin.get("/v1/reports/reconcile").await.expect_problem(404, "not_found");
    let member = world.member_id().await;
    let purchase = world.earn(&member, 1).await.text("purchase_id");
    let reward = world.reward(30, json!({})).await;
    let _ = world.redeem(&member, &reward, "r").await.expect(201);
    // Several segments of the table.
    for _ in 0..90 {
        let _ = world.member_id().await;
    }
    let first = start(&world, "one").await;
    assert!(!first.replayed);
    world.settle().await;
    let again = start(&world, "one").await;
    assert!(again.replayed);
    assert_eq!(again.at("run_id"), first.at("run_id"));
    assert_eq!(again.at("status"), "finished");
    let clean = world.admin.get("/v1/reports/reconcile").await.expect(200);
    assert_eq!((clean.number("members"), clean.number("difference")), (91, 0));
    assert_eq!(clean.at("chain"), "whole");

    // Points that nobody earned.
    later(&world);
    edit(&world, (&member, "account"), "SET debt = :value", number(5)).await;
    let wrong = reconciled(&world, "two").await;
    assert_eq!((wrong.number("difference"), wrong.at("chain")), (5, &json!("whole")));
    edit(&world, (&member, "account"), "SET debt = :value", number(0)).await;

    // An entry that was changed, and the balance with it.
    later(&world);
    edit(&world, (&purchase, "purchase"), "SET #row.points = :value", number(111)).await;
    let broken = reconciled(&world, "three").await;
    assert_eq!(broken.number("difference"), 1);
    assert_eq!(broken.at("chain.member_id"), &json!(member));
    let path = format!("/v1/members/{member}/statement");
    let statement = world.agent.get(&path).await.expect(200);
    assert_eq!(broken.at("chain.broken_at"), statement.at("chain.broken_at"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_comes_again_changes_nothing() {
    let world = World::start().await;
    let member = world.member_id().await;
    let _ = world.earn(&member, 1).await;
    let run_id = start(&world, "one").await.text("run_id");
    world.settle().await;
    let first = world.admin.get("/v1/reports/reconcile").await.expect(200).body;
    for segment in [0, 0, 1, 7] {
        let message = json!({"run_id": run_id, "segment": segment}).to_string();
        world.stack.send_message("ReportQueue", &message).await.expect("the queue takes it");
    }
    world.settle().await;
    let same: Value = world.admin.get("/v1/reports/reconcile").await.expect(200).body;
    assert_eq!(same, first);
    assert_eq!(same["members"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_starts_once_a_day_by_itself() {
    let world = World::start().await;
    let _ = world.member_id().await;
    let day = |hour: &str| format!("2026-03-14T{hour}:00:00Z").parse().expect("an instant");
    for hour in ["01", "02"] {
        let fired = world.stack.fire_schedules(Some("run-reports"), day(hour)).await;
        assert_eq!(fired, [("run-reports".to_owned(), true)]);
        world.settle().await;
        let report = world.admin.get("/v1/reports/reconcile").await.expect(200);
        assert_eq!(report.text("as_of"), "2026-03-14T01:00:00Z");
    }
}
