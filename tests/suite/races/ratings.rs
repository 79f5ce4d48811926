//! Races for ratings: one visit rated by many, one key for two members, and counters that many change.

use std::collections::BTreeMap;

use futures::future::{join, join_all};
use puntos_tests::{Answer, World};
use serde_json::{Value, json};

use super::{at_once, different, replayed, tally};

/// How many callers change one rating at once.
const MINDS: usize = 16;

fn rating(member: &str, score: usize, invoice: &str) -> Value {
    json!({
        "member_id": member, "score": score % 11, "branch": "b1", "invoice_number": invoice,
        "visited_at": "2026-03-01T10:00:00Z",
    })
}

async fn rate(world: &World, body: Value) -> Answer {
    world.pos.post("/v1/ratings", body, None).await
}

/// Counts the list again, and compares the summary with it.
async fn recounted(world: &World) -> Vec<Value> {
    let list = world.agent.get("/v1/ratings?limit=100").await.expect(200);
    let rows = list.at("data").as_array().expect("rows").clone();
    let summary = world.agent.get("/v1/ratings/summary").await.expect(200);
    let of_branch = world.agent.get("/v1/ratings/summary?branch=b1").await.expect(200);
    assert_eq!(summary.body, of_branch.body);
    let count = |holds: &dyn Fn(&Value) -> bool| {
        i64::try_from(rows.iter().filter(|row| holds(row)).count()).unwrap()
    };
    for category in ["promoter", "passive", "detractor"] {
        let expected = count(&|row| row["category"] == category);
        assert_eq!(summary.number(&format!("{category}s")), expected, "{category}");
    }
    assert_eq!(summary.number("ratings"), count(&|_| true));
    assert_eq!(summary.number("comments"), count(&|row| row["has_comment"] == true));
    let unread = count(&|row| row["has_comment"] == true && row["unread"] == true);
    assert_eq!(summary.number("unread_comments"), unread);
    rows
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_visit_rated_alike_by_many_is_one_rating() {
    let world = World::start().await;
    world.stack.set_clock("2031-01-01T12:00:00Z".parse().unwrap());
    let member = world.member_id().await;
    let answers = at_once(async |_| rate(&world, rating(&member, 9, "i1")).await).await;
    assert_eq!(tally(&answers), BTreeMap::from([((201, ""), answers.len())]));
    assert_eq!(replayed(&answers), answers.len() - 1);
    assert_eq!(different(&answers, "rating_id").len(), 1);
    assert_eq!(recounted(&world).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mind_changed_by_many_at_once_is_one_rating() {
    let world = World::start().await;
    world.stack.set_clock("2031-01-01T12:00:00Z".parse().unwrap());
    let member = world.member_id().await;
    let minds = join_all((0..MINDS).map(|number| {
        let mut body = rating(&member, number, "i1");
        body["comment"] = match number % 3 {
            0 => Value::Null,
            _ => json!(format!("opinion {number}")),
        };
        rate(&world, body)
    }));
    let answers = minds.await;
    assert_eq!(tally(&answers), BTreeMap::from([((201, ""), MINDS)]));
    assert_eq!(replayed(&answers), 0);
    assert_eq!(different(&answers, "rating_id").len(), 1);
    let rows = recounted(&world).await;
    assert_eq!(rows.len(), 1);
    let id = different(&answers, "rating_id")[0];
    let path = format!("/v1/ratings/{id}");
    // The score changes while agents open the rating.
    let both = join_all((0..MINDS).map(|number| {
        let mut body = rating(&member, number, "i1");
        body["comment"] = json!(format!("further {number}"));
        let (changed, opened) = (rate(&world, body), world.agent.get(&path));
        async {
            let (changed, opened) = join(changed, opened).await;
            (changed.expect(201), opened.expect(200))
        }
    }));
    assert_eq!(both.await.len(), MINDS);
    assert_eq!(recounted(&world).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_rates_for_one_customer() {
    let world = World::start().await;
    world.stack.set_clock("2031-01-01T12:00:00Z".parse().unwrap());
    let members = [world.member_id().await, world.member_id().await];
    let answers = at_once(async |number| {
        let mut body = rating(&members[number % 2], 9, "");
        body["invoice_number"] = Value::Null;
        world.pos.post("/v1/ratings", body, Some("k1")).await
    })
    .await;
    let half = answers.len() / 2;
    let expected = BTreeMap::from([((201, ""), half), ((422, "idempotency_key_reused"), half)]);
    assert_eq!(tally(&answers), expected);
    assert_eq!(different(&answers, "rating_id").len(), 1);
    assert_eq!(recounted(&world).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_of_a_busy_branch_is_counted() {
    let world = World::start().await;
    world.stack.set_clock("2031-01-01T12:00:00Z".parse().unwrap());
    let member = world.member_id().await;
    let answers =
        at_once(async |number| rate(&world, rating(&member, number, &format!("i{number}"))).await)
            .await;
    assert_eq!(tally(&answers), BTreeMap::from([((201, ""), answers.len())]));
    assert_eq!(different(&answers, "rating_id").len(), answers.len());
    assert_eq!(recounted(&world).await.len(), answers.len());
}
