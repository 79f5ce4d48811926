//! Replays: the first ids and facts, with the current balance. Another request with the same key is
//! refused.

use puntos_tests::{Answer, World};
use serde_json::{Value, json};

/// Returns an answer without the balance, which is always the current one.
fn facts(answer: &Answer) -> Value {
    let mut body = answer.body.clone();
    body.as_object_mut().map(|body| body.remove("balance"));
    body
}

#[track_caller]
fn assert_replays(first: &Answer, again: &Answer) {
    assert!(!first.replayed && again.replayed, "{first:?} {again:?}");
    assert_eq!(facts(first), facts(again));
    assert_eq!(first.status, again.status);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_enrolment_is_replayed() {
    let world = World::start().await;
    let body = json!({"name": "Mina", "email": "mina@example.com", "phone": null});
    let first = world.pos.post("/v1/members", body, Some("same")).await.expect(201);
    let reordered = json!({"email": "mina@example.com", "name": "Mina"});
    let again = world.pos.post("/v1/members", reordered, Some("same")).await.expect(201);
    assert_replays(&first, &again);
    let other = json!({"name": "Mina M", "email": "mina@example.com"});
    let refused = world.pos.post("/v1/members", other, Some("same")).await;
    let _ = refused.expect_problem(422, "idempotency_key_reused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_adjustment_is_replayed_with_the_current_balance() {
    let world = World::start().await;
    let member = world.member_id().await;
    let path = format!("/v1/members/{member}/adjustments");
    let body = json!({"points": -30, "reason": "mistake"});
    let _ = world.earn(&member, 1).await;
    let first = world.agent.post(&path, body.clone(), Some("same")).await.expect(201);
    assert_eq!(first.number("balance.available"), 80);
    let _ = world.earn(&member, 1).await;
    let _ = world.agent.post(&path, json!({"points": -190, "reason": "r"}), Some("all")).await;
    // A new request would be refused for lack of points. The replay is not.
    let again = world.agent.post(&path, body, Some("same")).await.expect(201);
    assert_replays(&first, &again);
    assert_eq!(again.number("balance.available"), 0);
    for other in [
        json!({"points": -31, "reason": "mistake"}),
        json!({"points": -30, "reason": "other"}),
        json!({"points": -30, "reason": "mistake", "note": "n"}),
        json!({"points": 30, "reason": "mistake", "invoice": {"branch": "b", "invoice_number": "i"}}),
    ] {
        let refused = world.agent.post(&path, other, Some("same")).await;
        let _ = refused.expect_problem(422, "idempotency_key_reused");
    }
    let somebody_else = format!("/v1/members/{}/adjustments", world.member_id().await);
    let body = json!({"points": 30, "reason": "mistake"});
    let refused = world.agent.post(&somebody_else, body, Some("same")).await;
    let _ = refused.expect_problem(422, "idempotency_key_reused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redemption_is_replayed_though_the_points_are_gone() {
    let world = World::start().await;
    let enrolled = world.enrol().await;
    let member = enrolled.text("member_id");
    let _ = world.earn(&member, 1).await;
    let reward = world.reward(110, json!({"stock": 1, "per_member_limit": 1})).await;
    let first = world.redeem(&member, &reward, "same").await.expect(201);
    assert_eq!(first.number("balance.available"), 0);
    let again = world.redeem(&member, &reward, "same").await.expect(201);
    assert_replays(&first, &again);
    let by_card = json!({"card_number": enrolled.text("card_number"), "reward_id": reward});
    let again = world.pos.post("/v1/redemptions", by_card, Some("same")).await.expect(201);
    assert_replays(&first, &again);
    // Also after the reward and its stock are gone.
    let gone = json!({"name": "Mug", "kind": "product", "points_cost": 1, "valid_days": 1, "active": false});
    let _ = world.admin.put(&format!("/v1/rewards/{reward}"), gone).await.expect(200);
    assert_replays(&first, &world.redeem(&member, &reward, "same").await.expect(201));
    let other = world.reward(1, json!({})).await;
    let refused = world.redeem(&member, &other, "same").await;
    let _ = refused.expect_problem(422, "idempotency_key_reused");
    let refused = world.redeem(&world.member_id().await, &reward, "same").await;
    let _ = refused.expect_problem(422, "idempotency_key_reused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redemption_is_proven_by_its_key() {
    let world = World::start().await;
    let member = world.member_id().await;
    let _ = world.earn(&member, 1).await;
    let reward = world.reward(10, json!({})).await;
    let missing = world.agent.get("/v1/redemptions/by-key/proof").await;
    let _ = missing.expect_problem(404, "not_found");
    let first = world.redeem(&member, &reward, "proof").await.expect(201);
    for caller in [&world.agent, &world.supervisor, &world.pos] {
        let proof = caller.get("/v1/redemptions/by-key/proof").await.expect(200);
        assert_eq!(proof.body, first.body);
        let path = format!("/v1/redemptions/{}", first.text("redemption_id"));
        assert_eq!(caller.get(&path).await.expect(200).body, first.body);
    }
    let refused = world.redeem(&member, "nothing", "unproven").await;
    let _ = refused.expect_problem(404, "not_found");
    let missing = world.agent.get("/v1/redemptions/by-key/unproven").await;
    let _ = missing.expect_problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_use_of_a_coupon_is_replayed() {
    let world = World::start().await;
    let member = world.member_id().await;
    let _ = world.earn(&member, 1).await;
    let reward = world.reward(10, json!({})).await;
    let code = world.redeem(&member, &reward, "r").await.expect(201).text("coupon.code");
    let path = format!("/v1/coupons/{code}/use");
    let body = json!({"branch": "b1", "invoice_number": "i1"});
    let first = world.pos.post(&path, body.clone(), Some("same")).await.expect(200);
    assert_eq!(first.text("status"), "used");
    let again = world.pos.post(&path, body.clone(), Some("same")).await.expect(200);
    assert_replays(&first, &again);
    let other = json!({"branch": "b1", "invoice_number": "i2"});
    let refused = world.pos.post(&path, other, Some("same")).await;
    let _ = refused.expect_problem(422, "idempotency_key_reused");
    let refused = world.pos.post(&path, body, Some("another")).await;
    let _ = refused.expect_problem(409, "coupon_used");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reversal_again_is_200_with_the_same_facts() {
    let world = World::start().await;
    let member = world.member_id().await;
    let _ = world.earn(&member, 1).await;
    let reward = world.reward(10, json!({})).await;
    let id = world.redeem(&member, &reward, "r").await.expect(201).text("redemption_id");
    let first = world.reverse(&id, "same").await.expect(201);
    let again = world.reverse(&id, "same").await.expect(200);
    assert!(again.replayed && !first.replayed);
    assert_eq!(facts(&first), facts(&again));
    let another = world.reverse(&id, "another").await.expect(200);
    assert_eq!(facts(&first), facts(&another));
    let path = format!("/v1/redemptions/{id}/reversal");
    let refused = world.agent.post(&path, json!({"reason": "other"}), Some("same")).await;
    let _ = refused.expect_problem(422, "idempotency_key_reused");
    assert_eq!(world.available(&member).await, 110);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_is_replayed() {
    let world = World::start().await;
    let member = world.member_id().await;
    let purchase = world.unclaimed(110_000).await.text("purchase_id");
    let path = format!("/v1/purchases/{purchase}/claim-points");
    let body = json!({"member_id": member});
    let first = world.agent.post(&path, body.clone(), Some("same")).await.expect(200);
    let again = world.agent.post(&path, body, Some("same")).await.expect(200);
    assert_replays(&first, &again);
    let other = json!({"member_id": world.member_id().await});
    let refused = world.agent.post(&path, other, Some("same")).await;
    let _ = refused.expect_problem(422, "idempotency_key_reused");
    assert_eq!(world.available(&member).await, 110);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_serves_every_route_once() {
    let world = World::start().await;
    let body = json!({"name": "Mina"});
    let member = world.pos.post("/v1/members", body, Some("k")).await.expect(201).text("member_id");
    let _ = world.earn(&member, 1).await;
    let path = format!("/v1/members/{member}/adjustments");
    let body = json!({"points": 1, "reason": "r"});
    let _ = world.agent.post(&path, body, Some("k")).await.expect(201);
    let reward = world.reward(10, json!({})).await;
    let redeemed = world.redeem(&member, &reward, "k").await.expect(201);
    assert!(!redeemed.replayed);
    let _ = world.reverse(&redeemed.text("redemption_id"), "k").await.expect(201);
    assert_eq!(world.available(&member).await, 111);
}
