//! Purchases: accruals, replays, and refusals.

use jiff::SignedDuration;
use puntos_tests::{Answer, World};
use reqwest::Method;
use serde_json::{Value, json};

use super::change_program;

#[track_caller]
fn assert_adds_up(answer: &Answer, points: i64) {
    let rows = answer.at("explanation").as_array().expect("rows");
    let sum: i64 = rows.iter().map(|row| row["points"].as_i64().expect("points")).sum();
    assert_eq!(sum, points, "{answer:?}");
    for row in rows {
        for field in ["rule_id", "text"] {
            assert!(row[field].as_str().is_some_and(|text| !text.is_empty()), "{row}");
        }
        assert!(row["rule_version"].is_u64() && row["base"]["amount"].is_i64(), "{row}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_table_rates_whole_slabs_and_complete_hundreds() {
    let world = World::start().await;
    let member = world.member_id().await;
    let table = [
        (0, 0),
        (9_999, 0),
        (10_000, 5),
        (99_999, 45),
        (100_000, 50),
        (100_001, 100),
        (109_999, 100),
        (110_000, 110),
    ];
    let mut sum = 0;
    for (amount, points) in table {
        let body = world.purchase(&member, amount);
        let quote = world.pos.post("/v1/purchases/quote", body.clone(), None).await.expect(200);
        assert_eq!(quote.number("points"), points, "{amount}");
        assert_adds_up(&quote, points);
        let recorded = world.pos.post("/v1/purchases", body, None).await.expect(201);
        assert_eq!(recorded.number("points.earned"), points, "{amount}");
        assert_eq!(recorded.text("points.status"), "available");
        assert_eq!(recorded.at("explanation"), quote.at("explanation"));
        sum += points;
        assert_eq!(recorded.number("balance.available"), sum);
    }
    assert_eq!(world.available(&member).await, sum);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn excluded_goods_and_discounts_do_not_earn() {
    let world = World::start().await;
    let _ = change_program(&world, |program| {
        program["excluded"] = json!({"skus": ["gift-card"], "categories": ["tobacco"]});
    })
    .await
    .expect(200);
    let member = world.member_id().await;
    let line = |sku: &str, category: &str, amount: i64, discount: i64, quantity: i64| {
        json!({
            "sku": sku, "category": category, "quantity": quantity,
            "amount": {"amount": amount, "currency": "RUB"}, "discount": {"amount": discount, "currency": "RUB"},
        })
    };
    let mut body = world.purchase(&member, 130_000);
    body["lines"] = json!([
        line("milk", "dairy", 70_000, 10_000, 3),
        line("gift-card", "gifts", 50_000, 0, 1),
        line("cigars", "tobacco", 20_000, 0, 1),
        line("bag", "other", 0, 0, 1),
        line("cancelled", "other", 0, 0, 0),
    ]);
    let recorded = world.pos.post("/v1/purchases", body, None).await.expect(201);
    assert_eq!(recorded.number("points.earned"), 30);
    assert_adds_up(&recorded, 30);
    let path = format!("/v1/members/{member}/timeline?kind=purchase");
    let entry = world.agent.get(&path).await.expect(200);
    assert_eq!(entry.at("data.0.explanation"), recorded.at("explanation"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn weighed_goods_are_bought_by_decimals() {
    let world = World::start().await;
    let member = world.member_id().await;
    let body = world.purchase(&member, 110_000);
    let weighed = |quantity: &str| {
        let mut body = body.clone();
        let amount = json!({"amount": 110_000, "currency": "RUB"});
        body["lines"] = json!([{"sku": "cheese", "quantity": "?", "amount": amount}]);
        body.to_string().replace("\"?\"", quantity)
    };
    let post = |text: String| world.pos.send(Method::POST, "/v1/purchases", Some(text), None);
    assert!(!post(weighed("0.250")).await.expect(201).replayed);
    for same in ["0.25", "0.2500000", "25e-2"] {
        assert!(post(weighed(same)).await.expect(201).replayed, "{same}");
    }
    let other = post(weighed("0.251")).await;
    let _ = other.expect_problem(409, "invoice_conflict");
    // No float can tell the last one from 0.25.
    for refused in ["0.2501", "-0.25", "1e400", "0.25000000000000000000000001"] {
        let problem = post(weighed(refused)).await.expect_problem(422, "invalid_field");
        assert_eq!(problem.text("errors.0.field"), "lines[0].quantity", "{refused}");
        assert_eq!(problem.at("errors").as_array().expect("a list").len(), 1, "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_invoice_earns_once() {
    let world = World::start().await;
    let enrolled = world.enrol().await;
    let member = enrolled.text("member_id");
    let body = world.purchase(&member, 110_000);
    let first = world.pos.post("/v1/purchases", body.clone(), None).await.expect(201);
    let _ = world.earn(&member, 1).await;
    let mut by_card = body.clone();
    by_card["member_id"] = Value::Null;
    by_card["card_number"] = json!(enrolled.text("card_number").to_uppercase());
    let mut years_ago = body.clone();
    years_ago["purchased_at"] = json!("2011-03-27T02:30:00+03:00");
    let mut without_lines = body.clone();
    without_lines["lines"] = json!([]);
    for same in [body.clone(), by_card, years_ago, without_lines] {
        let again = world.pos.post("/v1/purchases", same, Some("ignored")).await.expect(201);
        assert!(again.replayed);
        for fact in ["purchase_id", "member_id", "points", "explanation", "purchased_at"] {
            assert_eq!(again.at(fact), first.at(fact), "{fact}");
        }
        assert_eq!(again.number("balance.available"), 220);
    }
    let other_member = world.member_id().await;
    let changes: [(&str, Value); 4] = [
        ("/total/amount", json!(110_001)),
        ("/member_id", json!(other_member)),
        ("/member_id", Value::Null),
        (
            "/lines",
            json!([{"sku": "a", "quantity": 1, "amount": {"amount": 110_000, "currency": "RUB"}}]),
        ),
    ];
    for (place, value) in changes {
        let mut other = body.clone();
        other["lines"] = Value::Null;
        *other.pointer_mut(place).expect("a place") = value;
        let refused = world.pos.post("/v1/purchases", other, None).await;
        let refused = refused.expect_problem(409, "invoice_conflict");
        assert_eq!(refused.text("purchase_id"), first.text("purchase_id"));
    }
    let mut other_branch = body;
    other_branch["branch"] = json!("b2");
    let other = world.pos.post("/v1/purchases", other_branch, None).await.expect(201);
    assert!(!other.replayed);
    assert_eq!(world.available(&member).await, 330);
    assert_eq!(world.available(&other_member).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purchase_that_was_kept_and_comes_again_with_a_member_is_theirs() {
    let world = World::start().await;
    let (member, other) = (world.member_id().await, world.member_id().await);
    let mut kept = world.purchase("", 110_000);
    kept["member_id"] = Value::Null;
    let post = async |body: &Value| world.pos.post("/v1/purchases", body.clone(), None).await;
    let first = post(&kept).await.expect(201);
    assert_eq!((first.at("member_id"), first.at("points")), (&Value::Null, &Value::Null));
    let with = |member: &str| {
        let mut body = kept.clone();
        body["member_id"] = json!(member);
        body["purchased_at"] = json!("2011-03-27T02:30:00+03:00");
        body
    };
    let mut larger = with(&member);
    larger["total"]["amount"] = json!(110_001);
    let _ = post(&larger).await.expect_problem(409, "invoice_conflict");

    let theirs = post(&with(&member)).await.expect(200);
    assert!(!theirs.replayed);
    assert_eq!(theirs.text("purchase_id"), first.text("purchase_id"));
    assert_eq!(theirs.text("purchased_at"), first.text("purchased_at"), "the first time counts");
    assert_eq!((theirs.text("member_id"), theirs.number("points.earned")), (member.clone(), 110));
    assert_eq!(theirs.text("points.status"), "available");
    assert_eq!(theirs.number("balance.available"), 110);
    assert_adds_up(&theirs, 110);
    let again = post(&with(&member)).await.expect(200);
    assert!(again.replayed);
    assert_eq!(again.body, theirs.body);
    assert!(post(&kept).await.expect(201).replayed);
    for conflict in [with(&other), larger] {
        let _ = post(&conflict).await.expect_problem(409, "invoice_conflict");
    }
    assert_eq!((world.available(&member).await, world.available(&other).await), (110, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn times_of_any_age_are_taken_and_more_than_a_day_ahead_is_refused() {
    let world = World::start().await;
    let member = world.member_id().await;
    let now = world.stack.clock().now();
    let ahead = |seconds: i64| (now + SignedDuration::from_secs(seconds)).to_string();
    let day = 24 * 3600;
    let day_of_a_year = SignedDuration::from_hours(366 * 24);
    let times = [
        (ahead(day - 60), 201),
        (ahead(day + 3600), 422),
        ("9999-12-30T00:00:00Z".to_owned(), 422),
        ("2011-03-27T02:30:00+03:00".to_owned(), 201),
        ("2014-10-26T01:30:00+04:00".to_owned(), 201),
        ("1970-01-01T00:00:00Z".to_owned(), 201),
        ("1900-01-01T00:00:00+02:30".to_owned(), 201),
        ("0001-01-01T00:00:00Z".to_owned(), 201),
        ("2025-02-30T00:00:00Z".to_owned(), 422),
        ("2025-03-01".to_owned(), 422),
        ("now".to_owned(), 422),
    ];
    for (time, status) in times {
        let mut body = world.purchase(&member, 110_000);
        body["purchased_at"] = json!(time);
        let quote = world.pos.post("/v1/purchases/quote", body.clone(), None).await;
        assert_eq!(quote.status, if status == 201 { 200 } else { status }, "{time}: {quote:?}");
        let answer = world.pos.post("/v1/purchases", body, None).await;
        assert_eq!(answer.status, status, "{time}: {answer:?}");
        if status == 422 {
            assert_eq!(answer.text("errors.0.field"), "purchased_at");
        } else {
            // Answers have times in UTC.
            assert!(answer.text("purchased_at").ends_with('Z'), "{answer:?}");
            let is_old = answer.text("purchased_at") < (now - day_of_a_year).to_string();
            let status = if is_old { "expired" } else { "available" };
            assert_eq!(answer.text("points.status"), status, "{answer:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_member_is_a_clear_refusal_and_nothing_is_written() {
    let world = World::start().await;
    for (field, value) in
        [("member_id", "mbr_0000000000000000"), ("member_id", "nobody"), ("card_number", "lost")]
    {
        let mut body = world.purchase("", 110_000);
        body["member_id"] = Value::Null;
        body[field] = json!(value);
        for path in ["/v1/purchases", "/v1/purchases/quote"] {
            let refused = world.pos.post(path, body.clone(), None).await;
            let refused = refused.expect_problem(404, "not_found");
            assert_eq!(refused.text("errors.0.field"), field);
        }
        let invoice = body["invoice_number"].as_str().expect("an invoice");
        let path = format!("/v1/purchases?branch=b1&invoice_number={invoice}");
        assert_eq!(world.pos.get(&path).await.expect(200).at("data"), &json!([]));
    }
    let enrolled = world.enrol().await;
    let mut both = world.purchase(&enrolled.text("member_id"), 110_000);
    both["card_number"] = json!(enrolled.text("card_number"));
    let refused = world.pos.post("/v1/purchases", both, None).await;
    let _ = refused.expect_problem(422, "invalid_field");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purchase_is_found_by_its_invoice_and_a_quote_is_not() {
    let world = World::start().await;
    let member = world.member_id().await;
    let body = world.purchase(&member, 110_000);
    let invoice = body["invoice_number"].as_str().expect("an invoice").to_owned();
    let path = format!("/v1/purchases?branch=b1&invoice_number={invoice}");
    let _ = world.agent.post("/v1/purchases/quote", body.clone(), None).await.expect(200);
    let bare = json!({"card_number": "nobody", "total": body["total"]});
    let quote = world.agent.post("/v1/purchases/quote", bare, None).await;
    let _ = quote.expect_problem(404, "not_found");
    let bare = json!({"total": body["total"]});
    let _ = world.agent.post("/v1/purchases/quote", bare, None).await.expect(200);
    for caller in [&world.agent, &world.pos] {
        assert_eq!(caller.get(&path).await.expect(200).at("data"), &json!([]));
    }
    let recorded = world.pos.post("/v1/purchases", body, None).await.expect(201);
    for caller in [&world.agent, &world.pos] {
        let found = caller.get(&path).await.expect(200);
        assert_eq!(found.at("data").as_array().map(Vec::len), Some(1));
        assert_eq!(found.text("data.0.purchase_id"), recorded.text("purchase_id"));
        assert_eq!(found.number("data.0.points.earned"), 110);
    }
    for path in ["/v1/purchases", "/v1/purchases?branch=b1", "/v1/purchases?from=2026-03-01"] {
        let _ = world.agent.get(path).await.expect_problem(422, "invalid_field");
    }
}
