//! A service that takes a call and never answers. The function must answer, or give its messages back, before
//! Lambda stops it.

use puntos::{Call, Fault};
use serde_json::json;

use crate::faults::wire::{Mishap, Wire};

/// The first tries of each of these calls get no answer: as many as one invocation makes.
fn silent(call: &Call, nth: usize) -> Option<Mishap> {
    let writes = ["redeem", "accrue-points"].contains(&&*call.function)
        && call.action == "TransactWriteItems";
    let sends = call.function == "relay-changes" && call.service == "sqs";
    let reports = call.function == "handle-bounce" && call.service == "dynamodb";
    ((writes || sends || reports) && nth < 2).then_some(Mishap::Wire(Fault::Silence))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_invocation_passes_its_deadline() {
    let (world, wire) = Wire::world(silent).await;
    let (buyer, other) = (world.member_id().await, world.member_id().await);
    let _ = world.earn(&buyer, 1).await;
    wire.arm();
    let purchase = world.purchase(&other, 110_000).to_string();
    world.stack.send_message("PurchaseQueue", &purchase).await.unwrap();
    let delivery = json!({
        "eventType": "Delivery", "mail": {"timestamp": "2026-03-01T10:00:00Z", "messageId": "of-another-tool"},
        "delivery": {"timestamp": "2026-03-01T10:00:00Z", "recipients": ["nobody@example.com"]},
    });
    world.stack.send_message("MailEventQueue", &delivery.to_string()).await.unwrap();
    let refused = world.redeem(&buyer, "rwd_coffee", "silent").await.expect(503);
    assert_eq!(refused.text("code"), "try_again");
    assert!(refused.headers.iter().any(|(name, _)| name == "retry-after"), "{refused:?}");
    let redeemed = world.redeem(&buyer, "rwd_coffee", "silent").await.expect(201);
    for _ in 0..3 {
        let _ = world.stack.settle(std::time::Duration::from_secs(30)).await;
    }
    // It checks that no function was cut off.
    world.settle().await;
    assert_eq!(world.available(&other).await, 110);
    let email_id = redeemed.text("email_id");
    assert_eq!(crate::faults::mails::sent(&world, &email_id).len(), 1);
}
