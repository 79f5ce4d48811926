//! A purchase is moved to its right member: points, tier sums, and everything that comes later.

use puntos_tests::{Answer, World};
use serde_json::{Value, json};

use super::change_program;

async fn move_to(world: &World, purchase_id: &str, member_id: &str, key: &str) -> Answer {
    let path = format!("/v1/purchases/{purchase_id}/move");
    let body = json!({"member_id": member_id, "reason": "The cards were mixed up"});
    world.supervisor.post(&path, body, Some(key)).await
}

async fn found(world: &World, member_id: &str) -> Vec<String> {
    let path = format!("/v1/purchases?member_id={member_id}");
    let page = world.agent.get(&path).await.expect(200);
    let rows = page.at("data").as_array().expect("rows");
    rows.iter().map(|row| row["purchase_id"].as_str().expect("an id").to_owned()).collect()
}

async fn shown(world: &World, member_id: &str) -> Answer {
    world.agent.get(&format!("/v1/members/{member_id}")).await.expect(200)
}

/// Checks that the ledgers of both members are whole and add up to their accounts.
async fn check_ledgers(world: &World, members: [&str; 2]) {
    for member_id in members {
        let path = format!("/v1/members/{member_id}/statement?from=2000-01-01");
        let statement = world.agent.get(&path).await.expect(200);
        assert_eq!(statement.text("chain"), "whole");
        assert_eq!(statement.number("opening"), 0);
        let balance = shown(world, member_id).await;
        let [available, debt] =
            ["available", "debt"].map(|name| balance.at("balance")[name].as_i64());
        assert_eq!(Some(statement.number("closing")), available.zip(debt).map(|(a, d)| a - d));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purchase_moves_once_with_its_points_and_stays_the_new_members() {
    let world = World::start().await;
    let tiers = |program: &mut Value| {
        program["tiers"] = json!([{"id": "silver", "name": "Silver", "threshold": 100}]);
    };
    let _ = change_program(&world, tiers).await.expect(200);
    let (wrong, right) = (world.member_id().await, world.member_id().await);
    let sent = world.purchase(&wrong, 110_000);
    let bought = world.pos.post("/v1/purchases", sent.clone(), None).await.expect(201);
    let purchase = bought.text("purchase_id");
    assert_eq!(shown(&world, &wrong).await.text("tier.id"), "silver");
    let moved = move_to(&world, &purchase, &right, "move").await.expect(200);
    assert_eq!(moved.text("from.member_id"), wrong);
    assert_eq!((moved.number("from.points"), moved.number("to.points")), (-110, 110));
    let balances = (moved.number("from.balance.available"), moved.number("to.balance.available"));
    assert_eq!(balances, (0, 110));
    assert_eq!(moved.at("to.balance.expiring_next.at"), bought.at("points.expires_at"));
    let again = move_to(&world, &purchase, &right, "move").await.expect(200);
    assert!(again.replayed);
    assert_eq!(again.body, moved.body);
    let other = move_to(&world, &purchase, &wrong, "move").await;
    let _ = other.expect_problem(422, "idempotency_key_reused");
    let _ = move_to(&world, &purchase, &right, "twice").await.expect_problem(409, "same_member");
    // The tier follows the sums.
    assert_eq!(shown(&world, &wrong).await.at("tier.id"), &Value::Null);
    assert_eq!(shown(&world, &right).await.text("tier.id"), "silver");
    // Both timelines show it.
    for (member_id, points, word) in [(&wrong, -110, "to another"), (&right, 110, "from another")] {
        let path = format!("/v1/members/{member_id}/timeline?kind=adjustment");
        let entry = world.agent.get(&path).await.expect(200);
        assert_eq!(entry.number("data.0.points"), points);
        assert_eq!(entry.text("data.0.purchase_id"), purchase);
        assert!(entry.text("data.0.summary").contains(word), "{entry:?}");
    }
    // It is found with the new member, who may see it.
    assert_eq!(
        (found(&world, &wrong).await, found(&world, &right).await),
        (vec![], vec![purchase.clone()])
    );
    let path = format!("/v1/purchases/{purchase}");
    assert_eq!(world.agent.get(&path).await.expect(200).text("member_id"), right);
    let _ = world.member(&right).await.get(&path).await.expect(200);
    let _ = world.member(&wrong).await.get(&path).await.expect_problem(404, "not_found");
    // The till's retry is still the same purchase.
    let retry = world.pos.post("/v1/purchases", sent, None).await.expect(201);
    assert!(retry.replayed);
    // A return takes from the new member.
    let back = json!({
        "branch": "b1", "return_number": "R", "amount": {"amount": 110_000, "currency": "RUB"},
        "returned_at": world.stack.clock().now().to_string(),
    });
    let back = world.pos.post(&format!("{path}/returns"), back, None).await.expect(201);
    assert_eq!(back.number("balance.available"), 0);
    assert_eq!((world.available(&wrong).await, world.available(&right).await), (0, 0));
    check_ledgers(&world, [&wrong, &right]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spent_points_become_a_debt_and_a_move_back_pays_it() {
    let world = World::start().await;
    let (wrong, right) = (world.member_id().await, world.member_id().await);
    let purchase = world.earn(&wrong, 1).await.text("purchase_id");
    let reward = world.reward(100, json!({})).await;
    let _ = world.redeem(&wrong, &reward, "spent").await.expect(201);
    let moved = move_to(&world, &purchase, &right, "there").await.expect(200);
    assert_eq!(
        (moved.number("from.balance.available"), moved.number("from.balance.debt")),
        (0, 100)
    );
    assert_eq!(moved.number("to.balance.available"), 110);
    let back = move_to(&world, &purchase, &wrong, "back").await.expect(200);
    assert_eq!((back.number("to.balance.available"), back.number("to.balance.debt")), (10, 0));
    assert_eq!(
        (found(&world, &wrong).await, found(&world, &right).await),
        (vec![purchase], vec![])
    );
    check_ledgers(&world, [&wrong, &right]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_re_rating_after_a_move_is_the_new_members() {
    let world = World::start().await;
    let (wrong, right) = (world.member_id().await, world.member_id().await);
    let mut bought = world.purchase(&wrong, 110_000);
    bought["invoice_number"] = json!("credited");
    let path = format!("/v1/members/{wrong}/adjustments");
    let credit = json!({
        "points": 40, "reason": "r", "invoice": {"branch": "b1", "invoice_number": "credited"},
    });
    let _ = world.agent.post(&path, credit, Some("credit")).await.expect(201);
    let bought = world.pos.post("/v1/purchases", bought, None).await.expect(201);
    assert_eq!(bought.number("points.earned"), 70);
    let purchase = bought.text("purchase_id");
    // The credit stood in for the purchase, so it goes with it.
    let moved = move_to(&world, &purchase, &right, "there").await.expect(200);
    assert_eq!((moved.number("from.points"), moved.number("to.points")), (-110, 110));
    let path = format!("/v1/purchases/{purchase}/rerate");
    let body = json!({"reason": "nothing is wrong"});
    let same = world.supervisor.post(&path, body.clone(), Some("same")).await.expect(200);
    assert_eq!((same.number("points"), same.number("balance.available")), (0, 110));
    let twice = |program: &mut Value| {
        program["earning"]["brackets"] = json!([{"up_to": null, "points_per_step": 20}]);
    };
    let _ = change_program(&world, twice).await.expect(200);
    let up = world.supervisor.post(&path, body, Some("up")).await.expect(200);
    assert_eq!((up.number("points"), up.number("balance.available")), (110, 220));
    let back = move_to(&world, &purchase, &wrong, "back").await.expect(200);
    assert_eq!((back.number("from.points"), back.number("to.points")), (-220, 220));
    check_ledgers(&world, [&wrong, &right]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_move_is_refused_with_a_clear_code() {
    let world = World::start().await;
    world.offer_payment().await;
    let (member, other) = (world.member_id().await, world.member_id().await);
    let kept = world.unclaimed(110_000).await.text("purchase_id");
    let _ = move_to(&world, &kept, &member, "k").await.expect_problem(409, "purchase_unclaimed");
    let earned = world.earn(&member, 1).await.text("purchase_id");
    for nobody in ["mbr_0000000000000000", "nobody"] {
        let refused = move_to(&world, &earned, nobody, "n").await.expect_problem(404, "not_found");
        assert_eq!(refused.text("errors.0.field"), "member_id");
    }
    let missing = move_to(&world, "pur_0000000000000000", &member, "m").await;
    let _ = missing.expect_problem(404, "not_found");
    let reserved = world.reserve(&member, 50, "reserve").await.expect(201);
    let paid = world.paid_purchase(&member, 110_000, &reserved);
    let paid = world.pos.post("/v1/purchases", paid, None).await.expect(201).text("purchase_id");
    let _ = move_to(&world, &paid, &other, "p").await.expect_problem(409, "paid_with_points");
    let path = format!("/v1/purchases/{earned}/move");
    let _ = world
        .supervisor
        .post(&path, json!({"member_id": other, "reason": " "}), Some("r"))
        .await
        .expect_problem(422, "invalid_field");
}
