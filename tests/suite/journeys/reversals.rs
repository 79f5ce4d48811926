//! Reversals: the same lots come back with their expiry, and the stock and the limit are restored.

use jiff::Timestamp;
use puntos_tests::World;
use serde_json::json;

use super::{email, last_mail};

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// A member with a lot of 110 points until 1 February 2032, Moscow time, and one of 110 until 1 July,
/// who redeemed 150 points on 20 January for a coupon of ten years. Returns member, address, redemption.
async fn two_lots(world: &World) -> (String, String, String) {
    let enrolled = world.enrol().await;
    let member = enrolled.text("member_id");
    for day in ["2031-01-15T12:00:00Z", "2031-06-15T12:00:00Z"] {
        world.stack.set_clock(at(day));
        let _ = world.earn(&member, 1).await;
    }
    world.stack.set_clock(at("2032-01-20T12:00:00Z"));
    let reward = world.reward(150, json!({"valid_days": 3650})).await;
    let redeemed = world.redeem(&member, &reward, "two-lots").await.expect(201);
    world.settle().await;
    assert_eq!(redeemed.number("balance.available"), 70);
    assert_eq!(redeemed.text("balance.expiring_next.at"), "2032-06-30T21:00:00Z");
    (member, enrolled.text("email"), redeemed.text("redemption_id"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lots_come_back_with_their_own_expiry() {
    let world = World::start().await;
    let (member, _, redemption) = two_lots(&world).await;
    let reversed = world.reverse(&redemption, "undo").await.expect(201);
    let restored = (reversed.number("points_restored"), reversed.number("points_expired"));
    assert_eq!(restored, (150, 0));
    assert_eq!(reversed.text("coupon.status"), "cancelled");
    assert_eq!(reversed.number("balance.available"), 220);
    assert_eq!(reversed.number("balance.expiring_next.points"), 110);
    assert_eq!(reversed.text("balance.expiring_next.at"), "2032-01-31T21:00:00Z");
    world.stack.set_clock(at("2032-01-31T21:00:00Z"));
    assert_eq!(world.available(&member).await, 110);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lot_that_expired_meanwhile_comes_back_expired() {
    let world = World::start().await;
    let (member, address, redemption) = two_lots(&world).await;
    world.stack.set_clock(at("2032-02-10T12:00:00Z"));
    let reversed = world.reverse(&redemption, "undo").await.expect(201);
    let restored = (reversed.number("points_restored"), reversed.number("points_expired"));
    assert_eq!(restored, (40, 110));
    assert_eq!(reversed.number("balance.available"), 110);
    let again = world.reverse(&redemption, "undo").await.expect(200);
    assert_eq!(again.body, reversed.body);
    let path = format!("/v1/members/{member}/timeline");
    let timeline = world.agent.get(&path).await.expect(200);
    let rows = timeline.at("data").as_array().expect("rows");
    let moved: Vec<(&str, i64)> = rows
        .iter()
        .filter_map(|row| Some((row["kind"].as_str()?, row["points"].as_i64()?)))
        .collect();
    let expected = [
        ("reversal", 150),
        ("expiry", -110),
        ("redemption", -150),
        ("purchase", 110),
        ("purchase", 110),
    ];
    assert_eq!(moved, expected);
    world.settle().await;
    let mail = last_mail(&world, &address);
    assert!(mail.text.contains("110 points had reached"), "{}", mail.text);
    assert!(mail.text.contains("40 points back"), "{}", mail.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_programme_can_grant_days_of_grace() {
    let world = World::start().await;
    let mut program = world.admin.get("/v1/program").await.expect(200).body;
    program["reversal_grace_days"] = json!(10);
    let _ = world.admin.put("/v1/program", program).await.expect(200);
    let (member, _, redemption) = two_lots(&world).await;
    world.stack.set_clock(at("2032-02-10T12:00:00Z"));
    let reversed = world.reverse(&redemption, "undo").await.expect(201);
    let restored = (reversed.number("points_restored"), reversed.number("points_expired"));
    assert_eq!(restored, (150, 0));
    assert_eq!(reversed.number("balance.expiring_next.points"), 110);
    assert!(reversed.text("balance.expiring_next.at").starts_with("2032-02-20T12:00:0"));
    world.stack.set_clock(at("2032-02-20T12:01:00Z"));
    assert_eq!(world.available(&member).await, 110);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_used_or_expired_coupon_needs_the_override_of_a_supervisor() {
    let world = World::start().await;
    let member = world.member_id().await;
    let _ = world.earn(&member, 1).await;
    let reward = world.reward(10, json!({"valid_days": 1, "stock": 5})).await;
    let used = world.redeem(&member, &reward, "used").await.expect(201);
    let body = json!({"branch": "b1", "invoice_number": "i1"});
    let path = format!("/v1/coupons/{}/use", used.text("coupon.code"));
    let _ = world.pos.post(&path, body, Some("use")).await.expect(200);
    let expired = world.redeem(&member, &reward, "expired").await.expect(201);
    let day_later = at(&expired.text("coupon.expires_at"));
    world.stack.set_clock(day_later);
    for (redeemed, code) in [(&used, "coupon_used"), (&expired, "coupon_expired")] {
        let path = format!("/v1/redemptions/{}/reversal", redeemed.text("redemption_id"));
        let send = async |caller: &puntos_tests::Caller, body: serde_json::Value| {
            caller.post(&path, body, Some(&format!("undo-{}", world.fresh()))).await
        };
        for caller in [&world.agent, &world.supervisor] {
            let _ = send(caller, json!({"reason": "r"})).await.expect_problem(409, code);
        }
        let overriding = json!({"reason": "r", "override": true, "note": "agreed with the shop"});
        let refused = send(&world.agent, overriding.clone()).await;
        let _ = refused.expect_problem(403, "forbidden");
        let refused = send(&world.supervisor, json!({"reason": "r", "override": true})).await;
        let refused = refused.expect_problem(422, "invalid_field");
        assert_eq!(refused.text("errors.0.field"), "note");
        let reversed = send(&world.supervisor, overriding).await.expect(201);
        assert_eq!(reversed.number("points_restored"), 10);
    }
    assert_eq!(world.available(&member).await, 110);
    let left = world.agent.get(&format!("/v1/rewards/{reward}")).await.expect(200);
    assert_eq!(left.number("units_left"), 5);
    let path = format!("/v1/members/{member}/timeline?kind=reversal");
    let timeline = world.agent.get(&path).await.expect(200);
    assert_eq!(timeline.text("data.0.note"), "agreed with the shop");
    assert!(timeline.text("data.0.actor").starts_with("supervisor:"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_unit_goes_back_to_the_stock_and_to_the_limit_once() {
    let world = World::start().await;
    let (member, other) = (world.member_id().await, world.member_id().await);
    for member in [&member, &other] {
        let _ = world.earn(member, 1).await;
    }
    let reward = world.reward(10, json!({"stock": 1, "per_member_limit": 1})).await;
    let first = world.redeem(&member, &reward, "first").await.expect(201);
    let _ = world.redeem(&other, &reward, "other").await.expect_problem(409, "out_of_stock");
    for key in ["undo", "undo", "undo-again"] {
        let reversed = world.reverse(&first.text("redemption_id"), key).await;
        assert!(matches!(reversed.status, 200 | 201), "{reversed:?}");
    }
    let left = world.agent.get(&format!("/v1/rewards/{reward}")).await.expect(200);
    assert_eq!(left.number("units_left"), 1);
    let second = world.redeem(&member, &reward, "second").await.expect(201);
    let _ = world.redeem(&other, &reward, "other").await.expect_problem(409, "out_of_stock");
    assert_ne!(first.text("coupon.code"), second.text("coupon.code"));
    assert_eq!(world.available(&member).await, 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_member_is_told_of_the_reversal_by_mail() {
    let world = World::start().await;
    let one = super::mailed(&world).await;
    let reversed = world.reverse(&one.redemption, "undo").await.expect(201);
    world.settle().await;
    let told = email(&world, &reversed.text("email_id")).await;
    assert_eq!((told.text("kind"), told.text("status")), ("reversal".into(), "sent".into()));
    assert_eq!(told.text("to"), one.address);
    assert_eq!(told.text("redemption_id"), one.redemption);
    let mail = last_mail(&world, &one.address);
    assert_eq!(
        (mail.subject, mail.text, mail.html),
        (told.text("subject"), told.text("text"), told.text("html"))
    );
    assert!(told.text("text").contains(&reversed.text("coupon.code")));
    assert_eq!(world.stack.outbox(Some(&one.address)).len(), 2);
}
