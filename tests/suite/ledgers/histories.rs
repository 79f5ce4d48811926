//! Plays histories against a stack whose functions lose connections, lose answers and die.
//!
//! A caller repeats a request until it is answered. Refusals are answers.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use puntos::{Call, Fault};
use puntos_tests::{Answer, Caller, World, payment};
use serde_json::{Value, json};
use tokio::runtime::Builder;

use super::steps::{PEOPLE, Step, histories};
use crate::faults::wire::{Mishap, Wire};

const START: &str = "2026-03-10T09:00:00Z";
/// How many histories are played where `PROPTEST_CASES` does not say.
const HISTORIES: u32 = 6;
/// How often a caller tries. Each try makes several calls, and one of eight calls goes wrong.
const TRIES_MAX: usize = 40;

/// Returns what goes wrong with the n-th attempt of a call: one of eight goes wrong.
fn mishap(seed: u64, call: &Call, nth: usize) -> Option<Mishap> {
    let mut hasher = DefaultHasher::new();
    (seed, &call.function, &call.action, nth).hash(&mut hasher);
    match hasher.finish() % 32 {
        0 => Some(Mishap::Wire(Fault::BeforeEffect)),
        1 => Some(Mishap::Wire(Fault::AfterEffect)),
        2 => Some(Mishap::DiesBefore),
        3 => Some(Mishap::DiesAfter),
        _ => None,
    }
}

/// A history under way.
struct History {
    world: World,
    wire: Arc<Wire>,
    member_ids: Vec<String>,
    purchase_ids: Vec<Option<String>>,
    reservations: Vec<(usize, Answer)>,
    redemption_ids: Vec<String>,
    next_key: usize,
}

impl History {
    async fn start(seed: u64) -> Self {
        let (world, wire) = Wire::world(move |call, nth| mishap(seed, call, nth)).await;
        world.stack.set_clock(START.parse().unwrap());
        let mut program = world.admin.get("/v1/program").await.expect(200).body;
        program["expiry"] = json!({"months": 1, "align": "day"});
        program["payment"] = payment();
        program["tiers"] =
            json!([{"id": "silver", "name": "Silver", "threshold": 300, "multiplier": "1.5"}]);
        let _ = world.admin.put("/v1/program", program).await.expect(200);
        let reward = json!({
            "name": "Mug", "kind": "product", "points_cost": 50, "valid_days": 30, "active": true,
            "stock": 9, "per_member_limit": 4,
        });
        let _ = world.admin.put("/v1/rewards/mug", reward).await.expect(200);
        let mut member_ids = Vec::new();
        for _ in 0..PEOPLE {
            member_ids.push(world.member_id().await);
        }
        wire.arm();
        let purchase_ids = vec![None; usize::from(u8::MAX)];
        Self {
            world,
            wire,
            member_ids,
            purchase_ids,
            reservations: Vec::new(),
            redemption_ids: Vec::new(),
            next_key: 0,
        }
    }

    /// Plays one step and returns its answer; `None` if its subject does not exist yet.
    async fn step(&mut self, step: &Step) -> Option<Answer> {
        self.world.stack.set_clock(self.now() + SignedDuration::from_mins(1));
        let (pos, agent) = (self.world.pos.clone(), self.world.agent.clone());
        let (supervisor, admin) = (self.world.supervisor.clone(), self.world.admin.clone());
        Some(match *step {
            Step::Purchase { who, invoice, hundreds } => {
                let body = self.purchase(who, invoice, hundreds);
                self.bought(invoice, self.post(&pos, "/v1/purchases", body, None).await)
            }
            Step::Return { invoice, number, tenths } => {
                let purchase_id = self.purchase_id(invoice)?;
                let bought = agent.get(&format!("/v1/purchases/{purchase_id}")).await;
                let body = json!({
                    "branch": "b1", "return_number": format!("{invoice}-{number}"),
                    "amount": rubles(bought.at("total.amount").as_i64()? / 10 * tenths),
                    "returned_at": self.now().to_string(),
                });
                self.post(&pos, &format!("/v1/purchases/{purchase_id}/returns"), body, None).await
            }
            Step::Reserve { who, points } => {
                let body =
                    json!({"member_id": self.member_ids[who], "points": points, "branch": "b1"});
                let answer = self.keyed(&pos, "/v1/reservations", body).await;
                if answer.status < 300 {
                    self.reservations.push((who, answer.clone()));
                }
                answer
            }
            Step::Release { which } => {
                let (_, reserved) = pick(&self.reservations, which)?;
                let path = format!("/v1/reservations/{}/release", reserved.text("reservation_id"));
                self.keyed(&pos, &path, json!({})).await
            }
            Step::Pay { which, invoice, hundreds } => {
                let (who, reserved) = pick(&self.reservations, which)?;
                let mut body = self.purchase(who, invoice, hundreds);
                body["reservation_id"] = reserved.at("reservation_id").clone();
                body["paid_with_points"] = reserved.at("value").clone();
                self.bought(invoice, self.post(&pos, "/v1/purchases", body, None).await)
            }
            Step::Redeem { who } => {
                let body = json!({"member_id": self.member_ids[who], "reward_id": "mug"});
                let answer = self.keyed(&pos, "/v1/redemptions", body).await;
                if answer.status < 300 {
                    self.redemption_ids.push(answer.text("redemption_id"));
                }
                answer
            }
            Step::Reverse { which } => {
                let redemption_id = pick(&self.redemption_ids, which)?;
                let path = format!("/v1/redemptions/{redemption_id}/reversal");
                self.keyed(&agent, &path, because()).await
            }
            Step::Adjust { who, points, invoice } => {
                let mut body = json!({"points": points, "reason": "a test"});
                if let Some(invoice) = invoice.filter(|_| points > 0) {
                    body["invoice"] =
                        json!({"branch": "b1", "invoice_number": invoice.to_string()});
                }
                let path = format!("/v1/members/{}/adjustments", self.member_ids[who]);
                self.keyed(&agent, &path, body).await
            }
            Step::Move { invoice, to } => {
                let path = format!("/v1/purchases/{}/move", self.purchase_id(invoice)?);
                let body = json!({"member_id": self.member_ids[to], "reason": "a test"});
                self.keyed(&supervisor, &path, body).await
            }
            Step::Merge { who, into } => {
                let path = format!("/v1/members/{}/merge", self.member_ids[who]);
                let body = json!({"into": self.member_ids[into], "reason": "a test"});
                self.keyed(&supervisor, &path, body).await
            }
            Step::Unmerge { who } => {
                let path = format!("/v1/members/{}/unmerge", self.member_ids[who]);
                self.keyed(&supervisor, &path, because()).await
            }
            Step::RateAgain { invoice } => {
                let path = format!("/v1/purchases/{}/rerate", self.purchase_id(invoice)?);
                self.keyed(&supervisor, &path, because()).await
            }
            Step::RateAll { multiplier, days } => self.rate_all(&admin, multiplier, days).await,
            Step::TimePasses { hours } => {
                self.pass(SignedDuration::from_hours(hours)).await;
                return None;
            }
        })
    }

    async fn rate_all(&mut self, admin: &Caller, multiplier: u8, days: i64) -> Answer {
        let mut program = self.until_answered(async || admin.get("/v1/program").await).await.body;
        let begins = self.now() - SignedDuration::from_hours(24 * days);
        program["effective_from"] = json!(begins.to_string());
        let effect = json!({"multiplier": multiplier.to_string()});
        program["promotions"] = json!([{"id": "all", "name": "All", "effect": effect}]);
        let put =
            self.until_answered(async || admin.put("/v1/program", program.clone()).await).await;
        let _ = put.expect(200);
        let body = json!({
            "dry_run": false, "from": "2026-01-01", "to": "2027-12-31", "reason": "a test",
        });
        self.keyed(admin, "/v1/program/rerates", body).await
    }

    /// Moves the clock on, fires all schedules, and gives the queues time for what is due.
    async fn pass(&self, time: SignedDuration) {
        self.world.stack.set_clock(self.now() + time);
        let _ = self.world.stack.fire_schedules(None, self.now()).await;
        let _ = self.world.stack.settle(Duration::from_millis(200)).await;
    }

    /// Ends the faults, lets all work end, and checks the ledgers.
    async fn close(self) {
        self.wire.disarm();
        // Longer than the longest wait between two tries of a message.
        for _ in 0..4 {
            self.pass(SignedDuration::from_mins(31)).await;
        }
        self.world.settle().await;
        assert!(self.wire.mishaps() > 0, "nothing went wrong");
        super::check(&self.world, self.member_ids.iter()).await;
        self.world.stack.shutdown().await.unwrap();
    }

    fn now(&self) -> Timestamp {
        self.world.stack.clock().now()
    }

    fn purchase(&self, who: usize, invoice: u8, hundreds: i64) -> Value {
        let mut body = self.world.purchase(&self.member_ids[who], hundreds * 10_000);
        body["invoice_number"] = json!(invoice.to_string());
        body
    }

    fn bought(&mut self, invoice: u8, answer: Answer) -> Answer {
        if answer.status < 300 {
            self.purchase_ids[usize::from(invoice)] = Some(answer.text("purchase_id"));
        }
        answer
    }

    fn purchase_id(&self, invoice: u8) -> Option<String> {
        self.purchase_ids[usize::from(invoice)].clone()
    }

    async fn keyed(&mut self, caller: &Caller, path: &str, body: Value) -> Answer {
        self.next_key += 1;
        let key = format!("step-{}", self.next_key);
        self.post(caller, path, body, Some(&key)).await
    }

    async fn post(&self, caller: &Caller, path: &str, body: Value, key: Option<&str>) -> Answer {
        self.until_answered(async || caller.post(path, body.clone(), key).await).await
    }

    async fn until_answered(&self, request: impl AsyncFn() -> Answer) -> Answer {
        for _ in 0..TRIES_MAX {
            let answer = request().await;
            if answer.status < 500 {
                return answer;
            }
        }
        panic!("no answer in {TRIES_MAX} tries")
    }
}

fn because() -> Value {
    json!({"reason": "a test"})
}

fn rubles(amount: i64) -> Value {
    json!({"amount": amount, "currency": "RUB"})
}

fn pick<T: Clone>(list: &[T], which: u8) -> Option<T> {
    list.get(usize::from(which).checked_rem(list.len())?).cloned()
}

async fn play(seed: u64, steps: &[Step]) {
    let mut history = History::start(seed).await;
    for step in steps {
        let _ = history.step(step).await;
    }
    history.close().await;
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(HISTORIES),
        failure_persistence: None,
        max_shrink_iters: 30,
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_history_loses_or_doubles_a_point(seed in any::<u64>(), steps in histories()) {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(play(seed, &steps));
    }
}

/// Each kind of step succeeds at least once, so that the histories above are not made of refusals.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_step_can_succeed() {
    let mut history = History::start(1).await;
    let steps = [
        Step::Purchase { who: 0, invoice: 1, hundreds: 20 },
        Step::Purchase { who: 1, invoice: 2, hundreds: 33 },
        Step::Return { invoice: 1, number: 0, tenths: 3 },
        Step::Reserve { who: 0, points: 10 },
        Step::Pay { which: 0, invoice: 3, hundreds: 15 },
        Step::Reserve { who: 0, points: 12 },
        Step::Release { which: 1 },
        Step::Redeem { who: 1 },
        Step::Reverse { which: 0 },
        Step::Adjust { who: 2, points: 40, invoice: Some(4) },
        Step::Move { invoice: 2, to: 2 },
        Step::Merge { who: 3, into: 0 },
        Step::Unmerge { who: 3 },
        Step::RateAgain { invoice: 2 },
        Step::RateAll { multiplier: 3, days: 1 },
    ];
    for step in &steps {
        let answer = history.step(step).await.unwrap();
        assert!(answer.status < 300, "{step:?} answered {answer:?}");
    }
    history.pass(SignedDuration::from_hours(1)).await;
    history.close().await;
}
