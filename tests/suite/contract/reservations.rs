//! Paying a part of a basket with points: reserved, confirmed by the purchase, released, or free again.

use jiff::SignedDuration;
use puntos_tests::{Answer, World};
use serde_json::{Value, json};

use super::change_program;

fn money(amount: i64) -> Value {
    json!({"amount": amount, "currency": "RUB"})
}

/// Returns a world in which points pay, with a member who has 550 points.
async fn paying() -> (World, String) {
    let world = World::start().await;
    world.offer_payment().await;
    let member = world.member_id().await;
    let _ = world.earn(&member, 5).await;
    (world, member)
}

async fn release(world: &World, reserved: &Answer, key: &str) -> Answer {
    let path = format!("/v1/reservations/{}/release", reserved.text("reservation_id"));
    world.pos.post(&path, json!({}), Some(key)).await
}

async fn buy(world: &World, body: &Value) -> Answer {
    world.pos.post("/v1/purchases", body.clone(), None).await
}

async fn balance(world: &World, member: &str) -> (i64, i64) {
    let page = world.agent.get(&format!("/v1/members/{member}")).await.expect(200);
    (page.number("balance.available"), page.number("balance.reserved"))
}

fn later(world: &World, minutes: i64) {
    world.stack.set_clock(world.stack.clock().now() + SignedDuration::from_mins(minutes));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reserved_points_are_not_available_and_a_retry_reserves_once() {
    let (world, member) = paying().await;
    let first = world.reserve(&member, 300, "one").await.expect(201);
    assert!(first.text("reservation_id").starts_with("rsv_"));
    assert_eq!((first.number("points"), first.at("value")), (300, &money(30_000)));
    assert_eq!(balance(&world, &member).await, (250, 300));
    let again = world.reserve(&member, 300, "one").await.expect(201);
    assert!(again.replayed && again.body == first.body);
    let _ = world.reserve(&member, 301, "one").await.expect_problem(422, "idempotency_key_reused");
    let other = world.member_id().await;
    let _ = world.reserve(&other, 300, "one").await.expect_problem(422, "idempotency_key_reused");
    let nobody = json!({"card_number": "lost", "points": 300, "branch": "b1"});
    let reused = world.pos.post("/v1/reservations", nobody.clone(), Some("one")).await;
    let _ = reused.expect_problem(422, "idempotency_key_reused");
    let unknown = world.pos.post("/v1/reservations", nobody, Some("lost")).await;
    assert_eq!(unknown.expect_problem(404, "not_found").text("errors.0.field"), "card_number");
    let more = world.reserve(&member, 251, "two").await.expect_problem(409, "insufficient_points");
    assert_eq!(more.number("missing_points"), 1);
    let reward = world.reward(251, json!({})).await;
    let spent = world.redeem(&member, &reward, "spent").await;
    let _ = spent.expect_problem(409, "insufficient_points");
    for key in ["two", "three"] {
        let _ = world.reserve(&member, 10, key).await.expect(201);
    }
    let _ = world.reserve(&member, 10, "four").await.expect_problem(409, "too_many_reservations");
    assert_eq!(balance(&world, &member).await, (230, 320));
    // They lapse without anybody's hand, also for the timeline, which never had them.
    later(&world, 31);
    assert_eq!(balance(&world, &member).await, (550, 0));
    let path = format!("/v1/members/{member}/timeline");
    let timeline = world.agent.get(&path).await.expect(200);
    assert_eq!(timeline.at("data").as_array().map(Vec::len), Some(2));
    let _ = world.reserve(&member, 550, "all").await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reservation_is_refused_by_field_and_without_an_offer() {
    let world = World::start().await;
    let member = world.member_id().await;
    let refused = world.reserve(&member, 1, "no").await;
    let _ = refused.expect_problem(409, "payment_not_offered");
    world.offer_payment().await;
    let bad = json!({"points": 0, "branch": " ", "invoice_number": " "});
    let bad = world.pos.post("/v1/reservations", bad, Some("bad")).await;
    let bad = bad.expect_problem(422, "invalid_field");
    let errors = bad.at("errors").as_array().expect("errors").iter();
    let fields: Vec<_> = errors.map(|error| error["field"].as_str().expect("a field")).collect();
    assert_eq!(fields, ["member_id", "points", "branch", "invoice_number"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_frees_the_points_once() {
    let (world, member) = paying().await;
    let one = world.reserve(&member, 300, "one").await.expect(201);
    let first = release(&world, &one, "free").await.expect(200);
    assert_eq!((&first.body, first.replayed), (&one.body, false));
    assert_eq!(balance(&world, &member).await, (550, 0));
    let again = release(&world, &one, "free").await.expect(200);
    assert_eq!((&again.body, again.replayed), (&one.body, true));
    let other = release(&world, &one, "other").await.expect(200);
    assert_eq!((&other.body, other.replayed), (&one.body, false));
    assert_eq!(balance(&world, &member).await, (550, 0));
    let body = world.paid_purchase(&member, 110_000, &one);
    let _ = buy(&world, &body).await.expect_problem(409, "reservation_lapsed");
    // One that lapsed is free already, before and after another write.
    let two = world.reserve(&member, 300, "two").await.expect(201);
    later(&world, 30);
    let _ = release(&world, &two, "late").await.expect(200);
    let _ = world.earn(&member, 1).await;
    let _ = release(&world, &two, "later").await.expect(200);
    assert_eq!(balance(&world, &member).await, (660, 0));
    let path = "/v1/reservations/rsv_00000000000000000000000000000000/release";
    let _ = world.pos.post(path, json!({}), Some("none")).await.expect_problem(404, "not_found");
    // The key of one member's reservation with another member's digest is none.
    let other = world.member_id().await;
    let id = one.text("reservation_id");
    let path = format!("/v1/reservations/{}{}/release", &id[..20], &other[4..]);
    let _ = world.pos.post(&path, json!({}), Some("none")).await.expect_problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purchase_confirms_its_reservation_and_earns_for_the_money() {
    let (world, member) = paying().await;
    let reserved = world.reserve(&member, 300, "one").await.expect(201);
    let body = world.paid_purchase(&member, 140_000, &reserved);
    let quote = world.pos.post("/v1/purchases/quote", body.clone(), None).await.expect(200);
    assert_eq!(quote.number("points"), 110);
    let bought = buy(&world, &body).await.expect(201);
    assert_eq!(bought.number("points.earned"), 110);
    assert_eq!(
        (bought.at("paid_with_points"), bought.number("points_paid")),
        (&money(30_000), 300)
    );
    assert_eq!(bought.number("balance.available"), 550 - 300 + 110);
    assert_eq!(bought.number("balance.reserved"), 0);
    // A retry is the same purchase, also when its reservation would have lapsed.
    later(&world, 60);
    let again = buy(&world, &body).await.expect(201);
    assert!(again.replayed && again.body == bought.body);
    let _ = release(&world, &reserved, "late").await.expect_problem(409, "reservation_confirmed");
    let other = world.paid_purchase(&member, 140_000, &reserved);
    let _ = buy(&world, &other).await.expect_problem(409, "reservation_confirmed");
    let mut unpaid = body.clone();
    for field in ["reservation_id", "paid_with_points"] {
        unpaid[field] = Value::Null;
    }
    let _ = buy(&world, &unpaid).await.expect_problem(409, "invoice_conflict");
    assert_eq!(balance(&world, &member).await, (360, 0));
    let path = format!("/v1/members/{member}/timeline?kind=purchase");
    let timeline = world.agent.get(&path).await.expect(200);
    assert_eq!(
        (timeline.number("data.0.points"), timeline.number("data.0.balance_after")),
        (-190, 360)
    );
    let told = timeline.text("data.0.summary");
    assert!(told.ends_with("earned 110 points, and 300 points paid for a part of it"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_return_gives_the_points_back_pro_rata() {
    let (world, member) = paying().await;
    let reserved = world.reserve(&member, 300, "one").await.expect(201);
    let body = world.paid_purchase(&member, 140_000, &reserved);
    let purchase = buy(&world, &body).await.expect(201).text("purchase_id");
    let path = format!("/v1/purchases/{purchase}/returns");
    let give_back = async |number: &str, amount: i64| {
        let body = json!({
            "branch": "b1", "return_number": number, "amount": money(amount),
            "returned_at": world.stack.clock().now().to_string(),
        });
        world.pos.post(&path, body, None).await.expect(201)
    };
    // Half of the goods: half of the points, and 550.00 in money earn 25 of the 110 points.
    let half = give_back("R1", 70_000).await;
    assert_eq!((half.number("points_given_back"), half.number("points_clawed_back")), (150, 85));
    let rest = give_back("R2", 70_000).await;
    assert_eq!((rest.number("points_given_back"), rest.number("points_clawed_back")), (150, 25));
    assert_eq!(balance(&world, &member).await, (550, 0));
    let shown = world.agent.get(&format!("/v1/purchases/{purchase}")).await.expect(200);
    assert_eq!(shown.number("returned.points_given_back"), 300);
    assert_eq!(shown.number("points_paid"), 300);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_money_counts_for_a_tier_by_spend() {
    let (world, member) = paying().await;
    let tiers = json!([{"id": "silver", "name": "Silver", "threshold": 660_000}]);
    let changed = change_program(&world, |program| {
        program["tiers"] = tiers;
        program["tier_rule"]["by"] = json!("spend");
    });
    let _ = changed.await.expect(200);
    let reserved = world.reserve(&member, 1, "one").await.expect(201);
    let body = world.paid_purchase(&member, 110_000, &reserved);
    let _ = buy(&world, &body).await.expect(201);
    let page = format!("/v1/members/{member}");
    let shown = world.agent.get(&page).await.expect(200);
    assert!(shown.at("tier.id").is_null());
    assert_eq!(shown.number("tier.next.missing"), 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_that_does_not_fit_is_refused_with_its_field() {
    let (world, member) = paying().await;
    let reserved = world.reserve(&member, 300, "one").await.expect(201);
    let whole = world.paid_purchase(&member, 60_000, &reserved);
    let id = reserved.at("reservation_id");
    let other = world.member_id().await;
    let nobodys = json!("rsv_00000000000000000000000000000000");
    let dollars = json!({"amount": 30_000, "currency": "USD"});
    let table = [
        (json!({"reservation_id": null}), 422, "paid_with_points"),
        (json!({"paid_with_points": null}), 422, "reservation_id"),
        (json!({"member_id": null}), 422, "paid_with_points"),
        (json!({"paid_with_points": money(0)}), 422, "paid_with_points.amount"),
        (json!({"paid_with_points": money(60_001)}), 422, "paid_with_points.amount"),
        (json!({"paid_with_points": dollars}), 422, "paid_with_points.currency"),
        (json!({"paid_with_points": money(29_999)}), 422, "paid_with_points"),
        (json!({"total": money(59_999)}), 422, "paid_with_points"),
        (json!({"reservation_id": "rsv_1"}), 404, "reservation_id"),
        (json!({"reservation_id": nobodys}), 404, "reservation_id"),
        (json!({"member_id": other, "reservation_id": id}), 404, "reservation_id"),
    ];
    for (change, status, field) in table {
        let mut body = whole.clone();
        body.as_object_mut().expect("fields").extend(change.as_object().expect("fields").clone());
        let refused = buy(&world, &body).await.expect(status);
        assert_eq!(refused.text("errors.0.field"), field, "{change}");
        let quoted = world.pos.post("/v1/purchases/quote", body, None).await;
        // A quote may come before the reservation.
        let status = if change == json!({"reservation_id": null}) { 200 } else { status };
        let _ = quoted.expect(status);
    }
    let mut quote = whole.clone();
    quote["reservation_id"] = Value::Null;
    quote["total"] = money(59_999);
    let over = world.pos.post("/v1/purchases/quote", quote.clone(), None).await;
    let over = over.expect_problem(422, "invalid_field");
    assert_eq!(over.text("errors.0.field"), "paid_with_points");
    later(&world, 30);
    let _ = buy(&world, &whole).await.expect_problem(409, "reservation_lapsed");
    assert_eq!(balance(&world, &member).await, (550, 0));
    let _ = change_program(&world, |program| program["payment"] = Value::Null).await.expect(200);
    let none = world.pos.post("/v1/purchases/quote", quote, None).await;
    let _ = none.expect_problem(409, "payment_not_offered");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reservation_keeps_its_terms_when_the_programme_changes() {
    let (world, member) = paying().await;
    let reserved = world.reserve(&member, 300, "one").await.expect(201);
    let _ = change_program(&world, |program| program["payment"] = Value::Null).await.expect(200);
    let body = world.paid_purchase(&member, 60_000, &reserved);
    assert_eq!(buy(&world, &body).await.expect(201).number("balance.available"), 265);
}
