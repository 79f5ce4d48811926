//! Failures that the system finds before the customer writes: each becomes one claim with its fix, and
//! the fix works.

use jiff::SignedDuration;
use puntos::{Call, Counts, Fault};
use puntos_tests::{Answer, World};
use serde_json::{Value, json};

use super::mails::{order_by_hand, sent, status};
use super::sweep::lost_by_relay;
use super::wire::{Mishap, Wire};

/// Lets no mail request reach the queue.
fn lost_for_good(call: &Call) -> Option<Mishap> {
    let refused =
        r#"{"__type": "com.amazonaws.sqs#KmsDisabled", "message": "the key is disabled"}"#;
    let orders = ["relay-changes", "sweep-unsent"].contains(&call.function.as_str());
    (orders && call.action == "SendMessageBatch")
        .then(|| Mishap::Wire(Fault::Refuse(400, refused.to_owned())))
}

async fn fire(world: &World, function: &str) {
    let now = world.stack.clock().now();
    let fired = world.stack.fire_schedules(Some(function), now).await;
    assert_eq!(fired, [(function.to_owned(), true)]);
}

async fn look(world: &World) {
    fire(world, "find-failures").await;
    world.settle().await;
}

fn later(world: &World, minutes: i64) {
    let now = world.stack.clock().now();
    world.stack.set_clock(now + SignedDuration::from_mins(minutes));
}

/// Returns the claims that wait for a person, the oldest first.
async fn open_claims(world: &World) -> Vec<Value> {
    let page = world.agent.get("/v1/claims?limit=100").await.expect(200);
    page.at("data").as_array().unwrap().clone()
}

/// Returns the only claim, which must propose this fix.
async fn found(world: &World, kind: &str, action: &str) -> Value {
    let claims = open_claims(world).await;
    assert_eq!(claims.len(), 1, "{claims:#?}");
    let claim = claims[0].clone();
    let facts = [&claim["kind"], &claim["opened_by"], &claim["proposed_fix"]["action"]];
    assert_eq!(facts, [&json!(kind), &json!("system"), &json!(action)]);
    claim
}

async fn fix(world: &World, claim: &Value, key: &str) -> Answer {
    let path = format!("/v1/claims/{}/fix", claim["claim_id"].as_str().unwrap());
    world.agent.post(&path, json!({}), Some(key)).await
}

async fn shown(world: &World, claim: &Value) -> Answer {
    let path = format!("/v1/claims/{}", claim["claim_id"].as_str().unwrap());
    world.agent.get(&path).await.expect(200)
}

/// Redeems a coffee for a new member with points.
async fn redeemed(world: &World) -> (String, Answer) {
    let enrolled = world.enrol().await;
    let member = enrolled.text("member_id");
    let _ = world.earn(&member, 1).await;
    let key = format!("found-{}", world.fresh());
    (enrolled.text("email"), world.redeem(&member, "rwd_coffee", &key).await.expect(201))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_coupon_whose_mail_nobody_ordered_is_found_and_ordered_once() {
    let (world, wire) = Wire::world(|call, _| lost_for_good(call)).await;
    wire.arm();
    let (address, redemption) = redeemed(&world).await;
    world.settle().await;
    later(&world, 30);
    look(&world).await;
    assert!(open_claims(&world).await.is_empty(), "the sweep has its time");
    later(&world, 40);
    look(&world).await;
    look(&world).await;
    let claim = found(&world, "delivery", "order_mail").await;
    assert_eq!(claim["proposed_fix"]["email_id"], redemption.at("email_id").clone());
    // The member sees the claim in their words, and not the fix.
    let member = world.member(&redemption.text("member_id")).await.reading("ru");
    let mine = member.get("/v1/claims").await.expect(200);
    assert_eq!(mine.at("data.0.evidence.note"), &Value::Null);
    let note = "Письмо не пришло. Письмо с купоном: в очереди";
    assert_eq!(mine.text("data.0.history.1.note"), note);
    assert_eq!(mine.at("data.0.claim_id"), &claim["claim_id"]);
    assert_eq!(mine.at("data.0.proposed_fix"), &Value::Null);

    wire.disarm();
    let ordered = fix(&world, &claim, "f").await.expect(200);
    assert_eq!(
        (ordered.text("status"), ordered.text("waiting_on")),
        ("waiting".into(), "system".into())
    );
    assert!(fix(&world, &claim, "f").await.expect(200).replayed);
    world.settle().await;
    fire(&world, "sweep-unsent").await;
    world.settle().await;
    assert_eq!(world.stack.outbox(Some(&address)).len(), 1);
    assert_eq!(status(&world, &redemption.text("email_id")).await, "sent");
    look(&world).await;
    let proven = shown(&world, &claim).await;
    assert_eq!((proven.text("status"), proven.at("proven")), ("resolved".into(), &json!(true)));
    // A later run finds nothing new, and the late relay sends nothing.
    assert!(!order_by_hand(&world, &redemption.text("redemption_id")).await);
    look(&world).await;
    assert!(open_claims(&world).await.is_empty());
    assert_eq!(world.stack.outbox(Some(&address)).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_whose_sending_is_uncertain_is_found_and_sent_again() {
    let (world, wire) = Wire::world(|call, _| {
        let sends = call.action == "SendEmail";
        if sends { Some(Mishap::DiesBefore) } else { lost_by_relay(call) }
    })
    .await;
    let member = world.member_id().await;
    let _ = world.earn(&member, 1).await;
    wire.arm();
    let redemption = world.redeem(&member, "rwd_coffee", "died").await.expect(201);
    let email_id = redemption.text("email_id");
    assert!(order_by_hand(&world, &redemption.text("redemption_id")).await);
    wire.disarm();
    world.settle().await;
    assert_eq!(status(&world, &email_id).await, "uncertain");
    look(&world).await;
    assert!(open_claims(&world).await.is_empty(), "SES has an hour to tell");
    later(&world, 61);
    look(&world).await;
    look(&world).await;
    let claim = found(&world, "delivery", "resend").await;
    let _ = fix(&world, &claim, "f").await.expect(200);
    world.settle().await;
    assert_eq!(world.stack.outbox(None).len(), 1);
    assert!(sent(&world, &email_id).is_empty());
    look(&world).await;
    assert_eq!(shown(&world, &claim).await.at("proven"), &json!(true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_of_several_mails_doubted_at_one_instant_is_found() {
    let dies = |call: &Call| call.action == "SendEmail";
    let (world, wire) = Wire::world(move |call, _| dies(call).then_some(Mishap::DiesBefore)).await;
    wire.arm();
    for _ in 0..3 {
        let _ = redeemed(&world).await;
    }
    world.settle().await;
    wire.disarm();
    // The sweep marks all of them as uncertain in its next run.
    later(&world, 11);
    fire(&world, "sweep-unsent").await;
    later(&world, 61);
    look(&world).await;
    let claims = open_claims(&world).await;
    assert_eq!(claims.len(), 3, "{claims:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_uncertain_mail_that_arrived_after_all_needs_no_agent() {
    let (world, wire) = Wire::world(|call, _| {
        let sends = call.action == "SendEmail";
        if sends { Some(Mishap::DiesAfter) } else { lost_by_relay(call) }
    })
    .await;
    let member = world.member_id().await;
    let _ = world.earn(&member, 1).await;
    wire.arm();
    let redemption = world.redeem(&member, "rwd_coffee", "died").await.expect(201);
    let email_id = redemption.text("email_id");
    assert!(order_by_hand(&world, &redemption.text("redemption_id")).await);
    wire.disarm();
    world.settle().await;
    later(&world, 61);
    look(&world).await;
    let claim = found(&world, "delivery", "resend").await;
    let mail = sent(&world, &email_id).pop().expect("SES has it");
    super::mails::publish(&world, "Delivery", &email_id, &mail).await;
    world.settle().await;
    look(&world).await;
    assert_eq!(shown(&world, &claim).await.at("proven"), &json!(true));
    assert_eq!(world.stack.outbox(None).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_to_a_blocked_address_is_found_and_sent_to_the_current_address() {
    let world = World::start().await;
    let enrolled = world.enrol().await;
    let (member, address) = (enrolled.text("member_id"), enrolled.text("email"));
    let _ = world.earn(&member, 1).await;
    let now = world.stack.clock().now().to_string();
    let bounce = json!({
        "notificationType": "Bounce",
        "mail": {"timestamp": now, "messageId": "of-another-tool", "destination": [address]},
        "bounce": {
            "bounceType": "Permanent", "bounceSubType": "General", "timestamp": now,
            "bouncedRecipients": [{"emailAddress": address}],
        },
    });
    world.stack.publish_mail_event(&bounce.to_string()).await.unwrap();
    let redemption = world.redeem(&member, "rwd_coffee", "blocked").await.expect(201);
    world.settle().await;
    assert_eq!(status(&world, &redemption.text("email_id")).await, "blocked");
    later(&world, 1);
    look(&world).await;
    let claim = found(&world, "delivery", "resend").await;
    let _ = fix(&world, &claim, "f").await.expect_problem(409, "address_blocked");
    let change = json!({"email": "now@example.com"});
    let _ = world.agent.patch(&format!("/v1/members/{member}"), change).await.expect(200);
    let _ = fix(&world, &claim, "f").await.expect(200);
    world.settle().await;
    look(&world).await;
    assert_eq!(shown(&world, &claim).await.at("proven"), &json!(true));
    assert_eq!(world.stack.outbox(Some("now@example.com")).len(), 1);
    assert!(world.stack.outbox(Some(&address)).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_ses_rejects_is_found_at_once() {
    let (world, wire) = Wire::world(|call, _| {
        let body = json!({"__type": "MessageRejected", "message": "a virus"}).to_string();
        (call.action == "SendEmail").then_some(Mishap::Wire(Fault::Refuse(400, body)))
    })
    .await;
    wire.arm();
    let (address, redemption) = redeemed(&world).await;
    world.settle().await;
    wire.disarm();
    assert_eq!(status(&world, &redemption.text("email_id")).await, "rejected");
    later(&world, 1);
    look(&world).await;
    let claim = found(&world, "delivery", "resend").await;
    let _ = fix(&world, &claim, "f").await.expect(200);
    world.settle().await;
    look(&world).await;
    assert_eq!(shown(&world, &claim).await.at("proven"), &json!(true));
    assert_eq!(world.stack.outbox(Some(&address)).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_bounced_is_found_and_one_given_up_for_a_resend_is_not() {
    let (world, wire) = Wire::world(|call, nth| {
        let body = json!({"__type": "TooManyRequestsException", "message": "slower"}).to_string();
        let is_throttled = call.action == "SendEmail" && nth < 5;
        is_throttled.then_some(Mishap::Wire(Fault::Refuse(429, body)))
    })
    .await;
    wire.arm();
    let (_, stuck) = redeemed(&world).await;
    world.settle().await;
    later(&world, 61);
    let path = format!("/v1/emails/{}/resend", stuck.text("email_id"));
    let resend = world.agent.post(&path, json!({}), Some("by-hand")).await.expect(201);
    world.settle().await;
    assert_eq!(status(&world, &stuck.text("email_id")).await, "rejected");
    look(&world).await;
    assert!(open_claims(&world).await.is_empty(), "its resend went out");

    let resend_id = resend.text("email_id");
    let mail = sent(&world, &resend_id).pop().expect("SES has it");
    super::mails::publish(&world, "Bounce", &resend_id, &mail).await;
    later(&world, 1);
    look(&world).await;
    let claim = found(&world, "delivery", "resend").await;

    // The fix is proven by a mail that bounces as well.
    let change = json!({"email": "now@example.com"});
    let path = format!("/v1/members/{}", stuck.text("member_id"));
    let _ = world.agent.patch(&path, change).await.expect(200);
    let _ = fix(&world, &claim, "f").await.expect(200);
    world.settle().await;
    look(&world).await;
    assert_eq!(shown(&world, &claim).await.at("proven"), &json!(true));
    let mail = world.stack.outbox(Some("now@example.com")).pop().expect("SES has it");
    let (_, again_id) = mail.tags.iter().find(|(name, _)| name == "email_id").unwrap();
    super::mails::publish(&world, "Bounce", again_id, &mail).await;
    later(&world, 1);
    look(&world).await;
    let again = found(&world, "delivery", "resend").await;
    assert_eq!(again["claim_id"], claim["claim_id"]);
    assert_eq!(again["status"], "investigating");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_is_stuck_is_given_up_for_its_resend_and_goes_out_once() {
    let (world, wire) = Wire::world(|call, _| {
        let body = json!({"__type": "TooManyRequestsException", "message": "slower"}).to_string();
        (call.action == "SendEmail").then_some(Mishap::Wire(Fault::Refuse(429, body)))
    })
    .await;
    wire.arm();
    let (address, redemption) = redeemed(&world).await;
    let email_id = redemption.text("email_id");
    world.settle().await;
    assert_eq!(status(&world, &email_id).await, "queued");
    later(&world, 30);
    look(&world).await;
    assert!(open_claims(&world).await.is_empty());
    later(&world, 31);
    look(&world).await;
    let claim = found(&world, "delivery", "resend").await;
    wire.disarm();
    let ordered = fix(&world, &claim, "f").await.expect(200);
    assert_eq!(ordered.text("status"), "waiting");
    world.settle().await;
    // The late mail request arrives: its mail was given up.
    assert!(!order_by_hand(&world, &redemption.text("redemption_id")).await);
    fire(&world, "sweep-unsent").await;
    world.settle().await;
    assert_eq!(world.stack.outbox(Some(&address)).len(), 1);
    assert!(sent(&world, &email_id).is_empty());
    look(&world).await;
    assert_eq!(shown(&world, &claim).await.at("proven"), &json!(true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purchase_that_cannot_be_recorded_is_kept_and_put_back_by_an_agent() {
    let world = World::start().await;
    let mut purchase = world.purchase("", 110_000);
    purchase["member_id"] = Value::Null;
    purchase["card_number"] = json!("not-yet-a-card");
    let body = purchase.to_string();
    world.stack.send_message("PurchaseQueue", &body).await.unwrap();
    world.settle().await;
    assert_eq!(world.stack.queue_counts("PurchaseDeadLetters").await.unwrap(), Counts::default());
    let claim = found(&world, "missing_points", "redrive").await;
    assert_eq!(claim["member_id"], Value::Null);
    assert_eq!(claim["evidence"]["card_number"], "not-yet-a-card");
    assert_eq!(claim["finding"], "not_received");

    // The purchase is put back too early: it fails again and opens the same claim again.
    let waiting = fix(&world, &claim, "early").await.expect(200);
    assert_eq!(waiting.text("waiting_on"), "system");
    world.settle().await;
    let again = found(&world, "missing_points", "redrive").await;
    assert_eq!(again["claim_id"], claim["claim_id"]);
    assert_eq!(again["status"], "investigating");
    look(&world).await;
    assert_eq!(shown(&world, &claim).await.text("status"), "investigating");

    let enrol = json!({"name": "Mina Muster", "card_number": "not-yet-a-card"});
    let member = world.pos.post("/v1/members", enrol, Some("late")).await.expect(201);
    let _ = fix(&world, &claim, "in-time").await.expect(200);
    world.settle().await;
    assert_eq!(world.available(&member.text("member_id")).await, 110);
    look(&world).await;
    let proven = shown(&world, &claim).await;
    assert_eq!((proven.text("status"), proven.at("proven")), ("resolved".into(), &json!(true)));
    assert!(open_claims(&world).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_purchase_and_what_conflicts_waits_for_a_person() {
    let world = World::start().await;
    let (buyer, other) = (world.member_id().await, world.member_id().await);
    let purchase = world.purchase(&buyer, 110_000);
    let _ = world.pos.post("/v1/purchases", purchase.clone(), None).await.expect(201);
    let mut conflict = purchase.clone();
    conflict["member_id"] = json!(other);
    for message in ["not json".to_owned(), conflict.to_string(), conflict.to_string()] {
        world.stack.send_message("PurchaseQueue", &message).await.unwrap();
    }
    world.settle().await;
    look(&world).await;
    let claims = open_claims(&world).await;
    assert_eq!(claims.len(), 2, "the same purchase is one claim: {claims:#?}");
    let theirs = claims.iter().find(|claim| claim["member_id"] == json!(other)).unwrap();
    assert_eq!(theirs["finding"], "received_with_points");
    assert_eq!(theirs["proposed_fix"]["action"], "redrive");
    let member = world.member(&other).await;
    let mine = member.get("/v1/claims").await.expect(200);
    assert_eq!(mine.at("data.0.finding"), &json!("not_received"));
    assert!(!mine.body.to_string().contains("another member"));
    // An agent rejects the claim. The next dead letter of the purchase opens it again.
    let path = format!("/v1/claims/{}/updates", theirs["claim_id"].as_str().unwrap());
    let reject = json!({"status": "rejected", "note": "the till's mistake", "internal": true});
    let _ = world.agent.post(&path, reject, Some("r")).await.expect(201);
    assert_eq!(open_claims(&world).await.len(), 1);
    world.stack.send_message("PurchaseQueue", &conflict.to_string()).await.unwrap();
    world.settle().await;
    assert_eq!(open_claims(&world).await.len(), 2);
    assert!(world.stack.outbox(None).is_empty(), "nobody is written to of what the system found");
}
