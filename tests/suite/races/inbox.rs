//! Races in a thread: an automatic reply against comments and messages, gifts just before they expire, and
//! one key sent by many.

use std::collections::BTreeMap;

use futures::future::{join, join_all};
use jiff::SignedDuration;
use puntos_tests::World;
use serde_json::json;

use super::{CALLERS, at_once, different, replayed, tally};

const FUNCTION: &str = "release-auto-replies";
const ROUNDS: usize = 24;
/// How many different head starts the run gets.
const HEAD_STARTS: usize = 3;

/// Starts a world whose automatic reply waits half an hour.
async fn world() -> World {
    let world = World::start().await;
    let settings = json!({
        "enabled": true, "subject": "About your visit", "body": "What went wrong?", "wait_minutes": 30,
    });
    let _ = world.supervisor.put("/v1/settings/auto-reply", settings).await.expect(200);
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_leaves_or_a_comment_keeps_it_back() {
    let world = world().await;
    for round in 0..ROUNDS {
        let enrolled = world.enrol().await;
        let mut visit = json!({
            "member_id": enrolled.text("member_id"), "score": 3, "branch": "b1",
            "invoice_number": format!("contested-{round}"),
            "visited_at": world.stack.clock().now().to_string(),
        });
        let rated = world.pos.post("/v1/ratings", visit.clone(), None).await.expect(201);
        let path = format!("/v1/ratings/{}", rated.text("rating_id"));
        let due = world.stack.clock().now() + SignedDuration::from_mins(31);
        world.stack.set_clock(due);
        visit["comment"] = "Cold soup.".into();
        // A run reads more before it writes: the comment sets out after as many requests as let the two
        // meet somewhere. The answer to the comment shows which of the two came first.
        let comment = async {
            for _ in 0..round % HEAD_STARTS {
                let _ = world.pos.get("/v1/rewards/nothing").await;
            }
            let _ = world.pos.post("/v1/ratings", visit, None).await.expect(201);
            world.agent.get(&path).await.expect(200)
        };
        let runs = (0..3).map(async |_| world.stack.fire_schedules(Some(FUNCTION), due).await);
        let (seen, fired) = join(comment, join_all(runs)).await;
        assert!(fired.iter().flatten().all(|(_, succeeded)| *succeeded));
        world.settle().await;
        let shown = world.agent.get(&path).await.expect(200);
        assert_eq!(shown.text("comment"), "Cold soup.");
        let state = seen.text("auto_reply.state");
        assert_eq!(shown.text("auto_reply.state"), state, "round {round}");
        let expected = match state.as_str() {
            "sent" => 1,
            "cancelled" => 0,
            other => panic!("round {round}: {other}"),
        };
        let mails = world.stack.outbox(Some(&enrolled.text("email"))).len();
        assert_eq!(mails, expected, "round {round}: {state}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_runs_at_once_send_each_reply_once() {
    let world = world().await;
    let mut rated = Vec::new();
    for _ in 0..12 {
        let enrolled = world.enrol().await;
        let rating = world.rated(&enrolled.text("member_id"), 2, None).await;
        rated.push((enrolled.text("email"), rating));
    }
    let due = world.stack.clock().now() + SignedDuration::from_mins(31);
    world.stack.set_clock(due);
    let runs = (0..8).map(async |_| world.stack.fire_schedules(Some(FUNCTION), due).await);
    let fired = join_all(runs).await;
    assert!(fired.iter().flatten().all(|(_, succeeded)| *succeeded));
    world.settle().await;
    for (address, rating) in &rated {
        assert_eq!(world.stack.outbox(Some(address)).len(), 1, "{rating}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_gift_sent_by_many_is_given_once() {
    let world = World::start().await;
    let member = world.member_id().await;
    let rating = world.rated(&member, 3, None).await;
    let path = format!("/v1/ratings/{rating}/gifts");
    let body = json!({"gift": {"kind": "points", "points": 40}});
    let answers =
        at_once(async |_| world.agent.post(&path, body.clone(), Some("same")).await).await;
    assert_eq!(tally(&answers), BTreeMap::from([((201, ""), CALLERS)]));
    assert_eq!(replayed(&answers), CALLERS - 1);
    assert_eq!(different(&answers, "gift_id").len(), 1);
    assert_eq!(world.available(&member).await, 40);
    // Several gifts are each given once: none is lost when they change the same account.
    let several = (0..12).map(async |number| {
        let key = format!("other-{number}");
        world.supervisor.post(&path, body.clone(), Some(&key)).await.expect(201)
    });
    let _ = join_all(several).await;
    assert_eq!(world.available(&member).await, 13 * 40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_answers_to_what_was_seen_one_is_written() {
    let world = World::start().await;
    let rating = world.rated(&world.member_id().await, 3, None).await;
    let path = format!("/v1/ratings/{rating}/messages");
    let mut newest = "none".to_owned();
    for round in 0..3 {
        let answers = at_once(async |number| {
            let body = json!({"text": format!("answer {number}"), "after": newest});
            world.agent.post(&path, body, Some(&format!("{round}-{number}"))).await
        })
        .await;
        let expected = BTreeMap::from([((201, ""), 1), ((409, "thread_moved"), CALLERS - 1)]);
        assert_eq!(tally(&answers), expected);
        let written = answers.iter().find(|answer| answer.status == 201).expect("one");
        newest = written.text("message_id");
    }
    let shown = world.agent.get(&format!("/v1/ratings/{rating}")).await.expect(200);
    assert_eq!(shown.at("messages").as_array().map(Vec::len), Some(3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_of_many_are_all_in_the_thread() {
    let world = World::start().await;
    let member = world.member_id().await;
    let own = world.member(&member).await;
    let rating = world.rated(&member, 3, None).await;
    let path = format!("/v1/ratings/{rating}/messages");
    let writes = (0..16).map(async |number: usize| {
        let caller = if number.is_multiple_of(2) { &world.agent } else { &own };
        let body = json!({"text": format!("message {number}")});
        caller.post(&path, body, Some(&format!("k{number}"))).await.expect(201)
    });
    let _ = join_all(writes).await;
    let shown = world.agent.get(&format!("/v1/ratings/{rating}")).await.expect(200);
    assert_eq!(shown.at("messages").as_array().map(Vec::len), Some(16));
    assert_eq!(shown.number("replies"), 8);
    let counted = world.agent.get("/v1/ratings/summary").await.expect(200);
    assert_eq!((counted.number("replies"), counted.number("ratings")), (8, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gift_is_used_once_or_expires() {
    let world = World::start().await;
    let rating = world.rated(&world.member_id().await, 3, None).await;
    let path = format!("/v1/ratings/{rating}/gifts");
    let soap = json!({"gift": {"kind": "product", "name": "Soap", "valid_days": 1}});
    for round in 0..4 {
        let key = format!("soap-{round}");
        let given = world.agent.post(&path, soap.clone(), Some(&key)).await.expect(201);
        let code = given.text("coupon.code");
        let expires_at: jiff::Timestamp = given.text("coupon.expires_at").parse().unwrap();
        // The gift expires while the callers wait, at different moments.
        world.stack.set_clock(expires_at - SignedDuration::from_millis(20 * round));
        let answers = at_once(async |number| {
            let key = format!("{key}-{number}");
            let body = json!({"branch": "b1", "invoice_number": key});
            world.pos.post(&format!("/v1/coupons/{code}/use"), body, Some(&key)).await
        })
        .await;
        let used = answers.iter().filter(|answer| answer.status == 200).count();
        let refused = answers.iter().filter(|answer| answer.status == 409).count();
        assert!(used <= 1 && used + refused == CALLERS, "{:?}", tally(&answers));
        world.stack.set_clock(expires_at);
        let shown = world.agent.get(&format!("/v1/ratings/{rating}")).await.expect(200);
        let gifts = shown.at("gifts_of_rating").as_array().expect("gifts");
        let status = gifts.last().expect("a gift")["status"].as_str().unwrap();
        assert_eq!(status, if used == 1 { "redeemed" } else { "expired" });
        if round == 0 {
            assert_eq!(used, 0, "from its last instant on it cannot be used");
        }
    }
}
