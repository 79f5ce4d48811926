//! A year of some branches' ratings, delivered late, twice, and in any sequence.

use std::collections::BTreeMap;

use futures::stream::{self, StreamExt};
use puntos_tests::World;
use serde_json::{Value, json};

/// How many visits there are, and how often each is delivered.
const VISITS: usize = 150;
const DELIVERIES: usize = 3;

/// The rating of a visit. Its score never changes, so that the sequence of deliveries does not matter.
fn rating(members: &[String], number: usize) -> Value {
    let mut body = json!({
        "member_id": members[number % members.len()], "score": (number * 7) % 11,
        "branch": format!("b{}", number % 3), "invoice_number": format!("2026-{number:06}"),
        "visited_at": format!("2026-{:02}-{:02}T{:02}:30:00Z", 1 + number / 3 % 12, 1 + number % 28, number % 24),
    });
    if number.is_multiple_of(5) {
        body["comment"] = json!("Cold.\nSlow.");
    }
    body
}

/// Returns every row of the list.
async fn listed(world: &World) -> Vec<Value> {
    let (mut rows, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/ratings?limit=100{cursor}");
        let page = world.agent.get(&path).await.expect(200);
        rows.extend(page.at("data").as_array().expect("rows").iter().cloned());
        match page.at("next_cursor").as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return rows,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deliveries_in_any_order_and_number_are_counted_once() {
    let world = World::start().await;
    world.stack.set_clock("2031-01-01T12:00:00Z".parse().unwrap());
    let mut members = Vec::new();
    for _ in 0..7 {
        members.push(world.member_id().await);
    }
    let (world, members) = (&world, &members);
    // A prime step visits every delivery once, in another sequence.
    let all = VISITS * DELIVERIES;
    let deliveries = (0..all).map(|number| (number * 1_237) % all % VISITS);
    let posts = deliveries.map(|number| async move {
        let _ = world.pos.post("/v1/ratings", rating(members, number), None).await.expect(201);
    });
    stream::iter(posts).buffer_unordered(8).collect::<Vec<()>>().await;
    let rows = listed(world).await;
    assert_eq!(rows.len(), VISITS);
    let mut branches: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for row in &rows {
        branches.entry(row["branch"].as_str().expect("a branch")).or_default().push(row);
    }
    branches.insert("", rows.iter().collect());
    for (branch, rows) in branches {
        let path = format!("/v1/ratings/summary?branch={branch}");
        let summary = world.agent.get(&path).await.expect(200);
        let count = |field: &str, value: Value| {
            i64::try_from(rows.iter().filter(|row| row[field] == value).count()).unwrap()
        };
        let (promoters, detractors) =
            (count("category", json!("promoter")), count("category", json!("detractor")));
        let ratings = i64::try_from(rows.len()).unwrap();
        assert_eq!(summary.number("ratings"), ratings, "{branch}");
        assert_eq!(summary.number("promoters"), promoters, "{branch}");
        assert_eq!(summary.number("passives"), count("category", json!("passive")), "{branch}");
        assert_eq!(summary.number("detractors"), detractors, "{branch}");
        assert_eq!(summary.number("comments"), count("has_comment", json!(true)), "{branch}");
        assert_eq!(summary.number("unread_comments"), summary.number("comments"), "{branch}");
        let months = summary.at("months").as_array().expect("months");
        assert_eq!(months.len(), 12, "{branch}");
        let nps = summary.at("nps").as_f64().expect("a number");
        let exact = (promoters - detractors) as f64 * 100.0 / ratings as f64;
        assert!((nps - exact).abs() <= 0.005 + 1e-9, "{branch}: {nps} for {exact}");
    }
}
