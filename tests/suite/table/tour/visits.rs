//! The visits of the tour: ratings with both kinds of key, a changed score, a waiting automatic reply, a
//! thread, gifts, and a member without consent to optional mails.

use puntos_tests::{Answer, World};
use serde_json::{Value, json};

/// Rates visits and answers them.
pub(super) async fn rate(world: &World) {
    let replies = json!({
        "enabled": true, "subject": "About your visit", "body": "What went wrong?",
        "wait_minutes": 60,
    });
    let _ = world.supervisor.put("/v1/settings/auto-reply", replies).await.expect(200);
    let member_id = world.member_id().await;
    for score in 0..=10 {
        let _ = world.rated(&member_id, score, None).await;
    }
    let rating = changed_mind(world, &member_id).await;
    let keyed =
        json!({"member_id": member_id, "score": 10, "branch": "b1", "visited_at": now(world)});
    let _ = world.pos.post("/v1/ratings", keyed, Some("visit")).await.expect(201);
    let path = format!("/v1/ratings/{rating}/messages");
    let text = json!({"text": "We are sorry, and the soup is on us next time."});
    let _ = world.agent.post(&path, text, Some("reply")).await.expect(201);
    let viewing = format!("/v1/ratings/{rating}/viewing");
    let _ = world.agent.post(&viewing, json!({}), None).await.expect(200);
    let text = json!({"text": "Thank you."});
    let member = world.member(&member_id).await;
    let _ = member.post(&path, text, Some("thanks")).await.expect(201);
    gifts(world, &rating).await;
    let page = format!("/v1/members/{member_id}");
    let _ = world.agent.patch(&page, json!({"optional_emails": false})).await.expect(200);
    world.settle().await;
}

/// A purchase and an order that wait for their invitation.
pub(super) async fn wait(world: &World) {
    world.invite(&["purchase", "order"], 60).await;
    let member_id = world.member_id().await;
    let _ = world.earn(&member_id, 1).await;
    let event = json!({
        "event_id": "invited", "kind": "placed", "member_id": member_id, "order_id": "order-9",
        "at": now(world),
    });
    let _ = world.pos.post("/v1/orders/events", event, None).await.expect(201);
    let mut program = world.admin.get("/v1/program").await.expect(200).body;
    program["effective_from"] = Value::Null;
    program["invitations"] = Value::Null;
    let _ = world.admin.put("/v1/program", program).await.expect(200);
}

fn now(world: &World) -> String {
    world.stack.clock().now().to_string()
}

/// Rates one visit twice, and returns the rating's id.
async fn changed_mind(world: &World, member_id: &str) -> String {
    let mut body = json!({
        "member_id": member_id, "score": 8, "comment": "Good soup.", "branch": "b1",
        "invoice_number": "visit-1", "visited_at": now(world),
    });
    let _ = world.pos.post("/v1/ratings", body.clone(), None).await.expect(201);
    body["score"] = json!(3);
    body["comment"] = json!("Good soup, but cold when it came.");
    world.pos.post("/v1/ratings", body, None).await.expect(201).text("rating_id")
}

/// Gives points, a reward that the till accepts, and a discount.
async fn gifts(world: &World, rating: &str) {
    let reward_id = world.reward(50, json!({"stock": 2})).await;
    let _ = give(world, rating, json!({"kind": "points", "points": 25})).await;
    let mug = give(world, rating, json!({"reward_id": reward_id})).await;
    super::take(world, &mug.text("coupon.code"), "i-2").await;
    let discount = json!({
        "kind": "discount", "name": "Ten off", "valid_days": 30, "discount": {"percent": 10},
    });
    let _ = give(world, rating, discount).await;
}

async fn give(world: &World, rating: &str, gift: Value) -> Answer {
    let key = format!("gift-{}", world.fresh());
    let path = format!("/v1/ratings/{rating}/gifts");
    world.agent.post(&path, json!({"gift": gift}), Some(&key)).await.expect(201)
}
