//! The sweep finds lost mail requests. Also tests an address that is blocked at the last moment.

use jiff::SignedDuration;
use puntos::{Call, Fault};
use puntos_tests::World;
use serde_json::json;

use super::mails::{listed, order_by_hand, sent, status};
use super::wire::{Mishap, Wire};

/// Loses every mail request between the stream and the queue.
pub(crate) fn lost_by_relay(call: &Call) -> Option<Mishap> {
    let refused =
        r#"{"__type": "com.amazonaws.sqs#KmsDisabled", "message": "the key is disabled"}"#;
    (call.function == "relay-changes" && call.action == "SendMessageBatch")
        .then(|| Mishap::Wire(Fault::Refuse(400, refused.to_owned())))
}

pub(crate) async fn sweep(world: &World) {
    let path = "/local/schedules/sweep-unsent";
    let _ = world.nobody().post(path, json!({}), None).await.expect(200);
}

pub(crate) fn later(world: &World, minutes: i64) {
    let now = world.stack.clock().now();
    world.stack.set_clock(now + SignedDuration::from_mins(minutes));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_that_the_relay_lost_are_found_by_the_sweep_and_sent_once() {
    let (world, wire) = Wire::world(|call, _| lost_by_relay(call)).await;
    let member_id = world.member_id().await;
    let _ = world.earn(&member_id, 1).await;
    wire.arm();
    let redemption = world.redeem(&member_id, "rwd_coffee", "lost").await.expect(201);
    let redemption_id = redemption.text("redemption_id");
    let reversal = world.reverse(&redemption_id, "lost-too").await.expect(201);
    let email_ids = [redemption.text("email_id"), reversal.text("email_id")];
    world.settle().await;
    let given_up = world.stack.queue_counts("RelayFailures").await.unwrap();
    assert!(given_up.in_flight > 0, "the relay's retries are over");

    // The sweep waits until the relay has had its time.
    sweep(&world).await;
    world.settle().await;
    for email_id in &email_ids {
        assert_eq!(status(&world, email_id).await, "queued");
        assert!(sent(&world, email_id).is_empty());
    }

    later(&world, 20);
    sweep(&world).await;
    world.settle().await;
    for email_id in &email_ids {
        assert_eq!(status(&world, email_id).await, "sent");
        assert_eq!(sent(&world, email_id).len(), 1);
    }

    // Neither a second sweep nor a late relay sends again.
    later(&world, 20);
    sweep(&world).await;
    assert!(!order_by_hand(&world, &redemption_id).await);
    world.settle().await;
    assert_eq!(world.stack.outbox(None).len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_whose_sender_died_becomes_uncertain_and_is_offered_for_resend_after_an_hour() {
    let (world, wire) = Wire::world(|call, _| {
        let sends = call.action == "SendEmail";
        if sends { Some(Mishap::DiesBefore) } else { lost_by_relay(call) }
    })
    .await;
    let member_id = world.member_id().await;
    let _ = world.earn(&member_id, 1).await;
    wire.arm();
    let redemption = world.redeem(&member_id, "rwd_coffee", "died").await.expect(201);
    let email_id = redemption.text("email_id");
    assert!(order_by_hand(&world, &redemption.text("redemption_id")).await);

    sweep(&world).await;
    assert_eq!(status(&world, &email_id).await, "sending", "the sender has its time");
    later(&world, 20);
    sweep(&world).await;
    assert_eq!(status(&world, &email_id).await, "uncertain");
    assert_eq!(listed(&world, "uncertain").await, [&*email_id]);

    // The relay delivers the mail request late: an uncertain mail is never sent again.
    wire.disarm();
    world.settle().await;
    assert!(world.stack.outbox(None).is_empty());
    assert_eq!(status(&world, &email_id).await, "uncertain");

    let path = format!("/v1/emails/{email_id}/resend");
    let early = world.agent.post(&path, json!({}), Some("early")).await;
    let _ = early.expect_problem(409, "resend_pending");
    later(&world, 61);
    let resend = world.agent.post(&path, json!({}), Some("in-time")).await.expect(201);
    world.settle().await;
    assert_eq!(sent(&world, &resend.text("email_id")).len(), 1);
    assert!(sent(&world, &email_id).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_was_given_back_and_forgotten_is_swept_up() {
    let (world, wire) = Wire::world(|call, nth| {
        let body = json!({"__type": "TooManyRequestsException", "message": "slower"}).to_string();
        let is_throttled = call.action == "SendEmail" && nth == 0;
        let throttle = || Some(Mishap::Wire(Fault::Refuse(429, body)));
        if is_throttled { throttle() } else { lost_by_relay(call) }
    })
    .await;
    let member_id = world.member_id().await;
    let _ = world.earn(&member_id, 1).await;
    wire.arm();
    let redemption = world.redeem(&member_id, "rwd_coffee", "forgotten").await.expect(201);
    let email_id = redemption.text("email_id");
    assert!(order_by_hand(&world, &redemption.text("redemption_id")).await);
    assert_eq!(status(&world, &email_id).await, "queued");
    later(&world, 20);
    sweep(&world).await;
    wire.disarm();
    world.settle().await;
    assert_eq!(status(&world, &email_id).await, "sent");
    assert_eq!(sent(&world, &email_id).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_blocked_between_redemption_and_sending_is_not_written_to() {
    let (world, wire) = Wire::world(|call, _| lost_by_relay(call)).await;
    let member = world.enrol().await;
    let member_id = member.text("member_id");
    let _ = world.earn(&member_id, 1).await;
    wire.arm();
    let redemption = world.redeem(&member_id, "rwd_coffee", "last-moment").await.expect(201);

    let now = world.stack.clock().now().to_string();
    let address = member.text("email");
    let bounce = json!({
        "notificationType": "Bounce",
        "mail": {"timestamp": now, "messageId": "of-another-tool", "destination": [address]},
        "bounce": {
            "bounceType": "Permanent", "bounceSubType": "General", "timestamp": now,
            "bouncedRecipients": [{"emailAddress": address}],
        },
    });
    world.stack.publish_mail_event(&bounce.to_string()).await.unwrap();

    assert!(!order_by_hand(&world, &redemption.text("redemption_id")).await);
    let email_id = redemption.text("email_id");
    let mail = world.agent.get(&format!("/v1/emails/{email_id}")).await.expect(200);
    assert_eq!(mail.text("status"), "blocked");
    let history = mail.at("status_history").as_array().unwrap();
    assert_eq!(history.last().unwrap()["detail"], "hard_bounce");
    assert_eq!(wire.count("send-coupon-email", "SendEmail"), 0);

    wire.disarm();
    world.settle().await;
    assert_eq!(status(&world, &email_id).await, "blocked", "a redelivery changes nothing");
    assert!(world.stack.outbox(None).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purchase_that_the_relay_lost_starts_its_care_cycle_once() {
    let (world, wire) = Wire::world(|call, _| lost_by_relay(call)).await;
    let mut program = world.admin.get("/v1/program").await.expect(200).body;
    program["effective_from"] = json!(null);
    program["care"]["purchases_start_cycles"] = json!(true);
    let _ = world.admin.put("/v1/program", program).await.expect(200);
    let (soon, late) = (world.member_id().await, world.member_id().await);
    wire.arm();
    let _ = world.earn(&late, 1).await;
    world.settle().await;
    // The sweep failed as well on the first day.
    later(&world, 23 * 60);
    let _ = world.earn(&soon, 1).await;
    world.settle().await;
    later(&world, 20);
    for _ in 0..2 {
        sweep(&world).await;
        world.settle().await;
    }
    assert_eq!(wire.count("sweep-unsent", "SendMessageBatch"), 2, "one for each purchase");
    wire.disarm();
    later(&world, 6 * 24 * 60);
    let now = world.stack.clock().now();
    let _ = world.stack.fire_schedules(Some("generate-tasks"), now).await;
    for member in [soon, late] {
        let tasks = world.agent.get(&format!("/v1/members/{member}/tasks")).await.expect(200);
        assert_eq!(tasks.at("data").as_array().map(Vec::len), Some(1), "{tasks:?}");
        assert_eq!(tasks.text("data.0.kind"), "check_in");
    }
}

/// Answers that the account may send one more mail today.
fn one_left(call: &Call) -> Option<Mishap> {
    let quota = json!({"Max24HourSend": 7.0, "MaxSendRate": 1.0, "SentLast24Hours": 6.0});
    let body = json!({"SendQuota": quota, "SendingEnabled": true}).to_string();
    (call.action == "GetAccount").then_some(Mishap::Wire(Fault::Refuse(200, body)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_mails_are_spread_over_the_time_that_the_account_needs() {
    let unverified =
        json!({"__type": "MessageRejected", "message": "Email address is not verified"});
    let (world, wire) = Wire::world(move |call, nth| {
        let quota = json!({"Max24HourSend": -1.0, "MaxSendRate": 2.0, "SentLast24Hours": 6.0});
        let quota = json!({"SendQuota": quota, "SendingEnabled": true}).to_string();
        let refused = call.action == "SendEmail" && nth < 6;
        let refuse = || Mishap::Wire(Fault::Refuse(400, unverified.to_string()));
        let tell = || Mishap::Wire(Fault::Refuse(200, quota));
        if refused { Some(refuse()) } else { (call.action == "GetAccount").then(tell) }
    })
    .await;
    let member_id = world.member_id().await;
    let _ = world.earn(&member_id, 1).await;
    let reward = world.reward(10, json!({})).await;
    wire.arm();
    for number in 0..6 {
        let _ = world.redeem(&member_id, &reward, &format!("{number}")).await.expect(201);
    }
    world.settle().await;
    assert!(world.stack.outbox(None).is_empty());
    later(&world, 20);
    sweep(&world).await;
    // Two leave at once, two wait a second, and two wait two.
    let delayed = world.stack.queue_counts("EmailQueue").await.unwrap().delayed;
    assert!((1..=4).contains(&delayed), "{delayed} of 6");
    world.settle().await;
    assert_eq!(world.stack.outbox(None).len(), 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_is_stuck_does_not_keep_the_others_waiting() {
    let unverified =
        json!({"__type": "MessageRejected", "message": "Email address is not verified"});
    let (world, wire) = Wire::world(move |call, nth| {
        // Each is refused at its first send, and the first one at the sweep's too.
        let refused = call.action == "SendEmail" && nth != 4;
        let refuse = || Mishap::Wire(Fault::Refuse(400, unverified.to_string()));
        refused.then(refuse).or_else(|| one_left(call))
    })
    .await;
    let member_id = world.member_id().await;
    let _ = world.earn(&member_id, 2).await;
    wire.arm();
    let mut email_ids = Vec::new();
    for key in ["stuck", "next", "last"] {
        let redemption = world.redeem(&member_id, "rwd_coffee", key).await.expect(201);
        email_ids.push(redemption.text("email_id"));
        world.settle().await;
        later(&world, 1);
    }
    let mut statuses = Vec::new();
    for _ in 0..2 {
        later(&world, 20);
        sweep(&world).await;
        world.settle().await;
        for email_id in &email_ids {
            statuses.push(status(&world, email_id).await);
        }
    }
    assert_eq!(statuses, ["queued", "queued", "queued", "queued", "sent", "queued"]);
    assert_eq!(wire.count("send-coupon-email", "SendEmail"), 5, "one for each that is left");
}
