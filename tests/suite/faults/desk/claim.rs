//! The journey of a claim: a purchase without a member is missed, the claim is followed up, the promise is
//! broken, and the fix gives the points and ends the claim.

use puntos::Call;
use serde_json::{Value, json};

use super::{Desk, Planned};

/// The days on which the schedule comes: for the follow-up, after the promise, after the end.
const DAYS: [&str; 3] = ["2031-03-13T09:00:00Z", "2031-03-18T09:00:00Z", "2031-03-25T09:00:00Z"];

/// Travels with at most one fault, checks the end, and returns the calls that were made.
pub(super) async fn travel(planned: Planned) -> Vec<Call> {
    let desk = Desk::open(planned, "2031-03-10T09:00:00Z", |_| {}).await;
    let world = &desk.world;
    let member = world.member(&desk.member_id).await;
    let bought = world.unclaimed(110_000).await;
    let body = json!({
        "kind": "missing_points",
        "evidence": {
            "branch": "b1", "invoice_number": bought.text("invoice_number"),
            "total": bought.at("total"), "purchased_at": bought.at("purchased_at"),
        },
    });
    desk.wire.arm();

    let open = async || member.post("/v1/claims", body.clone(), Some("open")).await;
    let opened = desk.until_answered(open).await.expect(201);
    let path = format!("/v1/claims/{}", opened.text("claim_id"));
    let look = json!({"status": "investigating", "note": "we look"});
    let update =
        async || world.agent.post(&format!("{path}/updates"), look.clone(), Some("look")).await;
    let _ = desk.until_answered(update).await.expect(201);
    desk.run_at("generate-tasks", DAYS[0]).await;
    desk.run_at("generate-tasks", DAYS[1]).await;
    let fix = async || world.agent.post(&format!("{path}/fix"), json!({}), Some("fix")).await;
    let fixed = desk.until_answered(fix).await.expect(200);
    assert_eq!(fixed.text("status"), "resolved", "{desk}");

    let calls = desk.end();
    assert!(open().await.expect(201).replayed && fix().await.expect(200).replayed, "{desk}");
    assert!(update().await.expect(201).replayed, "{desk}");
    desk.run_at("generate-tasks", DAYS[2]).await;
    for day in DAYS {
        desk.fire("generate-tasks", day).await;
    }
    check_claim(&desk, &path).await;
    desk.check_mails(4).await;
    let kinds = [("claim", 1), ("email", 4), ("purchase", 1), ("task", 1)];
    desk.check_timeline(&kinds, 110).await;
    desk.check_nothing_is_left().await;
    calls
}

/// Ended and proven, with every step once, and its one task with it.
async fn check_claim(desk: &Desk, path: &str) {
    let claim = desk.world.agent.get(path).await.expect(200);
    assert_eq!((claim.text("status"), claim.at("proven")), ("resolved".into(), &json!(true)));
    let history = claim.at("history").as_array().unwrap();
    let steps: Vec<&Value> = history.iter().map(|step| &step["what"]).collect();
    assert_eq!(steps, ["opened", "updated", "escalated", "fixed"], "{desk}");
    for (status, expected) in [("resolved", 1), ("investigating", 0), ("received", 0)] {
        let page = desk.world.agent.get(&format!("/v1/claims?status={status}")).await.expect(200);
        assert_eq!(page.at("data").as_array().map(Vec::len), Some(expected), "{desk}: {status}");
    }
    let tasks = desk.world.agent.get(&format!("/v1/members/{}/tasks", desk.member_id)).await;
    let tasks = tasks.expect(200);
    assert_eq!(tasks.at("data").as_array().map(Vec::len), Some(1), "{desk}");
    let (kind, status) = (tasks.text("data.0.kind"), tasks.text("data.0.status"));
    assert_eq!((kind.as_str(), status.as_str()), ("claim_follow_up", "completed"), "{desk}");
}
