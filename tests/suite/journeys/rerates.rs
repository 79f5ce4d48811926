//! A rule was wrong: a preview says who gains, a re-rate corrects what purchases earned, once, and tells the members.

mod afterwards;

use std::sync::{Mutex, mpsc};

use jiff::{SignedDuration, Timestamp};
use puntos::Call;
use puntos_tests::{Answer, World};
use reqwest::Method;
use serde_json::{Value, json};

use crate::faults::wire::{Mishap, Wire};

const START: &str = "2026-03-10T09:00:00Z";

/// The programme with a promotion for everything since the first of March.
async fn with_promotion(world: &World) -> Value {
    let mut program = world.admin.get("/v1/program").await.expect(200).body;
    program["effective_from"] = json!("2026-03-01T00:00:00+03:00");
    program["rerate_mails"] = json!(true);
    program["promotions"] = json!([{"id": "x3", "name": "Triple", "effect": {"multiplier": "3"}}]);
    program
}

fn march(dry_run: bool) -> Value {
    json!({"dry_run": dry_run, "from": "2026-03-01", "to": "2026-03-31", "reason": "x3 was forgotten"})
}

/// Orders a re-rate with this key, and returns its id.
async fn order(world: &World, body: Value, key: &str) -> String {
    let ordered = world.admin.post("/v1/program/rerates", body, Some(key)).await.expect(202);
    ordered.text("rerate_id")
}

async fn shown(world: &World, rerate_id: &str) -> Answer {
    world.admin.get(&format!("/v1/program/rerates/{rerate_id}")).await.expect(200)
}

/// Makes a re-rate with this key, and returns how it ended.
async fn rerated(world: &World, body: Value, key: &str) -> Answer {
    let rerate_id = order(world, body, key).await;
    world.settle().await;
    shown(world, &rerate_id).await
}

/// What a preview and a dry run both say.
fn figures(answer: &Answer) -> Vec<Value> {
    let names = [
        "status",
        "from",
        "to",
        "dry_run",
        "purchases",
        "points_now",
        "points_then",
        "more",
        "less",
        "by_branch",
        "by_tier",
        "by_promotion",
        "examples",
    ];
    names.map(|name| answer.at(name).clone()).to_vec()
}

/// A member's corrections, newest first.
async fn corrections(world: &World, member: &str) -> Vec<i64> {
    let path = format!("/v1/members/{member}/timeline?kind=adjustment");
    let page = world.agent.get(&path).await.expect(200);
    let rows = page.at("data").as_array().expect("rows").iter();
    rows.map(|row| row["points"].as_i64().expect("points")).collect()
}

async fn at_start(world: &World) {
    world.stack.set_clock(START.parse().expect("an instant"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forgotten_promotion_is_previewed_and_then_given_once() {
    let world = World::start().await;
    at_start(&world).await;
    let (first, second) = (world.enrol().await, world.enrol().await);
    let (one, two) = (first.text("member_id"), second.text("member_id"));
    let bought = world.earn(&one, 1).await;
    let _ = world.earn(&one, 2).await;
    let _ = world.earn(&two, 3).await;
    // A third of it came back, and gains nothing.
    let back = json!({
        "branch": "b1", "return_number": "third", "amount": {"amount": 110_000, "currency": "RUB"},
        "returned_at": START,
    });
    let third = world.earn(&two, 3).await;
    let path = format!("/v1/purchases/{}/returns", third.text("purchase_id"));
    let _ = world.pos.post(&path, back, None).await.expect(201);
    // Before the period, without a member, and by a member who gains nothing.
    let mut old = world.purchase(&one, 110_000);
    old["purchased_at"] = json!("2026-02-28T20:59:59Z");
    let _ = world.pos.post("/v1/purchases", old, None).await.expect(201);
    let _ = world.unclaimed(110_000).await;
    let _ = world.member_id().await;

    let draft = with_promotion(&world).await;
    let mut body = march(true);
    body.as_object_mut().expect("an object").retain(|name, _| ["from", "to"].contains(&&**name));
    body["program"] = draft.clone();
    let preview = world.admin.post("/v1/program/preview", body, Some("p")).await.expect(202);
    let path = format!("/v1/program/previews/{}", preview.text("preview_id"));
    world.settle().await;
    let preview = world.admin.get(&path).await.expect(200);
    assert_eq!(preview.text("status"), "finished");
    assert_eq!(
        (preview.text("from"), preview.text("to")),
        ("2026-02-28T21:00:00Z".to_owned(), "2026-03-31T21:00:00Z".to_owned(),)
    );
    assert_eq!((preview.number("purchases"), preview.number("points_now")), (4, 880));
    assert_eq!(preview.number("points_then"), 3 * 880);
    assert_eq!(preview.at("more"), &json!({"members": 2, "points": 2 * 880}));
    assert_eq!(preview.at("less"), &json!({"members": 0, "points": 0}));
    assert_eq!(preview.at("by_branch"), &json!([{"id": "b1", "purchases": 4, "points": 2 * 880}]));
    assert_eq!(preview.at("by_tier"), &json!([{"id": null, "purchases": 4, "points": 2 * 880}]));
    assert_eq!(preview.text("by_promotion.0.id"), "x3");
    assert_eq!(preview.number("by_promotion.0.purchases"), 4);
    assert_eq!(preview.at("examples.0.member_id"), &json!(two));
    assert_eq!(world.available(&one).await, 440, "a preview changes nothing");

    let _ = world.admin.put("/v1/program", draft).await.expect(200);
    let dry = rerated(&world, march(true), "dry").await;
    assert_eq!(figures(&dry), figures(&preview));
    assert_eq!((dry.number("version"), dry.number("given")), (2, 2 * 880));
    assert_eq!((dry.number("members_told"), world.available(&one).await), (0, 440));

    let applied = rerated(&world, march(false), "apply").await;
    assert_eq!((applied.number("given"), applied.number("members_told")), (2 * 880, 2));
    assert_eq!(applied.at("more"), preview.at("more"));
    assert_eq!((world.available(&one).await, world.available(&two).await), (440 + 660, 3 * 550));
    assert_eq!(corrections(&world, &one).await, [440, 220]);
    let path = format!("/v1/members/{one}/timeline?kind=adjustment");
    let timeline = world.member(&one).await.get(&path).await.expect(200);
    assert_eq!(timeline.at("data.1.purchase_id"), bought.at("purchase_id"));
    assert!(timeline.text("data.1.summary").contains("x3 was forgotten"), "{timeline:?}");
    for (address, points) in [(first.text("email"), "660"), (second.text("email"), "1,100")] {
        let mails = world.stack.outbox(Some(&address));
        assert_eq!(mails.len(), 1, "{address}");
        let told = format!("We have added {points} points");
        assert!(mails[0].text.contains(&told), "{}", mails[0].text);
        assert!(mails[0].list_unsubscribe.is_some());
    }

    // The same request again, and the same period again.
    let again = world.admin.post("/v1/program/rerates", march(false), Some("apply")).await;
    assert!(again.expect(202).replayed);
    let other = world.admin.post("/v1/program/rerates", march(true), Some("apply")).await;
    let _ = other.expect_problem(422, "idempotency_key_reused");
    let new = rerated(&world, march(false), "again").await;
    assert_eq!((new.number("points_now"), new.number("points_then")), (3 * 880, 3 * 880));
    assert_eq!((new.number("given"), new.number("members_told")), (0, 0));
    assert_eq!(new.at("more.members"), &json!(0));
    assert_eq!(corrections(&world, &one).await, [440, 220]);
    assert_eq!(world.stack.outbox(Some(&first.text("email"))).len(), 1);
    proven(&world).await;
}

/// Every balance is the sum of its entries, and every chain is whole.
async fn proven(world: &World) {
    let run = world.admin.send(Method::POST, "/v1/reports/runs", None, Some("proof")).await;
    let _ = run.expect(202);
    world.settle().await;
    let report = world.admin.get("/v1/reports/reconcile").await.expect(200);
    assert_eq!((report.number("difference"), report.at("chain")), (0, &json!("whole")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_promotion_is_taken_back_or_forgiven() {
    for (over_credit, available, clawed, forgiven) in
        [("claw", 110, 220, 0), ("forgive", 330, 0, 220)]
    {
        let world = World::start().await;
        at_start(&world).await;
        let right = world.admin.get("/v1/program").await.expect(200).body;
        let wrong = with_promotion(&world).await;
        let _ = world.admin.put("/v1/program", wrong).await.expect(200);
        let member = world.member_id().await;
        let _ = world.earn(&member, 1).await;
        let mut right = right;
        right["effective_from"] = json!("2026-03-01T00:00:00+03:00");
        let _ = world.admin.put("/v1/program", right).await.expect(200);
        let mut body = march(false);
        body["over_credit"] = json!(over_credit);
        let done = rerated(&world, body, "down").await;
        assert_eq!(done.at("less"), &json!({"members": 1, "points": 220}));
        let found =
            (world.available(&member).await, done.number("clawed"), done.number("forgiven"));
        assert_eq!(found, (available, clawed, forgiven), "{over_credit}");
        assert_eq!(done.at("by_promotion"), &json!([{"id": "x3", "purchases": 1, "points": -220}]));
        // The programme in force does not tell its members.
        assert_eq!(done.number("members_told"), 0);
        proven(&world).await;
    }
}

/// Enrols so many members with a purchase each.
async fn members(world: &World, number: usize) -> Vec<String> {
    let mut members = Vec::new();
    for _ in 0..number {
        let member = world.member_id().await;
        let _ = world.earn(&member, 1).await;
        members.push(member);
    }
    members
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_re_rate_that_dies_anywhere_ends_as_if_it_had_not() {
    // The function dies once before each of these calls, and once after it.
    let actions = ["GetItem", "Scan", "Query", "BatchGetItem", "TransactWriteItems", "PutItem"];
    let (world, wire) = Wire::world(move |call: &Call, nth| {
        let is_meant = call.function == "rerate-purchases" && actions.contains(&&*call.action);
        match nth {
            1 if is_meant => Some(Mishap::DiesBefore),
            3 if is_meant => Some(Mishap::DiesAfter),
            _ => None,
        }
    })
    .await;
    at_start(&world).await;
    let members = members(&world, 12).await;
    let _ = world.admin.put("/v1/program", with_promotion(&world).await).await.expect(200);
    let rerate_id = order(&world, march(false), "apply").await;
    wire.arm();
    world.settle().await;
    // After several deaths its message waits longer.
    for _ in 0..12 {
        world.stack.set_clock(world.stack.clock().now() + SignedDuration::from_mins(31));
        world.settle().await;
    }
    wire.disarm();
    assert!(wire.mishaps() >= 6, "{}", wire.mishaps());
    let done = shown(&world, &rerate_id).await;
    assert_eq!(done.text("status"), "finished");
    assert_eq!(done.at("more"), &json!({"members": 12, "points": 12 * 220}));
    assert_eq!((done.number("purchases"), done.number("given")), (12, 12 * 220));
    assert_eq!(done.number("members_told"), 12);
    assert_eq!(
        done.at("by_promotion"),
        &json!([{"id": "x3", "purchases": 12, "points": 12 * 220}])
    );
    for member in &members {
        assert_eq!(corrections(&world, member).await, [220]);
    }
    assert_eq!(world.stack.outbox(None).len(), 12);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_walk_that_stands_still_is_gone_on_with() {
    let (world, wire) = Wire::world(|call: &Call, _| {
        let is_segment = call.function == "rerate-purchases" && call.service == "sqs";
        is_segment.then_some(Mishap::DiesBefore)
    })
    .await;
    at_start(&world).await;
    let _ = members(&world, 1).await;
    // The request dies before its message.
    wire.arm();
    let lost = world.admin.post("/v1/program/rerates", march(true), Some("lost")).await;
    assert!(lost.status >= 500, "{lost:?}");
    wire.disarm();
    let start: Timestamp = START.parse().expect("an instant");
    let fire = async |minutes| {
        let at = start + SignedDuration::from_mins(minutes);
        let fired = world.stack.fire_schedules(Some("rerate-purchases"), at).await;
        assert_eq!(fired, [("rerate-purchases".to_owned(), true)]);
        world.settle().await;
    };
    let id = puntos_domain::id::RerateId::from_key("lost");
    fire(59).await;
    assert_eq!(shown(&world, id.as_str()).await.text("status"), "running");
    fire(61).await;
    let done = shown(&world, id.as_str()).await;
    assert_eq!((done.text("status"), done.number("purchases")), ("finished".to_owned(), 1));
}

async fn stop(world: &World, rerate_id: &str, key: &str) -> String {
    let path = format!("/v1/program/rerates/{rerate_id}/stop");
    world.admin.send(Method::POST, &path, None, Some(key)).await.expect(200).text("status")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_re_rate_goes_no_further_and_the_next_one_does_the_rest() {
    let (world, wire) = Wire::world(|call: &Call, _| {
        let is_message = call.function == "rerate-purchases" && call.service == "sqs";
        is_message.then_some(Mishap::DiesBefore)
    })
    .await;
    at_start(&world).await;
    let members = members(&world, 3).await;
    let _ = world.admin.put("/v1/program", with_promotion(&world).await).await.expect(200);
    // Its first message is late: the request dies before it, and it comes after the stop.
    wire.arm();
    let lost = world.admin.post("/v1/program/rerates", march(false), Some("apply")).await;
    assert!(lost.status >= 500, "{lost:?}");
    wire.disarm();
    let rerate_id = puntos_domain::id::RerateId::from_key("apply").to_string();
    assert_eq!(stop(&world, &rerate_id, "stop").await, "stopped");
    let late = json!({"id": rerate_id, "segment": 0}).to_string();
    world.stack.send_message("RerateQueue", &late).await.expect("the queue takes it");
    world.settle().await;
    assert_eq!(stop(&world, &rerate_id, "stop-again").await, "stopped");
    let ended = shown(&world, &rerate_id).await;
    assert_eq!((ended.text("status"), ended.number("purchases")), ("stopped".to_owned(), 0));
    assert_eq!(world.available(&members[0]).await, 110);
    let next = rerated(&world, march(false), "next").await;
    assert_eq!(next.at("more"), &json!({"members": 3, "points": 660}));
    assert_eq!(stop(&world, &next.text("rerate_id"), "late").await, "finished");
}

/// The segment waits before its scan until the test has stopped the re-rate.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_segment_did_while_it_was_stopped_counts() {
    let (arrived, at_scan) = mpsc::channel();
    let (open, gate) = mpsc::channel::<()>();
    let gate = Mutex::new((arrived, gate));
    let (world, wire) = Wire::world(move |call: &Call, _| {
        if call.function == "rerate-purchases" && call.action == "Scan" {
            let gate = gate.lock().expect("no poison");
            gate.0.send(()).expect("the test waits");
            gate.1.recv().expect("the test opens the gate");
        }
        None
    })
    .await;
    at_start(&world).await;
    // More than one segment.
    let _ = members(&world, 110).await;
    let _ = world.admin.put("/v1/program", with_promotion(&world).await).await.expect(200);
    wire.arm();
    let rerate_id = order(&world, march(false), "apply").await;
    tokio::task::spawn_blocking(move || at_scan.recv()).await.expect("no panic").expect("a scan");
    assert_eq!(stop(&world, &rerate_id, "stop").await, "stopped");
    wire.disarm();
    open.send(()).expect("the segment waits");
    world.settle().await;
    let ended = shown(&world, &rerate_id).await;
    assert_eq!(ended.text("status"), "stopped");
    let done = ended.number("purchases");
    assert!(done > 0 && done < 110, "{done}");
    assert_eq!(ended.number("given"), done * 220);
    let next = rerated(&world, march(false), "next").await;
    assert_eq!((next.number("purchases"), next.number("given")), (110, (110 - done) * 220));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_walk_over_many_segments_counts_each_member_once() {
    let world = World::start().await;
    at_start(&world).await;
    let members = members(&world, 110).await;
    let _ = world.admin.put("/v1/program", with_promotion(&world).await).await.expect(200);
    let mut unsubscribed = 0;
    for member in members.iter().step_by(10) {
        let path = format!("/v1/members/{member}");
        let _ = world.agent.patch(&path, json!({"optional_emails": false})).await.expect(200);
        unsubscribed += 1;
    }
    let rerate_id = order(&world, march(false), "apply").await;
    world.settle().await;
    // Messages that come again change nothing.
    for segment in [0, 0, 1, 2, 7] {
        let message = json!({"id": rerate_id, "segment": segment}).to_string();
        world.stack.send_message("RerateQueue", &message).await.expect("the queue takes it");
    }
    world.settle().await;
    let done = shown(&world, &rerate_id).await;
    assert_eq!(done.at("more"), &json!({"members": 110, "points": 110 * 220}));
    assert_eq!(done.number("members_told"), 110 - unsubscribed);
    assert_eq!(done.at("examples").as_array().map(Vec::len), Some(20));
    let sheet = world.admin.get_as(&format!("/v1/program/rerates/{rerate_id}"), "text/csv").await;
    let sheet = sheet.expect(200);
    let sheet = sheet.body.as_str().expect("a sheet");
    assert!(sheet.contains("\ntotal,,,,110,12100,36300,24200,finished\n"), "{sheet}");
    assert!(sheet.contains("\npromotion,x3,,,110,,,24200,\n"), "{sheet}");
    proven(&world).await;
}
