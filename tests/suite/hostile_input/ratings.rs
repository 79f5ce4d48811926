//! Hostile strings in ratings: stored unchanged or refused, and harmless in searches.

use puntos_domain::invoice::BranchKey;
use puntos_tests::World;
use serde_json::json;

use super::strings::naughty;
use super::{assert_clear, each, encoded};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_strings_stay_text_in_ratings() {
    let world = World::start().await;
    world.stack.set_clock("2031-01-01T12:00:00Z".parse().unwrap());
    let member = world.member_id().await;
    let strings = naughty();
    each(&strings, async |index, text| {
        for field in ["comment", "branch", "invoice_number"] {
            let mut body = json!({
                "member_id": member, "score": index % 11, "branch": "b1",
                "invoice_number": format!("{field}-{index}"), "visited_at": "2026-03-01T10:00:00Z",
            });
            body[field] = json!(text);
            let answer = world.pos.post("/v1/ratings", body, None).await;
            assert_clear(&answer, text);
            if answer.status < 300 {
                let kept = answer.at(field).as_str().unwrap_or_default();
                let given = text.replace("\r\n", "\n");
                let is_blank = field == "comment" && given.trim().is_empty();
                assert_eq!(kept, if is_blank { "" } else { &given }, "{field}");
            }
        }
        let asked = encoded(text);
        for path in [
            format!("/v1/ratings?name={asked}"),
            format!("/v1/ratings?branch={asked}&sort=name&order={asked}"),
            format!("/v1/ratings?from={asked}"),
            format!("/v1/ratings/summary?branch={asked}"),
        ] {
            assert_clear(&world.agent.get(&path).await, &path);
        }
    })
    .await;
    // A stored branch is found in every list and in the counters.
    let summary = world.agent.get("/v1/ratings/summary").await.expect(200);
    let mut listed = 0;
    let mut cursor = String::new();
    loop {
        let path = format!("/v1/ratings?sort=name&limit=100{cursor}");
        let page = world.agent.get(&path).await.expect(200);
        let rows = page.at("data").as_array().expect("rows");
        listed += i64::try_from(rows.len()).unwrap();
        for row in rows.iter().filter(|row| row["branch"] != "b1") {
            let branch = encoded(row["branch"].as_str().expect("a branch"));
            let path = format!("/v1/ratings/summary?branch={branch}");
            assert!(world.agent.get(&path).await.expect(200).number("ratings") >= 1);
            let path = format!("/v1/ratings?branch={branch}&limit=1&sort=unread");
            let found = world.agent.get(&path).await.expect(200);
            // Branches compare without case: "NULL" and "null" are one.
            let found = BranchKey::of(&found.text("data.0.branch"));
            assert_eq!(found, BranchKey::of(row["branch"].as_str().expect("a branch")));
        }
        match page.at("next_cursor").as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(summary.number("ratings"), listed);
}
