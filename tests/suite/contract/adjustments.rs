//! Adjustments: never below zero, one credit for one invoice, and the limits of an agent.

use puntos_tests::{Answer, Caller, World};
use serde_json::{Value, json};

use super::change_program;

async fn adjust(world: &World, caller: &Caller, member: &str, body: Value) -> Answer {
    let key = format!("adjust-{}", world.fresh());
    caller.post(&format!("/v1/members/{member}/adjustments"), body, Some(&key)).await
}

/// A credit for the invoice that `purchase` will bring.
fn credit(points: i64, purchase: &Value) -> Value {
    json!({
        "points": points, "reason": "missing purchase",
        "invoice": {"branch": purchase["branch"], "invoice_number": purchase["invoice_number"]},
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_balance_never_goes_below_zero() {
    let world = World::start().await;
    let member = world.member_id().await;
    let _ = world.earn(&member, 1).await;
    let refused =
        adjust(&world, &world.agent, &member, json!({"points": -111, "reason": "r"})).await;
    let refused = refused.expect_problem(409, "insufficient_points");
    assert_eq!(refused.number("missing_points"), 1);
    let taken = adjust(&world, &world.agent, &member, json!({"points": -110, "reason": "r"})).await;
    let taken = taken.expect(201);
    assert_eq!((taken.number("points"), taken.number("balance.available")), (-110, 0));
    assert!(taken.text("entry_id").starts_with("ent_"));
    let path = format!("/v1/members/{member}/timeline?kind=adjustment");
    let timeline = world.agent.get(&path).await.expect(200);
    assert_eq!(timeline.text("data.0.entry_id"), taken.text("entry_id"));
    let missing = "mbr_0000000000000000";
    let _ = adjust(&world, &world.agent, missing, json!({"points": 1, "reason": "r"}))
        .await
        .expect(404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_credit_nets_off_when_its_invoice_arrives() {
    let world = World::start().await;
    for (credited, earned) in [(30, 80), (110, 0), (200, 0)] {
        let member = world.member_id().await;
        let purchase = world.purchase(&member, 110_000);
        let given = adjust(&world, &world.agent, &member, credit(credited, &purchase)).await;
        assert_eq!(given.expect(201).number("balance.available"), credited);
        let recorded = world.pos.post("/v1/purchases", purchase.clone(), None).await.expect(201);
        assert_eq!(recorded.number("points.earned"), earned);
        let rows = recorded.at("explanation").as_array().expect("rows");
        let sum: i64 = rows.iter().filter_map(|row| row["points"].as_i64()).sum();
        assert_eq!((rows.len(), sum), (2, earned));
        assert_eq!(world.available(&member).await, credited.max(110));
        let again = world.pos.post("/v1/purchases", purchase, None).await.expect(201);
        assert!(again.replayed);
        assert_eq!(world.available(&member).await, credited.max(110));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_credit_to_somebody_else_takes_nothing_from_the_buyer() {
    let world = World::start().await;
    let (buyer, other) = (world.member_id().await, world.member_id().await);
    let purchase = world.purchase(&buyer, 110_000);
    let _ = adjust(&world, &world.agent, &other, credit(50, &purchase)).await.expect(201);
    let recorded = world.pos.post("/v1/purchases", purchase, None).await.expect(201);
    assert_eq!(recorded.number("points.earned"), 110);
    assert_eq!((world.available(&buyer).await, world.available(&other).await), (110, 50));
}

/// Returns the claims that wait for an agent.
async fn open_claims(world: &World) -> Vec<Value> {
    let page = world.agent.get("/v1/claims").await.expect(200);
    page.at("data").as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_credit_for_another_members_purchase_becomes_a_claim_that_takes_it_back() {
    let world = World::start().await;
    // What the member spends of the 50 points before the claim is fixed, and what is taken back.
    for (spent, taken) in [(0, 50), (30, 20), (50, 0)] {
        let (buyer, other) = (world.member_id().await, world.member_id().await);
        let purchase = world.purchase(&buyer, 110_000);
        let _ = adjust(&world, &world.agent, &other, credit(50, &purchase)).await.expect(201);
        for _ in 0..2 {
            let _ = world.pos.post("/v1/purchases", purchase.clone(), None).await.expect(201);
        }
        if spent > 0 {
            let spends = json!({"points": -spent, "reason": "spent"});
            let _ = adjust(&world, &world.agent, &other, spends).await.expect(201);
        }
        let claims = open_claims(&world).await;
        let [claim] = &claims[..] else { panic!("one claim: {claims:#?}") };
        assert_eq!(claim["member_id"], json!(other));
        assert_eq!(
            (&claim["opened_by"], &claim["kind"]),
            (&json!("system"), &json!("receipt_data"))
        );
        let fix = &claim["proposed_fix"];
        assert_eq!((&fix["action"], &fix["points"]), (&json!("take_back_credit"), &json!(50)));
        assert_eq!(fix["invoice"]["invoice_number"], purchase["invoice_number"]);
        let path = format!("/v1/claims/{}/fix", claim["claim_id"].as_str().unwrap());
        let fixed = world.agent.post(&path, json!({}), Some("fix")).await.expect(200);
        assert_eq!((fixed.text("status"), fixed.at("proven")), ("resolved".into(), &json!(true)));
        assert!(world.agent.post(&path, json!({}), Some("fix")).await.expect(200).replayed);
        assert_eq!(world.available(&other).await, 50 - spent - taken);
        assert_eq!(world.available(&buyer).await, 110);
        assert_eq!(open_claims(&world).await, [Value::Null; 0]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_that_is_attached_to_another_member_than_credited_becomes_a_claim() {
    let world = World::start().await;
    let (holder, other) = (world.member_id().await, world.member_id().await);
    for by_claim in [false, true] {
        let mut purchase = world.purchase("", 110_000);
        purchase["member_id"] = Value::Null;
        let _ = adjust(&world, &world.agent, &other, credit(50, &purchase)).await.expect(201);
        let kept = world.pos.post("/v1/purchases", purchase.clone(), None).await.expect(201);
        assert_eq!(open_claims(&world).await, [Value::Null; 0], "it may be the credited member's");
        if by_claim {
            let evidence = json!({"branch": "b1", "invoice_number": purchase["invoice_number"]});
            let body = json!({"member_id": holder, "kind": "missing_points", "evidence": evidence});
            let claim = world.agent.post("/v1/claims", body, Some("open")).await.expect(201);
            let path = format!("/v1/claims/{}/fix", claim.text("claim_id"));
            let _ = world.agent.post(&path, json!({}), Some("fix")).await.expect(200);
        } else {
            let path = format!("/v1/purchases/{}/claim-points", kept.text("purchase_id"));
            let body = json!({"member_id": holder});
            let _ = world.agent.post(&path, body, Some("attach")).await.expect(200);
        }
        let claims = open_claims(&world).await;
        assert_eq!(claims.len(), 1, "{claims:#?}");
        assert_eq!(claims[0]["member_id"], json!(other));
        let path = format!("/v1/claims/{}/fix", claims[0]["claim_id"].as_str().unwrap());
        let _ = world.agent.post(&path, json!({}), Some("fix")).await.expect(200);
    }
    assert_eq!((world.available(&holder).await, world.available(&other).await), (220, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invoice_is_credited_once() {
    let world = World::start().await;
    let (member, other) = (world.member_id().await, world.member_id().await);
    let purchase = world.purchase(&member, 110_000);
    let _ = adjust(&world, &world.agent, &member, credit(30, &purchase)).await.expect(201);
    for (caller, member) in [(&world.agent, &member), (&world.supervisor, &other)] {
        let refused = adjust(&world, caller, member, credit(30, &purchase)).await;
        let _ = refused.expect_problem(409, "already_credited");
    }
    let _ = world.pos.post("/v1/purchases", purchase.clone(), None).await.expect(201);
    let refused = adjust(&world, &world.agent, &member, credit(30, &purchase)).await;
    let _ = refused.expect_problem(409, "already_credited");
    let arrived = world.purchase(&member, 110_000);
    let recorded = world.pos.post("/v1/purchases", arrived.clone(), None).await.expect(201);
    let refused = adjust(&world, &world.agent, &member, credit(30, &arrived)).await.expect(409);
    assert_eq!(refused.text("purchase_id"), recorded.text("purchase_id"));
    let taking = json!({
        "points": -5, "reason": "r", "invoice": {"branch": "b", "invoice_number": "i"},
    });
    let refused = adjust(&world, &world.agent, &member, taking).await;
    let _ = refused.expect_problem(422, "invalid_field");
    assert_eq!((world.available(&member).await, world.available(&other).await), (220, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn above_the_limits_of_a_call_and_of_a_day_a_supervisor_is_needed() {
    let world = World::start().await;
    let _ = change_program(&world, |program| {
        program["agent_limits"] = json!({"points_per_call": 100, "points_per_day": 250});
    })
    .await
    .expect(200);
    world.stack.set_clock("2031-03-10T12:00:00Z".parse().unwrap());
    let member = world.member_id().await;
    let points = |points: i64| json!({"points": points, "reason": "r"});
    let _ = adjust(&world, &world.supervisor, &member, points(1_000)).await.expect(201);
    for too_much in [101, -101] {
        let refused = adjust(&world, &world.agent, &member, points(too_much)).await;
        let _ = refused.expect_problem(403, "forbidden");
    }
    for within in [100, -100, 50] {
        let _ = adjust(&world, &world.agent, &member, points(within)).await.expect(201);
    }
    let refused = adjust(&world, &world.agent, &member, points(1)).await;
    let _ = refused.expect_problem(403, "forbidden");
    let _ = adjust(&world, &world.supervisor, &member, points(500)).await.expect(201);
    let colleague = world.stack.token("agent", None, Some("colleague")).await.unwrap();
    let colleague = world.with_token(&colleague);
    let _ = adjust(&world, &colleague, &member, points(100)).await.expect(201);
    // The next local day has begun in Moscow, but not in UTC.
    world.stack.set_clock("2031-03-10T20:59:50Z".parse().unwrap());
    let refused = adjust(&world, &world.agent, &member, points(1)).await;
    let _ = refused.expect_problem(403, "forbidden");
    world.stack.set_clock("2031-03-10T21:00:01Z".parse().unwrap());
    let _ = adjust(&world, &world.agent, &member, points(100)).await.expect(201);
    assert_eq!(world.available(&member).await, 1_750);
}
