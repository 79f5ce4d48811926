//! Services that refuse: transactions that meet others, throttling, a mail that SES does not take.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use puntos::{Call, Fault};
use serde_json::{Value, json};

use super::mails::{listed, order_by_hand, publish, sent, status};
use super::sweep::{later, lost_by_relay, sweep};
use super::wire::{Mishap, Wire};

fn refuse(status: u16, body: Value) -> Option<Mishap> {
    Some(Mishap::Wire(Fault::Refuse(status, body.to_string())))
}

/// A transaction that met another one. SDKs do not try it again.
fn conflict() -> Option<Mishap> {
    cancelled(&[json!({"Code": "TransactionConflict"}), json!({"Code": "None"})])
}

/// A transaction that was cancelled for these reasons, one for each of its writes.
fn cancelled(reasons: &[Value]) -> Option<Mishap> {
    let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
    let message = "Transaction cancelled, please refer cancellation reasons for specific reasons";
    refuse(400, json!({"__type": kind, "Message": message, "CancellationReasons": reasons}))
}

fn throttled() -> Option<Mishap> {
    let message = "Maximum sending rate exceeded.";
    refuse(429, json!({"__type": "TooManyRequestsException", "message": message}))
}

fn sends(call: &Call) -> bool {
    call.action == "SendEmail"
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_transaction_that_meets_two_others_succeeds_in_the_end() {
    let (world, wire) = Wire::world(|call, nth| {
        let meets_another = call.action == "TransactWriteItems" && nth % 3 < 2;
        meets_another.then(conflict).flatten()
    })
    .await;
    wire.arm();

    let member_id = world.member_id().await;
    let purchase = world.earn(&member_id, 3).await;
    assert_eq!(purchase.number("balance.available"), 330);
    let reward_id = world.reward(100, json!({"stock": 5, "per_member_limit": 3})).await;
    let redemption = world.redeem(&member_id, &reward_id, "kept").await.expect(201);
    let undone = world.redeem(&member_id, &reward_id, "undone").await.expect(201);
    world.settle().await;
    let email_id = redemption.text("email_id");
    assert_eq!(status(&world, &email_id).await, "sent");
    let mail = sent(&world, &email_id).pop().unwrap();
    publish(&world, "Delivery", &email_id, &mail).await;
    assert_eq!(status(&world, &email_id).await, "delivered");
    let path = format!("/v1/emails/{email_id}/resend");
    let resend = world.agent.post(&path, json!({}), Some("resend")).await.expect(201);
    world.settle().await;
    let reversal = world.reverse(&undone.text("redemption_id"), "undo").await.expect(201);
    let code = redemption.text("coupon.code");
    let at_till = json!({"branch": "b1", "invoice_number": "with-coupon"});
    let used = world.pos.post(&format!("/v1/coupons/{code}/use"), at_till, Some("use")).await;
    let path = format!("/v1/members/{member_id}/adjustments");
    let body = json!({"points": 7, "reason": "goodwill"});
    let adjustment = world.agent.post(&path, body, Some("adjust")).await.expect(201);
    world.settle().await;

    for answer in [&purchase, &redemption, &undone, &resend, &reversal, &used, &adjustment] {
        assert!(!answer.replayed, "{answer:?}");
    }
    assert_eq!(used.expect(200).text("status"), "used");
    assert_eq!(world.available(&member_id).await, 330 - 100 + 7);
    assert_eq!(world.stack.outbox(None).len(), 4, "two coupons, a resend, a reversal");
    let unmet: Vec<&str> = [
        "accrue-points",
        "adjust-points",
        "handle-bounce",
        "manage-emails",
        "manage-members",
        "redeem",
        "reverse-redemption",
        "send-coupon-email",
        "use-coupon",
    ]
    .into_iter()
    .filter(|function| {
        let attempts = wire.count(function, "TransactWriteItems");
        attempts == 0 || !attempts.is_multiple_of(3)
    })
    .collect();
    assert_eq!(unmet, [""; 0], "these met none, or did not go through by the third attempt");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_always_meets_others_is_to_be_tried_later_and_writes_nothing() {
    let (world, wire) = Wire::world(|call, _| {
        let meets_another = call.action == "TransactWriteItems" && call.function == "redeem";
        meets_another.then(conflict).flatten()
    })
    .await;
    let member_id = world.member_id().await;
    let _ = world.earn(&member_id, 1).await;
    wire.arm();
    let refused = world.redeem(&member_id, "rwd_coffee", "busy").await;
    let refused = refused.expect_problem(503, "try_again");
    assert!(refused.headers.iter().any(|(name, _)| name == "retry-after"), "{refused:?}");
    let bounded = wire.count("redeem", "TransactWriteItems");
    assert!((2..=10).contains(&bounded), "{bounded} attempts");
    wire.disarm();
    let _ = world.agent.get("/v1/redemptions/by-key/busy").await.expect(404);
    assert_eq!(world.available(&member_id).await, 110);
    let redeemed = world.redeem(&member_id, "rwd_coffee", "busy").await.expect(201);
    assert!(!redeemed.replayed);
    assert_eq!(world.available(&member_id).await, 60);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_throttles_answers_429_and_writes_nothing() {
    let (world, wire) = Wire::world(|call, _| {
        let reasons = [json!({"Code": "ThrottlingError"}), json!({"Code": "None"})];
        match (&*call.function, &*call.action) {
            ("redeem", "TransactWriteItems") => cancelled(&reasons),
            ("view-member", "BatchGetItem") => {
                refuse(400, json!({"__type": "ProvisionedThroughputExceededException"}))
            }
            _ => None,
        }
    })
    .await;
    let member_id = world.member_id().await;
    let _ = world.earn(&member_id, 1).await;
    wire.arm();
    let redeemed = world.redeem(&member_id, "rwd_coffee", "throttled").await;
    let shown = world.agent.get(&format!("/v1/members/{member_id}")).await;
    for answer in [redeemed, shown] {
        let refused = answer.expect_problem(429, "throttled");
        assert!(refused.headers.iter().any(|(name, _)| name == "retry-after"), "{refused:?}");
    }
    wire.disarm();
    assert_eq!(world.available(&member_id).await, 110);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_throttled_mail_waits_again_and_is_sent_once_on_redelivery() {
    let (world, wire) =
        Wire::world(
            |call, nth| {
                if sends(call) && nth == 0 { throttled() } else { lost_by_relay(call) }
            },
        )
        .await;
    let member_id = world.member_id().await;
    let _ = world.earn(&member_id, 1).await;
    wire.arm();
    let redemption = world.redeem(&member_id, "rwd_coffee", "throttled").await.expect(201);
    let (redemption_id, email_id) = (redemption.text("redemption_id"), redemption.text("email_id"));

    assert!(order_by_hand(&world, &redemption_id).await, "the message must come back");
    assert_eq!(status(&world, &email_id).await, "queued");
    assert_eq!(listed(&world, "queued").await, [&*email_id]);
    assert!(sent(&world, &email_id).is_empty());

    assert!(!order_by_hand(&world, &redemption_id).await);
    assert_eq!(status(&world, &email_id).await, "sent");
    assert!(!order_by_hand(&world, &redemption_id).await, "a repeated order is done");
    assert_eq!(sent(&world, &email_id).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_throttled_twice_in_the_queue_is_sent_once() {
    let (world, wire) =
        Wire::world(|call, nth| if sends(call) && nth < 2 { throttled() } else { None }).await;
    let member_id = world.member_id().await;
    let _ = world.earn(&member_id, 1).await;
    wire.arm();
    let redemption = world.redeem(&member_id, "rwd_coffee", "throttled").await.expect(201);
    world.settle().await;
    let email_id = redemption.text("email_id");
    assert_eq!(status(&world, &email_id).await, "sent");
    assert_eq!(wire.count("send-coupon-email", "SendEmail"), 3);
    assert_eq!(sent(&world, &email_id).len(), 1);
}

/// Refuses the first two sends: as the identity is not verified, and without permission.
fn set_up_fault(call: &Call, nth: usize) -> Option<Mishap> {
    let unverified = "Email address is not verified. The following identities failed the check in \
        region US-EAST-1: member-1@example.com";
    let (status, code, message) = match nth {
        0 => (400, "MessageRejected", unverified),
        // SES's model does not have this refusal.
        1 => (403, "AccessDeniedException", "not authorized to perform ses:SendEmail"),
        _ => return None,
    };
    let body = json!({"__type": code, "message": message});
    sends(call).then(|| refuse(status, body)).flatten()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_the_set_up_keeps_back_waits_and_is_sent_once_it_is_mended() {
    let (world, wire) = Wire::world(set_up_fault).await;
    let member_id = world.member_id().await;
    let _ = world.earn(&member_id, 1).await;
    wire.arm();
    let redemption = world.redeem(&member_id, "rwd_coffee", "unverified").await.expect(201);
    let email_id = redemption.text("email_id");
    for (nth, code) in [(1, "MessageRejected"), (2, "AccessDeniedException")] {
        world.settle().await;
        assert_eq!(status(&world, &email_id).await, "queued");
        let mail = world.agent.get(&format!("/v1/emails/{email_id}")).await.expect(200);
        let history = mail.at("status_history").as_array().unwrap();
        assert_eq!(history.len(), 2, "{history:?}");
        // SES's words quote addresses.
        assert_eq!(history[1]["detail"], code);
        assert_eq!(wire.count("send-coupon-email", "SendEmail"), nth, "no retry finds it mended");
        later(&world, 20);
        sweep(&world).await;
    }
    world.settle().await;
    assert_eq!(status(&world, &email_id).await, "sent");
    assert_eq!(sent(&world, &email_id).len(), 1);
    let dead = world.stack.queue_counts("EmailDeadLetters").await.unwrap();
    assert_eq!(dead, puntos::Counts::default());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_ses_rejects_is_rejected_and_not_tried_again() {
    let (world, wire) = Wire::world(|call, _| {
        let message = "Message of member-1@example.com contains a virus";
        let body = json!({"__type": "MessageRejected", "message": message});
        sends(call).then(|| refuse(400, body)).flatten()
    })
    .await;
    let member_id = world.member_id().await;
    let _ = world.earn(&member_id, 1).await;
    wire.arm();
    let redemption = world.redeem(&member_id, "rwd_coffee", "rejected").await.expect(201);
    world.settle().await;
    let email_id = redemption.text("email_id");
    let mail = world.agent.get(&format!("/v1/emails/{email_id}")).await.expect(200);
    assert_eq!(mail.text("status"), "rejected");
    let history = mail.at("status_history").as_array().unwrap();
    let detail = &history.last().unwrap()["detail"];
    assert_eq!(detail, "MessageRejected", "why, without SES's words, which quote addresses");
    assert_eq!(wire.count("send-coupon-email", "SendEmail"), 1);
    assert!(sent(&world, &email_id).is_empty());
    let dead = world.stack.queue_counts("EmailDeadLetters").await.unwrap();
    assert_eq!(dead, puntos::Counts::default());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_ses_fails_on_is_uncertain_and_never_sent_blindly_again() {
    let (world, wire) = Wire::world(|call, _| {
        let body = json!({"__type": "InternalFailure", "message": "try again"});
        sends(call).then(|| refuse(500, body)).flatten()
    })
    .await;
    let member_id = world.member_id().await;
    let _ = world.earn(&member_id, 1).await;
    wire.arm();
    let redemption = world.redeem(&member_id, "rwd_coffee", "failed").await.expect(201);
    world.settle().await;
    let email_id = redemption.text("email_id");
    assert_eq!(listed(&world, "uncertain").await, [&*email_id]);
    wire.disarm();
    assert!(!order_by_hand(&world, &redemption.text("redemption_id")).await);
    assert_eq!(wire.count("send-coupon-email", "SendEmail"), 1);
    assert!(sent(&world, &email_id).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_enrolment_that_meets_itself_is_a_replay() {
    // The second request finds its own card taken, and its profile in conflict with the first request.
    let (world, wire) = Wire::world(|call, _| {
        let reasons = ["TransactionConflict", "None", "ConditionalCheckFailed", "None", "None"];
        let reasons = reasons.map(|code| json!({"Code": code}));
        (call.action == "TransactWriteItems").then(|| cancelled(&reasons)).flatten()
    })
    .await;
    let body = json!({"name": "Mina Muster", "card_number": "card-1"});
    let first = world.pos.post("/v1/members", body.clone(), Some("enrol")).await.expect(201);
    wire.arm();
    let again = world.pos.post("/v1/members", body.clone(), Some("enrol")).await.expect(201);
    assert!(again.replayed);
    assert_eq!(again.text("member_id"), first.text("member_id"));
    let other = world.pos.post("/v1/members", body, Some("other")).await;
    let _ = other.expect_problem(409, "already_enrolled");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_of_reads_is_never_told_as_a_refusal_of_the_request() {
    let left = Arc::new(AtomicUsize::new(0));
    let refusals = Arc::clone(&left);
    let (world, wire) = Wire::world(move |call, _| {
        let is_read = call.function == "redeem" && call.action == "GetItem";
        let less = |left: usize| left.checked_sub(1);
        let is_refused =
            is_read && refusals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok();
        is_refused.then(too_many_reads).flatten()
    })
    .await;
    let member = world.enrol().await;
    world.earn(&member.text("member_id"), 2).await;
    let body = json!({"card_number": member.text("card_number"), "reward_id": "rwd_coffee"});
    let redeem = async || world.pos.post("/v1/redemptions", body.clone(), Some("kept")).await;
    let first = redeem().await.expect(201);

    wire.arm();
    let mut statuses = BTreeSet::new();
    for refused in 1..=12 {
        left.store(refused, Ordering::SeqCst);
        statuses.insert(redeem().await.status);
    }
    assert!(statuses.iter().all(|status| [201, 429, 503].contains(status)), "{statuses:?}");
    assert!(statuses.len() > 1, "no read was refused for good");
    left.store(0, Ordering::SeqCst);
    let again = redeem().await.expect(201);
    assert_eq!(again.text("redemption_id"), first.text("redemption_id"));
}

fn too_many_reads() -> Option<Mishap> {
    let kind = "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException";
    refuse(400, json!({"__type": kind, "message": "too many reads"}))
}
