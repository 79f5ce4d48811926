//! Returns over HTTP: once each, never more than was bought, and known to the member's page.

use puntos_tests::{Answer, World};
use serde_json::{Value, json};

use super::change_program;

fn money(amount: i64) -> Value {
    json!({"amount": amount, "currency": "RUB"})
}

async fn give_back(world: &World, purchase_id: &str, number: &str, goods: Value) -> Answer {
    let mut body = json!({
        "branch": "b1", "return_number": number, "returned_at": world.stack.clock().now().to_string(),
    });
    for (name, value) in goods.as_object().expect("fields") {
        body[name] = value.clone();
    }
    world.pos.post(&format!("/v1/purchases/{purchase_id}/returns"), body, None).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_return_claws_back_once_and_shows_everywhere() {
    let world = World::start().await;
    let member = world.member_id().await;
    let purchase = world.earn(&member, 1).await.text("purchase_id");
    let first = give_back(&world, &purchase, "R1", json!({"amount": money(20_000)})).await;
    let first = first.expect(201);
    assert!(first.text("return_id").starts_with("rtn_"));
    assert_eq!(first.number("points_clawed_back"), 65);
    assert_eq!(first.number("points_given_back"), 0);
    assert_eq!(first.number("balance.available"), 45);
    assert_eq!(first.number("explanation.0.points"), -65);
    // A retry is one return, also when the branch is written otherwise.
    let again =
        give_back(&world, &purchase, "R1", json!({"amount": money(20_000), "branch": " B1"}));
    let again = again.await.expect(201);
    assert!(again.replayed);
    assert_eq!(again.body, first.body);
    let other = give_back(&world, &purchase, "R1", json!({"amount": money(20_001)})).await;
    let _ = other.expect_problem(409, "return_conflict");
    let more = give_back(&world, &purchase, "R2", json!({"amount": money(90_001)})).await;
    let _ = more.expect_problem(409, "return_exceeds_purchase");
    let shown = world.agent.get(&format!("/v1/purchases/{purchase}")).await.expect(200);
    assert_eq!(
        shown.at("returned"),
        &json!({
            "total": money(20_000), "points_clawed_back": 65, "points_given_back": 0,
        })
    );
    let path = format!("/v1/members/{member}/timeline?kind=return");
    let timeline = world.agent.get(&path).await.expect(200);
    assert_eq!(timeline.number("data.0.points"), -65);
    assert_eq!(timeline.number("data.0.balance_after"), 45);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spent_points_become_a_debt_that_the_next_ones_pay() {
    let world = World::start().await;
    let member = world.member_id().await;
    let purchase = world.earn(&member, 1).await.text("purchase_id");
    let reward = world.reward(100, json!({})).await;
    let redeemed = world.redeem(&member, &reward, "spent").await.expect(201);
    let returned = give_back(&world, &purchase, "R1", json!({"amount": money(110_000)})).await;
    let returned = returned.expect(201);
    assert_eq!(returned.number("points_clawed_back"), 110);
    assert_eq!(returned.number("balance.available"), 0);
    assert_eq!(returned.number("balance.debt"), 100);
    let next = world.earn(&member, 1).await;
    assert_eq!((next.number("balance.available"), next.number("balance.debt")), (10, 0));
    // What a reversal restores is the member's again.
    let reversal = world.reverse(&redeemed.text("redemption_id"), "back").await.expect(201);
    assert_eq!(reversal.number("balance.available"), 110);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn goods_come_back_by_line_and_a_tier_can_be_lost() {
    let world = World::start().await;
    let member = world.member_id().await;
    let tiers = json!([{"id": "silver", "name": "Silver", "threshold": 100}]);
    let _ = change_program(&world, |program| program["tiers"] = tiers).await.expect(200);
    let mut body = world.purchase(&member, 110_000);
    body["lines"] = json!([
        {"sku": "milk", "quantity": 1.5, "amount": money(20_000)},
        {"sku": "bread", "quantity": 2, "amount": money(95_000), "discount": money(5_000)},
    ]);
    let purchase = world.pos.post("/v1/purchases", body, None).await.expect(201);
    let purchase = purchase.text("purchase_id");
    let page = format!("/v1/members/{member}");
    assert_eq!(world.agent.get(&page).await.expect(200).text("tier.id"), "silver");
    let line = |sku: &str, quantity: f64, amount: i64| json!({"lines": [{"sku": sku, "quantity": quantity, "amount": money(amount)}]});
    let unknown = give_back(&world, &purchase, "R0", line("wine", 1.0, 1)).await;
    let unknown = unknown.expect_problem(422, "invalid_field");
    assert_eq!(unknown.text("errors.0.field"), "lines[0].sku");
    let more = give_back(&world, &purchase, "R0", line("milk", 1.501, 1)).await;
    let _ = more.expect_problem(409, "return_exceeds_purchase");
    let milk = give_back(&world, &purchase, "R1", line("milk", 0.75, 20_000)).await.expect(201);
    assert_eq!(milk.number("points_clawed_back"), 65);
    assert!(world.agent.get(&page).await.expect(200).at("tier.id").is_null());
    let nothing = give_back(&world, &purchase, "R2", json!({})).await;
    let nothing = nothing.expect_problem(422, "invalid_field");
    assert_eq!(nothing.text("errors.0.field"), "amount");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_returned_before_a_receipt_has_a_member_earns_nothing() {
    let world = World::start().await;
    let unclaimed = world.unclaimed(110_000).await.text("purchase_id");
    let returned = give_back(&world, &unclaimed, "R1", json!({"amount": money(20_000)})).await;
    let returned = returned.expect(201);
    assert!(returned.at("balance").is_null());
    let member = world.member_id().await;
    let path = format!("/v1/purchases/{unclaimed}/claim-points");
    let body = json!({"member_id": member});
    let attached = world.agent.post(&path, body, Some("attach")).await.expect(200);
    assert_eq!(attached.number("points.earned"), 45);
    let rest = give_back(&world, &unclaimed, "R2", json!({"amount": money(90_000)})).await;
    assert_eq!(rest.expect(201).number("points_clawed_back"), 45);
    assert_eq!(world.available(&member).await, 0);
}
