//! Members who guess receipts: what they see, and how often they may ask.

use puntos_tests::World;
use serde_json::{Value, json};

use super::{open, update};

/// Returns a claim of a member about an invoice, with this further evidence.
fn claim(invoice: &Value, further: Value) -> Value {
    let mut evidence = json!({
        "branch": invoice["branch"], "invoice_number": invoice["invoice_number"],
    });
    if let (Value::Object(evidence), Value::Object(further)) = (&mut evidence, further) {
        evidence.extend(further);
    }
    json!({"kind": "missing_points", "evidence": evidence})
}

/// Returns what a claim shows besides its id, its evidence and its times.
fn seen(mut shown: Value) -> Value {
    for path in ["/claim_id", "/evidence", "/created_at", "/history"] {
        *shown.pointer_mut(path).unwrap() = Value::Null;
    }
    shown
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_without_a_member_is_found_with_its_total_and_time() {
    let world = World::start().await;
    world.stack.set_clock("2031-03-10T12:00:00Z".parse().unwrap());
    let id = world.member_id().await;
    let member = world.member(&id).await;
    let mut lost = world.purchase("", 110_000);
    lost["member_id"] = Value::Null;
    let _ = world.pos.post("/v1/purchases", lost.clone(), None).await.expect(201);
    let never = world.purchase(&id, 110_000);
    let other = json!({"amount": 110_100, "currency": "RUB"});
    let guesses = [
        json!({}),
        json!({"total": lost["total"]}),
        json!({"purchased_at": lost["purchased_at"]}),
        json!({"total": other, "purchased_at": lost["purchased_at"]}),
        json!({"total": lost["total"], "purchased_at": "2031-03-10T11:58:00Z"}),
    ];
    for guess in guesses {
        let of_a_receipt = open(&world, &member, claim(&lost, guess.clone())).await.expect(201);
        let of_none = open(&world, &member, claim(&never, guess.clone())).await.expect(201);
        assert_eq!(seen(of_a_receipt.body.clone()), seen(of_none.body.clone()), "{guess}");
        assert_eq!(of_none.text("finding"), "not_received");
        let path = format!("/v1/claims/{}", of_a_receipt.text("claim_id"));
        let shown = member.get(&path).await.expect(200);
        assert_eq!(shown.at("history").as_array().map(Vec::len), Some(1));
        let whole = world.agent.get(&path).await.expect(200);
        assert_eq!(whole.text("finding"), "received_without_points");
        assert_eq!(whole.at("proposed_fix"), &Value::Null, "{guess}");
        let refused = world.agent.post(&format!("{path}/fix"), json!({}), Some("f")).await;
        let _ = refused.expect_problem(409, "no_fix");
    }
    let opened = open(&world, &member, claim(&lost, json!({}))).await.expect(201);
    let receipt = json!({"total": lost["total"], "purchased_at": lost["purchased_at"]});
    let evidence = json!({"evidence": receipt});
    let shown = update(&world, &member, &opened.text("claim_id"), evidence).await.expect(201);
    assert_eq!(shown.text("finding"), "received_without_points");
    assert_eq!(shown.at("evidence.total"), &lost["total"]);
    let path = format!("/v1/claims/{}/fix", opened.text("claim_id"));
    let _ = world.agent.post(&path, json!({}), Some("f")).await.expect(200);
    assert_eq!(world.available(&id).await, 110);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_opens_and_updates_claims_so_often_a_day() {
    const MOST: usize = 50;
    let world = World::start().await;
    world.stack.set_clock("2031-03-10T20:00:00Z".parse().unwrap());
    let id = world.member_id().await;
    let member = world.member(&id).await;
    let opening = json!({"kind": "refund", "evidence": {"note": "n"}});
    let first = member.post("/v1/claims", opening.clone(), Some("first")).await.expect(201);
    let claim_id = first.text("claim_id");
    for number in 1..MOST {
        let note = json!({"note": format!("guess {number}")});
        let _ = update(&world, &member, &claim_id, note).await.expect(201);
    }
    let note = json!({"note": "one more"});
    for refused in [
        update(&world, &member, &claim_id, note.clone()).await,
        open(&world, &member, opening.clone()).await,
    ] {
        let refused = refused.expect_problem(429, "throttled");
        let wait = refused.headers.iter().find(|(name, _)| name == "retry-after");
        let seconds: i64 = wait.unwrap().1.parse().unwrap();
        // Moscow is three hours ahead: the day ends at 21:00.
        assert!((3_500..=3_600).contains(&seconds), "{seconds}");
    }
    let again = member.post("/v1/claims", opening.clone(), Some("first")).await.expect(201);
    assert!(again.replayed, "a retry does not count");
    let own = json!({"member_id": id, "kind": "refund"});
    let _ = open(&world, &world.agent, own).await.expect(201);
    let other = world.member(&world.member_id().await).await;
    let _ = open(&world, &other, opening.clone()).await.expect(201);
    world.stack.set_clock("2031-03-10T21:00:00Z".parse().unwrap());
    let _ = update(&world, &member, &claim_id, note).await.expect(201);
}
