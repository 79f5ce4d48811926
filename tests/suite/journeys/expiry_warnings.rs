//! The warning that points expire: some days before, once, and only if it is needed.

use jiff::Timestamp;
use puntos_tests::World;
use serde_json::{Value, json};

const FUNCTION: &str = "warn-of-expiry";

/// Starts a world on July 10 that warns this many days before points expire.
async fn world(days: Option<u16>) -> World {
    let world = World::start().await;
    world.stack.set_clock("2030-07-10T12:00:00Z".parse().unwrap());
    warn(&world, days).await;
    world
}

async fn warn(world: &World, days: Option<u16>) {
    let mut program = world.admin.get("/v1/program").await.expect(200).body;
    program["effective_from"] = Value::Null;
    program["expiry_warning_days"] = json!(days);
    let _ = world.admin.put("/v1/program", program).await.expect(200);
}

/// Moves the clock and fires the schedule twice, as it may happen.
async fn run_at(world: &World, instant: &str) {
    let at: Timestamp = instant.parse().unwrap();
    world.stack.set_clock(at);
    for _ in 0..2 {
        let fired = world.stack.fire_schedules(Some(FUNCTION), at).await;
        assert_eq!(fired, [(FUNCTION.to_owned(), true)]);
    }
    world.settle().await;
}

/// A member with 110 points that expire with the first instant of August 1, 2031.
async fn earner(world: &World) -> (String, String) {
    let enrolled = world.enrol().await;
    let member_id = enrolled.text("member_id");
    let _ = world.earn(&member_id, 1).await;
    (member_id, enrolled.text("email"))
}

fn mails(world: &World, address: &str) -> usize {
    world.stack.outbox(Some(address)).len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_warning_is_sent_once_and_says_what_expires() {
    let world = world(Some(30)).await;
    let (member, address) = earner(&world).await;
    // More points with the same expiry, and points with a later one.
    let _ = world.earn(&member, 1).await;
    let reward = world.reward(20, json!({})).await;
    let _ = world.redeem(&member, &reward, "r").await.expect(201);
    world.stack.set_clock("2030-08-05T12:00:00Z".parse().unwrap());
    let _ = world.earn(&member, 1).await;
    world.settle().await;
    let before = mails(&world, &address);
    // July 2 has not begun in Moscow.
    run_at(&world, "2031-07-01T20:59:00Z").await;
    assert_eq!(mails(&world, &address), before);
    run_at(&world, "2031-07-01T21:00:00Z").await;
    assert_eq!(mails(&world, &address), before + 1);
    let mail = world.stack.outbox(Some(&address)).pop().unwrap();
    assert_eq!(mail.subject, "200 points will expire soon");
    assert!(mail.text.contains("200 of your points will expire soon."), "{}", mail.text);
    assert!(mail.text.contains("up to and including 31 July 2031"), "{}", mail.text);
    assert!(mail.text.contains("Your balance now: 310 points."), "{}", mail.text);
    assert!(mail.list_unsubscribe.is_some());
    let timeline = world.agent.get(&format!("/v1/members/{member}/timeline")).await.expect(200);
    assert_eq!(timeline.text("data.0.summary"), "Warning that points expire: sent");

    // Points that come back to the expiry cause no second mail.
    let path = format!("/v1/redemptions?member_id={member}");
    let redemption = world.agent.get(&path).await.expect(200).text("data.0.redemption_id");
    let undo = json!({"reason": "by accident", "override": true, "note": "asked for"});
    let path = format!("/v1/redemptions/{redemption}/reversal");
    let _ = world.supervisor.post(&path, undo, Some("undo")).await.expect(201);
    world.settle().await;
    let before = mails(&world, &address);
    run_at(&world, "2031-07-20T12:00:00Z").await;
    assert_eq!(mails(&world, &address), before);
    // The later expiry is warned of on its own day. A missed day is made up for.
    run_at(&world, "2031-08-03T12:00:00Z").await;
    assert_eq!(mails(&world, &address), before + 1);
    let mail = world.stack.outbox(Some(&address)).pop().unwrap();
    assert_eq!(mail.subject, "110 points will expire soon");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expiry_that_is_opened_again_is_warned_of_once() {
    let world = world(Some(365)).await;
    let (member, address) = earner(&world).await;
    run_at(&world, "2030-08-01T12:00:00Z").await;
    assert_eq!(mails(&world, &address), 1, "it was due at once");
    world.stack.set_clock("2030-07-11T12:00:00Z".parse().unwrap());
    let reward = world.reward(110, json!({})).await;
    let _ = world.redeem(&member, &reward, "all").await.expect(201);
    let _ = world.earn(&member, 1).await;
    world.settle().await;
    let before = mails(&world, &address);
    run_at(&world, "2030-08-02T12:00:00Z").await;
    assert_eq!(mails(&world, &address), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_warning_that_is_not_needed_or_not_wanted_is_not_sent() {
    let world = world(Some(30)).await;
    let reward = world.reward(110, json!({})).await;
    let (spent, address_of_spent) = earner(&world).await;
    let _ = world.redeem(&spent, &reward, "r").await.expect(201);
    let (unwilling, address_of_unwilling) = earner(&world).await;
    let refuse = json!({"optional_emails": false});
    let _ = world.agent.patch(&format!("/v1/members/{unwilling}"), refuse).await.expect(200);
    let (_, late) = earner(&world).await;
    world.settle().await;
    let before = mails(&world, &address_of_spent);
    // The warnings of one member are due when nobody runs them before the points have expired.
    run_at(&world, "2031-08-02T12:00:00Z").await;
    assert_eq!(mails(&world, &late), 0);
    assert_eq!(mails(&world, &address_of_spent), before);
    assert_eq!(mails(&world, &address_of_unwilling), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_programme_that_warns_of_nothing_writes_and_sends_nothing() {
    let world = world(None).await;
    let (_, before) = earner(&world).await;
    warn(&world, Some(30)).await;
    let (_, after) = earner(&world).await;
    run_at(&world, "2031-07-02T12:00:00Z").await;
    assert_eq!(mails(&world, &before), 0, "its expiry was opened before");
    assert_eq!(mails(&world, &after), 1);
    let (_, dropped) = earner(&world).await;
    warn(&world, None).await;
    run_at(&world, "2032-07-02T12:00:00Z").await;
    assert_eq!(mails(&world, &dropped), 0);
    // What was dropped does not come back.
    warn(&world, Some(30)).await;
    run_at(&world, "2032-07-03T12:00:00Z").await;
    assert_eq!(mails(&world, &dropped), 0);
}
