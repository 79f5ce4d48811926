//! Every wait ends: a service does not answer for a minute, an hour or a day, and after it is back all work gets
//! done within 45 minutes, once, and without anybody's hand.
//!
//! The stack's clock passes the time. Services that answer too late are tests of their own, in real time.

mod silence;
mod work;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::SignedDuration;
use puntos::{Call, Fault, Options, Tap};
use puntos_tests::World;
use serde_json::json;

use work::Work;

/// The functions that work behind queues, the stream and schedules.
const WORKERS: [&str; 9] = [
    "accrue-points",
    "find-failures",
    "generate-tasks",
    "handle-bounce",
    "relay-changes",
    "release-auto-replies",
    "send-coupon-email",
    "sweep-unsent",
    "track-orders",
];

/// The service that refuses every call of the workers.
#[derive(Default)]
struct Down(Mutex<Option<&'static str>>);

impl Down {
    fn set(&self, service: Option<&'static str>) {
        *self.0.lock().unwrap() = service;
    }
}

impl Tap for Down {
    fn before(&self, call: &Call) -> Option<Fault> {
        let is_down = *self.0.lock().unwrap() == Some(call.service);
        if !is_down || !WORKERS.contains(&&*call.function) {
            return None;
        }
        // The SDK does not retry the first two, so that the test needs no real time.
        let (status, code) = match call.service {
            "dynamodb" => (400, "AccessDeniedException"),
            "sqs" => (400, "com.amazonaws.sqs#KmsDisabled"),
            _ => (429, "TooManyRequestsException"),
        };
        let body = json!({"__type": code, "message": "not now"});
        Some(Fault::Refuse(status, body.to_string()))
    }

    fn after(&self, _: &Call, _: u16, _: &[u8]) {}
}

/// Moves the clock on in steps. All schedules fire after each step, and what they request has some seconds
/// for its first retries, as in real time.
async fn pass(world: &World, time: SignedDuration, steps: i32) {
    let clock = world.stack.clock();
    for _ in 0..steps {
        world.stack.set_clock(clock.now() + time / steps);
        let _ = world.stack.fire_schedules(None, clock.now()).await;
        for _ in 0..6 {
            // What waits for the service does not settle.
            let _ = world.stack.settle(Duration::from_millis(60)).await;
            world.stack.set_clock(clock.now() + SignedDuration::from_secs(3));
        }
        let _ = world.stack.settle(Duration::from_millis(500)).await;
    }
}

async fn outage(service: &'static str, lasts: SignedDuration, steps: i32) {
    let down = Arc::new(Down::default());
    let tap = Some(Arc::clone(&down) as Arc<dyn Tap>);
    let world = World::with(Options { tap, ..Options::default() }).await;
    let work = Work::before(&world).await;
    down.set(Some(service));
    let work = work.during(&world).await;
    pass(&world, lasts, steps).await;
    down.set(None);
    pass(&world, SignedDuration::from_mins(45), 9).await;
    world.settle().await;
    work.check_done(&world).await;
}

macro_rules! outages {
    ($(fn $name:ident() = $service:literal, $lasts:expr, $steps:literal;)+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                outage($service, $lasts, $steps).await;
            }
        )+
    };
}

outages! {
    fn a_minute_without_the_table() = "dynamodb", SignedDuration::from_mins(1), 4;
    fn an_hour_without_the_table() = "dynamodb", SignedDuration::from_hours(1), 12;
    fn a_day_without_the_table() = "dynamodb", SignedDuration::from_hours(24), 24;
    fn a_minute_without_queues() = "sqs", SignedDuration::from_mins(1), 4;
    fn an_hour_without_queues() = "sqs", SignedDuration::from_hours(1), 12;
    fn a_day_without_queues() = "sqs", SignedDuration::from_hours(24), 24;
    fn a_minute_without_ses() = "ses", SignedDuration::from_mins(1), 4;
    fn an_hour_without_ses() = "ses", SignedDuration::from_hours(1), 12;
    fn a_day_without_ses() = "ses", SignedDuration::from_hours(24), 24;
}
