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

async fn sweep(world: &World) {
    let path = "/local/schedules/sweep-unsent";
    let _ = world.nobody().post(path, json!({}), None).await.expect(200);
}

fn later(world: &World, minutes: i64) {
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
    assert!(given_up.visible > 0, "the relay's retries are over");

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
