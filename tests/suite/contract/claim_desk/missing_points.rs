//! Claims of missing points: the finding about the invoice, and its fix.

use puntos_tests::{Answer, World};
use serde_json::{Value, json};

use super::super::change_program;
use super::{open, update};

fn claim(member: &str, invoice: &Value) -> Value {
    json!({
        "member_id": member, "kind": "missing_points",
        "evidence": {"branch": invoice["branch"], "invoice_number": invoice["invoice_number"]},
    })
}

async fn claimed(world: &World, member: &str, invoice: &Value) -> Answer {
    open(world, &world.agent, claim(member, invoice)).await.expect(201)
}

async fn fix(world: &World, claim: &Answer, body: Value, key: &str) -> Answer {
    world.agent.post(&format!("/v1/claims/{}/fix", claim.text("claim_id")), body, Some(key)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invoice_that_did_not_arrive_is_credited_and_nets_off_when_it_comes() {
    let world = World::start().await;
    let member = world.member_id().await;
    let purchase = world.purchase(&member, 110_000);
    let opened = claimed(&world, &member, &purchase).await;
    assert_eq!(opened.text("finding"), "not_received");
    assert_eq!(opened.text("proposed_fix.action"), "credit_points");
    assert_eq!(opened.at("proposed_fix.invoice.branch"), &purchase["branch"]);
    let refused = fix(&world, &opened, json!({}), "f").await.expect_problem(422, "invalid_field");
    assert_eq!(refused.text("errors.0.field"), "points");
    let fixed = fix(&world, &opened, json!({"points": 30}), "f").await.expect(200);
    assert_eq!((fixed.text("status"), fixed.at("proven")), ("resolved".into(), &json!(true)));
    assert_eq!(fixed.at("proposed_fix"), &Value::Null);
    assert_eq!(world.available(&member).await, 30);
    let again = fix(&world, &opened, json!({"points": 30}), "f").await.expect(200);
    assert!(again.replayed);
    let refused = fix(&world, &opened, json!({"points": 31}), "f").await;
    let _ = refused.expect_problem(422, "idempotency_key_reused");
    let refused = fix(&world, &opened, json!({"points": 30}), "g").await;
    let _ = refused.expect_problem(409, "claim_ended");
    assert_eq!(world.available(&member).await, 30);
    let arrived = world.pos.post("/v1/purchases", purchase, None).await.expect(201);
    assert_eq!(arrived.number("points.earned"), 80);
    assert_eq!(world.available(&member).await, 110);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unclaimed_purchase_is_given_to_the_member_with_one_step() {
    let world = World::start().await;
    let member = world.member_id().await;
    let mut purchase = world.purchase("", 110_000);
    purchase["member_id"] = Value::Null;
    let unclaimed = world.pos.post("/v1/purchases", purchase.clone(), None).await.expect(201);
    let opened = claimed(&world, &member, &purchase).await;
    assert_eq!(opened.text("finding"), "received_without_points");
    assert_eq!(opened.text("proposed_fix.action"), "claim_points");
    assert_eq!(opened.text("proposed_fix.purchase_id"), unclaimed.text("purchase_id"));
    let refused = fix(&world, &opened, json!({"points": 5}), "f").await;
    let _ = refused.expect_problem(422, "invalid_field");
    let fixed = fix(&world, &opened, json!({}), "f").await.expect(200);
    assert_eq!((fixed.text("status"), fixed.at("proven")), ("resolved".into(), &json!(true)));
    assert_eq!(fixed.text("history.1.note"), "The purchase earned 110 points");
    assert_eq!(world.available(&member).await, 110);
    assert!(fix(&world, &opened, json!({}), "f").await.expect(200).replayed);
    assert_eq!(world.available(&member).await, 110);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_without_a_branch_is_looked_up_in_every_branch() {
    let world = World::start().await;
    let member = world.member_id().await;
    let mut purchase = world.purchase("", 110_000);
    purchase["member_id"] = Value::Null;
    let unclaimed = world.pos.post("/v1/purchases", purchase.clone(), None).await.expect(201);
    let numbered = |number: &Value| {
        json!({
            "member_id": member, "kind": "missing_points", "evidence": {"invoice_number": number},
        })
    };
    let body = numbered(&purchase["invoice_number"]);
    let opened = open(&world, &world.agent, body).await.expect(201);
    assert_eq!(opened.text("finding"), "received_without_points");
    assert_eq!(opened.at("evidence.branch"), &purchase["branch"]);
    let fixed = fix(&world, &opened, json!({}), "f").await.expect(200);
    assert_eq!(fixed.text("status"), "resolved");
    let shown = world.agent.get(&format!("/v1/purchases/{}", unclaimed.text("purchase_id"))).await;
    assert_eq!(shown.expect(200).text("member_id"), member);
    let lost = open(&world, &world.agent, numbered(&json!("nowhere"))).await.expect(201);
    assert_eq!(lost.text("finding"), "not_received");
    assert!(lost.at("proposed_fix").is_null() && lost.at("evidence.branch").is_null());
    // The branch that somebody names later is looked up.
    let named = json!({"evidence": {"branch": "b1"}});
    let named = update(&world, &world.agent, &lost.text("claim_id"), named).await.expect(201);
    assert_eq!(named.text("proposed_fix.action"), "credit_points");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrongly_rated_purchase_is_put_right_from_its_claim() {
    let world = World::start().await;
    let member = world.member_id().await;
    let purchase = world.purchase(&member, 110_000);
    let bought = world.pos.post("/v1/purchases", purchase.clone(), None).await.expect(201);
    assert_eq!(bought.number("points.earned"), 110);
    let _ = change_program(&world, |program| {
        program["earning"]["brackets"][1]["points_per_step"] = json!(12);
    })
    .await;
    let mut about_receipt = claim(&member, &purchase);
    about_receipt["kind"] = json!("receipt_data");
    let second = open(&world, &world.agent, about_receipt).await.expect(201);
    let opened = claimed(&world, &member, &purchase).await;
    for claim in [&opened, &second] {
        assert_eq!(claim.text("finding"), "received_with_points");
        assert_eq!(claim.text("proposed_fix.action"), "rerate");
        assert_eq!(claim.number("proposed_fix.points"), 22);
        assert_eq!(claim.at("proposed_fix.purchase_id"), bought.at("purchase_id"));
    }
    let fixed = fix(&world, &opened, json!({}), "f").await.expect(200);
    assert_eq!((fixed.text("status"), fixed.at("proven")), ("resolved".into(), &json!(true)));
    assert!(fix(&world, &opened, json!({}), "f").await.expect(200).replayed);
    assert_eq!(world.available(&member).await, 132);
    let timeline = format!("/v1/members/{member}/timeline?kind=adjustment");
    let entry = world.agent.get(&timeline).await.expect(200);
    assert!(entry.text("data.0.summary").contains(&opened.text("claim_id")), "{entry:?}");
    // It is right now, so the other claim has nothing to fix.
    let refused = fix(&world, &second, json!({}), "f").await;
    let _ = refused.expect_problem(409, "finding_changed");
    let path = format!("/v1/claims/{}", second.text("claim_id"));
    assert!(world.agent.get(&path).await.expect(200).at("proposed_fix").is_null());
    assert_eq!(world.available(&member).await, 132);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_that_have_not_begun_or_give_less_are_no_fix_of_missing_points() {
    let world = World::start().await;
    world.stack.set_clock("2031-03-10T12:00:00Z".parse().unwrap());
    let member = world.member_id().await;
    let purchase = world.purchase(&member, 110_000);
    let _ = world.pos.post("/v1/purchases", purchase.clone(), None).await.expect(201);
    let rate = async |points: i64, from: Value| {
        let changed = change_program(&world, |program| {
            program["earning"]["brackets"][1]["points_per_step"] = json!(points);
            program["effective_from"] = from.clone();
        });
        let _ = changed.await.expect(200);
    };
    rate(5, Value::Null).await;
    rate(20, json!("2031-04-01T00:00:00Z")).await;
    let mut shown = Vec::new();
    for kind in ["missing_points", "receipt_data"] {
        let mut body = claim(&member, &purchase);
        body["kind"] = json!(kind);
        let opened = open(&world, &world.agent, body).await.expect(201);
        let seen = world.member(&member).await;
        let path = format!("/v1/claims/{}", opened.text("claim_id"));
        let seen = seen.get(&path).await.expect(200);
        assert_eq!(seen.text("history.1.note"), "The purchase earned 110 points");
        shown.push(opened.at("proposed_fix")["points"].clone());
    }
    assert_eq!(shown, [Value::Null, json!(-55)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_made_in_time_is_kept_when_the_time_to_claim_passes() {
    let world = World::start().await;
    world.stack.set_clock("2031-03-10T12:00:00Z".parse().unwrap());
    let member = world.member_id().await;
    let mut purchase = world.purchase("", 110_000);
    purchase["member_id"] = Value::Null;
    let _ = world.pos.post("/v1/purchases", purchase.clone(), None).await.expect(201);
    let opened = claimed(&world, &member, &purchase).await;
    world.stack.set_clock("2031-06-10T12:00:00Z".parse().unwrap());
    let late = claimed(&world, &member, &purchase).await;
    assert_eq!(late.at("proposed_fix"), &Value::Null);
    let _ = fix(&world, &late, json!({}), "f").await.expect_problem(409, "no_fix");
    let _ = fix(&world, &opened, json!({}), "f").await.expect(200);
    assert_eq!(world.available(&member).await, 110);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purchase_of_the_member_needs_no_fix() {
    let world = World::start().await;
    let member = world.member_id().await;
    for (amount, finding, told) in [
        (110_000, "received_with_points", "The purchase earned 110 points"),
        (5_000, "received_without_points", "The purchase earned no points by the rules: "),
    ] {
        let purchase = world.purchase(&member, amount);
        let _ = world.pos.post("/v1/purchases", purchase.clone(), None).await.expect(201);
        let opened = claimed(&world, &member, &purchase).await;
        assert_eq!(opened.text("finding"), finding);
        assert_eq!(opened.at("proposed_fix"), &Value::Null);
        assert!(opened.text("history.1.note").starts_with(told), "{opened:?}");
        let _ = fix(&world, &opened, json!({}), "f").await.expect_problem(409, "no_fix");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_elses_receipt_looks_like_a_wrong_guess_to_a_member() {
    let world = World::start().await;
    world.stack.set_clock("2031-03-10T12:00:00Z".parse().unwrap());
    let (id, other) = (world.member_id().await, world.member_id().await);
    let member = world.member(&id).await;
    let theirs = world.purchase(&other, 110_000);
    let _ = world.pos.post("/v1/purchases", theirs.clone(), None).await.expect(201);
    let credited = world.purchase(&other, 110_000);
    let adjustment = json!({
        "points": 5, "reason": "r",
        "invoice": {"branch": credited["branch"], "invoice_number": credited["invoice_number"]},
    });
    let path = format!("/v1/members/{other}/adjustments");
    let _ = world.agent.post(&path, adjustment, Some("credit")).await.expect(201);
    let nobodys = world.purchase(&id, 110_000);
    let mut seen = Vec::new();
    for (invoice, for_agents) in
        [(&theirs, "received_with_points"), (&credited, "not_received"), (&nobodys, "not_received")]
    {
        let opened = open(&world, &member, claim(&id, invoice)).await.expect(201);
        let claim_path = format!("/v1/claims/{}", opened.text("claim_id"));
        let mut shown = member.get(&claim_path).await.expect(200).body;
        assert_eq!(shown["history"].as_array().map(Vec::len), Some(1));
        for body in [&mut shown, &mut opened.body.clone()] {
            body["claim_id"] = Value::Null;
            body["evidence"] = Value::Null;
            for instant in ["/created_at", "/history/0/at"] {
                *body.pointer_mut(instant).unwrap() = Value::Null;
            }
            seen.push(body.clone());
        }
        let whole = world.agent.get(&claim_path).await.expect(200);
        assert_eq!(whole.text("finding"), for_agents);
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn evidence_that_comes_later_is_looked_up_too() {
    let world = World::start().await;
    let id = world.member_id().await;
    let body = json!({"member_id": id, "kind": "missing_points", "evidence": {"branch": "b1"}});
    let opened = open(&world, &world.agent, body).await.expect(201);
    assert_eq!(opened.at("finding"), &Value::Null);
    let evidence = json!({"evidence": {"invoice_number": "never"}});
    let member = world.member(&id).await;
    let told = update(&world, &member, &opened.text("claim_id"), evidence).await.expect(201);
    assert_eq!(told.text("finding"), "not_received");
    assert_eq!(told.text("evidence.branch"), "b1");
    assert_eq!(told.at("proposed_fix"), &Value::Null);
    let path = format!("/v1/claims/{}", opened.text("claim_id"));
    let whole = world.agent.get(&path).await.expect(200);
    assert_eq!(whole.text("proposed_fix.action"), "credit_points");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fix_that_is_no_longer_right_is_refused_and_the_finding_renewed() {
    let world = World::start().await;
    let member = world.member_id().await;
    let purchase = world.purchase(&member, 110_000);
    let opened = claimed(&world, &member, &purchase).await;
    let _ = world.pos.post("/v1/purchases", purchase, None).await.expect(201);
    let refused = fix(&world, &opened, json!({"points": 110}), "f").await;
    let _ = refused.expect_problem(409, "finding_changed");
    let path = format!("/v1/claims/{}", opened.text("claim_id"));
    let renewed = world.agent.get(&path).await.expect(200);
    assert_eq!(renewed.text("finding"), "received_with_points");
    assert_eq!(renewed.at("proposed_fix"), &Value::Null);
    assert_eq!(world.available(&member).await, 110);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_credit_keeps_to_the_agents_limits() {
    let world = World::start().await;
    let _ = change_program(&world, |program| {
        program["agent_limits"] = json!({"points_per_call": 100, "points_per_day": 150});
    })
    .await
    .expect(200);
    let member = world.member_id().await;
    let mut claims = Vec::new();
    for _ in 0..2 {
        let purchase = world.purchase(&member, 110_000);
        claims.push(claimed(&world, &member, &purchase).await);
    }
    let refused = fix(&world, &claims[0], json!({"points": 101}), "f").await;
    let _ = refused.expect_problem(403, "forbidden");
    let _ = fix(&world, &claims[0], json!({"points": 100}), "f").await.expect(200);
    let refused = fix(&world, &claims[1], json!({"points": 51}), "f").await;
    let _ = refused.expect_problem(403, "forbidden");
    let path = format!("/v1/claims/{}/fix", claims[1].text("claim_id"));
    let by_supervisor = world.supervisor.post(&path, json!({"points": 500}), Some("f")).await;
    assert_eq!(by_supervisor.expect(200).text("history.1.by"), "supervisor");
    assert_eq!(world.available(&member).await, 600);
    // So does a re-rating: of the day 50 points are left.
    let mut rerated = Vec::new();
    for _ in 0..2 {
        let purchase = world.purchase(&member, 110_000);
        let _ = world.pos.post("/v1/purchases", purchase.clone(), None).await.expect(201);
        rerated.push(purchase);
    }
    for points in [13, 40] {
        let _ = change_program(&world, |program| {
            program["earning"]["brackets"][1]["points_per_step"] = json!(points);
        })
        .await
        .expect(200);
        let opened = claimed(&world, &member, &rerated[0]).await;
        assert_eq!(opened.text("proposed_fix.action"), "rerate");
        let fixed = fix(&world, &opened, json!({}), "rerate").await;
        if points == 13 {
            let _ = fixed.expect(200);
            let second = claimed(&world, &member, &rerated[1]).await;
            let refused = fix(&world, &second, json!({}), "rerate").await;
            let _ = refused.expect_problem(403, "forbidden");
        } else {
            let _ = fixed.expect_problem(403, "forbidden");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fix_that_many_confirm_at_once_is_done_once() {
    let world = World::start().await;
    let member = world.member_id().await;
    let mut unclaimed = world.purchase("", 110_000);
    unclaimed["member_id"] = Value::Null;
    let _ = world.pos.post("/v1/purchases", unclaimed.clone(), None).await.expect(201);
    let missing = world.purchase(&member, 110_000);
    for (invoice, body, code, available) in [
        (&unclaimed, json!({}), "claim_ended", 110),
        (&missing, json!({"points": 50}), "claim_ended", 160),
    ] {
        let opened = claimed(&world, &member, invoice).await;
        let keys: Vec<String> = (0..8).map(|number| format!("many-{number}")).collect();
        let fixes = keys.iter().map(|key| fix(&world, &opened, body.clone(), key));
        let answers = futures::future::join_all(fixes).await;
        let done = answers.iter().filter(|answer| answer.status == 200).count();
        let refused = answers.iter().filter(|answer| answer.code() == code).count();
        assert_eq!((done, refused), (1, 7), "{answers:#?}");
        assert_eq!(world.available(&member).await, available);
    }
}
