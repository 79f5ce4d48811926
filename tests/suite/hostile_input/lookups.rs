//! Hostile strings in paths and queries: they find nothing, or are refused.

use puntos_tests::World;

use super::strings::naughty;
use super::{assert_clear, each, encoded};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_path_of_any_text_finds_nothing() {
    let world = World::start().await;
    let strings = naughty();
    each(&strings, async |_, string| {
        let value = encoded(string);
        for path in [
            format!("/v1/members/{value}"),
            format!("/v1/members/{value}/timeline"),
            format!("/v1/redemptions/{value}"),
            format!("/v1/redemptions/by-key/{value}"),
            format!("/v1/emails/{value}"),
            format!("/v1/rewards/{value}"),
        ] {
            let answer = world.agent.get(&path).await;
            // An empty text makes another route: a list, or no route.
            let expected = if string.is_empty() { answer.status } else { 404 };
            assert_eq!(answer.status, expected, "{string:?} {answer:?}");
            assert_clear(&answer, string);
        }
        let answer = world.pos.get(&format!("/v1/coupons/{value}")).await;
        assert_eq!(answer.status, 404, "{string:?} {answer:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_query_of_any_text_finds_nothing_or_is_refused() {
    let world = World::start().await;
    let body = serde_json::json!({"name": "Qzqz"});
    let member = world.pos.post("/v1/members", body, Some("q")).await.expect(201).text("member_id");
    let strings = naughty();
    each(&strings, async |_, string| {
        let value = encoded(string);
        for query in [
            format!("members?document={value}"),
            format!("members?email={value}"),
            format!("members?card_number={value}"),
            format!("members?name={value}"),
            format!("redemptions?member_id={value}"),
            format!("redemptions?document={value}"),
            format!("redemptions?email={value}"),
            format!("purchases?branch={value}&invoice_number={value}"),
        ] {
            let answer = world.agent.get(&format!("/v1/{query}")).await;
            assert_clear(&answer, &format!("{query} {string:?}"));
            if answer.status == 200 {
                assert_eq!(answer.at("data"), &serde_json::json!([]), "{query} {string:?}");
            }
        }
        for query in [
            format!("emails?status={value}"),
            format!("emails?status=sent&cursor={value}"),
            format!("rewards?cursor={value}"),
            format!("rewards?limit={value}"),
            format!("members/{member}/timeline?kind={value}"),
            format!("members/{member}/timeline?cursor={value}"),
            format!("redemptions?member_id={member}&cursor={value}"),
            format!("rewards?{value}={value}&{value}"),
        ] {
            let answer = world.agent.get(&format!("/v1/{query}")).await;
            assert_clear(&answer, &format!("{query} {string:?}"));
        }
    })
    .await;
}
