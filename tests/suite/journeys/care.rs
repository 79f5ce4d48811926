//! The care cycle with the clock and the hourly run: calls, automatic orders, months without an order,
//! runs that are missed, repeated or interrupted, and nights on which the clocks change.

use puntos_tests::World;
use puntos_tests::orders::{run_at, send};
use serde_json::{Value, json};

use crate::contract::orders::{task_line, tasks};
use crate::faults::wire::{Mishap, Wire};

/// Sets the programme's time zone.
async fn in_zone(world: &World, zone: &str) {
    change(world, |program| program["time_zone"] = json!(zone)).await;
}

async fn change(world: &World, change: impl FnOnce(&mut Value)) {
    let mut program = world.admin.get("/v1/program").await.expect(200).body;
    // The days of these tests are before the start of the world.
    program["effective_from"] = json!("2020-01-01T00:00:00Z");
    change(&mut program);
    let _ = world.admin.put("/v1/program", program).await.expect(200);
}

/// Returns the list of today as `kind from..until status`, with its marks.
async fn list(world: &World) -> Vec<String> {
    let listed = world.agent.get("/v1/tasks").await.expect(200);
    let row = |task: &Value| {
        let mark = |name: &str| {
            if task[name] == json!(true) { format!(", {name}") } else { String::new() }
        };
        format!("{}{}{}", task_line(task), mark("due_tomorrow"), mark("faded"))
    };
    listed.at("data").as_array().unwrap().iter().map(row).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_is_called_after_an_order_and_after_months_without_one() {
    let world = World::start().await;
    in_zone(&world, "Europe/Madrid").await;
    // Half an hour before midnight; the clocks change on the 29th.
    world.stack.set_clock("2026-03-24T23:30:00+01:00".parse().unwrap());
    let member = world.member_id().await;
    let _ = send(&world, &member, "placed", "o1", json!({})).await.expect(201);
    let check_in = "check_in 2026-03-30..2026-04-06 open";
    let connect = "connect 2026-04-14..2026-04-21 open";
    let tomorrow = |task: &str| format!("{task}, due_tomorrow");
    for (now, expected) in [
        ("2026-03-29T00:10:00+01:00", None),
        ("2026-03-29T23:50:00+02:00", None),
        ("2026-03-30T00:10:00+02:00", Some(check_in.to_owned())),
        ("2026-04-05T00:10:00+02:00", Some(tomorrow(check_in))),
        ("2026-04-06T00:10:00+02:00", Some(check_in.to_owned())),
        ("2026-04-06T23:50:00+02:00", Some(check_in.to_owned())),
        ("2026-04-07T00:10:00+02:00", None),
        ("2026-04-13T23:50:00+02:00", None),
        ("2026-04-14T00:10:00+02:00", Some(connect.to_owned())),
        ("2026-04-20T00:10:00+02:00", Some(tomorrow(connect))),
        ("2026-04-21T23:50:00+02:00", Some(connect.to_owned())),
        ("2026-04-22T00:10:00+02:00", None),
        ("2026-07-23T23:50:00+02:00", None),
        ("2026-07-24T00:10:00+02:00", Some("reconnect 2026-07-24.. open".to_owned())),
        ("2026-09-24T00:10:00+02:00", Some("reconnect 2026-07-24.. open".to_owned())),
    ] {
        run_at(&world, now).await;
        assert_eq!(list(&world).await, Vec::from_iter(expected), "{now}");
    }
    let _ = send(&world, &member, "placed", "o2", json!({})).await.expect(201);
    let expected = [
        "reconnect 2026-07-24.. completed",
        "connect 2026-04-14..2026-04-21 lapsed",
        "check_in 2026-03-30..2026-04-06 lapsed",
    ];
    assert_eq!(tasks(&world, &member).await, expected);
    let path = format!("/v1/members/{member}/tasks?limit=1");
    let closed = world.agent.reading("en").get(&path).await.expect(200);
    assert_eq!(closed.text("data.0.note"), "The customer ordered again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn days_that_were_missed_are_made_up_for_and_twice_is_once() {
    let world = World::start().await;
    world.stack.set_clock("2026-05-01T12:00:00+03:00".parse().unwrap());
    let member = world.member_id().await;
    let _ = send(&world, &member, "placed", "o1", json!({})).await.expect(201);
    let further = json!({"scheduled_for": "2026-05-25"});
    let _ = send(&world, &member, "autoship_scheduled", "a1", further).await.expect(201);
    let expected = [
        "connect 2026-05-22..2026-05-29 lapsed",
        "check_in 2026-05-07..2026-05-14 lapsed",
        "autoship_reminder 2026-05-05..2026-05-25 lapsed",
    ];
    for now in
        ["2026-06-10T03:10:00+03:00", "2026-06-10T03:10:00+03:00", "2026-06-10T04:10:00+03:00"]
    {
        run_at(&world, now).await;
        assert_eq!(tasks(&world, &member).await, expected, "{now}");
        assert_eq!(list(&world).await, [""; 0]);
    }
    // A late run for a past day changes nothing.
    let late = "2026-05-09T00:10:00+03:00".parse().unwrap();
    assert!(world.stack.fire_schedules(Some("generate-tasks"), late).await[0].1);
    assert_eq!(tasks(&world, &member).await, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_day_begins_where_its_midnight_is() {
    for (zone, ordered, before, after) in [
        // In Santiago the 6th of September begins at 01:00.
        (
            "America/Santiago",
            "2026-08-31T22:00:00-04:00",
            "2026-09-05T23:50:00-04:00",
            "2026-09-06T01:10:00-03:00",
        ),
        (
            "America/New_York",
            "2026-10-26T12:00:00-04:00",
            "2026-10-31T23:50:00-04:00",
            "2026-11-01T00:10:00-04:00",
        ),
        (
            "Asia/Kolkata",
            "2026-01-26T00:05:00+05:30",
            "2026-01-31T23:50:00+05:30",
            "2026-02-01T00:10:00+05:30",
        ),
    ] {
        let world = World::start().await;
        in_zone(&world, zone).await;
        world.stack.set_clock(ordered.parse().unwrap());
        let member = world.member_id().await;
        let _ = send(&world, &member, "placed", "o1", json!({})).await.expect(201);
        run_at(&world, before).await;
        assert_eq!(tasks(&world, &member).await, [""; 0], "{zone}");
        run_at(&world, after).await;
        assert_eq!(list(&world).await.len(), 1, "{zone}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_is_cut_off_is_gone_on_with() {
    for dies_after in [false, true] {
        // The scheduler retries a failed run; each of the runs is interrupted.
        let (world, wire) = Wire::world(move |call, nth| {
            let writes = call.function == "generate-tasks" && call.action == "TransactWriteItems";
            let dies = if dies_after { Mishap::DiesAfter } else { Mishap::DiesBefore };
            (writes && nth % 5 == 4).then_some(dies)
        })
        .await;
        world.stack.set_clock("2026-05-01T12:00:00+03:00".parse().unwrap());
        let mut members = Vec::new();
        for _ in 0..20 {
            let member = world.member_id().await;
            let _ = send(&world, &member, "placed", "o1", json!({})).await.expect(201);
            members.push(member);
        }
        wire.arm();
        let now = "2026-05-07T00:10:00+03:00".parse().unwrap();
        world.stack.set_clock(now);
        let died = world.stack.fire_schedules(Some("generate-tasks"), now).await;
        assert!(!died[0].1, "the run fails");
        assert!(wire.mishaps() > 0);
        wire.disarm();
        run_at(&world, "2026-05-07T01:10:00+03:00").await;
        assert_eq!(list(&world).await.len(), 20);
        for member in &members {
            assert_eq!(tasks(&world, member).await, ["check_in 2026-05-07..2026-05-14 open"]);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_reminder_of_an_automatic_order_lives_until_the_order() {
    let world = World::start().await;
    world.stack.set_clock("2026-05-01T12:00:00+03:00".parse().unwrap());
    let member = world.member_id().await;
    let schedule = async |kind: &str, date: &str| {
        send(&world, &member, kind, "a1", json!({"scheduled_for": date})).await.expect(201)
    };
    let _ = schedule("autoship_scheduled", "2026-06-15").await;
    run_at(&world, "2026-05-25T00:10:00+03:00").await;
    assert_eq!(tasks(&world, &member).await, [""; 0]);
    // It is due twenty days before, so the list of the day twelve days before has it.
    run_at(&world, "2026-05-26T00:10:00+03:00").await;
    let reminder = "autoship_reminder 2026-05-26..2026-06-15 open";
    assert_eq!(tasks(&world, &member).await, [reminder]);
    run_at(&world, "2026-06-02T23:50:00+03:00").await;
    assert_eq!(list(&world).await, [""; 0]);
    run_at(&world, "2026-06-03T00:10:00+03:00").await;
    assert_eq!(list(&world).await, [reminder]);
    let listed = world.agent.get("/v1/tasks").await.expect(200);
    let task = listed.text("data.0.task_id");
    let path = format!("/v1/tasks/{task}/complete");
    let _ = world.agent.post(&path, json!({"note": "reminded"}), Some("first")).await.expect(200);
    let faded = "autoship_reminder 2026-05-26..2026-06-15 completed, faded";
    assert_eq!(list(&world).await, [faded]);
    // A moved reminder opens again under its id. A retry of the earlier completion does not complete it.
    let moved = schedule("rescheduled", "2026-06-20").await;
    assert_eq!(moved.at("tasks").as_array().unwrap().len(), 2);
    let again =
        world.agent.post(&path, json!({"note": "reminded"}), Some("first")).await.expect(200);
    assert!(again.replayed);
    run_at(&world, "2026-06-08T00:10:00+03:00").await;
    let open = "autoship_reminder 2026-06-03..2026-06-20 open".to_owned();
    let changed = "autoship_changed 2026-06-03.. open".to_owned();
    assert_eq!(list(&world).await, [&*open, &changed]);
    assert_eq!(world.agent.get("/v1/tasks").await.expect(200).text("data.0.task_id"), task);
    let _ = world.agent.post(&path, json!({}), Some("second")).await.expect(200);
    run_at(&world, "2026-06-20T23:50:00+03:00").await;
    let faded = "autoship_reminder 2026-06-03..2026-06-20 completed, faded";
    assert_eq!(list(&world).await, [faded, &changed]);
    run_at(&world, "2026-06-21T00:10:00+03:00").await;
    assert_eq!(list(&world).await, [&*changed]);
    // The reminder lapsed. When the order moves, it opens again under its id.
    let late = schedule("rescheduled", "2026-07-01").await;
    let ids: Vec<&str> = late
        .at("tasks")
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|row| row["task_id"].as_str())
        .collect();
    assert!(ids.contains(&&*task), "{ids:?}");
    assert_eq!(list(&world).await[0], "autoship_reminder 2026-06-21..2026-07-01 open");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purchase_starts_a_cycle_only_where_the_programme_says_so() {
    let world = World::start().await;
    world.stack.set_clock("2026-05-01T12:00:00+03:00".parse().unwrap());
    let (before, after) = (world.member_id().await, world.member_id().await);
    let _ = world.earn(&before, 1).await;
    change(&world, |program| program["care"]["purchases_start_cycles"] = json!(true)).await;
    let purchase = world.purchase(&after, 110_000);
    for _ in 0..2 {
        let _ = world.pos.post("/v1/purchases", purchase.clone(), None).await.expect(201);
    }
    let _ = world.unclaimed(110_000).await;
    world.settle().await;
    let cycle = async |member: &str| {
        let found = world.agent.get(&format!("/v1/members/{member}/tasks")).await.expect(200);
        found.at("cycle.last_order_on").clone()
    };
    assert_eq!((cycle(&before).await, cycle(&after).await), (Value::Null, json!("2026-05-01")));
    run_at(&world, "2026-05-07T00:10:00+03:00").await;
    assert_eq!(tasks(&world, &after).await, ["check_in 2026-05-07..2026-05-14 open"]);
    assert_eq!(tasks(&world, &before).await, [""; 0]);
    // A repeated message changes nothing.
    let path = format!(
        "/v1/purchases?branch=b1&invoice_number={}",
        purchase["invoice_number"].as_str().unwrap()
    );
    let recorded = world.agent.get(&path).await.expect(200);
    let message = json!({
        "purchase_id": recorded.text("data.0.purchase_id"), "member_id": after,
        "purchased_at": purchase["purchased_at"],
    });
    world.stack.send_message("OrderQueue", &message.to_string()).await.unwrap();
    world.settle().await;
    assert_eq!(tasks(&world, &after).await.len(), 1);
    assert_eq!(world.stack.queue_counts("OrderDeadLetters").await.unwrap().visible, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_reminder_is_always_in_one_of_two_lists() {
    let world = World::start().await;
    world.stack.set_clock("2026-05-01T12:00:00+03:00".parse().unwrap());
    let member = world.member_id().await;
    let schedule = async |kind: &str, date: &str| {
        let sent = send(&world, &member, kind, "a1", json!({"scheduled_for": date})).await;
        let _ = sent.expect(201);
    };
    let shown = async || {
        let upcoming = world.agent.get("/v1/tasks/upcoming?days=1").await.expect(200);
        let today = world.agent.get("/v1/tasks?kind=autoship_reminder").await.expect(200);
        let [upcoming, today] = [upcoming, today].map(|list| list.body["data"][0].clone());
        [upcoming["tasks"][0].clone(), today]
    };
    schedule("autoship_scheduled", "2026-06-15").await;
    for (now, runs, lists) in [
        ("2026-05-25T23:59:59+03:00", true, [false, false]),
        // The first run of a day comes after its midnight, and may fail for days.
        ("2026-05-26T00:00:00+03:00", false, [true, false]),
        ("2026-05-27T00:00:00+03:00", false, [true, false]),
        ("2026-06-03T12:00:00+03:00", false, [true, false]),
        ("2026-06-15T23:59:59+03:00", false, [true, false]),
        ("2026-05-28T00:10:00+03:00", true, [true, false]),
        ("2026-06-02T23:59:59+03:00", true, [true, false]),
        ("2026-06-03T00:00:00+03:00", false, [false, true]),
        ("2026-06-15T23:59:59+03:00", true, [false, true]),
    ] {
        world.stack.set_clock(now.parse().unwrap());
        if runs {
            run_at(&world, now).await;
        }
        assert_eq!(shown().await.map(|task| !task.is_null()), lists, "{now}");
    }
    // Delayed, and pulled forward: the same task says from where to where.
    let task = shown().await[1]["task_id"].clone();
    schedule("rescheduled", "2026-07-01").await;
    let [upcoming, listed] = shown().await;
    assert_eq!((&upcoming["task_id"], &listed), (&task, &Value::Null));
    let delayed = json!({"from": "2026-06-15", "to": "2026-07-01", "direction": "delayed"});
    assert_eq!(upcoming["moved"], delayed);
    schedule("rescheduled", "2026-06-20").await;
    let [upcoming, listed] = shown().await;
    assert_eq!((&upcoming, &listed["task_id"]), (&Value::Null, &task));
    let forward = json!({"from": "2026-07-01", "to": "2026-06-20", "direction": "pulled_forward"});
    assert_eq!(listed["moved"], forward);
    let changed = world.agent.get("/v1/tasks?kind=autoship_changed").await.expect(200);
    let mut moves = [changed.at("data.0.moved").clone(), changed.at("data.1.moved").clone()];
    moves.sort_by_key(|moved| moved["from"].to_string());
    assert_eq!(moves, [delayed, forward]);
    let path = format!("/v1/members/{member}/timeline?kind=task");
    let timeline = world.agent.get(&path).await.expect(200).body.to_string();
    for words in [
        "the automatic order was moved, delayed from 15 June 2026 to 1 July 2026: open",
        "the automatic order was moved, pulled forward from 1 July 2026 to 20 June 2026: open",
        "the automatic order comes soon, pulled forward from 1 July 2026 to 20 June 2026: open",
    ] {
        assert!(timeline.contains(words), "{words} in {timeline}");
    }
}
