//! The catalogue: rewards, their units and their versions.

use puntos_tests::World;
use serde_json::{Value, json};

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
        expected["units_left"] = expected["stock"].clone();
        expected["version"] = json!(1);
        for optional in ["points", "discount", "worth"] {
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
    assert_eq!(left.number("units_left"), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_of_a_reward_brings_no_unit_back() {
    let world = World::start().await;
    let member = world.member_id().await;
    let _ = world.earn(&member, 1).await;
    let reward = world.reward(10, json!({"stock": 2})).await;
    let path = format!("/v1/rewards/{reward}");
    let first = world.agent.get(&path).await.expect(200).body;
    let _ = world.redeem(&member, &reward, "one").await.expect(201);
    // The retry of the first PUT, another name, and what was read before the redemption.
    let edit = |name: &str| {
        let mut body = first.clone();
        body["name"] = json!(name);
        body.as_object_mut().unwrap().remove("version");
        body
    };
    for name in ["Mug", "Cup", "Mug"] {
        let after = world.admin.put(&path, edit(name)).await.expect(200);
        assert_eq!((after.number("stock"), after.number("units_left")), (2, 1), "{name}");
    }
    let _ = world.redeem(&member, &reward, "two").await.expect(201);
    let _ = world.admin.put(&path, edit("Cup")).await.expect(200);
    let _ = world.redeem(&member, &reward, "three").await.expect_problem(409, "out_of_stock");
    let mut more = edit("Cup");
    more["stock"] = json!(3);
    assert_eq!(world.admin.put(&path, more).await.expect(200).number("units_left"), 1);
    let _ = world.redeem(&member, &reward, "three").await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_of_an_old_version_is_refused_and_who_wrote_each_stays() {
    let world = World::start().await;
    let reward = world.reward(10, json!({})).await;
    let path = format!("/v1/rewards/{reward}");
    let first = world.admin.get(&path).await.expect(200).body;
    let named = |name: &str| {
        let mut body = first.clone();
        body["name"] = json!(name);
        body
    };
    let second = world.admin.put(&path, named("Cup")).await.expect(200);
    assert_eq!(second.number("version"), 2);
    // The same PUT again is a retry; any other one of this version comes too late.
    assert_eq!(world.admin.put(&path, named("Cup")).await.expect(200).body, second.body);
    let late = world.admin.put(&path, named("Jug")).await;
    let _ = late.expect_problem(409, "reward_changed");
    assert_eq!(world.admin.get(&path).await.expect(200).body, second.body);

    let versions = format!("{path}/versions");
    let page = world.admin.get(&format!("{versions}?limit=1")).await.expect(200);
    assert_eq!((page.number("data.0.version"), page.text("data.0.name")), (2, "Cup".to_owned()));
    assert!(page.text("data.0.actor").starts_with("admin:"));
    assert!(!page.text("data.0.request_id").is_empty() && !page.text("data.0.at").is_empty());
    let next = format!("{versions}?limit=1&cursor={}", page.text("next_cursor"));
    let last = world.admin.get(&next).await.expect(200);
    assert_eq!((last.number("data.0.version"), last.text("data.0.name")), (1, "Mug".to_owned()));
    assert_eq!(last.body["next_cursor"], Value::Null);
    let _ = world.admin.get("/v1/rewards/nothing/versions").await.expect(404);
    let _ = world.agent.get(&versions).await.expect(403);
}
