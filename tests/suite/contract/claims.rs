//! Attaching a receipt: within the allowed days, once, and without any hint for callers who guess.

use jiff::SignedDuration;
use puntos_tests::{Answer, Caller, World};
use serde_json::{Value, json};

async fn claim(world: &World, caller: &Caller, purchase: &Answer, body: Value) -> Answer {
    let key = format!("claim-{}", world.fresh());
    let path = format!("/v1/purchases/{}/claim-points", purchase.text("purchase_id"));
    caller.post(&path, body, Some(&key)).await
}

fn receipt(member: &str, purchase: &Answer) -> Value {
    json!({
        "member_id": member, "branch": purchase.text("branch"),
        "invoice_number": purchase.text("invoice_number"), "total": purchase.at("total"),
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purchase_without_a_member_is_kept_and_claimed_once() {
    let world = World::start().await;
    let (member, other) = (world.member_id().await, world.member_id().await);
    let purchase = world.unclaimed(110_000).await;
    assert!(purchase.at("member_id").is_null() && purchase.at("points").is_null());
    assert_eq!(purchase.at("explanation"), &json!([]));
    let claimed =
        claim(&world, &world.agent, &purchase, json!({"member_id": member})).await.expect(200);
    assert_eq!(claimed.number("points.earned"), 110);
    assert_eq!(claimed.text("points.status"), "available");
    assert_eq!(claimed.text("member_id"), member);
    assert_eq!(claimed.number("balance.available"), 110);
    assert_eq!(claimed.number("explanation.0.points"), 110);
    let again = claim(&world, &world.supervisor, &purchase, json!({"member_id": member})).await;
    assert_eq!(again.expect(200).number("balance.available"), 110);
    let late = claim(&world, &world.agent, &purchase, json!({"member_id": other})).await;
    assert_eq!(late.status, 409);
    assert_eq!((world.available(&member).await, world.available(&other).await), (110, 0));
    // The till's retry still finds its purchase.
    let path =
        format!("/v1/purchases?branch=b1&invoice_number={}", purchase.text("invoice_number"));
    assert_eq!(world.pos.get(&path).await.expect(200).text("data.0.member_id"), member);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shopper_claims_with_the_receipt_and_a_guess_is_404() {
    let world = World::start().await;
    let (own, other) = (world.member_id().await, world.member_id().await);
    let shopper = world.member(&own).await;
    let purchase = world.unclaimed(110_000).await;
    let somebodys = world.earn(&other, 1).await;
    let right = receipt(&own, &purchase);
    let missing = json!({"branch": "b1", "invoice_number": "nothing"});
    let mut wrongs = vec![json!({"member_id": own})];
    for (field, value) in [
        ("branch", json!("b2")),
        ("invoice_number", json!("inv-0")),
        ("total", json!({"amount": 110_001, "currency": "RUB"})),
        ("total", json!({"amount": 110_000, "currency": "EUR"})),
        ("total", Value::Null),
        ("member_id", json!(other)),
        ("member_id", json!("nobody")),
    ] {
        let mut wrong = right.clone();
        wrong[field] = value;
        wrongs.push(wrong);
    }
    let mut answers = Vec::new();
    for wrong in wrongs {
        answers.push(claim(&world, &shopper, &purchase, wrong).await);
    }
    // Another member's receipt, with every fact right.
    answers.push(claim(&world, &shopper, &somebodys, receipt(&own, &somebodys)).await);
    let path = "/v1/purchases/pur_0000000000000000/claim-points";
    let mut body = missing;
    body["member_id"] = json!(own);
    answers.push(shopper.post(path, body, Some("missing")).await);
    for answer in &answers {
        assert_eq!((answer.status, answer.code()), (404, "not_found"), "{answer:?}");
        assert_eq!(answer.at("detail"), answers[0].at("detail"));
        assert_eq!(answer.at("errors"), answers[0].at("errors"));
    }
    assert_eq!(world.available(&own).await, 0);
    let claimed = claim(&world, &shopper, &purchase, right).await.expect(200);
    assert_eq!(claimed.number("balance.available"), 110);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_the_window_nobody_claims() {
    let world = World::start().await;
    let (member, shopper_id) = (world.member_id().await, world.member_id().await);
    let shopper = world.member(&shopper_id).await;
    world.stack.set_clock("2031-01-01T12:00:00Z".parse().unwrap());
    let in_time = world.unclaimed(110_000).await;
    let too_late = world.unclaimed(110_000).await;
    // 30 days after 1 January, to the end of the local day.
    world.stack.set_clock("2031-01-31T20:59:50Z".parse().unwrap());
    let body = json!({"member_id": member});
    let _ = claim(&world, &world.agent, &in_time, body.clone()).await.expect(200);
    world.stack.set_clock("2031-01-31T21:00:00Z".parse().unwrap());
    let refused = claim(&world, &world.agent, &too_late, body).await;
    let _ = refused.expect_problem(409, "claim_window_closed");
    let refused = claim(&world, &shopper, &too_late, receipt(&shopper_id, &too_late)).await;
    let _ = refused.expect_problem(404, "not_found");
    assert_eq!((world.available(&member).await, world.available(&shopper_id).await), (110, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_earns_under_the_rules_of_its_own_day() {
    let world = World::start().await;
    let member = world.member_id().await;
    let purchase = world.unclaimed(110_000).await;
    world.stack.set_clock(world.stack.clock().now() + SignedDuration::from_hours(48));
    let _ = super::change_program(&world, |program| {
        program["earning"]["brackets"] = json!([{"up_to": null, "points_per_step": 1}]);
    })
    .await
    .expect(200);
    let claimed =
        claim(&world, &world.agent, &purchase, json!({"member_id": member})).await.expect(200);
    assert_eq!(claimed.number("points.earned"), 110);
    assert_eq!(claimed.number("explanation.0.rule_version"), 1);
    // A credit for the purchase is refused: it has arrived, and its receipt can be attached.
    let path = format!("/v1/members/{member}/adjustments");
    let body = json!({
        "points": 5, "reason": "r",
        "invoice": {"branch": "b1", "invoice_number": purchase.text("invoice_number")},
    });
    assert_eq!(world.agent.post(&path, body, Some("late")).await.status, 409);
}
