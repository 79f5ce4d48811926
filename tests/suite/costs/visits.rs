//! The rows of ratings: rating a visit, listing some hundreds of ratings, and answering one.

use futures::stream::{self, StreamExt};
use jiff::SignedDuration;
use puntos_tests::World;
use serde_json::{Value, json};

use super::desk::Desk;

/// The number of other ratings, and of their members.
const RATINGS: usize = 300;
const MEMBERS: usize = 20;

/// Measures everything about ratings.
pub(super) async fn measure(desk: &mut Desk) {
    let mut members = Vec::with_capacity(MEMBERS);
    for _ in 0..MEMBERS {
        members.push(desk.world.member_id().await);
    }
    rate(&desk.world, &members).await;
    let rating = giving(desk, &members[0]).await;
    reading(desk, &members[2]).await;
    answering(desk, &rating).await;
    replying(desk, &members[1]).await;
}

async fn rate(world: &World, members: &[String]) {
    let body = |number: usize| {
        json!({
            "member_id": members[number % MEMBERS], "score": number % 11, "comment": "As always.",
            "branch": format!("branch-{}", number % 4), "invoice_number": format!("visit-{number}"),
            "visited_at": format!("2026-03-{:02}T10:00:00Z", 1 + number % 28),
        })
    };
    let posts = (0..RATINGS).map(|number| async move {
        let _ = world.pos.post("/v1/ratings", body(number), None).await.expect(201);
    });
    stream::iter(posts).buffer_unordered(1).collect::<Vec<()>>().await;
}

fn visit(world: &World, member_id: &str, score: u8, comment: &str) -> Value {
    json!({
        "member_id": member_id, "score": score, "comment": comment, "branch": "branch-0",
        "invoice_number": "measured", "visited_at": world.stack.clock().now().to_string(),
    })
}

async fn giving(desk: &mut Desk, member_id: &str) -> String {
    let member = desk.world.member(member_id).await;
    let first = visit(&desk.world, member_id, 3, "The soup was cold.");
    let give = async |world: &World| {
        world.pos.post("/v1/ratings", first.clone(), None).await.expect(201).text("rating_id")
    };
    let (rating, own, whole) = desk.measured("rating", "score-rating", give).await;
    desk.at_most("rating", own, 2, 4.0, 10.0);
    assert_eq!(own, whole, "nothing follows a rating by itself");
    let second = visit(&desk.world, member_id, 5, "The soup was cold, and the bread was fine.");
    let change =
        async |world: &World| world.pos.post("/v1/ratings", second.clone(), None).await.expect(201);
    let (_, own, _) = desk.measured("rating, a changed score", "score-rating", change).await;
    // The trend counts each score, so every change moves both counters.
    desk.at_most("rating, a changed score", own, 2, 4.0, 11.0);
    let mut own_visit = visit(&desk.world, member_id, 9, "Good.");
    own_visit["invoice_number"] = Value::Null;
    let give = async |_: &World| {
        member.post("/v1/ratings", own_visit.clone(), Some("own")).await.expect(201)
    };
    let name = "rating by the member, without an invoice";
    let (_, own, _) = desk.measured(name, "score-rating", give).await;
    desk.at_most(name, own, 4, 7.0, 12.0);
    rating
}

async fn reading(desk: &mut Desk, member_id: &str) {
    let of_member = format!("?member_id={member_id}");
    for (name, query, requests, read) in [
        ("ratings by date, a page of 20 of 300", "", 23, 22.0),
        ("— by score", "?sort=score", 5, 13.0),
        ("— by mark", "?sort=unread", 12, 16.0),
        ("— by name", "?sort=name", 2, 12.0),
        ("— of a branch", "?branch=branch-1", 23, 22.0),
        ("— by branch, two of them", "?sort=branch", 47, 35.0),
        ("— of a member with 15", &of_member, 1, 4.0),
        ("— by the name of 20 members", "?name=mina", 23, 80.0),
        ("summary of ratings", "/summary", 5, 5.0),
        ("summary of a branch", "/summary?branch=branch-1", 2, 2.0),
    ] {
        let path = format!("/v1/ratings{query}");
        let get = async |world: &World| world.agent.get(&path).await.expect(200);
        let (_, own, _) = desk.measured(name, "view-ratings", get).await;
        desk.at_most(name, own, requests, read, 0.0);
    }
}

async fn answering(desk: &mut Desk, rating: &str) {
    let path = format!("/v1/ratings/{rating}");
    let open = async |world: &World| world.agent.get(&path).await.expect(200);
    let (_, own, _) =
        desk.measured("opening a rating of a member with 16", "answer-rating", open).await;
    desk.at_most("opening a rating of a member with 16", own, 4, 4.0, 10.0);
    let view = async |world: &World| {
        world.agent.post(&format!("{path}/viewing"), json!({}), None).await.expect(200)
    };
    let (_, own, whole) = desk.measured("viewer of a rating", "answer-rating", view).await;
    desk.at_most("viewer of a rating", own, 2, 2.0, 1.0);
    assert_eq!(own, whole, "nothing follows a viewer");
    let reply = async |world: &World| {
        let body = json!({"text": "We are sorry: the next soup is on us."});
        world.agent.post(&format!("{path}/messages"), body, Some("reply")).await.expect(201)
    };
    let (_, own, whole) = desk.measured("reply to a rating", "answer-rating", reply).await;
    desk.at_most("reply to a rating", own, 3, 5.0, 12.0);
    assert_eq!((whole.queue, whole.mail), (1, 1), "one order, one mail");
    for (name, gift, write) in [
        ("gift of points", json!({"kind": "points", "points": 50}), 14.0),
        ("gift of a coupon", json!({"reward_id": "rwd_thermos"}), 12.0),
    ] {
        let give = async |world: &World| {
            let body = json!({"gift": gift});
            world.agent.post(&format!("{path}/gifts"), body, Some(name_of(&gift))).await.expect(201)
        };
        let (_, own, whole) = desk.measured(name, "answer-rating", give).await;
        desk.at_most(name, own, 3, 7.0, write);
        assert_eq!((whole.queue, whole.mail), (1, 1), "{name}: one order, one mail");
    }
}

/// Returns a new key for each gift.
fn name_of(gift: &Value) -> &str {
    gift["reward_id"].as_str().unwrap_or("points")
}

/// Measures an automatic reply that is sent after half an hour.
async fn replying(desk: &mut Desk, member_id: &str) {
    let settings = json!({"enabled": true, "subject": "s", "body": "b", "wait_minutes": 30});
    let _ = desk.world.supervisor.put("/v1/settings/auto-reply", settings).await.expect(200);
    let rate = async |world: &World| world.rated(member_id, 2, None).await;
    let name = "bad rating, whose automatic reply waits";
    let (_, own, _) = desk.measured(name, "score-rating", rate).await;
    desk.at_most(name, own, 2, 4.0, 11.0);
    let due = desk.world.stack.clock().now() + SignedDuration::from_mins(31);
    desk.world.stack.set_clock(due);
    let name = "automatic replies, one leaves";
    let release = async |world: &World| {
        let fired = world.stack.fire_schedules(Some("release-auto-replies"), due).await;
        assert_eq!(fired, [("release-auto-replies".to_owned(), true)]);
    };
    let ((), own, whole) = desk.measured(name, "release-auto-replies", release).await;
    desk.at_most(name, own, 5, 5.0, 8.0);
    assert_eq!((whole.queue, whole.mail), (1, 1), "one order, one mail");
}
