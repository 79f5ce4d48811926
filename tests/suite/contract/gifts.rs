//! Gifts for a rating: points, coupons that a till accepts or that expire, and the limits.

use jiff::SignedDuration;
use puntos_tests::{Answer, Caller, World};
use serde_json::{Value, json};

use super::change_program;

async fn give(caller: &Caller, rating: &str, gift: Value, key: &str) -> Answer {
    let path = format!("/v1/ratings/{rating}/gifts");
    caller.post(&path, json!({"gift": gift}), Some(key)).await
}

async fn take(world: &World, code: &str) -> Answer {
    let body = json!({"branch": "b1", "invoice_number": "i1"});
    let key = format!("take-{}", world.fresh());
    world.pos.post(&format!("/v1/coupons/{code}/use"), body, Some(&key)).await
}

/// Returns the counts of a member's gifts and the statuses of this rating's gifts, as the thread shows them.
async fn shown(world: &World, rating: &str) -> (Value, Vec<String>) {
    let seen = world.agent.get(&format!("/v1/ratings/{rating}")).await.expect(200);
    let gifts = seen.at("gifts_of_rating").as_array().expect("gifts");
    let statuses = gifts.iter().map(|gift| gift["status"].as_str().unwrap().to_owned()).collect();
    (seen.at("gifts").clone(), statuses)
}

fn points(points: i64) -> Value {
    json!({"kind": "points", "points": points})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn points_are_credited_at_once_and_once() {
    let world = World::start().await;
    let enrolled = world.enrol().await;
    let member = enrolled.text("member_id");
    let rating = world.rated(&member, 3, Some("Cold.")).await;
    let given = give(&world.agent, &rating, points(250), "k1").await.expect(201);
    assert!(given.text("gift_id").starts_with("gft_"));
    assert_eq!(
        (given.text("rating_id"), given.text("member_id")),
        (rating.clone(), member.clone())
    );
    assert_eq!((given.text("kind"), given.text("status")), ("points".into(), "redeemed".into()));
    assert_eq!((given.text("name"), given.number("points")), ("250 points".into(), 250));
    assert_eq!(given.at("coupon"), &Value::Null);
    let again = give(&world.agent, &rating, points(250), "k1").await.expect(201);
    assert!(again.replayed);
    assert_eq!(again.body, given.body);
    let other = give(&world.agent, &rating, points(251), "k1").await;
    let _ = other.expect_problem(422, "idempotency_key_reused");
    assert_eq!(world.available(&member).await, 250);
    // The adjustment is an entry of the ledger. The gift is a separate item and adds nothing to the balance.
    let path = format!("/v1/members/{member}/timeline");
    let timeline = world.agent.get(&path).await.expect(200);
    let rows = timeline.at("data").as_array().expect("rows");
    let sum: i64 = rows.iter().filter_map(|row| row["points"].as_i64()).sum();
    assert_eq!(sum, 250);
    let summaries: Vec<&str> = rows.iter().map(|row| row["summary"].as_str().unwrap()).collect();
    assert!(summaries.contains(&"250 points credited by hand: gift for a rating: 250 points"));
    assert!(summaries.contains(&"Gift for a rating: 250 points"));
    world.settle().await;
    let mails = world.stack.outbox(Some(&enrolled.text("email")));
    assert_eq!(mails.len(), 1);
    assert!(mails[0].text.contains("250"), "{}", mails[0].text);
    let mail = world.agent.get(&format!("/v1/emails/{}", given.text("email_id"))).await.expect(200);
    assert_eq!((mail.text("kind"), mail.text("status")), ("gift".into(), "sent".into()));
    let counted = json!({"offered": 1, "redeemed": 1, "expired": 0});
    assert_eq!(shown(&world, &rating).await, (counted, vec!["redeemed".to_owned()]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gift_is_used_at_the_till_and_is_redeemed_then() {
    let world = World::start().await;
    let enrolled = world.enrol().await;
    let member = enrolled.text("member_id");
    let (rating, other) =
        (world.rated(&member, 3, None).await, world.rated(&member, 4, None).await);
    let reward = world.reward(500, json!({"name": "Tea for two", "stock": 2})).await;
    let chosen = json!({"reward_id": reward});
    let given = give(&world.agent, &rating, chosen, "k1").await.expect(201);
    assert_eq!(
        (given.text("name"), given.text("status")),
        ("Tea for two".into(), "offered".into())
    );
    assert_eq!(given.text("coupon.status"), "issued");
    let soap = json!({"kind": "product", "name": "Soap", "valid_days": 10});
    let soap = give(&world.supervisor, &other, soap, "k1").await.expect(201);
    let percent = json!({"kind": "discount", "name": "Ten off", "valid_days": 1, "discount": {"percent": 10}});
    let percent = give(&world.agent, &rating, percent, "k2").await.expect(201);
    assert_eq!(percent.at("discount"), &json!({"percent": 10}));
    assert_eq!(world.available(&member).await, 0);
    let left = world.pos.get(&format!("/v1/rewards/{reward}")).await.expect(200);
    assert_eq!(left.number("units_left"), 1);

    let code = given.text("coupon.code");
    let seen = world.pos.get(&format!("/v1/coupons/{}", code.to_lowercase())).await.expect(200);
    assert_eq!(
        (seen.text("gift_id"), seen.at("redemption_id")),
        (given.text("gift_id"), &Value::Null)
    );
    assert_eq!((seen.text("reward_id"), seen.text("member_id")), (reward, member.clone()));
    let seen = world.pos.get(&format!("/v1/coupons/{}", percent.text("coupon.code"))).await;
    let seen = seen.expect(200);
    assert_eq!(seen.at("reward_id"), &Value::Null);
    assert_eq!((seen.text("name"), seen.number("discount.percent")), ("Ten off".into(), 10));

    let used = take(&world, &code).await.expect(200);
    assert_eq!((used.text("status"), used.text("used.branch")), ("used".into(), "b1".into()));
    let _ = take(&world, &code).await.expect_problem(409, "coupon_used");
    let counts = |offered: i64, redeemed: i64, expired: i64| json!({"offered": offered, "redeemed": redeemed, "expired": expired});
    let (counted, statuses) = shown(&world, &rating).await;
    assert_eq!((counted, statuses), (counts(3, 1, 0), vec!["redeemed".into(), "offered".into()]));
    let path = format!("/v1/members/{member}/timeline?kind=rating");
    let timeline = world.agent.get(&path).await.expect(200);
    let rows = timeline.at("data").as_array().expect("rows").iter();
    let told = "Gift for a rating: Tea for two; the coupon was used";
    assert!(rows.clone().any(|row| row["summary"] == told && row["rating_id"] == rating));

    // The mail has the code and its last day.
    world.settle().await;
    let mails = world.stack.outbox(Some(&enrolled.text("email")));
    for gift in [&given, &soap, &percent] {
        let code = gift.text("coupon.code");
        assert_eq!(mails.iter().filter(|mail| mail.text.contains(&code)).count(), 1);
    }
    let expires_at: jiff::Timestamp = percent.text("coupon.expires_at").parse().unwrap();
    world.stack.set_clock(expires_at);
    let late = take(&world, &percent.text("coupon.code")).await;
    let _ = late.expect_problem(409, "coupon_expired");
    assert_eq!(shown(&world, &other).await, (counts(3, 1, 1), vec!["offered".into()]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sweep_of_coupons_lets_gifts_be() {
    let world = World::start().await;
    let rating = world.rated(&world.member_id().await, 3, None).await;
    let soap = json!({"kind": "product", "name": "Soap", "valid_days": 10});
    let _ = give(&world.agent, &rating, soap, "k1").await.expect(201);
    world.settle().await;
    let later = world.stack.clock().now() + SignedDuration::from_mins(30);
    world.stack.set_clock(later);
    let swept = world.stack.fire_schedules(Some("sweep-unsent"), later).await;
    assert_eq!(swept, [("sweep-unsent".to_owned(), true)]);
    world.settle().await;
    assert_eq!(world.stack.outbox(None).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reward_that_cannot_be_given_is_refused() {
    let world = World::start().await;
    let member = world.member_id().await;
    let rating = world.rated(&member, 3, None).await;
    let asleep = world.reward(10, json!({"active": false})).await;
    let last = world.reward(10, json!({"stock": 1, "per_member_limit": 1})).await;
    let fifty = world.reward(10, json!({"kind": "points", "points": 50})).await;
    let chosen = |reward: &str| json!({"reward_id": reward});
    let refused = give(&world.agent, &rating, chosen(&asleep), "k1").await;
    let _ = refused.expect_problem(409, "reward_inactive");
    for unknown in ["nothing", "no reward", "", &"x".repeat(2_000)] {
        let refused = give(&world.agent, &rating, chosen(unknown), "k2").await;
        let refused = refused.expect_problem(404, "not_found");
        assert_eq!(refused.text("errors.0.field"), "gift.reward_id");
    }
    let _ = give(&world.agent, &rating, chosen(&last), "k3").await.expect(201);
    let refused = give(&world.agent, &rating, chosen(&last), "k4").await;
    let _ = refused.expect_problem(409, "out_of_stock");
    // A used key is checked before the things that the body names.
    let reused = give(&world.agent, &rating, chosen("no reward"), "k3").await;
    let _ = reused.expect_problem(422, "idempotency_key_reused");
    let points = give(&world.agent, &rating, chosen(&fifty), "k5").await.expect(201);
    assert_eq!((points.text("status"), points.number("points")), ("redeemed".into(), 50));
    assert_eq!((points.text("name"), points.at("coupon")), ("Mug".into(), &Value::Null));
    assert_eq!(world.available(&member).await, 50);
    let missing = format!("rat_{}", "0".repeat(32));
    let refused = give(&world.agent, &missing, chosen(&fifty), "k6").await;
    let _ = refused.expect_problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn above_the_limits_of_agents_a_supervisor_gives() {
    let world = World::start().await;
    let _ = change_program(&world, |program| {
        program["agent_limits"] = json!({"points_per_call": 100, "points_per_day": 250});
    })
    .await
    .expect(200);
    world.stack.set_clock("2031-03-10T12:00:00Z".parse().unwrap());
    let member = world.member_id().await;
    let rating = world.rated(&member, 3, None).await;
    let dear = world.reward(101, json!({})).await;
    let cheap = world.reward(60, json!({})).await;
    for (gift, key) in [(points(101), "k1"), (json!({"reward_id": dear}), "k2")] {
        let refused = give(&world.agent, &rating, gift, key).await;
        let _ = refused.expect_problem(403, "forbidden");
    }
    // Gifts and adjustments count towards the same daily limit.
    let body = json!({"points": 90, "reason": "r"});
    let path = format!("/v1/members/{member}/adjustments");
    let _ = world.agent.post(&path, body, Some("a1")).await.expect(201);
    let _ = give(&world.agent, &rating, points(100), "k3").await.expect(201);
    let _ = give(&world.agent, &rating, json!({"reward_id": cheap}), "k4").await.expect(201);
    for (gift, key) in [(points(1), "k5"), (json!({"reward_id": cheap}), "k6")] {
        let refused = give(&world.agent, &rating, gift.clone(), key).await;
        let _ = refused.expect_problem(403, "forbidden");
        let _ = give(&world.supervisor, &rating, gift, key).await.expect(201);
    }
    // A gift without a price in points counts by its worth.
    let soap = json!({"kind": "product", "name": "Soap", "valid_days": 10});
    let _ = give(&world.agent, &rating, soap, "k7").await.expect(201);
    assert!(give(&world.agent, &rating, points(100), "k3").await.expect(201).replayed);
    assert_eq!(world.available(&member).await, 191);
    world.stack.set_clock("2031-03-11T12:00:00Z".parse().unwrap());
    let _ = give(&world.agent, &rating, points(100), "k8").await.expect(201);
}

fn soap(worth: Value) -> Value {
    json!({"kind": "product", "name": "Soap", "valid_days": 10, "worth": worth})
}

fn roubles(amount: i64) -> Value {
    json!({"amount": amount, "currency": "RUB"})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_made_up_counts_by_its_worth() {
    let world = World::start().await;
    let _ = change_program(&world, |program| {
        program["agent_limits"] = json!({"worth_per_call": 50_000, "worth_per_day": 80_000});
        program["gift_worth"] = roubles(30_000);
    })
    .await
    .expect(200);
    world.stack.set_clock("2031-03-10T12:00:00Z".parse().unwrap());
    let member = world.member_id().await;
    let rating = world.rated(&member, 3, None).await;
    let off = |amount: i64| json!({"kind": "discount", "name": "Off", "valid_days": 1, "discount": {"amount": roubles(amount)}});
    for (gift, key) in [(soap(roubles(50_001)), "k1"), (off(50_001), "k2")] {
        let refused = give(&world.agent, &rating, gift, key).await;
        let _ = refused.expect_problem(403, "forbidden");
    }
    let _ = give(&world.agent, &rating, off(50_000), "k3").await.expect(201);
    // Nobody states a worth: it is the programme's, and fills the day.
    let _ = give(&world.agent, &rating, soap(Value::Null), "k4").await.expect(201);
    for (gift, key) in [(soap(Value::Null), "k5"), (soap(roubles(1)), "k6"), (off(1), "k7")] {
        let refused = give(&world.agent, &rating, gift.clone(), key).await;
        let _ = refused.expect_problem(403, "forbidden");
        let _ = give(&world.supervisor, &rating, gift, key).await.expect(201);
    }
    let _ = give(&world.agent, &rating, points(5), "k8").await.expect(201);
    assert!(give(&world.agent, &rating, off(50_000), "k3").await.expect(201).replayed);
    world.stack.set_clock("2031-03-11T12:00:00Z".parse().unwrap());
    let _ = give(&world.agent, &rating, soap(roubles(50_000)), "k9").await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_programme_bounds_currency_and_validity() {
    let world = World::start().await;
    let changed = change_program(&world, |program| program["gift_valid_days"] = json!(30)).await;
    let _ = changed.expect(200);
    let rating = world.rated(&world.member_id().await, 3, None).await;
    let euros = json!({"amount": 5, "currency": "EUR"});
    let off =
        json!({"kind": "discount", "name": "Off", "valid_days": 1, "discount": {"amount": euros}});
    let mut long = soap(Value::Null);
    long["valid_days"] = json!(31);
    for (gift, field) in [
        (off, "gift.discount.amount.currency"),
        (soap(euros.clone()), "gift.worth.currency"),
        (long.clone(), "gift.valid_days"),
    ] {
        for caller in [&world.agent, &world.supervisor] {
            let refused = give(caller, &rating, gift.clone(), "bad").await;
            let refused = refused.expect_problem(422, "invalid_field");
            assert_eq!(refused.text("errors.0.field"), field, "{gift}");
        }
    }
    long["valid_days"] = json!(30);
    let _ = give(&world.agent, &rating, long, "k1").await.expect(201);
    let discount = json!({
        "name": "Off", "kind": "discount", "discount": {"amount": euros}, "points_cost": 5,
        "valid_days": 5, "active": true,
    });
    let refused = world.admin.put("/v1/rewards/off", discount).await;
    let refused = refused.expect_problem(422, "invalid_field");
    assert_eq!(refused.text("errors.0.field"), "discount.amount.currency");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_without_an_address_is_given_without_a_mail() {
    let world = World::start().await;
    let body = json!({"name": "Nadia Ohne"});
    let member = world.pos.post("/v1/members", body, Some("nadia")).await.expect(201);
    let rating = world.rated(&member.text("member_id"), 3, None).await;
    let given = give(&world.agent, &rating, points(5), "k1").await.expect(201);
    assert_eq!(given.at("email_id"), &Value::Null);
    world.settle().await;
    assert!(world.stack.outbox(None).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gifts_that_cannot_be_are_refused_with_the_field() {
    let world = World::start().await;
    let rating = world.rated(&world.member_id().await, 3, None).await;
    let table = [
        (json!({}), "invalid_field", "gift.kind"),
        (json!({"kind": "gift", "name": "n", "valid_days": 1}), "invalid_field", "gift.kind"),
        (json!({"kind": "points", "reward_id": "r"}), "invalid_field", "gift.kind"),
        (json!({"reward_id": "r", "points": 5}), "invalid_field", "gift.points"),
        (json!({"reward_id": "r", "worth": roubles(5)}), "invalid_field", "gift.worth"),
        (json!({"kind": "points"}), "invalid_field", "gift.points"),
        (points(0), "invalid_field", "gift.points"),
        (points(-5), "invalid_field", "gift.points"),
        (points(1_000_000_001), "invalid_field", "gift.points"),
        (json!({"kind": "product", "valid_days": 1}), "invalid_field", "gift.name"),
        (json!({"kind": "product", "name": "n"}), "invalid_field", "gift.valid_days"),
        (
            json!({"kind": "product", "name": "n", "valid_days": -1}),
            "invalid_field",
            "gift.valid_days",
        ),
        (
            json!({"kind": "discount", "name": "n", "valid_days": 1}),
            "invalid_field",
            "gift.discount",
        ),
        (
            json!({"kind": "discount", "name": "n", "valid_days": 1, "discount": {"percent": 101}}),
            "invalid_field",
            "gift.discount.percent",
        ),
        (json!({"kind": "points", "points": 5, "note": "x"}), "unknown_field", "gift.note"),
    ];
    for (gift, code, field) in table {
        let refused = give(&world.agent, &rating, gift.clone(), "bad").await;
        assert_eq!((refused.status, refused.code()), (422, code), "{gift}: {refused:?}");
        assert_eq!(refused.text("errors.0.field"), field, "{gift}");
    }
    assert_eq!(shown(&world, &rating).await.1, Vec::<String>::new());
}
