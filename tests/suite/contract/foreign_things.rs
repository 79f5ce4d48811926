//! For a member, another member's things look like missing ones.

use puntos_tests::{Answer, World};
use serde_json::{Value, json};

/// Returns a problem without the fields that differ from request to request.
fn bare(answer: &Answer) -> Value {
    let mut body = answer.body.clone();
    for name in ["instance", "request_id"] {
        body.as_object_mut().map(|body| body.remove(name));
    }
    body
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shopper_sees_foreign_things_as_missing_ones() {
    let world = World::start().await;
    let (own, foreign) = (world.member_id().await, world.enrol().await);
    let foreign_id = foreign.text("member_id");
    let reward = world.reward(10, json!({})).await;
    for member in [&own, &foreign_id] {
        let _ = world.earn(member, 1).await;
    }
    let redeemed = world.redeem(&foreign_id, &reward, "foreign").await.expect(201);
    let foreign_redemption = redeemed.text("redemption_id");
    let shopper = world.member(&own).await;
    let missing_member = "mbr_0000000000000000";
    let missing_redemption = "rdm_00000000000000000000000000000000";
    let pairs = [
        (format!("/v1/members/{foreign_id}"), format!("/v1/members/{missing_member}")),
        (
            format!("/v1/members/{foreign_id}/timeline"),
            format!("/v1/members/{missing_member}/timeline"),
        ),
        (
            format!("/v1/redemptions?member_id={foreign_id}"),
            format!("/v1/redemptions?member_id={missing_member}"),
        ),
        (
            format!("/v1/redemptions?document={}", foreign.text("document")),
            "/v1/redemptions?document=nobody".to_owned(),
        ),
        (
            format!("/v1/redemptions?email={}", foreign.text("email")),
            "/v1/redemptions?email=nobody@example.com".to_owned(),
        ),
        (
            format!("/v1/redemptions/{foreign_redemption}"),
            format!("/v1/redemptions/{missing_redemption}"),
        ),
        ("/v1/redemptions/by-key/foreign".to_owned(), "/v1/redemptions/by-key/nothing".to_owned()),
    ];
    for (foreign, missing) in pairs {
        let foreign = shopper.get(&foreign).await.expect_problem(404, "not_found");
        let missing = shopper.get(&missing).await.expect_problem(404, "not_found");
        assert_eq!(bare(&foreign), bare(&missing));
    }
    let patch = json!({"phone": "1"});
    let foreign_page = format!("/v1/members/{foreign_id}");
    let patched =
        shopper.patch(&foreign_page, patch.clone()).await.expect_problem(404, "not_found");
    let missing = shopper.patch(&format!("/v1/members/{missing_member}"), patch).await;
    assert_eq!(bare(&patched), bare(&missing));
    for (name, foreign, missing) in [
        ("member_id", foreign_id.as_str(), missing_member),
        ("card_number", foreign.text("card_number").as_str(), "nobody"),
    ] {
        let body = |value: &str| json!({name: value, "reward_id": reward});
        let key = |value: &str| format!("foreign-{value}");
        let foreign = shopper.post("/v1/redemptions", body(foreign), Some(&key(foreign))).await;
        let missing = shopper.post("/v1/redemptions", body(missing), Some(&key(missing))).await;
        let foreign = foreign.expect_problem(404, "not_found");
        assert_eq!(foreign.text("errors.0.field"), name);
        assert_eq!(bare(&foreign), bare(&missing));
    }
    assert_eq!(world.available(&foreign_id).await, 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shopper_reaches_their_own_things() {
    let world = World::start().await;
    let enrolled = world.enrol().await;
    let own = enrolled.text("member_id");
    let shopper = world.member(&own).await;
    let _ = world.earn(&own, 1).await;
    let reward = world.reward(10, json!({})).await;
    let body = json!({"member_id": own, "reward_id": reward});
    let redeemed = shopper.post("/v1/redemptions", body, Some("own")).await.expect(201);
    let id = redeemed.text("redemption_id");
    for path in [
        "/v1/redemptions".to_owned(),
        format!("/v1/redemptions?member_id={own}"),
        format!("/v1/redemptions?document={}", enrolled.text("document")),
        format!("/v1/redemptions?email={}", enrolled.text("email")),
    ] {
        let page = shopper.get(&path).await.expect(200);
        assert_eq!(page.text("data.0.redemption_id"), id, "{path}");
    }
    for path in [format!("/v1/redemptions/{id}"), "/v1/redemptions/by-key/own".to_owned()] {
        let shown = shopper.get(&path).await.expect(200);
        assert_eq!(shown.text("coupon.code"), redeemed.text("coupon.code"));
    }
    let page = shopper.get(&format!("/v1/members/{own}")).await.expect(200);
    assert_eq!(page.number("balance.available"), 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shopper_does_not_see_notes_and_actors() {
    let world = World::start().await;
    let own = world.member_id().await;
    let path = format!("/v1/members/{own}/adjustments");
    let body = json!({"points": 5, "reason": "goodwill", "note": "shouted at us"});
    let _ = world.agent.post(&path, body, Some("note")).await.expect(201);
    let path = format!("/v1/members/{own}/timeline?kind=adjustment");
    let agent = world.agent.get(&path).await.expect(200);
    assert_eq!(agent.text("data.0.note"), "shouted at us");
    assert!(agent.text("data.0.actor").starts_with("agent:"));
    let shopper = world.member(&own).await.get(&path).await.expect(200);
    assert_eq!(shopper.number("data.0.points"), 5);
    assert!(!shopper.body.to_string().contains("shouted"), "{shopper:?}");
    assert!(shopper.at("data.0.actor").is_null());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_of_nobody_enrolled_reaches_nothing() {
    let world = World::start().await;
    let token = world.stack.token("member", None, Some("stranger")).await.unwrap();
    let stranger = world.with_token(&token);
    let member = world.member_id().await;
    for path in [format!("/v1/members/{member}"), "/v1/redemptions".to_owned()] {
        let _ = stranger.get(&path).await.expect_problem(404, "not_found");
    }
    let _ = stranger.get("/v1/rewards").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shopper_is_me() {
    let world = World::start().await;
    let own = world.member_id().await;
    let _ = world.earn(&own, 1).await;
    let shopper = world.member(&own).await;
    for path in ["/v1/members/{}", "/v1/members/{}/timeline", "/v1/redemptions?member_id={}"] {
        let by_id = shopper.get(&path.replace("{}", &own)).await.expect(200);
        let as_me = shopper.get(&path.replace("{}", "me")).await.expect(200);
        assert_eq!(as_me.body, by_id.body, "{path}");
    }
    let changed = shopper.patch("/v1/members/me", json!({"phone": "+7 900"})).await.expect(200);
    assert_eq!(changed.text("phone"), "+7 900");
    // Nobody else is "me".
    let _ = world.agent.get("/v1/members/me").await.expect_problem(404, "not_found");
}
