//! Requests that meet their first request under way: the second one reads before the first commits, and its
//! own commit is refused. It answers the balance after the first request.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use puntos::{Call, Fault, Options, Tap};
use puntos_tests::{Answer, World};
use serde_json::json;

const READS: [&str; 3] = ["BatchGetItem", "GetItem", "Query"];

/// Keeps what a function read before it committed, and lets the next request read it again.
#[derive(Default)]
struct Before {
    function: Mutex<Option<&'static str>>,
    reads: Mutex<VecDeque<String>>,
    repeats: Mutex<bool>,
}

impl Before {
    fn is_of(&self, call: &Call) -> bool {
        *self.function.lock().unwrap() == Some(call.function.as_str())
    }

    /// Sends a request twice. The second one reads what the first one read.
    async fn twice(
        &self,
        function: &'static str,
        request: impl AsyncFn() -> Answer,
    ) -> (Answer, Answer) {
        *self.function.lock().unwrap() = Some(function);
        let first = request().await;
        assert!(!self.reads.lock().unwrap().is_empty(), "{function} reads before it commits");
        *self.function.lock().unwrap() = Some(function);
        *self.repeats.lock().unwrap() = true;
        let second = request().await;
        assert!(self.reads.lock().unwrap().is_empty(), "{function} did not read everything again");
        *self.repeats.lock().unwrap() = false;
        *self.function.lock().unwrap() = None;
        (first, second)
    }
}

impl Tap for Before {
    fn before(&self, call: &Call) -> Option<Fault> {
        let is_repeated = self.is_of(call)
            && READS.contains(&call.action.as_str())
            && *self.repeats.lock().unwrap();
        let read = is_repeated.then(|| self.reads.lock().unwrap().pop_front()).flatten();
        read.map(|body| Fault::Refuse(200, body))
    }

    fn after(&self, call: &Call, _: u16, response_body: &[u8]) {
        if !self.is_of(call) || *self.repeats.lock().unwrap() {
            return;
        }
        if call.action == "TransactWriteItems" {
            *self.function.lock().unwrap() = None;
        } else if READS.contains(&call.action.as_str()) {
            let body = String::from_utf8(response_body.to_vec()).unwrap();
            // A process reads a version of the programme once, so the repeat does not.
            if body.contains("\"version#") {
                return;
            }
            self.reads.lock().unwrap().push_back(body);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_that_read_before_the_first_commit_answers_the_balance_after_it() {
    let before = Arc::new(Before::default());
    let tap: Arc<dyn Tap> = before.clone();
    let world = World::with(Options { tap: Some(tap), ..Options::default() }).await;
    let member_id = world.member_id().await;
    let kept = world.unclaimed(110_000).await.text("purchase_id");
    let redemption = {
        let _ = world.earn(&member_id, 1).await;
        world.redeem(&member_id, "rwd_coffee", "undone").await.expect(201).text("redemption_id")
    };
    let purchase = world.purchase(&member_id, 110_000);
    let adjustments = format!("/v1/members/{member_id}/adjustments");
    let adjustment = json!({"points": 7, "reason": "goodwill"});
    let receipt = format!("/v1/purchases/{kept}/claim-points");
    let holder = json!({"member_id": member_id});

    let balances = [
        before
            .twice("accrue-points", async || {
                world.pos.post("/v1/purchases", purchase.clone(), None).await
            })
            .await,
        before
            .twice("adjust-points", async || {
                world.agent.post(&adjustments, adjustment.clone(), Some("a")).await
            })
            .await,
        before.twice("redeem", async || world.redeem(&member_id, "rwd_coffee", "r").await).await,
        before.twice("reverse-redemption", async || world.reverse(&redemption, "u").await).await,
        before
            .twice("adjust-points", async || {
                world.agent.post(&receipt, holder.clone(), Some("c")).await
            })
            .await,
    ]
    .map(|(first, second)| {
        assert!(!first.replayed && second.replayed, "{first:?} {second:?}");
        (first.number("balance.available"), second.number("balance.available"))
    });
    // 110 and a coffee for 50 came before.
    assert_eq!(balances, [(170, 170), (177, 177), (127, 127), (177, 177), (287, 287)]);
}
