//! Idempotency keys: which routes need one, its format, and when it is checked.

use puntos_tests::World;
use reqwest::Method;
use serde_json::json;

use super::samples;

/// The routes without the header: they have a natural key, or repeating them is harmless.
const KEYLESS: [&str; 4] =
    ["/v1/purchases", "/v1/purchases/quote", "/v1/ratings", "/v1/orders/events"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_that_changes_something_needs_a_key() {
    let world = World::start().await;
    let posts = samples(&world).await.into_iter().filter(|one| one.method == Method::POST);
    for sample in posts {
        let keyless = KEYLESS.contains(&sample.path.as_str());
        let body = sample.body.to_string();
        let send = |body: &str, key: Option<&'static str>| {
            let body = Some(body.to_owned());
            let (caller, path) = (sample.caller.clone(), sample.path.clone());
            async move { caller.send(Method::POST, &path, body, key).await }
        };
        if keyless {
            assert!(send(&body, None).await.status < 300, "{}", sample.name());
            assert!(send(&body, Some("no key at all!")).await.status < 300, "{}", sample.name());
            continue;
        }
        for absent in [None, Some("")] {
            let _ = send(&body, absent).await.expect_problem(400, "idempotency_key_missing");
        }
        // The key is checked before the body.
        let _ = send("{", None).await.expect_problem(400, "idempotency_key_missing");
        for bad in ["a b", "a/b", "a,b", "a\"b", "{}"] {
            assert_eq!(send(&body, Some(bad)).await.status, 400, "{} {bad}", sample.name());
        }
    }
    let resend = "/v1/emails/eml_00000000000000000000000000000000/resend";
    let answer = world.agent.post(resend, json!({}), None).await;
    let _ = answer.expect_problem(400, "idempotency_key_missing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_has_1_to_128_of_the_characters_allowed() {
    let world = World::start().await;
    let longest = "k".repeat(128);
    for good in ["A", "AZaz09._:~-", "123e4567-e89b-12d3-a456-426614174000", &longest] {
        let _ =
            world.pos.post("/v1/members", json!({"name": "Mina"}), Some(good)).await.expect(201);
    }
    let too_long = "k".repeat(129);
    let answer = world.pos.post("/v1/members", json!({"name": "Mina"}), Some(&too_long)).await;
    assert_eq!(answer.status, 400, "{answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_role_is_judged_before_the_key_and_the_body() {
    let world = World::start().await;
    let body = Some("{".to_owned());
    let answer = world.pos.send(Method::POST, "/v1/coupons/x/use", body.clone(), None).await;
    let _ = answer.expect_problem(400, "idempotency_key_missing");
    let answer = world.agent.send(Method::POST, "/v1/coupons/x/use", body, None).await;
    let _ = answer.expect_problem(403, "forbidden");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_was_used_is_judged_before_what_the_body_names() {
    let world = World::start().await;
    let member = world.member_id().await;
    let _ = world.earn(&member, 1).await;
    let reward = world.reward(10, json!({})).await;
    let _ = world.redeem(&member, &reward, "taken").await.expect(201);
    for body in [
        json!({"member_id": member, "reward_id": "nothing"}),
        json!({"member_id": member, "reward_id": "no reward"}),
        json!({"member_id": "mbr_0000000000000000", "reward_id": reward}),
        json!({"member_id": "nobody", "reward_id": reward}),
        json!({"card_number": "unknown", "reward_id": reward}),
    ] {
        let answer = world.pos.post("/v1/redemptions", body, Some("taken")).await;
        let _ = answer.expect_problem(422, "idempotency_key_reused");
    }
    assert_eq!(world.available(&member).await, 100);
}
