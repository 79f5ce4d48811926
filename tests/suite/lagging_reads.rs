//! Reads that lag: the first read of a redemption is eventually consistent. The embedded table never lags,
//! so these tests serve an older answer again.
//!
//! Indexes that lag are in `indexes`.

mod indexes;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use puntos::{Call, Fault, Options, Tap};
use puntos_tests::World;
use serde_json::json;

/// Keeps the last answer to a redemption's read, and serves it again on request.
#[derive(Default)]
struct Lag {
    kept: Mutex<String>,
    armed: AtomicBool,
}

impl Tap for Lag {
    fn before(&self, call: &Call) -> Option<Fault> {
        let reads = call.function == "redeem" && call.action == "BatchGetItem";
        if reads && self.armed.swap(false, Ordering::SeqCst) {
            return Some(Fault::Refuse(200, self.kept.lock().unwrap().clone()));
        }
        None
    }

    fn after(&self, call: &Call, _: u16, response_body: &[u8]) {
        if call.function == "redeem" && call.action == "BatchGetItem" {
            *self.kept.lock().unwrap() = String::from_utf8(response_body.to_vec()).unwrap();
        }
    }
}

async fn lagging_world() -> (World, Arc<Lag>) {
    let lag = Arc::new(Lag::default());
    let tap: Arc<dyn Tap> = lag.clone();
    (World::with(Options { tap: Some(tap), ..Options::default() }).await, lag)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_goes_to_the_address_that_was_answered_before() {
    let (world, lag) = lagging_world().await;
    let member_id = world.member_id().await;
    let _ = world.earn(&member_id, 10).await;
    let reward_id = world.reward(10, json!({})).await;
    let _ = world.redeem(&member_id, &reward_id, "first").await.expect(201);
    // A replay writes nothing, so its read has the final account.
    assert!(world.redeem(&member_id, &reward_id, "first").await.expect(201).replayed);
    world.settle().await;

    let path = format!("/v1/members/{member_id}");
    let _ = world.agent.patch(&path, json!({"email": "new@example.com"})).await.expect(200);
    lag.armed.store(true, Ordering::SeqCst);
    let _ = world.redeem(&member_id, &reward_id, "second").await.expect(201);
    assert!(!lag.armed.load(Ordering::SeqCst), "the older answer was served");
    world.settle().await;
    assert_eq!(world.stack.outbox(Some("new@example.com")).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_is_not_decided_on_a_lagging_read() {
    let (world, lag) = lagging_world().await;
    let member_id = world.member_id().await;
    let reward_id = world.reward(100, json!({})).await;
    let missing = world.redeem(&member_id, &reward_id, "too-early").await;
    let _ = missing.expect_problem(409, "insufficient_points");
    let _ = world.earn(&member_id, 1).await;
    lag.armed.store(true, Ordering::SeqCst);
    let redeemed = world.redeem(&member_id, &reward_id, "now").await.expect(201);
    assert!(!lag.armed.load(Ordering::SeqCst), "the older answer was served");
    assert_eq!(redeemed.number("balance.available"), 10);
}
