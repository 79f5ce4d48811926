//! The coupons of a member, of redemptions and of gifts, as agents and the member list them.

use puntos_tests::{Caller, World};
use serde_json::{Value, json};

/// Returns the coupons on all pages.
async fn walked(caller: &Caller, query: &str, limit: u32) -> Vec<Value> {
    let (mut coupons, mut cursor) = (Vec::new(), String::new());
    for _ in 0..50 {
        let path = format!("/v1/coupons?{query}limit={limit}{cursor}");
        let page = caller.get(&path).await.expect(200);
        let data = page.at("data").as_array().expect("coupons");
        assert!(data.len() <= limit as usize);
        coupons.extend(data.iter().cloned());
        match page.at("next_cursor").as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return coupons,
        }
    }
    panic!("the pages of {query} do not end");
}

async fn give(world: &World, rating: &str, gift: Value) -> Value {
    let key = format!("gift-{}", world.fresh());
    let path = format!("/v1/ratings/{rating}/gifts");
    let given = world.agent.post(&path, json!({"gift": gift}), Some(&key)).await.expect(201);
    given.at("coupon").clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_coupon_of_a_member_is_listed_with_its_state() {
    let world = World::start().await;
    world.stack.set_clock("2031-03-10T12:00:00Z".parse().unwrap());
    let (member, other) = (world.member_id().await, world.member_id().await);
    let own = world.member(&member).await;
    assert_eq!(walked(&own, "", 5).await, Vec::<Value>::new());
    let _ = world.earn(&member, 20).await;
    let reward = world.reward(10, json!({"name": "Tea for two"})).await;
    let rating = world.rated(&member, 3, None).await;
    let mut codes = Vec::new();
    for key in ["used", "reversed", "issued"] {
        let redeemed = world.redeem(&member, &reward, key).await.expect(201);
        codes.push(redeemed.text("coupon.code"));
        if key == "reversed" {
            let _ = world.reverse(&redeemed.text("redemption_id"), "r").await.expect(201);
        }
    }
    // Points are a gift without a coupon.
    assert_eq!(give(&world, &rating, json!({"kind": "points", "points": 5})).await, Value::Null);
    let discount = json!({"kind": "discount", "name": "Ten off", "valid_days": 1, "discount": {"percent": 10}});
    let discount = give(&world, &rating, discount).await;
    codes.push(discount["code"].as_str().unwrap().to_owned());
    let body = json!({"branch": "b1", "invoice_number": "i1"});
    let path = format!("/v1/coupons/{}/use", codes[0]);
    let used = world.pos.post(&path, body, Some("use")).await.expect(200);
    codes.reverse();
    for limit in [1, 2, 100] {
        for (caller, query) in [
            (&world.agent, format!("member_id={member}&")),
            (&world.supervisor, format!("member_id={member}&")),
            (&own, "member_id=me&".to_owned()),
            (&own, String::new()),
        ] {
            let coupons = walked(caller, &query, limit).await;
            let found: Vec<&str> =
                coupons.iter().map(|one| one["code"].as_str().unwrap()).collect();
            assert_eq!(found, codes, "{query} {limit}");
        }
    }
    world.stack.set_clock(discount["expires_at"].as_str().unwrap().parse().unwrap());
    let coupons = walked(&own, "", 100).await;
    let states: Vec<&str> = coupons.iter().map(|one| one["status"].as_str().unwrap()).collect();
    assert_eq!(states, ["expired", "issued", "cancelled", "used"]);
    assert_eq!((&coupons[0]["name"], &coupons[0]["kind"]), (&json!("Ten off"), &json!("discount")));
    assert_eq!(
        (&coupons[0]["discount"], &coupons[0]["used"]),
        (&json!({"percent": 10}), &Value::Null)
    );
    assert_eq!(
        (&coupons[1]["name"], &coupons[1]["reward_id"]),
        (&json!("Tea for two"), &json!(reward))
    );
    // The till and the agent see the same of one coupon.
    assert_eq!(&coupons[3], &used.body);
    let shown = world.agent.get(&format!("/v1/coupons/{}", codes[3])).await.expect(200);
    assert_eq!(shown.body, used.body);
    assert_eq!(walked(&world.agent, &format!("member_id={other}&"), 5).await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn coupons_are_found_behind_many_other_entries() {
    let world = World::start().await;
    let member = world.member_id().await;
    let reward = world.reward(1, json!({})).await;
    let mut codes = Vec::new();
    for number in 0..3 {
        for _ in 0..70 {
            let _ = world.earn(&member, 1).await;
        }
        let redeemed = world.redeem(&member, &reward, &format!("r{number}")).await.expect(201);
        codes.push(redeemed.text("coupon.code"));
    }
    codes.reverse();
    for limit in [1, 2, 3, 4] {
        let coupons = walked(&world.agent, &format!("member_id={member}&"), limit).await;
        let found: Vec<&str> = coupons.iter().map(|one| one["code"].as_str().unwrap()).collect();
        assert_eq!(found, codes, "{limit}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_lists_their_own_coupons_only_and_an_agent_says_whose() {
    let world = World::start().await;
    let (member, other) = (world.member_id().await, world.member_id().await);
    let own = world.member(&member).await;
    for foreign in [&other, "mbr_0000000000000000", "nobody"] {
        let refused = own.get(&format!("/v1/coupons?member_id={foreign}")).await;
        let refused = refused.expect_problem(404, "not_found");
        assert_eq!(refused.text("errors.0.field"), "member_id");
    }
    let refused = world.agent.get("/v1/coupons").await.expect_problem(422, "invalid_field");
    assert_eq!(refused.text("errors.0.field"), "member_id");
    for caller in [&world.pos, &world.admin] {
        let path = format!("/v1/coupons?member_id={member}");
        let _ = caller.get(&path).await.expect_problem(403, "forbidden");
    }
}
