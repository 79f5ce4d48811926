//! Branches compare trimmed, NFC, without case, and invoice numbers trimmed and NFC, wherever they are named.
//! What is shown stays as it was written.

use puntos_tests::{Answer, World};
use serde_json::{Value, json};

/// The same branch, as tills and people write it.
const WRITTEN: [&str; 4] = ["MSK-É", "msk-é", " Msk-e\u{301}\u{3000}", "mSK-E\u{301}"];

fn at(body: &Value, branch: &str) -> Value {
    let mut body = body.clone();
    body["branch"] = json!(branch);
    body
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_invoice_earns_once_however_its_branch_is_written() {
    let world = World::start().await;
    let member = world.member_id().await;
    let mut body = world.purchase(&member, 110_000);
    body["invoice_number"] = json!("Inv-7");
    let [first, others @ ..] = WRITTEN;
    let recorded = world.pos.post("/v1/purchases", at(&body, first), None).await.expect(201);
    for branch in others {
        let again = world.pos.post("/v1/purchases", at(&body, branch), None).await.expect(201);
        assert!(again.replayed, "{branch:?}");
        for fact in ["purchase_id", "branch", "invoice_number"] {
            assert_eq!(again.at(fact), recorded.at(fact), "{branch:?}");
        }
        let path = format!("/v1/purchases?branch={}&invoice_number=%20Inv-7", encoded(branch));
        let found = world.pos.get(&path).await.expect(200);
        assert_eq!(found.at("data.0.branch"), &json!(first), "{branch:?}");
    }
    let mut more = at(&body, others[0]);
    more["total"]["amount"] = json!(110_001);
    let refused = world.pos.post("/v1/purchases", more, None).await;
    let refused = refused.expect_problem(409, "invoice_conflict");
    assert_eq!(refused.at("purchase_id"), recorded.at("purchase_id"));
    // The case of a number counts.
    let mut other = at(&body, first);
    other["invoice_number"] = json!("inv-7");
    assert!(!world.pos.post("/v1/purchases", other, None).await.expect(201).replayed);
    assert_eq!(world.available(&member).await, 220);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_credit_nets_off_and_a_claim_finds_the_purchase_of_a_branch_written_otherwise() {
    let world = World::start().await;
    let member = world.member_id().await;
    let invoice = |branch: &str| json!({"branch": branch, "invoice_number": "7"});
    let path = format!("/v1/members/{member}/adjustments");
    let credit = |branch: &str| json!({"points": 30, "reason": "r", "invoice": invoice(branch)});
    let _ = world.agent.post(&path, credit(WRITTEN[0]), Some("c")).await.expect(201);
    let again = world.agent.post(&path, credit(WRITTEN[1]), Some("c")).await.expect(201);
    assert!(again.replayed);
    let twice = world.agent.post(&path, credit(WRITTEN[1]), Some("d")).await;
    let _ = twice.expect_problem(409, "already_credited");
    let mut body = at(&world.purchase(&member, 110_000), WRITTEN[2]);
    body["invoice_number"] = json!("7");
    let arrived = world.pos.post("/v1/purchases", body, None).await.expect(201);
    assert_eq!(arrived.number("points.earned"), 80);
    let claim = json!({
        "member_id": member, "kind": "missing_points", "evidence": invoice(WRITTEN[3]),
    });
    let opened = world.agent.post("/v1/claims", claim, Some("claim")).await.expect(201);
    assert_eq!(opened.text("finding"), "received_with_points");
    assert_eq!(opened.at("evidence.branch"), &json!(WRITTEN[3]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_is_shown_and_a_coupon_used_at_a_branch_written_otherwise() {
    let world = World::start().await;
    let enrolled = world.enrol().await;
    let member = enrolled.text("member_id");
    let mut body = at(&world.purchase("", 110_000), WRITTEN[0]);
    body["member_id"] = Value::Null;
    let unclaimed = world.pos.post("/v1/purchases", body.clone(), None).await.expect(201);
    let receipt = json!({
        "member_id": member, "branch": WRITTEN[1], "invoice_number": body["invoice_number"],
        "total": body["total"],
    });
    let path = format!("/v1/purchases/{}/claim-points", unclaimed.text("purchase_id"));
    let _ = world.member(&member).await.post(&path, receipt, Some("receipt")).await.expect(200);
    let reward = world.reward(10, json!({})).await;
    let code = world.redeem(&member, &reward, "r").await.expect(201).text("coupon.code");
    let path = format!("/v1/coupons/{code}/use");
    let on = |branch: &str| json!({"branch": branch, "invoice_number": "i1"});
    let _ = world.pos.post(&path, on(WRITTEN[0]), Some("same")).await.expect(200);
    let again = world.pos.post(&path, on(WRITTEN[1]), Some("same")).await.expect(200);
    assert!(again.replayed);
    assert_eq!(again.at("used.branch"), &json!(WRITTEN[0]));
    let path = format!("/v1/coupons/{code}/unuse");
    let back = world.pos.post(&path, on(WRITTEN[1]), Some("back")).await.expect(200);
    assert!(back.at("used").is_null());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ratings_are_one_visit_and_are_counted_and_listed_together() {
    let world = World::start().await;
    let member = world.member_id().await;
    let visit = |branch: &str, invoice: &str, score: i64| {
        json!({
            "member_id": member, "score": score, "branch": branch, "invoice_number": invoice,
            "visited_at": world.stack.clock().now().to_string(),
        })
    };
    let rate = |body: Value| world.pos.post("/v1/ratings", body, None);
    let first: Answer = rate(visit(WRITTEN[0], "A", 9)).await.expect(201);
    assert!(rate(visit(WRITTEN[1], " A", 9)).await.expect(201).replayed);
    let changed = rate(visit(WRITTEN[2], "A", 10)).await;
    assert_eq!(changed.body["rating_id"], first.body["rating_id"]);
    let _ = rate(visit(WRITTEN[3], "B", 3)).await.expect(201);
    let _ = rate(visit("elsewhere", "B", 3)).await.expect(201);
    for branch in WRITTEN.map(encoded) {
        let summary = world.agent.get(&format!("/v1/ratings/summary?branch={branch}")).await;
        assert_eq!(summary.expect(200).number("ratings"), 2, "{branch}");
        for sort in ["date", "score", "unread", "name"] {
            let path = format!("/v1/ratings?branch={branch}&sort={sort}&order=asc");
            let list = world.agent.get(&path).await.expect(200);
            let shown: Vec<&str> = list
                .at("data")
                .as_array()
                .expect("a list")
                .iter()
                .filter_map(|row| row["branch"].as_str())
                .collect();
            assert_eq!(shown.len(), 2, "{branch} {sort}");
            assert!(shown.contains(&WRITTEN[0]) && shown.contains(&WRITTEN[3]), "{shown:?}");
        }
    }
}

fn listed(program: &mut Value) {
    program["branches"] = json!([
        {"id": "MSK-1", "name": "Moscow 1"}, {"id": "spb", "name": "Saint Petersburg"},
    ]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_programme_that_lists_branches_takes_no_other() {
    let world = World::start().await;
    let member = world.member_id().await;
    let old = at(&world.purchase(&member, 110_000), "closed");
    let _ = world.pos.post("/v1/purchases", old.clone(), None).await.expect(201);
    let mut kept = at(&world.purchase(&member, 110_000), "closed");
    kept["member_id"] = Value::Null;
    let _ = world.pos.post("/v1/purchases", kept.clone(), None).await.expect(201);
    let _ = super::change_program(&world, listed).await.expect(200);
    for branch in ["msk-1", " MSK-1", "SPB"] {
        let body = at(&world.purchase(&member, 110_000), branch);
        let _ = world.pos.post("/v1/purchases/quote", body.clone(), None).await.expect(200);
        let _ = world.pos.post("/v1/purchases", body, None).await.expect(201);
    }
    for path in ["/v1/purchases", "/v1/purchases/quote"] {
        for member_id in [json!(member), Value::Null] {
            let mut body = at(&world.purchase(&member, 110_000), "msk-2");
            body["member_id"] = member_id;
            let refused = world.pos.post(path, body, None).await;
            let refused = refused.expect_problem(422, "invalid_field");
            assert_eq!(refused.text("errors.0.field"), "branch", "{path}");
        }
    }
    // What was recorded before keeps its answer, and a kept sale still finds its member.
    assert!(world.pos.post("/v1/purchases", old.clone(), None).await.expect(201).replayed);
    let mut other = old;
    other["total"]["amount"] = json!(5);
    let _ =
        world.pos.post("/v1/purchases", other, None).await.expect_problem(409, "invoice_conflict");
    kept["member_id"] = json!(member);
    let _ = world.pos.post("/v1/purchases", kept, None).await.expect(200);
    assert_eq!(world.available(&member).await, 5 * 110);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_of_branches_that_cannot_be_are_refused_with_the_place() {
    let world = World::start().await;
    let one = |id: &str| json!({"id": id, "name": "Moscow"});
    let many: Vec<Value> = (0..1_001).map(|number| one(&number.to_string())).collect();
    for (branches, field) in [
        (json!([one("MSK-1"), one(" msk-1")]), "branches[1].id"),
        (json!([one("")]), "branches[0].id"),
        (json!([{"id": "a", "name": ""}]), "branches[0].name"),
        (json!(many), "branches"),
    ] {
        let refused = super::change_program(&world, |program| program["branches"] = branches);
        let refused = refused.await.expect_problem(422, "invalid_field");
        assert_eq!(refused.text("errors.0.field"), field);
    }
    let promotion = |branch: &str| {
        let promotion = json!([{
            "id": "x2", "name": "Double", "branches": [branch], "effect": {"multiplier": "2"},
        }]);
        super::change_program(&world, move |program: &mut Value| {
            listed(program);
            program["promotions"] = promotion;
        })
    };
    let refused = promotion("nowhere").await.expect_problem(422, "invalid_field");
    assert_eq!(refused.text("errors.0.field"), "promotions[0].branches[0]");
    let _ = promotion("msk-1").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_branches_are_those_of_the_programme_or_those_that_were_met() {
    let world = World::start().await;
    let member = world.member_id().await;
    let seen = async || world.pos.get("/v1/branches").await.expect(200).at("data").clone();
    assert_eq!(seen().await, json!([]));
    let clocks = world.member(&member).await.get("/v1/branches").await.expect(200);
    assert_eq!(
        (clocks.text("time_zone"), clocks.text("currency")),
        ("Europe/Moscow".into(), "RUB".into())
    );
    for branch in [WRITTEN[0], WRITTEN[1], "zoo"] {
        let body = at(&world.purchase(&member, 110_000), branch);
        let _ = world.pos.post("/v1/purchases", body, None).await.expect(201);
    }
    let visit = json!({
        "member_id": member, "score": 9, "branch": "Airport", "invoice_number": "1",
        "visited_at": world.stack.clock().now().to_string(),
    });
    let _ = world.pos.post("/v1/ratings", visit, None).await.expect(201);
    let one = |id: &str| json!({"id": id.trim(), "name": id.trim()});
    assert_eq!(seen().await, json!([one("Airport"), one(WRITTEN[0]), one("zoo")]));
    let _ = super::change_program(&world, listed).await.expect(200);
    let listed = world.member(&member).await.get("/v1/branches").await.expect(200);
    assert_eq!(listed.at("data.0"), &json!({"id": "MSK-1", "name": "Moscow 1"}));
    assert_eq!(listed.at("data").as_array().unwrap().len(), 2);
}
