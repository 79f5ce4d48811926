//! Purchases from the queue: each counts once, and a bad one does not stop the others.

use puntos::Counts;
use puntos_tests::World;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queued_purchases_are_accrued_once_and_bad_ones_end_as_claims() {
    let world = World::start().await;
    let (member, other) = (world.member_id().await, world.member_id().await);
    let purchases: Vec<String> =
        (0..12).map(|_| world.purchase(&member, 110_000).to_string()).collect();
    let mut unknown_member = world.purchase("mbr_0000000000000000", 110_000);
    unknown_member["invoice_number"] = json!("unknown-member");
    let mut conflict = world.purchase(&other, 110_000);
    conflict["invoice_number"] =
        serde_json::from_str::<serde_json::Value>(&purchases[0]).unwrap()["invoice_number"].clone();
    let bad = ["{".to_owned(), String::from("not json"), unknown_member.to_string()];
    for message in purchases.iter().chain(&bad).chain(&purchases) {
        world.stack.send_message("PurchaseQueue", message).await.unwrap();
    }
    let _ =
        world.pos.post("/v1/purchases", serde_json::from_str(&purchases[3]).unwrap(), None).await;
    world.settle().await;
    world.stack.send_message("PurchaseQueue", &conflict.to_string()).await.unwrap();
    world.settle().await;
    assert_eq!((world.available(&member).await, world.available(&other).await), (12 * 110, 0));
    let queue = world.stack.queue_counts("PurchaseQueue").await.unwrap();
    assert_eq!(queue, Counts::default());
    // Each bad purchase becomes a claim, and its message is deleted.
    let dead = world.stack.queue_counts("PurchaseDeadLetters").await.unwrap();
    assert_eq!(dead, Counts::default());
    let claims = world.agent.get("/v1/claims?limit=100").await.expect(200);
    let claims = claims.at("data").as_array().unwrap();
    assert_eq!(claims.len(), 4);
    assert!(claims.iter().all(|claim| claim["proposed_fix"]["action"] == "redrive"));
    let path = format!("/v1/members/{member}/timeline?kind=purchase&limit=100");
    let timeline = world.agent.get(&path).await.expect(200);
    assert_eq!(timeline.at("data").as_array().map(Vec::len), Some(12));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queued_purchase_is_the_same_as_one_of_the_till() {
    let world = World::start().await;
    let enrolled = world.enrol().await;
    let mut purchase = world.purchase(&enrolled.text("member_id"), 110_000);
    world.stack.send_message("PurchaseQueue", &purchase.to_string()).await.unwrap();
    world.settle().await;
    purchase["member_id"] = serde_json::Value::Null;
    purchase["card_number"] = json!(enrolled.text("card_number"));
    let again = world.pos.post("/v1/purchases", purchase, None).await.expect(201);
    assert!(again.replayed);
    assert_eq!(again.number("points.earned"), 110);
    assert_eq!(again.number("balance.available"), 110);
}
