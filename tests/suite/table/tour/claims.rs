//! The claims of the tour: one of a member that waits on a bank, and one that the system found.

use puntos_tests::World;
use serde_json::json;

use super::{fire, later};

/// Opens claims, moves them on, and lets one fall due.
pub(super) async fn claim(world: &World) {
    let member_id = world.member_id().await;
    let evidence = json!({
        "branch": "b1", "invoice_number": "lost-1", "card_number": "card-1", "note": "on Monday",
        "purchased_at": world.stack.clock().now().to_string(),
    });
    let missing = json!({
        "member_id": member_id, "kind": "missing_points", "method": "card",
        "amount": {"amount": 129_990, "currency": "RUB"}, "evidence": evidence,
    });
    let opened = world.agent.post("/v1/claims", missing, Some("claim")).await.expect(201);
    let path = format!("/v1/claims/{}/updates", opened.text("claim_id"));
    let update = json!({
        "status": "waiting", "waiting_on": "bank", "bank_reference": "ref-1", "note": "sent back",
        "money_at": "bank", "expected_by": "2100-01-01",
    });
    let _ = world.agent.post(&path, update, Some("update")).await.expect(201);
    let attach = path.replace("updates", "attachments");
    let picture = json!({"content_type": "image/jpeg", "bytes": 482_113});
    let _ = world.agent.post(&attach, picture, Some("picture")).await.expect(201);
    let member = world.member(&member_id).await;
    let _ = member.post(&path, json!({"note": "thanks"}), Some("thanks")).await.expect(201);
    later(world, 4);
    fire(world, "generate-tasks").await;
    found(world, &member_id).await;
}

/// A purchase that became a dead letter becomes a claim, and is put back into the queue.
async fn found(world: &World, member_id: &str) {
    let purchase = world.purchase(member_id, 110_000).to_string();
    world.stack.send_message("PurchaseDeadLetters", &purchase).await.unwrap();
    world.settle().await;
    let found = world.agent.get("/v1/claims?status=received").await.expect(200);
    let path = format!("/v1/claims/{}/fix", found.text("data.0.claim_id"));
    let _ = world.agent.post(&path, json!({}), Some("fix")).await.expect(200);
    world.settle().await;
}
