//! The statement of a period: both ends, what lies between them, and what an edit of the table shows.

use aws_sdk_dynamodb::types::AttributeValue;
use puntos_tests::{Answer, World};
use serde_json::{Value, json};

async fn statement(world: &World, member: &str, query: &str) -> Answer {
    let path = format!("/v1/members/{member}/statement{query}");
    world.agent.get(&path).await.expect(200)
}

/// Returns the kind, points and balance of each entry.
fn lines(statement: &Answer) -> Vec<(String, i64, i64)> {
    let entries = statement.at("entries").as_array().expect("entries");
    let line = |entry: &Value| {
        let number = |name: &str| entry[name].as_i64().expect(name);
        (entry["kind"].as_str().expect("a kind").to_owned(), number("points"), number("balance"))
    };
    entries.iter().map(line).collect()
}

fn line(kind: &str, points: i64, balance: i64) -> (String, i64, i64) {
    (kind.to_owned(), points, balance)
}

/// Returns the body of a purchase of 1,100.00 with a line whose sku looks like a formula.
fn purchase(world: &World, member: &str) -> Value {
    let mut body = world.purchase(member, 110_000);
    body["branch"] = json!("=b1");
    body["lines"] = json!([{
        "sku": "@milk", "category": "dairy", "quantity": 2, "amount": {"amount": 110_000, "currency": "RUB"},
    }]);
    body
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_adds_up_over_purchases_redemptions_returns_and_expiries() {
    let world = World::start().await;
    let now = |instant: &str| world.stack.set_clock(instant.parse().expect("an instant"));
    now("2026-03-10T12:00:00Z");
    let member = world.member_id().await;
    let body = purchase(&world, &member);
    let bought = world.pos.post("/v1/purchases", body.clone(), None).await.expect(201);
    now("2026-04-05T12:00:00Z");
    let _ = world.earn(&member, 1).await;
    let reward = world.reward(30, json!({})).await;
    let redeemed = world.redeem(&member, &reward, "r").await.expect(201).text("redemption_id");
    let _ = world.reverse(&redeemed, "u").await.expect(201);
    let returned = json!({
        "branch": "b1", "return_number": "R1", "returned_at": "2026-04-05T12:00:00Z",
        "amount": {"amount": 20_000, "currency": "RUB"},
    });
    let path = format!("/v1/purchases/{}/returns", bought.text("purchase_id"));
    let _ = world.pos.post(&path, returned, None).await.expect(201);

    let march = statement(&world, &member, "?from=2026-03-01&to=2026-03-31").await;
    assert_eq!(lines(&march), [line("purchase", 110, 110)]);
    assert_eq!((march.number("opening"), march.number("closing")), (0, 110));
    assert_eq!(march.at("entries.0.purchase_id"), bought.at("purchase_id"));
    assert_eq!(march.at("entries.0.invoice_number"), &body["invoice_number"]);
    assert_eq!(march.at("entries.0.total"), &body["total"]);
    assert_eq!(march.text("entries.0.lines.0.sku"), "@milk");
    assert_eq!(march.at("chain"), "whole");

    // The current local month, and an instant as the excluded end.
    let april = [
        line("purchase", 110, 220),
        line("redemption", -30, 190),
        line("reversal", 30, 220),
        line("return", -65, 155),
    ];
    let current = statement(&world, &member, "").await;
    assert_eq!(lines(&current), april);
    assert_eq!((current.number("opening"), current.number("closing")), (110, 155));
    assert_eq!(current.text("from"), "2026-03-31T21:00:00Z");
    assert_eq!(current.text("to"), "2026-04-30T21:00:00Z");
    assert_eq!(current.at("entries.3.purchase_id"), bought.at("purchase_id"));
    let empty = statement(&world, &member, "?from=2026-04-01&to=2026-04-05T12:00:00Z").await;
    assert_eq!((empty.number("opening"), empty.number("closing")), (110, 110));

    // All points expire at the end of their months, whether a write has noticed it or not.
    let expiring = current.at("expiring").clone();
    now("2027-06-01T12:00:00Z");
    for _ in 0..2 {
        let all = statement(&world, &member, "?from=2026-01-01").await;
        let expired = &lines(&all)[5..];
        let first = -expiring[0]["points"].as_i64().expect("points");
        let until = |index: usize| all.text(&format!("entries.{index}.at"));
        assert_eq!(expired[0], line("expiry", first, 155 + first));
        assert_eq!(expired[1].2, 0);
        assert_eq!(until(5), expiring[0]["at"].as_str().expect("an instant"));
        assert_eq!(until(6), expiring[1]["at"].as_str().expect("an instant"));
        let body = json!({"points": 7, "reason": "goodwill"});
        let path = format!("/v1/members/{member}/adjustments");
        let _ = world.agent.post(&path, body, Some("a")).await;
    }
    let last = statement(&world, &member, "?from=2027-01-01").await;
    assert_eq!((last.number("opening"), last.number("closing")), (155, 7));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_changed_by_hand_is_named() {
    let world = World::start().await;
    let member = world.member_id().await;
    let changed = world.earn(&member, 1).await;
    let _ = world.earn(&member, 1).await;
    assert_eq!(statement(&world, &member, "").await.at("chain"), "whole");
    let entry = statement(&world, &member, "").await.text("entries.0.entry_id");
    let client = world.stack.table_client();
    let _ = client
        .update_item()
        .table_name("puntos")
        .key("pk", AttributeValue::S(changed.text("purchase_id")))
        .key("sk", AttributeValue::S("purchase".to_owned()))
        .update_expression("SET #row.points = :points")
        .expression_attribute_names("#row", "row")
        .expression_attribute_values(":points", AttributeValue::N("111".to_owned()))
        .send()
        .await
        .expect("the table takes it");
    let broken = statement(&world, &member, "").await;
    assert_eq!(broken.at("chain"), &json!({"broken_at": entry}));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sheet_holds_no_formulas_and_comes_to_those_who_ask() {
    let world = World::start().await;
    let member = world.member_id().await;
    let _ = world.pos.post("/v1/purchases", purchase(&world, &member), None).await.expect(201);
    let own = world.member(&member).await;
    let path = format!("/v1/members/{member}/statement");
    let sheet = own.get_as(&path, "text/csv").await.expect(200);
    let media_type = sheet.headers.iter().find(|(name, _)| name == "content-type");
    assert_eq!(media_type.expect("a type").1, "text/csv; charset=utf-8");
    let mut reader = csv::Reader::from_reader(sheet.body.as_str().expect("a sheet").as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    let names: Vec<&str> = rows.iter().map(|row| &row[0]).collect();
    assert_eq!(names, ["opening", "entry", "line", "closing", "expiring"]);
    let header = reader.headers().expect("a header").clone();
    let cell = |row: usize, name: &str| {
        let column = header.iter().position(|column| column == name).expect(name);
        rows[row][column].to_owned()
    };
    assert_eq!(cell(1, "branch"), "'=b1");
    assert_eq!(cell(2, "sku"), "'@milk");
    assert_eq!((cell(0, "balance"), cell(3, "balance")), ("0".to_owned(), "110".to_owned()));
    assert_eq!(cell(4, "points"), "110");
    assert!(own.get_as(&path, "*/*").await.expect(200).at("entries").is_array());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_period_is_refused_by_the_field_at_fault() {
    let world = World::start().await;
    let member = world.member_id().await;
    let path = format!("/v1/members/{member}/statement");
    let backwards = world.agent.get(&format!("{path}?from=2026-03-02&to=2026-03-01")).await;
    assert_eq!(backwards.expect_problem(422, "invalid_field").text("errors.0.field"), "to");
    let nonsense = world.agent.get(&format!("{path}?from=soon")).await;
    assert_eq!(nonsense.expect_problem(422, "invalid_field").text("errors.0.field"), "from");
    let other = world.member_id().await;
    let stranger = world.member(&other).await;
    let _ = stranger.get(&path).await.expect_problem(404, "not_found");
    let _ = world.pos.get(&path).await.expect_problem(403, "forbidden");
}
