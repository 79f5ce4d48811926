//! The journey of a bad rating: the automatic reply that it waits for, the agent's reply, a coupon and
//! points for it, and the till that takes the coupon.

use puntos::Call;
use puntos::recount::{Arguments, recount};
use serde_json::{Value, json};

use super::{Desk, Planned};

const NOON: &str = "2031-03-10T09:00:00Z";
/// When the reply, which waits half an hour, leaves.
const LATER: &str = "2031-03-10T09:31:00Z";
const COST: i64 = 100;
const GIVEN: i64 = 40;

/// Travels with at most one fault, checks the end, and returns the calls that were made.
pub(super) async fn travel(planned: Planned) -> Vec<Call> {
    let desk = Desk::open(planned, NOON, |program| {
        // The day of the agent has room for both gifts, counted once each.
        let most = COST + GIVEN;
        program["agent_limits"] = json!({"points_per_call": most, "points_per_day": most});
    })
    .await;
    let world = &desk.world;
    let reply = json!({"enabled": true, "subject": "s", "body": "b", "wait_minutes": 30});
    let _ = world.supervisor.put("/v1/settings/auto-reply", reply).await.expect(200);
    let reward = world.reward(COST, json!({"stock": 2})).await;
    let body = json!({
        "member_id": desk.member_id, "score": 4, "branch": "b1", "invoice_number": "visit",
        "visited_at": NOON,
    });
    desk.wire.arm();

    let rated = desk
        .until_answered(async || world.pos.post("/v1/ratings", body.clone(), None).await)
        .await
        .expect(201);
    desk.run_at("release-auto-replies", LATER).await;
    let path = format!("/v1/ratings/{}", rated.text("rating_id"));
    let opened = desk.until_answered(async || world.agent.get(&path).await).await.expect(200);
    assert_eq!(opened.text("auto_reply.state"), "sent", "{desk}");

    let post = async |step: &str, key: &str, body: Value| {
        let path = format!("{path}/{step}");
        let request = async || world.agent.post(&path, body.clone(), Some(key)).await;
        desk.until_answered(request).await.expect(201)
    };
    let _ = post("messages", "reply", json!({"text": "What happened?"})).await;
    let coupon = post("gifts", "coupon", json!({"gift": {"reward_id": reward}})).await;
    let points = json!({"gift": {"kind": "points", "points": GIVEN}});
    let _ = post("gifts", "points", points).await;
    let code = coupon.text("coupon.code");
    let take = async || {
        let body = json!({"branch": "b1", "invoice_number": "i"});
        world.pos.post(&format!("/v1/coupons/{code}/use"), body, Some("take")).await
    };
    let _ = desk.until_answered(take).await.expect(200);

    let calls = desk.end();
    // The schedule and the till come once more: nothing happens twice.
    desk.fire("release-auto-replies", LATER).await;
    assert!(world.pos.post("/v1/ratings", body, None).await.expect(201).replayed, "{desk}");
    assert!(take().await.expect(200).replayed, "{desk}");
    check_inbox(&desk, &path).await;
    let shown = world.agent.get(&format!("/v1/rewards/{reward}")).await.expect(200);
    assert_eq!(shown.number("units_left"), 1, "{desk}");
    let more = json!({"gift": {"kind": "points", "points": 1}});
    let above = world.agent.post(&format!("{path}/gifts"), more, Some("more")).await;
    let _ = above.expect_problem(403, "forbidden");
    desk.check_mails(4).await;
    desk.check_timeline(&[("adjustment", 1), ("email", 4), ("rating", 3)], GIVEN).await;
    desk.check_nothing_is_left().await;
    calls
}

/// One rating, the automatic reply and one message, two gifts, and counters that say so.
async fn check_inbox(desk: &Desk, path: &str) {
    let world = &desk.world;
    let seen = world.agent.get(path).await.expect(200);
    assert_eq!(seen.at("messages").as_array().map(Vec::len), Some(2), "{desk}");
    let statuses: Vec<&Value> =
        seen.at("gifts_of_rating").as_array().unwrap().iter().map(|gift| &gift["status"]).collect();
    assert_eq!(statuses, ["redeemed", "redeemed"], "{desk}");
    let url = world.stack.url().to_owned();
    let token = Some(world.stack.token("agent", None, None).await.unwrap());
    let arguments = Arguments { url, token, from: None, to: None, branch: None };
    let report = recount(&arguments).await.unwrap();
    assert_eq!(report.differences(), Vec::<String>::new(), "{desk}");
    let listed = report.accounts[0].listed;
    let figures = [listed.ratings, listed.detractors, listed.replies, listed.comments];
    assert_eq!(figures, [1, 1, 1, 0], "{desk}");
    let unread = world.agent.get("/v1/ratings").await.expect(200);
    assert_eq!(unread.at("data.0.unread"), &json!(false), "{desk}");
}
