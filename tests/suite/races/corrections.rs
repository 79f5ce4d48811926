//! Races for one purchase: it moves to another member while supervisors rate it again.

use puntos_tests::World;
use serde_json::json;

use super::{CALLERS, at_once};
use crate::ledgers;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_correction_goes_to_the_member_who_has_the_purchase() {
    let world = World::start().await;
    let wrong = world.member_id().await;
    let right = world.member_id().await;
    let bought = world.earn(&wrong, 1).await.text("purchase_id");
    let mut program = world.admin.get("/v1/program").await.expect(200).body;
    program["effective_from"] = json!("2020-02-01T00:00:00Z");
    program["promotions"] = json!([{"id": "x2", "name": "Double", "effect": {"multiplier": "2"}}]);
    let _ = world.admin.put("/v1/program", program).await.expect(200);
    let answers = at_once(async |number| {
        let (path, body) = if number % 2 == 0 {
            ("rerate", json!({"reason": "x2 was forgotten"}))
        } else {
            ("move", json!({"member_id": right, "reason": "the cards were mixed up"}))
        };
        let path = format!("/v1/purchases/{bought}/{path}");
        world.supervisor.post(&path, body, Some(&format!("correct-{number}"))).await
    })
    .await;
    let moved = answers.iter().skip(1).step_by(2).filter(|answer| answer.status == 200);
    assert_eq!(moved.count(), 1);
    let rated = answers.iter().step_by(2).filter(|answer| answer.status == 200);
    assert_eq!(rated.count(), CALLERS / 2);
    assert_eq!((world.available(&wrong).await, world.available(&right).await), (0, 220));
    ledgers::check(&world, [wrong, right].iter()).await;
}
