//! Ratings: one for each visit, a changed score, and who may rate for whom.

use puntos_tests::{Answer, Caller, World};
use serde_json::{Value, json};

use super::change_program;

/// The visit with this invoice at branch `b1`, an hour ago.
fn visit(world: &World, member: &str, score: i64, invoice: &str) -> Value {
    let at = world.stack.clock().now() - jiff::SignedDuration::from_hours(1);
    json!({
        "member_id": member, "score": score, "branch": "b1", "invoice_number": invoice,
        "visited_at": at.to_string(),
    })
}

async fn rate(caller: &Caller, body: &Value, key: Option<&str>) -> Answer {
    caller.post("/v1/ratings", body.clone(), key).await
}

fn with(body: &Value, field: &str, value: impl Into<Value>) -> Value {
    let mut body = body.clone();
    body[field] = value.into();
    body
}

/// Returns the only rating, as the list shows it.
async fn only_row(world: &World) -> Value {
    let list = world.agent.get("/v1/ratings").await.expect(200);
    assert_eq!(list.at("data").as_array().map(Vec::len), Some(1), "{list:?}");
    list.at("data.0").clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visit_is_rated_and_classified() {
    let world = World::start().await;
    let member = world.member_id().await;
    for score in 0..=10 {
        let (category, color) = match score {
            0..=6 => ("detractor", "red"),
            7 | 8 => ("passive", "yellow"),
            _ => ("promoter", "green"),
        };
        let body = visit(&world, &member, score, &format!("i{score}"));
        let answer = rate(&world.pos, &body, None).await.expect(201);
        assert!(answer.text("rating_id").starts_with("rat_"));
        assert_eq!(
            (answer.text("category"), answer.text("color")),
            (category.into(), color.into())
        );
        for field in ["member_id", "score", "branch", "invoice_number", "visited_at"] {
            assert_eq!(answer.at(field), &body[field], "{field}");
        }
        assert_eq!((answer.replayed, answer.at("comment")), (false, &Value::Null));
    }
    let path = format!("/v1/members/{member}/timeline?kind=rating&limit=1");
    let entry = world.agent.get(&path).await.expect(200);
    assert_eq!(entry.text("data.0.summary"), "Rated the visit to b1 with 10");
    assert!(entry.text("data.0.rating_id").starts_with("rat_"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_rating_again_is_the_first() {
    let world = World::start().await;
    let member = world.member_id().await;
    let body = with(&visit(&world, &member, 4, "i1"), "comment", "Cold.");
    let first = rate(&world.pos, &body, None).await.expect(201);
    // The time may differ, the header is ignored, and the member may send it too.
    let later = with(&body, "visited_at", world.stack.clock().now().to_string());
    let own = world.member(&member).await;
    for (caller, body, key) in
        [(&world.pos, &body, None), (&world.pos, &later, Some("no key!")), (&own, &later, None)]
    {
        let again = rate(caller, body, key).await.expect(201);
        assert!(again.replayed);
        assert_eq!(again.body, first.body);
    }
    assert_eq!(only_row(&world).await["rating_id"], first.text("rating_id"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_mind_keeps_the_rating_and_its_visit() {
    let world = World::start().await;
    let member = world.member_id().await;
    let body = visit(&world, &member, 3, "i1");
    let first = rate(&world.pos, &body, None).await.expect(201);
    let mind = with(&with(&body, "score", 9), "comment", "Put right.");
    let mind = with(&mind, "visited_at", "2020-01-01T00:00:00Z");
    let changed = rate(&world.pos, &mind, None).await.expect(201);
    assert!(!changed.replayed);
    for field in ["rating_id", "visited_at", "created_at"] {
        assert_eq!(changed.at(field), first.at(field), "{field}");
    }
    assert_eq!((changed.number("score"), changed.text("category")), (9, "promoter".into()));
    assert!(rate(&world.pos, &mind, None).await.expect(201).replayed);
    let row = only_row(&world).await;
    assert_eq!((&row["score"], &row["has_comment"]), (&json!(9), &json!(true)));
    let summary = world.agent.get("/v1/ratings/summary").await.expect(200);
    assert_eq!((summary.number("ratings"), summary.number("promoters")), (1, 1));
    assert_eq!((summary.number("detractors"), summary.number("comments")), (0, 1));
    // Another member's rating of the same invoice is another rating.
    let other = with(&body, "member_id", world.member_id().await);
    let other = rate(&world.pos, &other, None).await.expect(201);
    assert_ne!(other.text("rating_id"), first.text("rating_id"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_an_invoice_the_key_names_the_rating() {
    let world = World::start().await;
    let (member, other) = (world.member_id().await, world.member_id().await);
    let body = with(&visit(&world, &member, 8, ""), "invoice_number", Value::Null);
    let refused = rate(&world.pos, &body, None).await;
    let _ = refused.expect_problem(400, "idempotency_key_missing");
    let refused = rate(&world.pos, &body, Some("no key!")).await;
    let _ = refused.expect_problem(400, "idempotency_key_invalid");
    let first = rate(&world.pos, &body, Some("k1")).await.expect(201);
    let later = with(&body, "visited_at", "2020-01-01T00:00:00Z");
    let again = rate(&world.pos, &later, Some("k1")).await.expect(201);
    assert!(again.replayed);
    assert_eq!(again.body, first.body);
    for reused in [
        with(&body, "score", 7),
        with(&body, "comment", "more"),
        with(&body, "branch", "b2"),
        with(&body, "member_id", other),
        with(&body, "member_id", "mbr_0000000000000000"),
        with(&body, "member_id", "nobody"),
    ] {
        let refused = rate(&world.pos, &reused, Some("k1")).await;
        let _ = refused.expect_problem(422, "idempotency_key_reused");
    }
    let second = rate(&world.pos, &body, Some("k2")).await.expect(201);
    assert_ne!(second.text("rating_id"), first.text("rating_id"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_till_and_the_customer_rate() {
    let world = World::start().await;
    let (member, other) = (world.member_id().await, world.member_id().await);
    let body = visit(&world, &member, 10, "i1");
    let foreign = rate(&world.member(&other).await, &body, None).await;
    let foreign = foreign.expect_problem(404, "not_found");
    assert_eq!(foreign.text("errors.0.field"), "member_id");
    for nobody in ["mbr_0000000000000000", "nobody"] {
        let missing = rate(&world.pos, &with(&body, "member_id", nobody), None).await;
        let missing = missing.expect_problem(404, "not_found");
        assert_eq!(missing.at("errors"), foreign.at("errors"));
    }
    for caller in [&world.agent, &world.supervisor, &world.admin] {
        let _ = rate(caller, &body, None).await.expect_problem(403, "forbidden");
    }
    let _ = rate(&world.nobody(), &body, None).await.expect(401);
    let own = world.member(&member).await;
    let purchase = world.earn(&member, 1).await;
    let bought = with(&body, "invoice_number", purchase.text("invoice_number"));
    let _ = rate(&own, &bought, None).await.expect(201);
    for (caller, path) in [
        (&world.pos, "/v1/ratings"),
        (&world.pos, "/v1/ratings/summary"),
        (&own, "/v1/ratings/summary"),
    ] {
        let _ = caller.get(path).await.expect_problem(403, "forbidden");
    }
    let _ = world.admin.get("/v1/ratings").await.expect_problem(403, "forbidden");
    let _ = world.admin.get("/v1/ratings/summary").await.expect(200);
    let _ = world.supervisor.get("/v1/ratings").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_fit_is_refused_with_its_field() {
    let world = World::start().await;
    let member = world.member_id().await;
    let body = visit(&world, &member, 5, "i1");
    let ahead = world.stack.clock().now() + jiff::SignedDuration::from_hours(25);
    let table: [(&str, Value); 10] = [
        ("score", json!(11)),
        ("score", json!(-1)),
        ("score", json!(256)),
        ("comment", json!("x".repeat(1001))),
        ("comment", json!("bell\u{7}")),
        ("branch", json!(" ")),
        ("branch", json!("x".repeat(65))),
        ("invoice_number", json!("")),
        ("invoice_number", json!("a\nb")),
        ("visited_at", json!(ahead.to_string())),
    ];
    for (field, value) in table {
        let refused = rate(&world.pos, &with(&body, field, value), None).await;
        let refused = refused.expect_problem(422, "invalid_field");
        assert_eq!(refused.text("errors.0.field"), field);
    }
    let unknown = rate(&world.pos, &with(&body, "rating", 5), None).await;
    let _ = unknown.expect_problem(422, "unknown_field");
    for old in ["2001-01-01T00:00:00Z", "1950-06-01T12:00:00+03:00"] {
        let body = with(&with(&body, "visited_at", old), "invoice_number", old);
        let _ = rate(&world.pos, &body, None).await.expect(201);
    }
    let _ = change_program(&world, |program| program["lowest_score"] = json!(1)).await.expect(200);
    let low = rate(&world.pos, &with(&body, "score", 0), None).await;
    assert_eq!(low.expect_problem(422, "invalid_field").text("errors.0.field"), "score");
    let _ = rate(&world.pos, &with(&body, "score", 1), None).await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_comment_keeps_its_lines_and_a_blank_one_is_none() {
    let world = World::start().await;
    let member = world.member_id().await;
    let longest = "ñ\n".repeat(500);
    let table = [
        ("Cold.\r\nSlow.\tBye", Some("Cold.\nSlow.\tBye")),
        (" \r\n\t\u{3000}", None),
        ("", None),
        (longest.as_str(), Some(longest.as_str())),
        ("‏שלום 👩‍🍳 e\u{301}", Some("‏שלום 👩‍🍳 e\u{301}")),
    ];
    for (number, (given, kept)) in table.into_iter().enumerate() {
        let body = visit(&world, &member, 2, &format!("i{number}"));
        let answer = rate(&world.pos, &with(&body, "comment", given), None).await.expect(201);
        assert_eq!(answer.at("comment").as_str(), kept);
    }
    let summary = world.agent.get("/v1/ratings/summary").await.expect(200);
    assert_eq!((summary.number("comments"), summary.number("unread_comments")), (3, 3));
}
