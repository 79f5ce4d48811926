//! Members rate what happened: a purchase of theirs, or one visit to a branch and day.

use puntos_tests::{Answer, Caller, World};
use serde_json::{Value, json};

fn visit(member: &str, score: i64, invoice: Value, at: &str) -> Value {
    json!({
        "member_id": member, "score": score, "branch": "b1", "invoice_number": invoice,
        "visited_at": at,
    })
}

async fn rate(caller: &Caller, body: &Value, key: Option<&str>) -> Answer {
    caller.post("/v1/ratings", body.clone(), key).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_names_a_purchase_of_theirs() {
    const NOON: &str = "2031-03-10T12:00:00Z";
    let world = World::start().await;
    world.stack.set_clock(NOON.parse().unwrap());
    let (id, other) = (world.member_id().await, world.member_id().await);
    let member = world.member(&id).await;
    let invoice = |purchase: &Answer| purchase.at("invoice_number").clone();
    let own = invoice(&world.earn(&id, 1).await);
    let unknown = json!("never");
    let strangers = [invoice(&world.earn(&other, 1).await), invoice(&world.unclaimed(5_000).await)];
    let refused = rate(&member, &visit(&id, 1, unknown, NOON), None).await;
    let refused = refused.expect_problem(404, "not_found");
    assert_eq!(refused.text("errors.0.field"), "invoice_number");
    for stranger in &strangers {
        let alike = rate(&member, &visit(&id, 1, stranger.clone(), NOON), None).await;
        let alike = alike.expect_problem(404, "not_found");
        assert_eq!(alike.at("errors"), refused.at("errors"));
        assert_eq!(alike.at("detail"), refused.at("detail"));
    }
    let mut elsewhere = visit(&id, 1, own.clone(), NOON);
    elsewhere["branch"] = json!("b2");
    let _ = rate(&member, &elsewhere, None).await.expect_problem(404, "not_found");
    let rated = rate(&member, &visit(&id, 9, own.clone(), NOON), None).await.expect(201);
    assert!(rate(&member, &visit(&id, 9, own.clone(), NOON), None).await.expect(201).replayed);
    let changed = rate(&member, &visit(&id, 3, own, NOON), None).await.expect(201);
    assert_eq!(changed.text("rating_id"), rated.text("rating_id"));
    // Tills are free, and a member may change a rating that a till gave.
    let body = visit(&id, 5, strangers[0].clone(), NOON);
    let at_till = rate(&world.pos, &body, None).await.expect(201);
    let body = visit(&id, 6, strangers[0].clone(), NOON);
    let changed = rate(&member, &body, None).await.expect(201);
    assert_eq!(changed.text("rating_id"), at_till.text("rating_id"));
    let summary = world.agent.get("/v1/ratings/summary").await.expect(200);
    assert_eq!(summary.number("ratings"), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_an_invoice_a_member_rates_a_branch_once_a_day() {
    let world = World::start().await;
    world.stack.set_clock("2031-03-11T12:00:00Z".parse().unwrap());
    let id = world.member_id().await;
    let member = world.member(&id).await;
    // Moscow is three hours ahead: both are the tenth there.
    let morning = visit(&id, 9, Value::Null, "2031-03-09T21:00:00Z");
    let evening = visit(&id, 2, Value::Null, "2031-03-10T20:59:59Z");
    let first = rate(&member, &morning, Some("k1")).await.expect(201);
    assert!(rate(&member, &morning, Some("k1")).await.expect(201).replayed);
    let changed = rate(&member, &evening, Some("k2")).await.expect(201);
    assert_eq!(changed.text("rating_id"), first.text("rating_id"));
    assert_eq!((changed.number("score"), changed.replayed), (2, false));
    // The keys keep their requests, whatever came later.
    assert!(rate(&member, &evening, Some("k2")).await.expect(201).replayed);
    assert_eq!(rate(&member, &morning, Some("k1")).await.expect(201).body, changed.body);
    let reused = rate(&member, &evening, Some("k1")).await;
    let _ = reused.expect_problem(422, "idempotency_key_reused");
    let mut shouted = morning.clone();
    shouted["branch"] = json!("B1");
    let same = rate(&member, &shouted, Some("k3")).await.expect(201);
    assert_eq!(same.text("rating_id"), first.text("rating_id"));
    let mut elsewhere = morning.clone();
    elsewhere["branch"] = json!("b2");
    let next_day = visit(&id, 9, Value::Null, "2031-03-10T21:00:00Z");
    for (body, key) in [(elsewhere, "k4"), (next_day, "k5")] {
        let other = rate(&member, &body, Some(key)).await.expect(201);
        assert_ne!(other.text("rating_id"), first.text("rating_id"));
    }
    for key in ["t1", "t2"] {
        let at_till = rate(&world.pos, &morning, Some(key)).await.expect(201);
        assert_ne!(at_till.text("rating_id"), first.text("rating_id"));
    }
    let summary = world.agent.get("/v1/ratings/summary").await.expect(200);
    assert_eq!(summary.number("ratings"), 5);
}
