//! The journey of one redemption: its mail, what SES reports of it, its reversal, the mail of that.
//! Every step is repeated as its caller or trigger would, and the end is held against the model.

use std::collections::BTreeMap;
use std::sync::Arc;

use puntos::Call;
use puntos_tests::{Answer, World};
use serde_json::json;

use super::mails::{listed, publish, sent, status};
use super::model::{MailState, Manner, Report, Target, mail_after};
use super::wire::Wire;

/// How often a caller tries again: once more than any fault lasts.
const TRIES_MAX: usize = 3;
const COST: i64 = 100;
const EARNED: i64 = 330;

/// Travels with at most one fault, checks the end, and returns the calls that were made.
pub(super) async fn travel(report: Report, fault: Option<(Target, Manner)>) -> Vec<Call> {
    let planned = fault.clone();
    let (world, wire) = Wire::world(move |call, nth| {
        planned.as_ref().and_then(|(target, manner)| target.mishap(*manner, call, nth))
    })
    .await;
    let member_id = world.member_id().await;
    let _ = world.earn(&member_id, 3).await;
    let reward_id = world.reward(COST, json!({"stock": 5, "per_member_limit": 3})).await;
    world.settle().await;
    let journey = Journey { world, wire, report, fault, member_id, reward_id };
    journey.run().await
}

struct Journey {
    world: World,
    wire: Arc<Wire>,
    report: Report,
    fault: Option<(Target, Manner)>,
    member_id: String,
    reward_id: String,
}

impl Journey {
    async fn run(self) -> Vec<Call> {
        let version = self.account_version().await;
        self.wire.arm();

        let redemption = self
            .until_answered(async || {
                self.world.redeem(&self.member_id, &self.reward_id, "journey").await
            })
            .await;
        let redemption = redemption.expect(201);
        self.world.settle().await;
        self.check_redeemed(version, &redemption).await;

        let coupon_mail = redemption.text("email_id");
        let expected = mail_after(self.fault(), 0);
        self.check_mail(&coupon_mail, expected).await;
        let coupon_status = self.report(&coupon_mail, self.report, expected).await;

        let redemption_id = redemption.text("redemption_id");
        let reversal =
            self.until_answered(async || self.world.reverse(&redemption_id, "undone").await).await;
        assert!(matches!(reversal.status, 200 | 201), "{self}: {reversal:?}");
        self.world.settle().await;
        let reversal_mail = reversal.text("email_id");
        let expected = match coupon_status {
            "bounced" => MailState { accepted: 0, status: "blocked" },
            _ => mail_after(self.fault(), 1),
        };
        self.check_mail(&reversal_mail, expected).await;
        let reversal_status = self.report(&reversal_mail, Report::Delivery, expected).await;

        let calls = self.wire.seen();
        self.wire.disarm();
        let planned = self.fault().map_or(0, |(target, manner)| target.attempts(manner));
        assert_eq!(self.wire.mishaps(), planned, "{self}: the fault was not met whole");
        assert_eq!(status(&self.world, &coupon_mail).await, coupon_status, "{self}");
        assert_eq!(status(&self.world, &reversal_mail).await, reversal_status, "{self}");
        self.check_undone(version, &redemption, coupon_status == "bounced").await;
        self.check_nothing_is_left().await;
        calls
    }

    fn fault(&self) -> Option<(&Target, Manner)> {
        self.fault.as_ref().map(|(target, manner)| (target, *manner))
    }

    /// Sends a request again, with the same key, while the answer is that something failed.
    async fn until_answered(&self, request: impl AsyncFn() -> Answer) -> Answer {
        for _ in 1..TRIES_MAX {
            let answer = request().await;
            if answer.status < 500 {
                return answer;
            }
        }
        request().await
    }

    /// Reports a mail as SES would, if it was sent at all; returns the status that it then must have.
    async fn report(&self, email_id: &str, report: Report, before: MailState) -> &'static str {
        let world = &self.world;
        let Some(mail) = sent(world, email_id).pop() else { return before.status };
        publish(world, "Send", email_id, &mail).await;
        assert_eq!(status(world, email_id).await, "sent", "{self}: not settled by SES's event");
        let (kind, after) = match report {
            Report::Delivery => ("Delivery", "delivered"),
            Report::Bounce => ("Bounce", "bounced"),
        };
        publish(world, kind, email_id, &mail).await;
        assert_eq!(status(world, email_id).await, after, "{self}");
        after
    }

    async fn check_mail(&self, email_id: &str, expected: MailState) {
        let found = status(&self.world, email_id).await;
        let accepted = sent(&self.world, email_id).len();
        assert_eq!((accepted, found.as_str()), (expected.accepted, expected.status), "{self}");
        let is_listed = listed(&self.world, "uncertain").await.contains(&email_id.to_owned());
        assert_eq!(is_listed, expected.status == "uncertain", "{self}");
    }

    async fn check_redeemed(&self, version: u64, redemption: &Answer) {
        let proof = self.world.agent.get("/v1/redemptions/by-key/journey").await.expect(200);
        assert_eq!(proof.at("redemption_id"), redemption.at("redemption_id"), "{self}");
        assert_eq!(proof.text("coupon.status"), "issued", "{self}");
        assert_eq!(self.world.available(&self.member_id).await, EARNED - COST, "{self}");
        assert_eq!(self.account_version().await, version + 1, "{self}: points taken once");
        assert_eq!(self.units_left().await, 4, "{self}");
    }

    async fn check_undone(&self, version: u64, redemption: &Answer, is_blocked: bool) {
        let path = format!("/v1/redemptions/{}", redemption.text("redemption_id"));
        let after = self.world.agent.get(&path).await.expect(200);
        assert_eq!(after.text("coupon.status"), "cancelled", "{self}");
        assert_eq!(after.at("coupon.code"), redemption.at("coupon.code"), "{self}");
        assert_eq!(self.world.available(&self.member_id).await, EARNED, "{self}");
        assert_eq!(self.account_version().await, version + 2, "{self}: restored once");
        assert_eq!(self.units_left().await, 5, "{self}");

        let path = format!("/v1/members/{}/timeline?limit=100", self.member_id);
        let timeline = self.world.agent.get(&path).await.expect(200);
        let entries = timeline.at("data").as_array().unwrap();
        let points: i64 = entries.iter().filter_map(|entry| entry["points"].as_i64()).sum();
        assert_eq!(points, EARNED, "{self}: {entries:?}");
        let mut kinds = BTreeMap::new();
        for entry in entries {
            *kinds.entry(entry["kind"].as_str().unwrap()).or_insert(0) += 1;
        }
        kinds.remove("profile");
        let expected = [("email", 2), ("purchase", 1), ("redemption", 1), ("reversal", 1)];
        assert_eq!(kinds, BTreeMap::from(expected), "{self}");

        let member = self.world.agent.get(&format!("/v1/members/{}", self.member_id)).await;
        let state = if is_blocked { "blocked" } else { "ok" };
        assert_eq!(member.expect(200).text("email_status.state"), state, "{self}");
    }

    async fn check_nothing_is_left(&self) {
        for status in ["queued", "sending"] {
            assert_eq!(listed(&self.world, status).await, [""; 0], "{self}: {status}");
        }
        for queue in ["EmailQueue", "EmailDeadLetters", "RelayFailures", "MailEventDeadLetters"] {
            let counts = self.world.stack.queue_counts(queue).await.unwrap();
            assert_eq!(counts, puntos::Counts::default(), "{self}: {queue}");
        }
    }

    /// Returns how often the account was written.
    async fn account_version(&self) -> u64 {
        let client = self.world.stack.table_client();
        let key = |value: &str| aws_sdk_dynamodb::types::AttributeValue::S(value.to_owned());
        let get = client.get_item().table_name("puntos").consistent_read(true);
        let get = get.key("pk", key(&self.member_id)).key("sk", key("account"));
        let item = get.send().await.unwrap().item.unwrap();
        item["version"].as_n().unwrap().parse().unwrap()
    }

    async fn units_left(&self) -> i64 {
        let path = format!("/v1/rewards/{}", self.reward_id);
        self.world.agent.get(&path).await.expect(200).number("units_left")
    }
}

impl std::fmt::Display for Journey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.fault {
            None => write!(formatter, "{:?} without a fault", self.report),
            Some((target, manner)) => {
                let Call { function, action, .. } = &target.call;
                write!(
                    formatter,
                    "{:?}: {manner:?} at {function} {action} #{}",
                    self.report, target.nth
                )
            }
        }
    }
}
