//! Promotions and tiers: quote and accrual agree, and both say why not.

use puntos_tests::World;
use serde_json::{Value, json};

use super::change_program;

fn money(amount: i64) -> Value {
    json!({"amount": amount, "currency": "RUB"})
}

/// Returns a purchase of 300.00 of milk and 800.00 of bread: 110 points by the table.
fn basket(world: &World, member_id: &str) -> Value {
    let mut body = world.purchase(member_id, 110_000);
    body["lines"] = json!([
        {"sku": "milk", "category": "dairy", "quantity": 1, "amount": money(30_000)},
        {"sku": "bread", "quantity": 2, "amount": money(80_000)},
    ]);
    body
}

async fn with_promotions(world: &World, from: Option<&str>, promotions: Value) {
    let change = |program: &mut Value| {
        program["promotions"] = promotions;
        program["effective_from"] = json!(from);
    };
    let _ = change_program(world, change).await.expect(200);
}

/// Returns the pairs of two fields of the rows of a list.
fn pairs(rows: &Value, name: &str, value: &str) -> Vec<(String, Value)> {
    let rows = rows.as_array().expect("rows").iter();
    rows.map(|row| (row[name].as_str().expect("text").to_owned(), row[value].clone())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quote_equals_the_accrual_and_both_say_why_not() {
    let world = World::start().await;
    let member = world.member_id().await;
    with_promotions(
        &world,
        None,
        json!([
            {"id": "x3-dairy", "name": "Triple dairy", "categories": ["dairy"],
                "effect": {"multiplier": "3"}},
            {"id": "x2-milk", "name": "Double milk", "skus": ["milk"],
                "effect": {"multiplier": "2"}},
            {"id": "plus", "name": "Welcome", "effect": {"bonus_points": 7}},
            {"id": "elsewhere", "name": "Elsewhere", "branches": ["b9"],
                "effect": {"bonus_points": 7}},
        ]),
    )
    .await;
    let body = basket(&world, &member);
    let quote = world.pos.post("/v1/purchases/quote", body.clone(), None).await.expect(200);
    assert_eq!(quote.number("points"), 110 + 60 + 7);
    let lost = pairs(quote.at("not_applied"), "rule_id", "reason");
    let expected = [("x2-milk", "outbid"), ("elsewhere", "branch")];
    assert_eq!(lost, expected.map(|(id, reason)| (id.to_owned(), json!(reason))));
    let recorded = world.pos.post("/v1/purchases", body, None).await.expect(201);
    assert_eq!(recorded.number("points.earned"), quote.number("points"));
    assert_eq!(recorded.at("explanation"), quote.at("explanation"));
    let rows = pairs(recorded.at("explanation"), "rule_id", "points");
    let expected = [("earning-2", 110), ("x3-dairy", 60), ("plus", 7)];
    assert_eq!(rows, expected.map(|(id, points)| (id.to_owned(), json!(points))));
    // The same is told when it is asked for later, by the version that rated.
    with_promotions(&world, None, json!([])).await;
    let path = format!("/v1/purchases/{}", recorded.text("purchase_id"));
    let member = world.member(&member).await;
    for caller in [&world.agent, &member] {
        let shown = caller.get(&path).await.expect(200);
        assert_eq!(shown.at("not_applied"), quote.at("not_applied"));
        assert_eq!(shown.at("explanation"), quote.at("explanation"));
        assert_eq!(shown.text("lines.0.category"), "dairy");
        assert_eq!(shown.number("lines.1.amount.amount"), 80_000);
    }
    let stranger = world.member(&world.member_id().await).await;
    let _ = stranger.get(&path).await.expect_problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn once_is_once_for_a_member_or_a_local_day() {
    let world = World::start().await;
    world.stack.set_clock("2030-06-10T12:00:00Z".parse().unwrap());
    let member = world.member_id().await;
    with_promotions(
        &world,
        Some("2030-01-01T00:00:00Z"),
        json!([
            {"id": "first", "name": "First", "once": "member", "effect": {"bonus_points": 100}},
            {"id": "daily", "name": "Daily", "once": "day", "effect": {"bonus_points": 10}},
        ]),
    )
    .await;
    let earn = async |at: &str| {
        let mut body = world.purchase(&member, 10_000);
        body["purchased_at"] = json!(at);
        let quote = world.pos.post("/v1/purchases/quote", body.clone(), None).await.expect(200);
        let recorded = world.pos.post("/v1/purchases", body.clone(), None).await.expect(201);
        assert_eq!(recorded.number("points.earned"), quote.number("points"));
        // A retry does not use it up twice, and shows the same.
        let again = world.pos.post("/v1/purchases", body, None).await.expect(201);
        assert_eq!(again.at("points"), recorded.at("points"));
        recorded
    };
    let first = earn("2030-06-10T09:00:00Z").await;
    assert_eq!(first.number("points.earned"), 5 + 100 + 10);
    let second = earn("2030-06-10T10:00:00Z").await;
    assert_eq!(second.number("points.earned"), 5);
    let shown = world.agent.get(&format!("/v1/purchases/{}", second.text("purchase_id"))).await;
    let lost = pairs(shown.expect(200).at("not_applied"), "rule_id", "reason");
    let expected = [("first", "limit"), ("daily", "limit")];
    assert_eq!(lost, expected.map(|(id, reason)| (id.to_owned(), json!(reason))));
    // In Moscow it is the next day already.
    assert_eq!(earn("2030-06-10T21:00:00Z").await.number("points.earned"), 15);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purchase_lifts_the_tier_which_multiplies_the_next_one() {
    let world = World::start().await;
    world.stack.set_clock("2030-06-10T12:00:00Z".parse().unwrap());
    let member = world.member_id().await;
    let path = format!("/v1/members/{member}");
    assert!(world.agent.get(&path).await.expect(200).at("tier").is_null());
    let tiers = json!([
        {"id": "silver", "name": "Silver", "threshold": 100, "multiplier": "1.5"},
        {"id": "gold", "name": "Gold", "threshold": 1_000},
    ]);
    let _ = change_program(&world, |program| {
        program["tiers"] = tiers.clone();
        program["tier_rule"] = json!({"by": "points", "window_months": 2, "down": "one_step"});
    })
    .await
    .expect(200);
    let tier = world.agent.get(&path).await.expect(200);
    assert_eq!(
        tier.at("tier"),
        &json!({
            "id": null, "name": null, "until": null, "next": {"id": "silver", "name": "Silver", "missing": 100, "by": "points"},
        })
    );
    assert_eq!(world.earn(&member, 1).await.number("points.earned"), 110);
    let tier = world.agent.get(&path).await.expect(200);
    assert_eq!(
        tier.at("tier"),
        &json!({
            "id": "silver", "name": "Silver", "until": "2030-07-31T21:00:00Z",
            "next": {"id": "gold", "name": "Gold", "missing": 890, "by": "points"},
        })
    );
    let second = world.earn(&member, 1).await;
    assert_eq!(second.number("points.earned"), 165);
    assert_eq!(second.text("explanation.1.rule_id"), "tier");
    world.stack.set_clock("2030-07-31T21:00:00Z".parse().unwrap());
    assert!(world.agent.get(&path).await.expect(200).at("tier.id").is_null());
}

/// Returns the kind, time and sentence of the first rows of a timeline.
async fn timeline(world: &World, path: &str, rows: usize) -> Vec<[String; 3]> {
    let timeline = world.agent.get(path).await.expect(200);
    let text = |row: usize, name: &str| timeline.text(&format!("data.{row}.{name}"));
    (0..rows).map(|row| ["kind", "at", "summary"].map(|name| text(row, name))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_timeline_tells_when_a_tier_was_reached_and_lost() {
    let world = World::start().await;
    world.stack.set_clock("2030-06-10T12:00:00Z".parse().unwrap());
    let _ = change_program(&world, |program| {
        program["tiers"] = json!([{"id": "silver", "name": "Silver", "threshold": 100}]);
        program["tier_rule"] = json!({"by": "points", "window_months": 2, "down": "one_step"});
    })
    .await
    .expect(200);
    let member = world.member_id().await;
    let path = format!("/v1/members/{member}/timeline");
    let of_tiers = format!("{path}?kind=tier");
    let none = world.agent.get(&of_tiers).await.expect(200);
    assert_eq!(none.at("data"), &json!([]));
    let bought = world.earn(&member, 1).await;
    let rows = timeline(&world, &path, 2).await;
    assert_eq!(rows[0][0], "purchase");
    let reached = ["tier", &rows[0][1], "Tier Silver reached; it holds until 31 July 2030"];
    assert_eq!(rows[1], reached);
    assert_eq!(timeline(&world, &of_tiers, 1).await, [reached.map(str::to_owned)]);

    // Nobody has noticed the loss yet. A return after it records it, at its own time.
    let lost = ["tier", "2030-07-31T21:00:00Z", "Tier Silver lost"].map(str::to_owned);
    world.stack.set_clock("2030-08-20T12:00:00Z".parse().unwrap());
    let both = [lost.clone(), reached.map(str::to_owned)];
    assert_eq!(timeline(&world, &of_tiers, 2).await, both);
    let path_of_return = format!("/v1/purchases/{}/returns", bought.text("purchase_id"));
    let back = json!({
        "branch": "b1", "return_number": "R1", "amount": money(10_000),
        "returned_at": "2030-08-20T12:00:00Z",
    });
    let _ = world.pos.post(&path_of_return, back, None).await.expect(201);
    let rows = timeline(&world, &path, 2).await;
    assert_eq!((rows[0][0].as_str(), &rows[1]), ("return", &lost));
    let all = world.agent.get(&of_tiers).await.expect(200);
    assert_eq!(all.at("data").as_array().map(Vec::len), Some(2));
    assert_ne!(all.at("data.0.entry_id"), all.at("data.1.entry_id"));

    let _ = world.agent.patch(&format!("/v1/members/{member}"), json!({"locale": "ru"})).await;
    let own = world.member(&member).await.get(&of_tiers).await.expect(200);
    let russian = "Достигнут уровень Silver; действует по 31 июля 2030 года включительно";
    assert_eq!(own.text("data.1.summary"), russian);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_earns_less_for_more_must_be_accepted() {
    let world = World::start().await;
    let falls = |program: &mut Value| {
        program["earning"]["brackets"] = json!([
            {"up_to": 100_000, "points_per_step": 10}, {"up_to": null, "points_per_step": 5}]);
    };
    let refused = change_program(&world, falls).await.expect_problem(422, "program_warnings");
    assert_eq!(refused.at("warnings"), &json!(["earns_less_for_more"]));
    assert_eq!(refused.text("errors.0.field"), "earning.brackets[1].points_per_step");
    let accepted = change_program(&world, |program| {
        falls(program);
        program["acknowledge"] = json!(["earns_less_for_more"]);
    });
    assert_eq!(accepted.await.expect(200).number("version"), 2);
    let wrong = change_program(&world, |program| program["acknowledge"] = json!(["all"])).await;
    let wrong = wrong.expect_problem(422, "invalid_field");
    assert_eq!(wrong.text("errors.0.field"), "acknowledge");
}
