//! A service that takes a call and never answers. The function must answer, or give its messages back, before
//! Lambda stops it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use puntos::{Call, Fault, Options, Pace, Tap, start};
use puntos_tests::World;
use serde_json::json;

/// The calls that get no answer, each the first two times: that is longer than an invocation may take.
const SILENT: [(&str, &str); 4] = [
    ("redeem", "TransactWriteItems"),
    ("accrue-points", "TransactWriteItems"),
    ("relay-changes", "SendMessageBatch"),
    ("handle-bounce", "Query"),
];

#[derive(Default)]
struct Silence {
    begins: AtomicBool,
    counts: Mutex<BTreeMap<String, u32>>,
}

impl Tap for Silence {
    fn before(&self, call: &Call) -> Option<Fault> {
        let is_silent = SILENT.contains(&(&*call.function, &*call.action));
        if !is_silent || !self.begins.load(Ordering::SeqCst) {
            return None;
        }
        let mut counts = self.counts.lock().unwrap();
        let count = counts.entry(call.function.clone()).or_default();
        *count += 1;
        (*count <= 2).then_some(Fault::Silence)
    }

    fn after(&self, _: &Call, _: u16, _: &[u8]) {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_invocation_passes_its_deadline() {
    let silence = Arc::new(Silence::default());
    let tap = Some(Arc::clone(&silence) as Arc<dyn Tap>);
    let options = Options { tap, pace: Pace::Real, ..Options::default() };
    let world = World::of(start(options).await.expect("the stack starts")).await;
    let (buyer, other) = (world.member_id().await, world.member_id().await);
    let _ = world.earn(&buyer, 1).await;
    silence.begins.store(true, Ordering::SeqCst);
    let purchase = world.purchase(&other, 110_000).to_string();
    world.stack.send_message("PurchaseQueue", &purchase).await.unwrap();
    let delivery = json!({
        "eventType": "Delivery", "mail": {"timestamp": "2026-03-01T10:00:00Z", "messageId": "of-another-tool"},
        "delivery": {"timestamp": "2026-03-01T10:00:00Z", "recipients": ["nobody@example.com"]},
    });
    world.stack.send_message("MailEventQueue", &delivery.to_string()).await.unwrap();
    let refused = world.redeem(&buyer, "rwd_coffee", "silent").await;
    let refused = refused.expect_problem(503, "try_again");
    assert!(refused.headers.iter().any(|(name, _)| name == "retry-after"), "{refused:?}");
    let redeemed = world.redeem(&buyer, "rwd_coffee", "silent").await.expect(201);
    // It checks that no function was cut off.
    world.settle().await;
    assert_eq!(world.available(&other).await, 110);
    assert_eq!(crate::faults::mails::sent(&world, &redeemed.text("email_id")).len(), 1);
    let counts = silence.counts.lock().unwrap();
    assert!(SILENT.iter().all(|(function, _)| counts[*function] >= 2), "{counts:?}");
}
