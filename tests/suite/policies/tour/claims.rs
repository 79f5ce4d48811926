//! Claims on the tour: opened, read, updated, followed up, fixed in each way, and opened by the system.

use jiff::SignedDuration;
use puntos_tests::World;
use serde_json::{Value, json};

use super::fire;

/// Plays every course of a claim.
pub(super) async fn claim(world: &World) {
    let member_id = world.member_id().await;
    let credited = missing(world, &member_id, "credited").await;
    let came = missing(world, &member_id, "came").await;
    let path = format!("/v1/claims/{came}");
    let update = json!({"status": "investigating", "note": "asked the branch"});
    let _ = world.agent.post(&format!("{path}/updates"), update, Some("say")).await.expect(201);
    let member = world.member(&member_id).await;
    let note = json!({"note": "thanks"});
    let _ = member.post(&format!("{path}/updates"), note, Some("thanks")).await.expect(201);
    for path in [&path, "/v1/claims", &format!("/v1/claims?member_id={member_id}")] {
        let _ = world.agent.get(path).await.expect(200);
    }
    attach(world, &path).await;
    let evidence = json!({"invoice_number": "anywhere"});
    let body = json!({"member_id": member_id, "kind": "missing_points", "evidence": evidence});
    let _ = world.agent.post("/v1/claims", body, Some("anywhere")).await.expect(201);
    fire(world, "generate-tasks", SignedDuration::from_hours(24 * 4)).await;
    fix(world, &credited, json!({"points": 5})).await;
    let mut purchase = world.purchase(&member_id, 110_000);
    purchase["invoice_number"] = json!("came");
    let _ = world.pos.post("/v1/purchases", purchase, None).await.expect(201);
    fire(world, "generate-tasks", SignedDuration::from_hours(24 * 4)).await;
    assert_eq!(world.agent.get(&path).await.expect(200).text("status"), "resolved");
    let evidence = json!({"invoice_number": "came"});
    let body = json!({"member_id": member_id, "kind": "missing_points", "evidence": evidence});
    let by_number = world.agent.post("/v1/claims", body, Some("by-number")).await.expect(201);
    assert_eq!(by_number.text("evidence.branch"), "b1");
    let unclaimed = world.unclaimed(110_000).await.text("invoice_number");
    let claimed = missing(world, &member_id, &unclaimed).await;
    fix(world, &claimed, json!({})).await;
    found(world, &member_id).await;
}

/// Attaches a picture to a claim, and reads it.
async fn attach(world: &World, claim: &str) {
    let path = format!("{claim}/attachments");
    let picture = json!({"content_type": "image/png", "bytes": 4});
    let attached = world.agent.post(&path, picture, Some("picture")).await.expect(201);
    let sent = puntos_tests::signed(attached.at("upload"), b"\x89PNG".to_vec()).await;
    assert_eq!(sent.status(), 200);
    let path = format!("{path}/{}", attached.text("attachment_id"));
    let shown = world.agent.get(&path).await.expect(200);
    let read = puntos_tests::signed(shown.at("download"), Vec::new()).await;
    assert_eq!(read.status(), 200);
}

async fn missing(world: &World, member_id: &str, invoice: &str) -> String {
    let evidence = json!({"branch": "b1", "invoice_number": invoice});
    let body = json!({"member_id": member_id, "kind": "missing_points", "evidence": evidence});
    world.agent.post("/v1/claims", body, Some(invoice)).await.expect(201).text("claim_id")
}

async fn fix(world: &World, claim: &str, body: Value) {
    let path = format!("/v1/claims/{claim}/fix");
    let _ = world.agent.post(&path, body, Some("fix")).await.expect(200);
    world.settle().await;
}

/// Puts a refused purchase back into its queue once its card is known. Resends a mail whose
/// sender died.
async fn found(world: &World, member_id: &str) {
    let by_card = json!({
        "branch": "b1", "invoice_number": "given-up", "card_number": "card-late",
        "purchased_at": world.stack.clock().now().to_string(),
        "total": {"amount": 110_000, "currency": "RUB"},
    });
    world.stack.send_message("PurchaseQueue", &by_card.to_string()).await.unwrap();
    let _ = world.redeem(member_id, "rwd_coffee", "blocked").await.expect(201);
    world.settle().await;
    let late = json!({"name": "Lena Late", "card_number": "card-late"});
    let _ = world.pos.post("/v1/members", late, Some("late")).await.expect(201);
    fire(world, "find-failures", SignedDuration::ZERO).await;
    let open = world.agent.get("/v1/claims?limit=100").await.expect(200);
    for claim in open.at("data").as_array().unwrap() {
        if claim["proposed_fix"]["action"].is_string() {
            fix(world, claim["claim_id"].as_str().unwrap(), json!({})).await;
        }
    }
    fire(world, "find-failures", SignedDuration::ZERO).await;
}
