//! Addresses that must not get mail: blocked, changed, and unblocked by a supervisor.

use jiff::SignedDuration;
use puntos_tests::World;
use serde_json::json;

use super::ses::Events;
use super::{address_state, change_address, email, last_mail, mailed, redeem_one, report};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blocked_address_is_not_written_to_and_the_coupon_stands() {
    let world = World::start().await;
    let one = mailed(&world).await;
    report(&world, &Events(&one.mail).bounce("Permanent", "General", 5)).await;
    let page = world.agent.get(&format!("/v1/members/{}", one.member)).await.expect(200);
    assert!(page.text("email_status.since").ends_with('Z'));
    let (redemption, email_id) = redeem_one(&world, &one.member).await;
    world.settle().await;
    let unsent = email(&world, &email_id).await;
    assert_eq!(unsent.text("status"), "blocked");
    let why = unsent.at("status_history").as_array().and_then(|all| all.last()).expect("a change");
    assert_eq!((&why["status"], &why["detail"]), (&json!("blocked"), &json!("hard_bounce")));
    assert_eq!(world.stack.outbox(Some(&one.address)).len(), 1);
    let listed = world.agent.get("/v1/emails?status=blocked").await.expect(200);
    assert_eq!(listed.text("data.0.email_id"), email_id);
    let shown = world.agent.get(&format!("/v1/redemptions/{redemption}")).await.expect(200);
    assert_eq!(shown.text("coupon.status"), "issued");
    assert_eq!(world.available(&one.member).await, 1_080);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_address_gets_mail_at_once_and_the_old_one_stays_blocked() {
    let world = World::start().await;
    let one = mailed(&world).await;
    report(&world, &Events(&one.mail).bounce("Permanent", "General", 5)).await;
    let changed = change_address(&world, &one.member, "new@example.com").await;
    assert_eq!(changed.text("email_status.state"), "ok");
    let _ = redeem_one(&world, &one.member).await;
    world.settle().await;
    assert_eq!(world.stack.outbox(Some("new@example.com")).len(), 1);
    // Another member with the old address gets no mail either.
    let heir = json!({"name": "Heir", "email": one.address});
    let heir = world.agent.post("/v1/members", heir, Some("heir")).await.expect(201);
    assert_eq!(heir.text("email_status.state"), "blocked");
    let heir = heir.text("member_id");
    let _ = change_address(&world, &heir, "heir@example.com").await;
    let _ = change_address(&world, &one.member, &one.address).await;
    assert_eq!(address_state(&world, &one.member).await, "blocked hard_bounce");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_address_in_another_writing_changes_nothing() {
    let world = World::start().await;
    let one = mailed(&world).await;
    report(&world, &Events(&one.mail).bounce("Permanent", "General", 5)).await;
    let path = format!("/v1/members/{}", one.member);
    let before = world.agent.get(&path).await.expect(200);
    let timeline = world.agent.get(&format!("{path}/timeline")).await.expect(200);
    for writing in [one.address.clone(), one.address.to_uppercase(), format!("  {} ", one.address)]
    {
        let changed = change_address(&world, &one.member, &writing).await;
        assert_eq!(changed.body, before.body, "{writing}");
    }
    let after = world.agent.get(&format!("{path}/timeline")).await.expect(200);
    assert_eq!(after.body, timeline.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_block_is_raised_by_a_complaint_and_never_lowered() {
    let world = World::start().await;
    let one = mailed(&world).await;
    let (_, second) = redeem_one(&world, &one.member).await;
    world.settle().await;
    let mail = last_mail(&world, &one.address);
    report(&world, &Events(&one.mail).bounce("Permanent", "General", 5)).await;
    assert_eq!(address_state(&world, &one.member).await, "blocked hard_bounce");
    report(&world, &Events(&mail).complaint(Some("abuse"), 60)).await;
    assert_eq!(address_state(&world, &one.member).await, "blocked complaint");
    for later in [
        Events(&mail).bounce("Permanent", "General", 90),
        Events(&one.mail).bounce("Permanent", "Suppressed", 90),
        Events(&mail).complaint(Some("not-spam"), 95),
        Events(&mail).delivery(99),
    ] {
        report(&world, &later).await;
        assert_eq!(address_state(&world, &one.member).await, "blocked complaint");
    }
    assert_eq!(email(&world, &second).await.text("status"), "complained");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_supervisor_unblocks_with_a_reason_and_old_events_do_not_block_again() {
    let world = World::start().await;
    let one = mailed(&world).await;
    let events = Events(&one.mail);
    let bounce = events.bounce("Permanent", "General", 5);
    report(&world, &bounce).await;
    world.stack.set_clock(one.mail.at + SignedDuration::from_hours(2));
    let path = format!("/v1/members/{}/email-unblock", one.member);
    let body = json!({"reason": "mailbox emptied"});
    let refused = world.agent.post(&path, body.clone(), Some("unblock")).await;
    let _ = refused.expect_problem(403, "forbidden");
    let refused = world.supervisor.post(&path, json!({}), Some("unblock")).await;
    let _ = refused.expect_problem(422, "invalid_field");
    assert_eq!(address_state(&world, &one.member).await, "blocked hard_bounce");
    let unblocked = world.supervisor.post(&path, body, Some("unblock")).await.expect(200);
    assert_eq!(unblocked.text("email_status.state"), "ok");
    let timeline = format!("/v1/members/{}/timeline?kind=profile", one.member);
    let entry = world.agent.get(&timeline).await.expect(200);
    assert!(entry.text("data.0.summary").contains("mailbox emptied"), "{entry:?}");
    assert!(entry.text("data.0.actor").starts_with("supervisor:"));
    for old in [&bounce, &events.bounce_notification(5), &events.foreign_bounce(60)] {
        report(&world, old).await;
        assert_eq!(address_state(&world, &one.member).await, "ok");
    }
    let (_, email_id) = redeem_one(&world, &one.member).await;
    world.settle().await;
    assert_eq!(email(&world, &email_id).await.text("status"), "sent");
    let mail = last_mail(&world, &one.address);
    report(&world, &Events(&mail).bounce("Permanent", "General", 5)).await;
    assert_eq!(address_state(&world, &one.member).await, "blocked hard_bounce");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unblocking_sent_again_does_not_undo_a_later_block() {
    let world = World::start().await;
    let one = mailed(&world).await;
    report(&world, &Events(&one.mail).bounce("Permanent", "General", 5)).await;
    world.stack.set_clock(one.mail.at + SignedDuration::from_hours(2));
    let path = format!("/v1/members/{}/email-unblock", one.member);
    let body = json!({"reason": "mailbox emptied"});
    let first = world.supervisor.post(&path, body.clone(), Some("unblock")).await.expect(200);
    let again = world.supervisor.post(&path, body.clone(), Some("unblock")).await.expect(200);
    assert!(again.replayed && !first.replayed);
    let other = json!({"reason": "another"});
    let refused = world.supervisor.post(&path, other, Some("unblock")).await;
    let _ = refused.expect_problem(422, "idempotency_key_reused");
    let _ = redeem_one(&world, &one.member).await;
    world.settle().await;
    let mail = last_mail(&world, &one.address);
    report(&world, &Events(&mail).complaint(None, 5)).await;
    let _ = world.supervisor.post(&path, body, Some("unblock")).await.expect(200);
    assert_eq!(address_state(&world, &one.member).await, "blocked complaint");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_earlier_unblocking_sent_again_lifts_nothing() {
    let world = World::start().await;
    let one = mailed(&world).await;
    let path = format!("/v1/members/{}/email-unblock", one.member);
    let unblock = async |key: &str| {
        let body = json!({"reason": format!("asked for in {key}")});
        world.supervisor.post(&path, body, Some(key)).await
    };
    for key in ["first", "second", "third"] {
        let _ = unblock(key).await.expect(200);
        world.stack.set_clock(world.stack.clock().now() + SignedDuration::from_hours(1));
    }
    let _ = redeem_one(&world, &one.member).await;
    world.settle().await;
    let mail = last_mail(&world, &one.address);
    report(&world, &Events(&mail).bounce("Permanent", "General", 5)).await;
    for key in ["first", "second", "third"] {
        assert!(unblock(key).await.expect(200).replayed, "{key}");
        assert_eq!(address_state(&world, &one.member).await, "blocked hard_bounce", "{key}");
        let other = world.supervisor.post(&path, json!({"reason": "another"}), Some(key)).await;
        let _ = other.expect_problem(422, "idempotency_key_reused");
    }
    // The key is judged before the address that it was for.
    let patch = json!({"email": null});
    let _ = world.agent.patch(&format!("/v1/members/{}", one.member), patch).await.expect(200);
    assert!(unblock("first").await.expect(200).replayed);
    let _ = unblock("fourth").await.expect_problem(409, "no_address");
}
