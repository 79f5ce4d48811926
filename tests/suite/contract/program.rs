//! The programme and its versions, and the catalogue.

use aws_sdk_dynamodb::types::AttributeValue;
use puntos_tests::World;
use serde_json::{Value, json};

use super::change_program;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_read_can_be_put_back() {
    let world = World::start().await;
    let program = world.admin.get("/v1/program").await.expect(200).body;
    assert_eq!(program["version"], 1);
    assert_eq!(program["time_zone"], "Europe/Moscow");
    let again = world.admin.put("/v1/program", program.clone()).await.expect(200);
    assert_eq!(again.body, program);
    let mut other = program.clone();
    other["version"] = json!(77);
    other["pending_days"] = json!(3);
    let changed = world.admin.put("/v1/program", other).await.expect(200);
    assert_eq!((changed.number("version"), changed.number("pending_days")), (2, 3));
    assert_eq!(world.admin.get("/v1/program").await.expect(200).body, changed.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purchase_is_rated_by_the_version_in_force_when_it_was_made() {
    let world = World::start().await;
    world.stack.set_clock("2030-06-01T12:00:00Z".parse().unwrap());
    let member = world.member_id().await;
    let step = |points: i64, from: &'static str| {
        move |program: &mut Value| {
            program["effective_from"] = json!(from);
            program["earning"]["brackets"] = json!([{"up_to": null, "points_per_step": points}]);
        }
    };
    let second = change_program(&world, step(20, "2030-07-01T00:00:00+03:00")).await.expect(200);
    assert_eq!(second.number("version"), 2);
    assert_eq!(second.text("effective_from"), "2030-06-30T21:00:00Z");
    let third = change_program(&world, step(30, "2029-01-01T00:00:00Z")).await.expect(200);
    assert_eq!(third.number("version"), 3);
    world.stack.set_clock("2030-07-02T12:00:00Z".parse().unwrap());
    let table = [
        ("2030-06-30T20:59:59Z", 1),
        ("2030-06-30T21:00:00Z", 2),
        ("2030-07-02T12:00:00Z", 2),
        ("2029-01-01T00:00:00Z", 3),
        ("2001-01-01T00:00:00Z", 3),
    ];
    // The first version began when this world started: today, long before 2029.
    for (at, version) in table {
        let mut body = world.purchase(&member, 20_000);
        body["purchased_at"] = json!(at);
        let recorded = world.pos.post("/v1/purchases", body, None).await.expect(201);
        let rated = recorded.number("explanation.0.rule_version");
        let expected = match at {
            // The third version has begun, and the second has not.
            "2030-06-30T20:59:59Z" => 3,
            // Before any version began, the first one counts.
            "2001-01-01T00:00:00Z" => 1,
            _ => version,
        };
        assert_eq!(rated, expected, "{at}");
        let points = [10 * 2 / 2, 2 * 20, 2 * 30][usize::try_from(rated - 1).unwrap()];
        assert_eq!(recorded.number("points.earned"), points, "{at}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pending_points_wait_for_the_local_midnight_and_expire_at_one() {
    let world = World::start().await;
    let _ = change_program(&world, |program| program["pending_days"] = json!(2)).await.expect(200);
    world.stack.set_clock("2031-01-30T22:30:00Z".parse().unwrap());
    let member = world.member_id().await;
    // It is already 31 January in Moscow.
    let earned = world.earn(&member, 1).await;
    assert_eq!(earned.text("points.status"), "pending");
    assert_eq!(earned.text("points.available_at"), "2031-02-01T21:00:00Z");
    assert_eq!(earned.text("points.expires_at"), "2032-01-31T21:00:00Z");
    assert_eq!((earned.number("balance.available"), earned.number("balance.pending")), (0, 110));
    let page = async |at: &str| {
        world.stack.set_clock(at.parse().unwrap());
        world.agent.get(&format!("/v1/members/{member}")).await.expect(200)
    };
    assert_eq!(page("2031-02-01T20:59:50Z").await.number("balance.available"), 0);
    let available = page("2031-02-01T21:00:00Z").await;
    assert_eq!(available.number("balance.available"), 110);
    assert_eq!(available.number("balance.expiring_next.points"), 110);
    assert_eq!(available.text("balance.expiring_next.at"), "2032-01-31T21:00:00Z");
    assert_eq!(page("2032-01-31T20:59:50Z").await.number("balance.available"), 110);
    let expired = page("2032-01-31T21:00:00Z").await;
    assert_eq!(expired.number("balance.available"), 0);
    assert!(expired.at("balance.expiring_next").is_null());
    let reward = world.reward(1, json!({})).await;
    let refused = world.redeem(&member, &reward, "late").await;
    let refused = refused.expect_problem(409, "insufficient_points");
    assert_eq!(refused.number("missing_points"), 1);
    let path = format!("/v1/members/{member}/timeline?kind=expiry");
    let timeline = world.agent.get(&path).await.expect(200);
    assert_eq!(timeline.number("data.0.points"), -110);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn points_need_a_programme() {
    let world = World::start().await;
    let member = world.member_id().await;
    let unclaimed = world.unclaimed(110_000).await.text("purchase_id");
    let key = |value: &str| AttributeValue::S(value.to_owned());
    let delete = world.stack.table_client().delete_item().table_name("puntos");
    let _ = delete.key("pk", key("program")).key("sk", key("head")).send().await.unwrap();
    let adjustments = format!("/v1/members/{member}/adjustments");
    let claim_points = format!("/v1/purchases/{unclaimed}/claim-points");
    let purchase = world.purchase(&member, 110_000);
    for (caller, path, body) in [
        (&world.pos, "/v1/purchases", purchase.clone()),
        (&world.pos, "/v1/purchases/quote", purchase),
        (&world.agent, adjustments.as_str(), json!({"points": 1, "reason": "r"})),
        (&world.agent, claim_points.as_str(), json!({"member_id": member})),
    ] {
        let refused = caller.post(path, body, Some("no-programme")).await;
        let _ = refused.expect_problem(409, "program_missing");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reward_is_read_as_it_was_put() {
    let world = World::start().await;
    let money = json!({"amount": 100, "currency": "RUB"});
    let table = [
        json!({"name": "Mug", "kind": "product", "points_cost": 5, "valid_days": 30, "stock": 7, "per_member_limit": 2, "active": true}),
        json!({"name": "Bag", "kind": "gift", "points_cost": 0, "valid_days": 1, "stock": null, "per_member_limit": null, "active": false}),
        json!({"name": "Ten", "kind": "discount", "points_cost": 5, "valid_days": 30, "discount": {"percent": 10}, "stock": null, "per_member_limit": null, "active": true}),
        json!({"name": "One", "kind": "discount", "points_cost": 5, "valid_days": 30, "discount": {"amount": money}, "stock": null, "per_member_limit": null, "active": true}),
        json!({"name": "Gift", "kind": "points", "points_cost": 0, "points": 50, "valid_days": 30, "stock": null, "per_member_limit": null, "active": true}),
    ];
    for (index, reward) in table.into_iter().enumerate() {
        let id = format!("kind-{index}");
        let path = format!("/v1/rewards/{id}");
        let put = world.admin.put(&path, reward.clone()).await.expect(200);
        let mut expected = reward;
        expected["reward_id"] = json!(id);
        for optional in ["points", "discount"] {
            expected[optional] = expected.get(optional).cloned().unwrap_or_default();
        }
        assert_eq!(put.body, expected);
        assert_eq!(world.pos.get(&path).await.expect(200).body, expected);
    }
    for id in ["a%20b", "a%2Fb", "%F0%9F%9B%92"] {
        let _ = world.agent.get(&format!("/v1/rewards/{id}")).await.expect(404);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redemption_is_refused_with_its_reason() {
    let world = World::start().await;
    let (member, other) = (world.member_id().await, world.member_id().await);
    for member in [&member, &other] {
        let _ = world.earn(member, 1).await;
    }
    let dear = world.reward(1_000, json!({})).await;
    let refused = world.redeem(&member, &dear, "dear").await;
    let refused = refused.expect_problem(409, "insufficient_points");
    assert_eq!(refused.number("missing_points"), 890);
    let last = world.reward(10, json!({"stock": 1})).await;
    let _ = world.redeem(&member, &last, "last").await.expect(201);
    let refused = world.redeem(&other, &last, "none-left").await;
    let _ = refused.expect_problem(409, "out_of_stock");
    let once = world.reward(10, json!({"per_member_limit": 1})).await;
    let _ = world.redeem(&member, &once, "once").await.expect(201);
    let refused = world.redeem(&member, &once, "twice").await;
    let _ = refused.expect_problem(409, "limit_reached");
    let _ = world.redeem(&other, &once, "the-other").await.expect(201);
    let hidden = world.reward(10, json!({"active": false})).await;
    assert_eq!(world.redeem(&member, &hidden, "hidden").await.status, 409);
    let gift = world.reward(10, json!({"kind": "points", "points": 5})).await;
    assert_eq!(world.redeem(&member, &gift, "gift").await.status, 409);
    for unknown in ["nothing", "no reward", ""] {
        let refused = world.redeem(&member, unknown, "unknown").await;
        let refused = refused.expect_problem(404, "not_found");
        assert_eq!(refused.text("errors.0.field"), "reward_id");
    }
    let body = json!({"reward_id": last});
    let refused = world.pos.post("/v1/redemptions", body, Some("nobody")).await;
    let _ = refused.expect_problem(422, "invalid_field");
    // A refusal has no effect: 110 points less one or two redemptions of 10 points.
    assert_eq!((world.available(&member).await, world.available(&other).await), (90, 100));
    let left = world.agent.get(&format!("/v1/rewards/{last}")).await.expect(200);
    assert_eq!(left.number("stock"), 0);
}
