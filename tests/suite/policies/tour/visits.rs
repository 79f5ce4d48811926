//! Ratings on the tour: all lists, sums, the thread, gifts, and automatic replies.

use jiff::SignedDuration;
use puntos_tests::World;
use serde_json::json;

use super::fire;

/// Rates visits, reads and answers ratings, gives gifts, and sends an automatic reply.
pub(super) async fn rate(world: &World) {
    let settings = "/v1/settings/auto-reply";
    let reply = json!({"enabled": true, "subject": "s", "body": "b", "wait_minutes": 30});
    let _ = world.supervisor.put(settings, reply).await.expect(200);
    let _ = world.admin.get(settings).await.expect(200);
    let enrolled = world.enrol().await;
    let member_id = enrolled.text("member_id");
    let rating = world.rated(&member_id, 3, None).await;
    let keyed = json!({
        "score": 9, "branch": "b1", "member_id": member_id,
        "visited_at": world.stack.clock().now().to_string(),
    });
    let member = world.member(&member_id).await;
    let _ = member.post("/v1/ratings", keyed.clone(), Some("visit")).await.expect(201);
    let bought = world.earn(&member_id, 1).await.text("invoice_number");
    let mut with_invoice = keyed.clone();
    with_invoice["invoice_number"] = json!(bought);
    let _ = member.post("/v1/ratings", with_invoice, None).await.expect(201);
    let mut elsewhere = keyed;
    elsewhere["member_id"] = json!("nobody");
    let used = world.pos.post("/v1/ratings", elsewhere, Some("visit")).await;
    let _ = used.expect_problem(422, "idempotency_key_reused");
    let _ = member.get("/v1/ratings?member_id=me").await.expect(200);
    for query in ["", "?branch=b1", "?name=mus", "?sort=name", "?sort=score", "?sort=branch"] {
        let _ = world.agent.get(&format!("/v1/ratings{query}")).await.expect(200);
    }
    for query in ["", "?branch=b1"] {
        for sums in ["summary", "trend"] {
            let _ = world.agent.get(&format!("/v1/ratings/{sums}{query}")).await.expect(200);
        }
    }
    thread(world, &rating).await;
    replies(world, &member_id, &enrolled.text("email")).await;
}

/// Invites a member after a purchase, who rates it by the link.
pub(super) async fn invite(world: &World) {
    world.invite(&["purchase"], 5).await;
    let enrolled = world.enrol().await;
    let _ = world.earn(&enrolled.text("member_id"), 1).await;
    fire(world, "invite-to-rate", SignedDuration::from_mins(6)).await;
    let token = world.token_of_mail(&enrolled.text("email"), "rate");
    let path = format!("/v1/invitations/{token}/rating");
    let _ = world.nobody().post(&path, json!({"score": 9}), None).await.expect(201);
}

async fn thread(world: &World, rating: &str) {
    let path = format!("/v1/ratings/{rating}");
    let _ = world.agent.post(&format!("{path}/read"), json!({}), None).await.expect(200);
    let _ = world.agent.post(&format!("{path}/viewing"), json!({}), None).await.expect(200);
    let late = json!({"text": "Hello?", "after": "msg_0000000000000000"});
    let late = world.agent.post(&format!("{path}/messages"), late, Some("late")).await;
    let _ = late.expect_problem(409, "thread_moved");
    let text = json!({"text": "We are sorry."});
    let _ = world.agent.post(&format!("{path}/messages"), text, Some("reply")).await.expect(201);
    let reward_id = world.reward(10, json!({"stock": 2})).await;
    for (gift, key) in [
        (json!({"kind": "points", "points": 5}), "points"),
        (json!({"reward_id": reward_id}), "reward"),
    ] {
        let body = json!({"gift": gift});
        let given = world.agent.post(&format!("{path}/gifts"), body, Some(key)).await.expect(201);
        if let Some(code) = given.at("coupon")["code"].as_str() {
            let at_till = json!({"branch": "b1", "invoice_number": "with-gift"});
            let path = format!("/v1/coupons/{code}/use");
            let _ = world.pos.post(&path, at_till, Some("gift")).await.expect(200);
        }
    }
    let _ = world.agent.get(&path).await.expect(200);
    world.settle().await;
}

/// An automatic reply is sent when it is due. Its recipient unsubscribes, and then subscribes again.
async fn replies(world: &World, member_id: &str, address: &str) {
    let _ = world.rated(member_id, 1, None).await;
    fire(world, "release-auto-replies", SignedDuration::from_mins(31)).await;
    let links = world.stack.outbox(Some(address)).into_iter();
    let link = links.filter_map(|mail| mail.list_unsubscribe).next_back().expect("a link");
    let path = link.strip_prefix(world.stack.url()).expect("a link of this stack");
    let _ = world.nobody().post(path, json!({}), None).await.expect(200);
    let page = format!("/v1/members/{member_id}");
    let refused = world.agent.get(&page).await.expect(200);
    assert_eq!(refused.at("optional_emails"), &json!(false));
    let _ = world.agent.patch(&page, json!({"optional_emails": true})).await.expect(200);
    // The rest of the tour has no automatic replies.
    let off = json!({"enabled": false});
    let _ = world.supervisor.put("/v1/settings/auto-reply", off).await.expect(200);
}
