//! Resends: a new mail to the current address, linked to the first mail, one at a time.

use std::sync::Arc;

use futures::future::join_all;
use jiff::SignedDuration;
use puntos::Options;
use puntos_tests::World;
use serde_json::Value;

use super::gate::Gate;
use super::ses::Events;
use super::{change_address, email, last_mail, mailed, redeem_one, report, resend};

async fn gated() -> (World, Arc<Gate>) {
    let gate = Gate::new();
    let tap = Some(Arc::clone(&gate) as Arc<dyn puntos::Tap>);
    (World::with(Options { tap, ..Options::default() }).await, gate)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_is_sent_again_to_the_current_address() {
    let world = World::start().await;
    let one = mailed(&world).await;
    report(&world, &Events(&one.mail).bounce("Permanent", "General", 5)).await;
    let refused = resend(&world.agent, &one.email, "first").await;
    let _ = refused.expect_problem(409, "address_blocked");
    let _ = change_address(&world, &one.member, "now@example.com").await;
    let again = resend(&world.agent, &one.email, "first").await.expect(201);
    assert_eq!(
        (again.text("resend_of"), again.text("to")),
        (one.email.clone(), "now@example.com".into())
    );
    assert_eq!(again.text("redemption_id"), one.redemption);
    assert_ne!(again.text("email_id"), one.email);
    world.settle().await;
    let mail = last_mail(&world, "now@example.com");
    assert_eq!((mail.subject, mail.text), (one.mail.subject.clone(), one.mail.text.clone()));
    let again = email(&world, &again.text("email_id")).await;
    assert_eq!(again.text("status"), "sent");
    let replayed = resend(&world.supervisor, &one.email, "first").await.expect(201);
    assert!(replayed.replayed);
    assert_eq!(replayed.body, again.body);
    assert_eq!(world.stack.outbox(None).len(), 2);
    // The first mail keeps its history, and the timeline has both mails.
    assert_eq!(email(&world, &one.email).await.text("status"), "bounced");
    let path = format!("/v1/members/{}/timeline?kind=email", one.member);
    let timeline = world.agent.get(&path).await.expect(200);
    assert_eq!(timeline.at("data").as_array().map(Vec::len), Some(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resend_of_a_resend_is_linked_to_the_first() {
    let world = World::start().await;
    let one = mailed(&world).await;
    let second = resend(&world.agent, &one.email, "second").await.expect(201);
    world.settle().await;
    let third = resend(&world.agent, &second.text("email_id"), "third").await.expect(201);
    assert_eq!(third.text("resend_of"), one.email);
    world.settle().await;
    assert_eq!(world.stack.outbox(Some(&one.address)).len(), 3);
    for unknown in ["eml_00000000000000000000000000000000", "nothing"] {
        let missing = resend(&world.agent, unknown, "unknown").await;
        let _ = missing.expect_problem(404, "not_found");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_an_address_there_is_no_mail_to_send() {
    let world = World::start().await;
    let one = mailed(&world).await;
    let path = format!("/v1/members/{}", one.member);
    let _ = world.agent.patch(&path, serde_json::json!({"email": null})).await.expect(200);
    assert_eq!(resend(&world.agent, &one.email, "nowhere").await.status, 409);
    let reward = world.reward(10, serde_json::json!({})).await;
    let redeemed = world.redeem(&one.member, &reward, "silent").await.expect(201);
    assert_eq!(redeemed.at("email_id"), &Value::Null);
    world.settle().await;
    assert_eq!(world.stack.outbox(None).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_resend_is_on_its_way_at_a_time() {
    let (world, gate) = gated().await;
    let one = mailed(&world).await;
    gate.close();
    let keys: Vec<String> = (0..8).map(|index| format!("race-{index}")).collect();
    let answers = join_all(keys.iter().map(|key| resend(&world.agent, &one.email, key))).await;
    let ordered: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
    assert_eq!(ordered.len(), 1, "{answers:?}");
    for refused in answers.iter().filter(|answer| answer.status != 201) {
        assert_eq!((refused.status, refused.code()), (409, "resend_pending"), "{refused:?}");
    }
    let pending = resend(&world.agent, &ordered[0].text("email_id"), "chain").await;
    let _ = pending.expect_problem(409, "resend_pending");
    gate.open();
    world.settle().await;
    assert_eq!(world.stack.outbox(Some(&one.address)).len(), 2);
    assert_eq!(email(&world, &ordered[0].text("email_id")).await.text("status"), "sent");
    let _ = resend(&world.agent, &one.email, "later").await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_waits_is_queued_and_not_sent_again() {
    let (world, gate) = gated().await;
    gate.close();
    let member = world.member_id().await;
    let _ = world.earn(&member, 1).await;
    let (_, email_id) = redeem_one(&world, &member).await;
    let waiting = email(&world, &email_id).await;
    assert!(["queued", "sending"].contains(&waiting.text("status").as_str()), "{waiting:?}");
    assert!(!waiting.text("subject").is_empty());
    let refused = resend(&world.agent, &email_id, "early").await;
    let _ = refused.expect_problem(409, "resend_pending");
    gate.open();
    world.settle().await;
    assert_eq!(email(&world, &email_id).await.text("status"), "sent");
    assert_eq!(gate.passed(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_uncertain_mail_is_offered_for_resend_after_an_hour() {
    let (world, gate) = gated().await;
    let member = world.member_id().await;
    let _ = world.earn(&member, 1).await;
    gate.lose_answers();
    let (_, email_id) = redeem_one(&world, &member).await;
    world.settle().await;
    gate.open();
    let uncertain = email(&world, &email_id).await;
    assert_eq!(uncertain.text("status"), "uncertain");
    let listed = world.agent.get("/v1/emails?status=uncertain").await.expect(200);
    assert_eq!(listed.text("data.0.email_id"), email_id);
    let since: jiff::Timestamp = {
        let history = uncertain.at("status_history").as_array().expect("a history");
        history.last().and_then(|change| change["at"].as_str()).expect("a time").parse().unwrap()
    };
    let refused = resend(&world.agent, &email_id, "early").await;
    let _ = refused.expect_problem(409, "resend_pending");
    world.stack.set_clock(since + SignedDuration::from_mins(59));
    let refused = resend(&world.agent, &email_id, "early").await;
    let _ = refused.expect_problem(409, "resend_pending");
    world.stack.set_clock(since + SignedDuration::from_mins(60));
    let _ = resend(&world.agent, &email_id, "late").await.expect(201);
    world.settle().await;
    assert_eq!(gate.passed(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_settles_what_was_uncertain_and_nothing_is_sent_blindly() {
    let (world, gate) = gated().await;
    let enrolled = world.enrol().await;
    let member = enrolled.text("member_id");
    let _ = world.earn(&member, 1).await;
    gate.lose_answers();
    let (_, email_id) = redeem_one(&world, &member).await;
    world.settle().await;
    gate.open();
    let now = world.stack.clock().now();
    for hours in [1, 2, 24] {
        let time = now + SignedDuration::from_hours(hours);
        world.stack.set_clock(time);
        let fired = world.stack.fire_schedules(None, time).await;
        assert!(fired.iter().all(|(_, succeeded)| *succeeded), "{fired:?}");
        world.settle().await;
    }
    assert_eq!(gate.passed(), 1);
    // The event has our tag: the message id was in the answer that was lost.
    let mail = last_mail(&world, &enrolled.text("email"));
    report(&world, &Events(&mail).delivery(2)).await;
    assert_eq!(email(&world, &email_id).await.text("status"), "delivered");
    let listed = world.agent.get("/v1/emails?status=uncertain").await.expect(200);
    assert_eq!(listed.at("data"), &serde_json::json!([]));
    // From now on, events without tags find it too.
    report(&world, &Events(&mail).bounce_notification(5)).await;
    assert_eq!(email(&world, &email_id).await.text("status"), "bounced");
}
