//! Passes each sample event of `events/` to the handler of its function, in the order of a story. None may
//! fail, and each request must get the listed status.
//!
//! The other samples of `events/handle-bounce` are texts inside such an event; that function's own
//! tests read them.

use std::collections::BTreeSet;
use std::time::Duration;

use puntos_runtime::Invocation;
use puntos_tests::World;
use serde_json::Value;

use super::root;

/// The requests, and the status that each is answered with.
const REQUESTS: [(&str, u64); 89] = [
    ("describe-api/document", 200),
    ("serve-pages/shop", 200),
    ("serve-pages/desk", 200),
    ("serve-pages/desk-member", 200),
    ("serve-pages/rate", 200),
    ("serve-pages/confirm", 200),
    ("serve-pages/asset", 200),
    ("configure-program/show", 200),
    ("configure-program/replace", 200),
    ("configure-program/branches", 200),
    ("configure-program/versions", 200),
    ("configure-program/withdraw", 404),
    ("configure-program/replace-reward", 200),
    ("configure-program/reward", 200),
    ("configure-program/rewards", 200),
    ("configure-program/reward-versions", 200),
    ("configure-program/auto-reply", 200),
    ("configure-program/replace-auto-reply", 200),
    ("configure-program/change-auto-reply", 200),
    ("manage-members/enrol", 201),
    ("manage-members/find", 200),
    ("manage-members/change", 200),
    ("accrue-points/quote", 200),
    ("accrue-points/purchase", 201),
    ("accrue-points/purchase-without-member", 201),
    ("accrue-points/reserve", 201),
    ("accrue-points/release", 200),
    ("adjust-points/claim-points", 200),
    ("adjust-points/adjust", 201),
    // The receipt of the sample belongs to this member already.
    ("adjust-points/move", 409),
    ("redeem/redeem", 201),
    ("view-member/redemption-by-key", 200),
    ("view-member/redemption", 200),
    ("view-member/redemptions", 200),
    ("view-member/coupons", 200),
    ("view-member/member", 200),
    ("view-member/statement", 200),
    ("view-member/purchases", 200),
    ("view-member/timeline", 200),
    ("score-rating/rate", 201),
    ("answer-rating/show", 200),
    ("answer-rating/reply", 201),
    ("answer-rating/gift", 201),
    ("answer-rating/read", 200),
    ("answer-rating/viewing", 200),
    ("view-ratings/list", 200),
    ("view-ratings/summary", 200),
    ("view-ratings/trend", 200),
    ("track-orders/placed", 201),
    ("track-orders/card-failed", 201),
    ("work-tasks/day", 200),
    ("work-tasks/upcoming", 200),
    ("work-tasks/member", 200),
    ("work-tasks/assign", 200),
    ("work-tasks/complete", 200),
    ("work-tasks/trend", 200),
    ("work-tasks/name-me", 200),
    ("work-tasks/agents", 200),
    ("track-claims/open", 201),
    ("track-claims/list", 200),
    ("track-claims/show", 200),
    ("track-claims/update", 201),
    ("track-claims/attach", 201),
    // The claim of the sample has no attachment with this id.
    ("track-claims/attachment", 404),
    ("track-claims/fix", 200),
    // Codes are random, so the code of the samples does not exist.
    ("use-coupon/show", 404),
    ("use-coupon/use", 404),
    ("use-coupon/unuse", 404),
    ("manage-emails/show", 200),
    ("manage-emails/list", 200),
    ("manage-emails/resend", 201),
    ("reverse-redemption/reverse", 201),
    ("manage-members/email-unblock", 200),
    // Tokens are signed with a random key.
    ("manage-members/confirm-email", 404),
    ("score-rating/rate-invited", 404),
    // The other member of the sample does not exist.
    ("manage-members/merge", 404),
    ("manage-members/join-code", 201),
    // Codes are random.
    ("manage-members/join", 409),
    ("manage-members/unmerge", 409),
    ("run-reports/start", 202),
    ("run-reports/reconcile", 200),
    ("run-reports/liability", 200),
    ("run-reports/movements", 200),
    ("rerate-purchases/preview", 202),
    ("rerate-purchases/show-preview", 200),
    ("rerate-purchases/stop-preview", 200),
    ("rerate-purchases/rerate", 202),
    ("rerate-purchases/show-rerate", 200),
    ("rerate-purchases/stop-rerate", 200),
];

/// The events of queues, the stream, topics, schedules and the user pool.
const DELIVERIES: [&str; 22] = [
    "admit-members/signed-up",
    "admit-members/code-mail",
    "admit-members/account-mail",
    "accrue-points/purchase-messages",
    "relay-changes/changes",
    "send-coupon-email/email-messages",
    "handle-bounce/sqs-raw",
    "handle-bounce/sqs-sns",
    "sweep-unsent/schedule",
    "sweep-unsent/relay-failures",
    "track-orders/purchase-messages",
    "update-sign-ins/address-messages",
    "generate-tasks/schedule",
    "run-reports/schedule",
    "run-reports/segments",
    "rerate-purchases/schedule",
    "rerate-purchases/segments",
    "find-failures/schedule",
    "find-failures/dead-letters",
    "invite-to-rate/schedule",
    "release-auto-replies/schedule",
    "warn-of-expiry/schedule",
];

async fn delivered(world: &World, sample: &str) -> Value {
    let text = std::fs::read_to_string(root().join(format!("events/{sample}.json"))).unwrap();
    let event: Value = serde_json::from_str(&text).unwrap();
    let handler = world.stack.handler(sample.split('/').next().unwrap()).unwrap();
    let remaining = Duration::from_secs(10);
    let invocation = Invocation { request_id: sample.to_owned(), remaining };
    handler(event, invocation).await.unwrap_or_else(|error| panic!("{sample}: {error}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_sample_event_is_understood() {
    let world = World::start().await;
    world.stack.set_clock("2026-03-14T13:00:00Z".parse().unwrap());
    for (sample, status) in REQUESTS {
        if sample.starts_with("manage-emails/") || sample == "run-reports/reconcile" {
            world.settle().await;
        }
        let answer = delivered(&world, sample).await;
        assert_eq!(answer["statusCode"], status, "{sample}: {answer}");
    }
    for sample in DELIVERIES {
        let answer = delivered(&world, sample).await;
        let failures = answer["batchItemFailures"].as_array().map_or(0, Vec::len);
        assert_eq!(failures, 0, "{sample}: {answer}");
    }
    let to_bruno = world.stack.outbox(Some("bruno@example.com"));
    assert_eq!(to_bruno.len(), 1, "the order in the queue's sample is a mail");
}

#[test]
fn no_sample_event_is_forgotten() {
    let fed = REQUESTS.iter().map(|(sample, _)| *sample).chain(DELIVERIES);
    let fed: BTreeSet<String> = fed.map(str::to_owned).collect();
    let mut kept = BTreeSet::new();
    for function in puntos::registry().into_keys().filter(|name| *name != "handle-bounce") {
        for file in std::fs::read_dir(root().join("events").join(function)).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            kept.insert(format!("{function}/{}", name.trim_end_matches(".json")));
        }
    }
    let others: BTreeSet<String> =
        fed.into_iter().filter(|sample| !sample.starts_with("handle-bounce/")).collect();
    assert_eq!(kept, others);
}
