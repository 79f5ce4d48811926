//! A purchase is rated again: once, up and down, and what the member reads of it.

use puntos_tests::World;
use serde_json::{Value, json};

use super::change_program;

/// Gives twice the points from now on, or as many as before.
async fn rate(world: &World, points_per_step: i64) {
    let change = |program: &mut Value| {
        program["earning"]["brackets"] =
            json!([{"up_to": null, "points_per_step": points_per_step}]);
    };
    let _ = change_program(world, change).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_rule_is_corrected_once_and_explained() {
    let world = World::start().await;
    let member = world.member_id().await;
    let purchase = world.earn(&member, 1).await;
    let path = format!("/v1/purchases/{}/rerate", purchase.text("purchase_id"));
    let body = json!({"reason": "The double points were forgotten"});
    // The newest rules are those that rated: nothing is written.
    let same = world.supervisor.post(&path, body.clone(), Some("same")).await.expect(200);
    assert_eq!((same.number("points"), same.number("balance.available")), (0, 110));
    rate(&world, 20).await;
    let up = world.supervisor.post(&path, body.clone(), Some("up")).await.expect(200);
    assert_eq!((up.number("points"), up.number("balance.available")), (110, 220));
    let again = world.supervisor.post(&path, body.clone(), Some("up")).await.expect(200);
    assert!(again.replayed);
    assert_eq!(again.body, up.body);
    let other = world.supervisor.post(&path, json!({"reason": "other"}), Some("up")).await;
    let _ = other.expect_problem(422, "idempotency_key_reused");
    let twice = world.supervisor.post(&path, body, Some("twice")).await.expect(200);
    assert_eq!((twice.number("points"), twice.number("balance.available")), (0, 220));
    let timeline = world.agent.get(&format!("/v1/members/{member}/timeline")).await.expect(200);
    assert_eq!(timeline.text("data.0.kind"), "adjustment");
    assert_eq!(timeline.number("data.0.points"), 110);
    assert_eq!(timeline.text("data.0.purchase_id"), purchase.text("purchase_id"));
    assert!(timeline.text("data.0.summary").contains("double points"), "{timeline:?}");
    // The entry of the purchase is as it was, and its replay too.
    assert_eq!(timeline.number("data.1.points"), 110);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_withdrawn_version_rates_nothing() {
    let world = World::start().await;
    let member = world.member_id().await;
    let purchase = world.earn(&member, 1).await.text("purchase_id");
    let later = change_program(&world, |program| {
        program["effective_from"] = json!("2999-01-01T00:00:00Z");
        program["earning"]["brackets"] = json!([{"up_to": null, "points_per_step": 90}]);
    });
    let version = later.await.expect(200).number("version");
    let path = format!("/v1/program/versions/{version}");
    let _ = world.admin.send(reqwest::Method::DELETE, &path, None, None).await.expect(200);
    let path = format!("/v1/purchases/{purchase}/rerate");
    let body = json!({"reason": "nothing is wrong"});
    let same = world.supervisor.post(&path, body, Some("withdrawn")).await.expect(200);
    assert_eq!((same.number("points"), same.number("balance.available")), (0, 110));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn points_too_many_are_taken_or_forgiven() {
    let world = World::start().await;
    for (over_credit, points, available) in [("claw", -55, 55), ("forgive", 0, 110)] {
        let member = world.member_id().await;
        rate(&world, 10).await;
        let purchase = world.earn(&member, 1).await.text("purchase_id");
        rate(&world, 5).await;
        let path = format!("/v1/purchases/{purchase}/rerate");
        let body = json!({"reason": "too many", "over_credit": over_credit});
        let down = world.supervisor.post(&path, body, Some(over_credit)).await.expect(200);
        let found = (down.number("points"), down.number("balance.available"));
        assert_eq!(found, (points, available), "{over_credit}");
        // A return takes what the corrected rules gave, and no more.
        let back = json!({
            "branch": "b1", "return_number": over_credit, "amount": {"amount": 110_000, "currency": "RUB"},
            "returned_at": world.stack.clock().now().to_string(),
        });
        let path = format!("/v1/purchases/{purchase}/returns");
        let back = world.pos.post(&path, back, None).await.expect(201);
        assert_eq!(back.number("points_clawed_back"), 55, "{over_credit}");
    }
    let kept = world.unclaimed(110_000).await.text("purchase_id");
    let path = format!("/v1/purchases/{kept}/rerate");
    let refused = world.supervisor.post(&path, json!({"reason": "r"}), Some("kept")).await;
    let _ = refused.expect_problem(409, "purchase_unclaimed");
}
