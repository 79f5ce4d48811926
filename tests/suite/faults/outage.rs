//! An hour without the table: queued purchases wait and are tried again, and all of them are recorded. What
//! a purchase is refused for does not wait: it becomes a claim at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use jiff::SignedDuration;
use puntos::{Call, Counts, Fault, Options, Tap};
use puntos_tests::World;
use serde_json::{Value, json};

/// How many purchases one member makes.
const OF_A_MEMBER: usize = 50;

/// While it lasts, no request of the queued purchases reaches the table. Counts those requests.
#[derive(Default)]
struct Outage {
    lasts: AtomicBool,
    attempts: AtomicUsize,
}

impl Tap for Outage {
    fn before(&self, call: &Call) -> Option<Fault> {
        if call.function != "accrue-points" || call.action != "BatchGetItem" {
            return None;
        }
        self.attempts.fetch_add(1, Ordering::SeqCst);
        // The SDK does not retry this answer, so the test needs no real time.
        let refused = json!({"__type": "AccessDeniedException", "Message": "the key is disabled"});
        let lasts = self.lasts.load(Ordering::SeqCst);
        lasts.then(|| Fault::Refuse(400, refused.to_string()))
    }

    fn after(&self, _: &Call, _: u16, _: &[u8]) {}
}

async fn start() -> (World, Arc<Outage>) {
    let outage = Arc::new(Outage::default());
    let tap: Arc<dyn Tap> = outage.clone();
    (World::with(Options { tap: Some(tap), ..Options::default() }).await, outage)
}

/// The number of purchases: few, or as many as the environment says.
fn count() -> usize {
    std::env::var("OUTAGE_PURCHASES").ok().and_then(|count| count.parse().ok()).unwrap_or(60)
}

async fn wait(world: &World, minutes: i64) {
    let now = world.stack.clock().now();
    world.stack.set_clock(now + SignedDuration::from_mins(minutes));
    assert!(world.stack.settle(Duration::from_secs(600)).await);
}

async fn claims(world: &World) -> Vec<Value> {
    let page = world.agent.get("/v1/claims?limit=100").await.expect(200);
    page.at("data").as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_hour_without_the_table_delays_queued_purchases_and_opens_no_claim() {
    let (world, outage) = start().await;
    let mut members = Vec::new();
    outage.lasts.store(true, Ordering::SeqCst);
    for index in 0..count() {
        if index % OF_A_MEMBER == 0 {
            members.push((world.member_id().await, 0));
        }
        let (member_id, points) = members.last_mut().unwrap();
        let purchase = world.purchase(member_id, 110_000).to_string();
        world.stack.send_message("PurchaseQueue", &purchase).await.unwrap();
        *points += 110;
    }
    for _ in 0..20 {
        wait(&world, 3).await;
    }
    let attempts = outage.attempts.load(Ordering::SeqCst);
    assert!(attempts >= 10 * count() && attempts <= 14 * count(), "{attempts} attempts");
    assert_eq!(world.available(&members[0].0).await, 0);
    outage.lasts.store(false, Ordering::SeqCst);
    for _ in 0..2 {
        wait(&world, 30).await;
    }
    for (member_id, points) in members {
        assert_eq!(world.available(&member_id).await, points);
    }
    for queue in ["PurchaseQueue", "PurchaseDeadLetters"] {
        assert_eq!(world.stack.queue_counts(queue).await.unwrap(), Counts::default(), "{queue}");
    }
    assert_eq!(claims(&world).await, [Value::Null; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_purchase_is_a_claim_at_the_first_try_and_ends_when_it_is_recorded() {
    let (world, outage) = start().await;
    let member_id = world.member_id().await;
    let mut purchase = world.purchase(&member_id, 110_000);
    purchase["total"]["currency"] = json!("USD");
    world.stack.send_message("PurchaseQueue", &purchase.to_string()).await.unwrap();
    world.settle().await;
    let attempts = outage.attempts.load(Ordering::SeqCst);
    assert_eq!(attempts, 1, "there is nothing to gain from a second try");
    let opened = claims(&world).await;
    assert_eq!(opened.len(), 1, "{opened:#?}");
    assert_eq!(opened[0]["member_id"], json!(member_id));

    purchase["total"]["currency"] = json!("RUB");
    let _ = world.pos.post("/v1/purchases", purchase, None).await.expect(201);
    let now = world.stack.clock().now();
    let fired = world.stack.fire_schedules(Some("find-failures"), now).await;
    assert_eq!(fired, [("find-failures".to_owned(), true)]);
    assert_eq!(claims(&world).await, [Value::Null; 0]);
    let path = format!("/v1/claims/{}", opened[0]["claim_id"].as_str().unwrap());
    assert_eq!(world.agent.get(&path).await.expect(200).at("proven"), &json!(true));
}
