//! A lost card is replaced: the old one is refused with a word of its own, and loses no purchase.

use jiff::SignedDuration;
use puntos_tests::{Answer, World};
use serde_json::{Value, json};

/// A member whose card was replaced, and the purchase of an hour ago with the old card.
struct Replaced {
    world: World,
    member_id: String,
    page: String,
    old: String,
    bought_before: Value,
}

impl Replaced {
    async fn new() -> Self {
        let world = World::start().await;
        world.offer_payment().await;
        let member = world.enrol().await;
        let (member_id, old) = (member.text("member_id"), member.text("card_number"));
        let _ = world.earn(&member_id, 5).await;
        let bought_before = by_card(&world, &old);
        let now = world.stack.clock().now();
        world.stack.set_clock(now + SignedDuration::from_hours(1));
        let page = format!("/v1/members/{member_id}");
        let changed = world.agent.patch(&page, json!({"card_number": "new"})).await.expect(200);
        assert_eq!(changed.text("card_number"), "new");
        Self { world, member_id, page, old, bought_before }
    }
}

/// Returns a purchase that is made now and names a card.
fn by_card(world: &World, card: &str) -> Value {
    let mut body = world.purchase("", 110_000);
    body["member_id"] = Value::Null;
    body["card_number"] = json!(card);
    body
}

fn expect_replaced(refused: Answer) {
    let refused = refused.expect_problem(409, "card_replaced");
    let error = [refused.text("errors.0.field"), refused.text("errors.0.code")];
    assert_eq!(error, ["card_number", "card_replaced"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_old_card_is_refused_wherever_a_till_names_it() {
    let Replaced { world, member_id, page, old, .. } = Replaced::new().await;
    let pos = &world.pos;
    let reward = world.reward(10, json!({})).await;
    for card in [old.clone(), format!(" {}", old.to_uppercase())] {
        let bought = by_card(&world, &card);
        for path in ["/v1/purchases", "/v1/purchases/quote"] {
            expect_replaced(pos.post(path, bought.clone(), None).await);
        }
        let reserved = json!({"card_number": card, "points": 1, "branch": "b1"});
        expect_replaced(pos.post("/v1/reservations", reserved, Some("reserve")).await);
        let redeemed = json!({"card_number": card, "reward_id": reward});
        expect_replaced(pos.post("/v1/redemptions", redeemed, Some("redeem")).await);
        let found = format!("/v1/members?card_number={}", card.trim());
        expect_replaced(pos.get(&found).await);
        let by_agent = world.agent.get(&found).await.expect(200);
        assert_eq!(by_agent.text("data.0.member_id"), member_id);
        let other = json!({"name": "Other Person", "card_number": card});
        expect_replaced(pos.post("/v1/members", other, Some("other")).await);
    }
    let both = json!({"name": "Other Person", "card_number": old, "document": "document-1"});
    let both = pos.post("/v1/members", both, Some("both")).await;
    let both = both.expect_problem(409, "already_enrolled");
    let codes = [both.text("errors.0.code"), both.text("errors.1.code")];
    assert_eq!(codes, ["already_enrolled", "card_replaced"]);
    // The kept sale does not become theirs by the old card either.
    let kept = world.unclaimed(110_000).await;
    let mut named = kept.body.clone();
    for field in ["member_id", "purchase_id", "points", "balance", "explanation", "points_paid"] {
        named.as_object_mut().expect("a purchase").remove(field);
    }
    named["card_number"] = json!(old);
    expect_replaced(pos.post("/v1/purchases", named, None).await);
    let with_new = pos.post("/v1/purchases", by_card(&world, "NEW"), None).await.expect(201);
    assert_eq!(with_new.text("member_id"), member_id);
    // Only the same member may take it back, and then the newer one is refused.
    let stranger = world.member_id().await;
    let path = format!("/v1/members/{stranger}");
    expect_replaced(world.agent.patch(&path, json!({"card_number": old})).await);
    let back = world.agent.patch(&page, json!({"card_number": old})).await.expect(200);
    assert_eq!(back.text("card_number"), old);
    let _ = pos.post("/v1/purchases", by_card(&world, &old), None).await.expect(201);
    expect_replaced(pos.post("/v1/purchases", by_card(&world, "new"), None).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_bought_before_the_replacement_is_the_members() {
    let Replaced { world, member_id, old, bought_before, .. } = Replaced::new().await;
    let bought = world.pos.post("/v1/purchases", bought_before.clone(), None).await.expect(201);
    assert_eq!(bought.text("member_id"), member_id);
    // A retry with a later time is the same purchase.
    let mut again = bought_before;
    again["purchased_at"] = json!(world.stack.clock().now().to_string());
    assert!(world.pos.post("/v1/purchases", again, None).await.expect(201).replayed);
    // In the queue: the one of before counts, the one of after becomes a claim of its member.
    let mut before = by_card(&world, &old);
    let hours_ago = world.stack.clock().now() - SignedDuration::from_hours(2);
    before["purchased_at"] = json!(hours_ago.to_string());
    let after = by_card(&world, &old);
    for message in [&before, &after] {
        world.stack.send_message("PurchaseQueue", &message.to_string()).await.unwrap();
    }
    world.settle().await;
    assert_eq!(world.available(&member_id).await, 7 * 110);
    let claims = world.agent.get(&format!("/v1/claims?member_id={member_id}")).await.expect(200);
    assert_eq!(claims.at("data").as_array().map(Vec::len), Some(1));
    assert_eq!(claims.at("data.0.evidence.invoice_number"), &after["invoice_number"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_was_answered_before_the_replacement_is_answered_again() {
    let world = World::start().await;
    world.offer_payment().await;
    let member = world.enrol().await;
    let (member_id, old) = (member.text("member_id"), member.text("card_number"));
    let _ = world.earn(&member_id, 5).await;
    let reward = world.reward(10, json!({})).await;
    let redemption = json!({"card_number": old, "reward_id": reward});
    let reservation = json!({"card_number": old, "points": 1, "branch": "b1"});
    let requests = [("/v1/redemptions", redemption), ("/v1/reservations", reservation)];
    for (path, body) in &requests {
        let _ = world.pos.post(path, body.clone(), Some("once")).await.expect(201);
    }
    let page = format!("/v1/members/{member_id}");
    let _ = world.agent.patch(&page, json!({"card_number": "new"})).await.expect(200);
    for (path, body) in requests {
        let again = world.pos.post(path, body.clone(), Some("once")).await.expect(201);
        assert!(again.replayed, "{path}");
        expect_replaced(world.pos.post(path, body, Some("twice")).await);
    }
}
