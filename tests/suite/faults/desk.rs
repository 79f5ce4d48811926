//! The desk with at most one fault: what the journeys of a rating, of a care cycle and of a claim share.
//! Every step is repeated as its caller or trigger would, and the end is held against the model.

mod care;
mod claim;
mod rating;
mod walk;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use puntos::{Call, Counts};
use puntos_tests::{Answer, World};
use serde_json::Value;

use super::mails::{listed, sent, status};
use super::model::{Manner, Target, mail_after};
use super::wire::Wire;

/// How often a caller tries again: once more than any fault lasts.
const TRIES_MAX: usize = 3;
/// Every queue; whatever happens, nothing stays in any of them.
const QUEUES: [&str; 10] = [
    "EmailDeadLetters",
    "EmailQueue",
    "MailEventDeadLetters",
    "OrderDeadLetters",
    "OrderQueue",
    "PurchaseDeadLetters",
    "PurchaseQueue",
    "RelayFailures",
    "SignInDeadLetters",
    "SignInQueue",
];

/// A call of a journey and how it goes wrong; none for the journey as it should be.
type Planned = Option<(Target, Manner)>;

/// A world with a member, and the one call that goes wrong in it.
struct Desk {
    world: World,
    wire: Arc<Wire>,
    planned: Planned,
    member_id: String,
}

impl Desk {
    /// Starts a world at this time, with a programme changed like this, and enrols a member.
    async fn open(planned: Planned, now: &str, change: impl FnOnce(&mut Value)) -> Self {
        let fault = planned.clone();
        let (world, wire) = Wire::world(move |call, nth| {
            fault.as_ref().and_then(|(target, manner)| target.mishap(*manner, call, nth))
        })
        .await;
        world.stack.set_clock(now.parse().unwrap());
        let mut program = world.admin.get("/v1/program").await.expect(200).body;
        program["effective_from"] = Value::Null;
        change(&mut program);
        let _ = world.admin.put("/v1/program", program).await.expect(200);
        let member_id = world.member_id().await;
        world.settle().await;
        Self { world, wire, planned, member_id }
    }

    /// Sends a request again, with the same key, while the answer is that something failed; then
    /// everything that follows from it happens.
    async fn until_answered(&self, request: impl AsyncFn() -> Answer) -> Answer {
        let mut answer = request().await;
        for _ in 1..TRIES_MAX {
            if answer.status >= 500 {
                answer = request().await;
            }
        }
        self.world.settle().await;
        answer
    }

    /// Sets the clock and fires a schedule, whose retries are the scheduler's.
    async fn run_at(&self, function: &str, now: &str) {
        self.world.stack.set_clock(now.parse().unwrap());
        self.fire(function, now).await;
    }

    /// Fires a schedule with a time, whatever the clock says.
    async fn fire(&self, function: &str, time: &str) {
        let time: Timestamp = time.parse().unwrap();
        let fired = self.world.stack.fire_schedules(Some(function), time).await;
        assert_eq!(fired, [(function.to_owned(), true)], "{self}");
        self.world.settle().await;
    }

    /// Lets no more go wrong, and returns the calls that were made.
    fn end(&self) -> Vec<Call> {
        let calls = self.wire.seen();
        self.wire.disarm();
        let planned = self.planned.as_ref();
        let planned = planned.map_or(0, |(target, manner)| target.attempts(*manner));
        assert_eq!(self.wire.mishaps(), planned, "{self}: the fault was not met whole");
        calls
    }

    /// Checks that there are so many mails, each as the model says, and that no other went out.
    async fn check_mails(&self, count: usize) {
        let ids: Vec<String> = self.timeline("email").await.into_iter().rev().collect();
        assert_eq!(ids.len(), count, "{self}: {ids:?}");
        let (mut accepted, mut uncertain) = (0, Vec::new());
        for (nth, email_id) in ids.iter().enumerate() {
            let fault = self.planned.as_ref().map(|(target, manner)| (target, *manner));
            let expected = mail_after(fault, nth);
            let found = (sent(&self.world, email_id).len(), status(&self.world, email_id).await);
            let found = (found.0, found.1.as_str());
            assert_eq!(found, (expected.accepted, expected.status), "{self}: mail {nth}");
            accepted += expected.accepted;
            uncertain.extend((expected.status == "uncertain").then(|| email_id.clone()));
        }
        assert_eq!(self.world.stack.outbox(None).len(), accepted, "{self}");
        for (status, expected) in
            [("queued", vec![]), ("sending", vec![]), ("uncertain", uncertain)]
        {
            assert_eq!(listed(&self.world, status).await, expected, "{self}: {status}");
        }
    }

    /// Returns the ids of the mails, or what else an entry of a kind names, newest first.
    async fn timeline(&self, kind: &str) -> Vec<String> {
        let path = format!("/v1/members/{}/timeline?limit=100&kind={kind}", self.member_id);
        let page = self.world.agent.get(&path).await.expect(200);
        let id = |entry: &Value| entry[format!("{kind}_id")].as_str().unwrap().to_owned();
        page.at("data").as_array().unwrap().iter().map(id).collect()
    }

    /// Checks how many entries of each kind the timeline has, and what their points add up to.
    async fn check_timeline(&self, expected: &[(&str, usize)], points: i64) {
        let path = format!("/v1/members/{}/timeline?limit=100", self.member_id);
        let page = self.world.agent.get(&path).await.expect(200);
        let entries = page.at("data").as_array().unwrap();
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        for entry in entries {
            *kinds.entry(entry["kind"].as_str().unwrap()).or_default() += 1;
        }
        kinds.remove("profile");
        assert_eq!(kinds, expected.iter().copied().collect(), "{self}: {entries:#?}");
        let sum: i64 = entries.iter().filter_map(|entry| entry["points"].as_i64()).sum();
        assert_eq!(sum, points, "{self}: {entries:#?}");
        assert_eq!(self.world.available(&self.member_id).await, points, "{self}");
    }

    async fn check_nothing_is_left(&self) {
        for queue in QUEUES {
            let counts = self.world.stack.queue_counts(queue).await.unwrap();
            assert_eq!(counts, Counts::default(), "{self}: {queue}");
        }
    }
}

impl std::fmt::Display for Desk {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.planned {
            None => write!(formatter, "without a fault"),
            Some((target, manner)) => {
                let Call { function, action, .. } = &target.call;
                write!(formatter, "{manner:?} at {function} {action} #{}", target.nth)
            }
        }
    }
}
