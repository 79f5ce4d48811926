//! Coupons at the till: issued, used once, expired, cancelled, or unknown.

use puntos_tests::World;
use serde_json::json;

async fn coupon(world: &World, member: &str, valid_days: u32) -> puntos_tests::Answer {
    let reward = world.reward(10, json!({"valid_days": valid_days})).await;
    world.redeem(member, &reward, &format!("coupon-{}", world.fresh())).await.expect(201)
}

async fn take(world: &World, code: &str) -> puntos_tests::Answer {
    let body = json!({"branch": "b1", "invoice_number": "i1"});
    let key = format!("take-{}", world.fresh());
    world.pos.post(&format!("/v1/coupons/{code}/use"), body, Some(&key)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_coupon_is_used_once_however_its_code_is_written() {
    let world = World::start().await;
    let member = world.member_id().await;
    let _ = world.earn(&member, 1).await;
    let redeemed = coupon(&world, &member, 30).await;
    let code = redeemed.text("coupon.code");
    assert_eq!(code.chars().filter(char::is_ascii_alphanumeric).count(), 20);
    let plain = code.replace('-', "");
    let misheard = plain.replace('0', "O").replace('1', "l");
    for writing in [&code, &code.to_lowercase(), &plain, &plain.replace('-', "%20"), &misheard] {
        let shown = world.pos.get(&format!("/v1/coupons/{writing}")).await.expect(200);
        assert_eq!((shown.text("code"), shown.text("status")), (code.clone(), "issued".into()));
        assert_eq!(shown.text("name"), "Mug");
        assert_eq!(shown.text("redemption_id"), redeemed.text("redemption_id"));
    }
    let used = take(&world, &misheard.to_lowercase()).await.expect(200);
    let invoice = (used.text("used.branch"), used.text("used.invoice_number"));
    assert_eq!(invoice, ("b1".into(), "i1".into()));
    assert!(used.text("used.at").ends_with('Z'));
    let _ = take(&world, &code).await.expect_problem(409, "coupon_used");
    let shown = world.pos.get(&format!("/v1/coupons/{code}")).await.expect(200);
    assert_eq!(shown.body, used.body);
    let path = format!("/v1/redemptions/{}", redeemed.text("redemption_id"));
    assert_eq!(world.agent.get(&path).await.expect(200).text("coupon.status"), "used");
    let refused = world.reverse(&redeemed.text("redemption_id"), "undo").await;
    let _ = refused.expect_problem(409, "coupon_used");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_coupon_cannot_be_used_from_its_last_instant_on() {
    let world = World::start().await;
    let member = world.member_id().await;
    let _ = world.earn(&member, 1).await;
    let (early, late) = (coupon(&world, &member, 1).await, coupon(&world, &member, 1).await);
    let expires_at: jiff::Timestamp = early.text("coupon.expires_at").parse().unwrap();
    world.stack.set_clock(expires_at - jiff::SignedDuration::from_secs(20));
    let _ = take(&world, &early.text("coupon.code")).await.expect(200);
    let expires_at: jiff::Timestamp = late.text("coupon.expires_at").parse().unwrap();
    world.stack.set_clock(expires_at);
    let code = late.text("coupon.code");
    let _ = take(&world, &code).await.expect_problem(409, "coupon_expired");
    let shown = world.pos.get(&format!("/v1/coupons/{code}")).await.expect(200);
    assert_eq!(shown.text("status"), "expired");
    let path = format!("/v1/redemptions?member_id={member}");
    let listed = world.agent.get(&path).await.expect(200);
    assert_eq!(listed.text("data.0.coupon.status"), "expired");
    assert_eq!(listed.text("data.1.coupon.status"), "used");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_coupon_is_refused() {
    let world = World::start().await;
    let member = world.member_id().await;
    let _ = world.earn(&member, 1).await;
    let redeemed = coupon(&world, &member, 30).await;
    let _ = world.reverse(&redeemed.text("redemption_id"), "undo").await.expect(201);
    let code = redeemed.text("coupon.code");
    let _ = take(&world, &code).await.expect_problem(409, "coupon_cancelled");
    let shown = world.pos.get(&format!("/v1/coupons/{code}")).await.expect(200);
    assert_eq!(shown.text("status"), "cancelled");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_wrong_code_gets_the_same_answer() {
    let world = World::start().await;
    let member = world.member_id().await;
    let _ = world.earn(&member, 1).await;
    let code = coupon(&world, &member, 30).await.text("coupon.code");
    let last = code.chars().last().expect("a character");
    let slip = format!("{}{}", &code[..code.len() - 1], if last == '7' { '8' } else { '7' });
    let well_formed = {
        use puntos_domain::coupon::CouponCode;
        CouponCode::issue([7; 10], world.stack.clock().now()).to_string()
    };
    let mut answers = Vec::new();
    for wrong in
        [slip.as_str(), &well_formed, "nonsense", "-", "U", "%F0%9F%9B%92", &"7".repeat(400)]
    {
        answers.push(world.pos.get(&format!("/v1/coupons/{wrong}")).await);
        answers.push(take(&world, wrong).await);
    }
    for answer in &answers {
        assert_eq!((answer.status, answer.code()), (404, "not_found"), "{answer:?}");
        assert_eq!(answer.at("detail"), answers[0].at("detail"));
    }
}

async fn put_back(world: &World, code: &str, invoice: &str, key: &str) -> puntos_tests::Answer {
    let body = json!({"branch": "B1", "invoice_number": invoice});
    world.pos.post(&format!("/v1/coupons/{code}/unuse"), body, Some(key)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_use_is_taken_back_on_its_invoice_within_a_day() {
    let world = World::start().await;
    let member = world.member_id().await;
    let _ = world.earn(&member, 1).await;
    let redeemed = coupon(&world, &member, 3).await;
    let code = redeemed.text("coupon.code");
    let _ = put_back(&world, &code, "i1", "early").await.expect_problem(409, "coupon_not_used");
    let now = world.stack.clock().now();
    world.stack.set_clock(now);
    let body = json!({"branch": "b1", "invoice_number": "i1"});
    let path = format!("/v1/coupons/{code}/use");
    let _ = world.pos.post(&path, body.clone(), Some("first")).await.expect(200);
    let _ = put_back(&world, &code, "i2", "other").await.expect_problem(409, "coupon_used");
    world.stack.set_clock(now + jiff::SignedDuration::from_hours(23));
    let back = put_back(&world, &code, "i1", "back").await.expect(200);
    assert_eq!((back.text("status"), back.at("used").is_null()), ("issued".into(), true));
    for key in ["back", "again"] {
        let again = put_back(&world, &code, "i1", key).await.expect(200);
        assert_eq!((again.replayed, &again.body), (true, &back.body), "{key}");
    }
    let other = put_back(&world, &code, "i2", "back").await;
    let _ = other.expect_problem(422, "idempotency_key_reused");
    // A late retry of the use that was taken back does not use the coupon again.
    let late = world.pos.post(&path, body.clone(), Some("first")).await.expect(200);
    assert_eq!((late.replayed, late.text("status")), (true, "issued".into()));
    let second = world.pos.post(&path, body, Some("second")).await.expect(200);
    assert_eq!(second.text("status"), "used");
    // The key of the unuse belongs to the first use.
    assert!(put_back(&world, &code, "i1", "back").await.expect(200).replayed);
    world.stack.set_clock(now + jiff::SignedDuration::from_hours(23 + 25));
    let _ = put_back(&world, &code, "i1", "late").await.expect_problem(409, "unuse_too_late");
    let shown = world.pos.get(&format!("/v1/coupons/{code}")).await.expect(200);
    assert_eq!(shown.body, second.body);
    let _ = put_back(&world, "nothing", "i1", "nothing").await.expect_problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_use_that_is_taken_back_too_late_to_use_again_leaves_an_expired_coupon() {
    let world = World::start().await;
    let member = world.member_id().await;
    let _ = world.earn(&member, 1).await;
    let redeemed = coupon(&world, &member, 1).await;
    let code = redeemed.text("coupon.code");
    let expires_at: jiff::Timestamp = redeemed.text("coupon.expires_at").parse().unwrap();
    world.stack.set_clock(expires_at - jiff::SignedDuration::from_hours(1));
    let _ = take(&world, &code).await.expect(200);
    world.stack.set_clock(expires_at + jiff::SignedDuration::from_hours(1));
    assert_eq!(put_back(&world, &code, "i1", "back").await.expect(200).text("status"), "expired");
    let _ = take(&world, &code).await.expect_problem(409, "coupon_expired");
    let undone = world.reverse(&redeemed.text("redemption_id"), "undo").await;
    let _ = undone.expect_problem(409, "coupon_expired");
}
