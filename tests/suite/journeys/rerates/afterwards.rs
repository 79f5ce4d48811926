//! What a re-rate means for what comes after it, and for what came before.

use puntos_tests::World;
use serde_json::json;

use super::{START, at_start, corrections, march, rerated, with_promotion};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_earns_the_same_is_returned_under_the_new_rules() {
    let world = World::start().await;
    at_start(&world).await;
    let member = world.member_id().await;
    let bought = world.pos.post("/v1/purchases", world.purchase(&member, 100_000), None).await;
    let bought = bought.expect(201);
    assert_eq!(bought.number("points.earned"), 50);
    let mut program = world.admin.get("/v1/program").await.expect(200).body;
    program["effective_from"] = json!("2026-03-01T00:00:00+03:00");
    program["earning"]["brackets"] = json!([
        {"up_to": 90_000, "points_per_step": 1}, {"up_to": null, "points_per_step": 5},
    ]);
    let _ = world.admin.put("/v1/program", program).await.expect(200);
    let applied = rerated(&world, march(false), "alike").await;
    assert_eq!((applied.number("purchases"), applied.number("points_then")), (1, 50));
    assert_eq!(corrections(&world, &member).await, [0; 0], "nothing to tell");
    let back = json!({
        "branch": "b1", "return_number": "tenth", "amount": {"amount": 10_000, "currency": "RUB"},
        "returned_at": START,
    });
    let path = format!("/v1/purchases/{}/returns", bought.text("purchase_id"));
    let returned = world.pos.post(&path, back, None).await.expect(201);
    // What is left earns 9 under the new table, and would have earned 45 under the old one.
    assert_eq!(returned.number("points_clawed_back"), 41);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purchase_that_moved_is_corrected_for_its_right_member() {
    let world = World::start().await;
    at_start(&world).await;
    let (wrong, right) = (world.member_id().await, world.member_id().await);
    let bought = world.earn(&wrong, 1).await;
    for (to, key) in [(&right, "there"), (&wrong, "back"), (&right, "again")] {
        let path = format!("/v1/purchases/{}/move", bought.text("purchase_id"));
        let body = json!({"member_id": to, "reason": "mixed up"});
        let _ = world.supervisor.post(&path, body, Some(key)).await.expect(200);
    }
    let _ = world.admin.put("/v1/program", with_promotion(&world).await).await.expect(200);
    let applied = rerated(&world, march(false), "moved").await;
    assert_eq!((applied.number("purchases"), applied.number("given")), (1, 220));
    assert_eq!((world.available(&wrong).await, world.available(&right).await), (0, 330));
    let path = format!("/v1/purchases/{}", bought.text("purchase_id"));
    let shown = world.agent.get(&path).await.expect(200);
    assert_eq!((shown.number("points.earned"), shown.number("corrected.points")), (110, 330));
}
