//! The task lists of a day and of a member, and the completion of tasks.

use puntos_tests::orders::{run_at, send};
use puntos_tests::{Answer, World};
use serde_json::{Value, json};

use super::orders::{task_line, tasks};

/// Makes one open task, and returns its id.
async fn open_task(world: &World, member: &str) -> String {
    let order = format!("order-{}", world.fresh());
    let sent = send(world, member, "card_failed", &order, json!({"detail": "refused"})).await;
    sent.expect(201).text("tasks.0.task_id")
}

async fn complete(world: &World, task: &str, body: Value, key: &str) -> Answer {
    world.agent.post(&format!("/v1/tasks/{task}/complete"), body, Some(key)).await
}

fn rows(answer: &Answer) -> Vec<String> {
    answer.at("data").as_array().unwrap().iter().map(task_line).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_is_completed_once() {
    let world = World::start().await;
    let member = world.member_id().await;
    let task = open_task(&world, &member).await;
    let done = complete(&world, &task, json!({"note": "called"}), "done").await.expect(200);
    assert_eq!((done.text("status"), done.text("note")), ("completed".into(), "called".into()));
    assert_eq!((done.text("task_id"), done.text("detail")), (task.clone(), "refused".into()));
    let subject = done.text("completed_by").strip_prefix("agent:").unwrap().to_owned();
    assert_eq!((done.text("done_by"), done.text("done_note")), (subject, "called".into()));
    let again = complete(&world, &task, json!({"note": "called"}), "done").await.expect(200);
    assert!(again.replayed);
    assert_eq!(again.body, done.body);
    let other_body = complete(&world, &task, json!({"note": "other"}), "done").await;
    let _ = other_body.expect_problem(422, "idempotency_key_reused");
    let other_key = complete(&world, &task, json!({"note": "called"}), "second").await;
    let _ = other_key.expect_problem(409, "task_completed");
    let path = format!("/v1/tasks/{task}/complete");
    let no_key = world.agent.post(&path, json!({}), None).await;
    let _ = no_key.expect_problem(400, "idempotency_key_missing");
    // The body is optional, and a key belongs to its task.
    let other = open_task(&world, &member).await;
    let path = format!("/v1/tasks/{other}/complete");
    let _ = world.agent.send(reqwest::Method::POST, &path, None, Some("done")).await.expect(200);
    let third = open_task(&world, &member).await;
    let too_long = complete(&world, &third, json!({"note": "x".repeat(501)}), "long").await;
    assert_eq!(too_long.expect(422).text("errors.0.field"), "note");
    for missing in ["tsk_0", "tsk_00000000000000000000000000000000"] {
        let _ = complete(&world, missing, json!({}), "missing").await.expect(404);
    }
    let path = format!("/v1/tasks/{third}/complete");
    for caller in [&world.pos, &world.admin, &world.member(&member).await] {
        let refused = caller.post(&path, json!({}), Some("role")).await;
        let _ = refused.expect_problem(403, "forbidden");
    }
    let _ = world.supervisor.post(&path, json!({}), Some("role")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_completed_task_tells_who_did_it_and_what_they_said() {
    let world = World::start().await;
    let member = world.member_id().await;
    let task = open_task(&world, &member).await;
    let timeline = format!("/v1/members/{member}/timeline?kind=task");
    let open = world.agent.get(&timeline).await.expect(200);
    assert_eq!(
        (open.text("data.0.note"), open.text("data.0.actor").contains("agent:")),
        ("refused".into(), false)
    );
    let done = complete(&world, &task, json!({"note": "called"}), "done").await.expect(200);
    let subject = done.text("done_by");
    let told = async |caller: &puntos_tests::Caller| {
        let entry = caller.get(&timeline).await.expect(200);
        [entry.at("data.0.actor").clone(), entry.at("data.0.note").clone()]
    };
    assert_eq!(told(&world.agent).await, [json!(subject), json!("called")]);
    let refused = world.agent.put("/v1/agents/me", json!({"name": " "})).await;
    assert_eq!(refused.expect_problem(422, "invalid_field").text("errors.0.field"), "name");
    let mine = world.agent.put("/v1/agents/me", json!({"name": "Anna Agent"})).await.expect(200);
    assert_eq!(mine.body, json!({"agent_id": subject, "name": "Anna Agent"}));
    let _ = world.admin.put("/v1/agents/me", json!({"name": "Ada Admin"})).await.expect(200);
    assert_eq!(told(&world.supervisor).await, [json!("Anna Agent"), json!("called")]);
    assert_eq!(told(&world.member(&member).await).await, [Value::Null, Value::Null]);
    let of_member = world.agent.get(&format!("/v1/members/{member}/tasks")).await.expect(200);
    let completed = world.agent.get("/v1/tasks?status=completed").await.expect(200);
    let again = complete(&world, &task, json!({"note": "called"}), "done").await.expect(200);
    let rows = [of_member.at("data.0"), completed.at("data.0"), &again.body];
    for row in rows {
        assert_eq!((&row["done_by"], &row["done_note"]), (&json!("Anna Agent"), &json!("called")));
    }
    let agents = world.supervisor.get("/v1/agents?limit=1").await.expect(200);
    let cursor = agents.text("next_cursor");
    assert!(!cursor.contains(&agents.text("data.0.agent_id")), "{cursor}");
    let rest = world.admin.get(&format!("/v1/agents?cursor={cursor}")).await.expect(200);
    let mut names = [agents.text("data.0.name"), rest.text("data.0.name")];
    names.sort();
    assert_eq!(names, ["Ada Admin", "Anna Agent"]);
    assert_eq!(
        (rest.at("data").as_array().map(Vec::len), rest.at("next_cursor")),
        (Some(1), &Value::Null)
    );
    let foreign = world.agent.get("/v1/agents?cursor=rewards.x").await;
    let _ = foreign.expect_problem(400, "cursor_mismatch");
    // Optional fields are always there.
    let open = open_task(&world, &member).await;
    let listed = world.agent.get("/v1/tasks").await.expect(200);
    assert_eq!(listed.text("data.0.task_id"), open);
    for field in ["due_until", "completed_at", "completed_by", "done_by", "done_note"] {
        assert_eq!(listed.body["data"][0].get(field), Some(&Value::Null), "{field}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_whose_last_day_has_passed_cannot_be_completed() {
    let world = World::start().await;
    world.stack.set_clock("2026-05-01T12:00:00+03:00".parse().unwrap());
    let member = world.member_id().await;
    let _ = send(&world, &member, "placed", "o1", json!({})).await.expect(201);
    run_at(&world, "2026-05-07T00:10:00+03:00").await;
    let listed = world.agent.get("/v1/tasks").await.expect(200);
    assert_eq!(rows(&listed), ["check_in 2026-05-07..2026-05-14 open"]);
    let task = listed.text("data.0.task_id");
    // The task has lapsed, although no run has recorded it yet.
    world.stack.set_clock("2026-05-15T00:00:01+03:00".parse().unwrap());
    let late = complete(&world, &task, json!({}), "late").await;
    let _ = late.expect_problem(409, "task_lapsed");
    assert_eq!(tasks(&world, &member).await, ["check_in 2026-05-07..2026-05-14 lapsed"]);
    run_at(&world, "2026-05-15T01:10:00+03:00").await;
    let late = complete(&world, &task, json!({}), "late").await;
    let _ = late.expect_problem(409, "task_lapsed");
    let lapsed = world.agent.get("/v1/tasks?status=lapsed").await.expect(200);
    assert_eq!(rows(&lapsed), ["check_in 2026-05-07..2026-05-14 lapsed"], "overnight");
    run_at(&world, "2026-05-16T01:10:00+03:00").await;
    let later = world.agent.get("/v1/tasks?status=lapsed").await.expect(200);
    assert_eq!(rows(&later), [""; 0]);
    let of_its_day = world.agent.get("/v1/tasks?status=lapsed&day=2026-05-10").await.expect(200);
    assert_eq!(rows(&of_its_day), ["check_in 2026-05-07..2026-05-14 lapsed"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_of_a_day_has_its_order_filters_and_pages() {
    let world = World::start().await;
    world.stack.set_clock("2026-05-01T12:00:00+03:00".parse().unwrap());
    let scheduled = |date: &str| json!({"scheduled_for": date});
    for (kind, further) in [
        ("placed", json!({})),
        ("placed", json!({"at": "2026-04-28T12:00:00+03:00"})),
        ("autoship_scheduled", scheduled("2026-05-12")),
        ("autoship_scheduled", scheduled("2026-05-19")),
        ("autoship_scheduled", scheduled("2026-05-20")),
        ("card_failed", json!({})),
        ("returned", json!({})),
    ] {
        let member = world.member_id().await;
        let _ = send(&world, &member, kind, &format!("of-{member}"), further).await.expect(201);
    }
    run_at(&world, "2026-05-07T00:10:00+03:00").await;
    let expected = [
        "check_in 2026-05-04..2026-05-11 open",
        "autoship_reminder 2026-05-01..2026-05-12 open",
        "check_in 2026-05-07..2026-05-14 open",
        "autoship_reminder 2026-05-01..2026-05-19 open",
        "card_failed 2026-05-01.. open",
        "product_returned 2026-05-01.. open",
    ];
    let mut whole = rows(&world.agent.get("/v1/tasks").await.expect(200));
    // The last two have the same day, so their ids decide.
    whole[4..].sort();
    assert_eq!(whole, expected, "that of 2026-05-20 is listed from the 8th on");
    for limit in [1, 2, 4, 5, 100] {
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/v1/tasks?limit={limit}{cursor}");
            let page = world.agent.get(&path).await.expect(200);
            found.extend(rows(&page));
            match page.at("next_cursor").as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        found[4..].sort();
        assert_eq!(found, expected, "{limit} a page");
    }
    let first = world.agent.get("/v1/tasks?limit=1").await.expect(200).text("next_cursor");
    for other in ["day=2026-05-07", "kind=check_in", "status=open"] {
        let path = format!("/v1/tasks?{other}&cursor={first}");
        let _ = world.agent.get(&path).await.expect_problem(400, "cursor_mismatch");
    }
    for (asked, expected) in [
        (
            "kind=check_in",
            &["check_in 2026-05-04..2026-05-11 open", "check_in 2026-05-07..2026-05-14 open"][..],
        ),
        ("kind=card_failed&status=open", &["card_failed 2026-05-01.. open"]),
        ("day=2026-05-06&kind=check_in", &["check_in 2026-05-04..2026-05-11 open"]),
        ("day=2026-05-12&kind=check_in", &["check_in 2026-05-07..2026-05-14 open"]),
        ("status=completed", &[]),
        ("kind=card_failed&status=lapsed", &[]),
    ] {
        let listed = world.agent.get(&format!("/v1/tasks?{asked}")).await.expect(200);
        assert_eq!(rows(&listed), expected, "{asked}");
    }
    let tomorrow = world.agent.get("/v1/tasks?day=2026-05-10&kind=check_in").await.expect(200);
    let marks: Vec<&Value> =
        tomorrow.at("data").as_array().unwrap().iter().map(|row| &row["due_tomorrow"]).collect();
    assert_eq!(marks, [&json!(true), &json!(false)]);
    for bad in
        ["day=2026-5-1", "day=2026-02-30", "day=today", "kind=coffee", "status=done", "limit=0"]
    {
        let refused = world.agent.get(&format!("/v1/tasks?{bad}")).await;
        assert_eq!(refused.expect(422).text("errors.0.field"), bad.split('=').next().unwrap());
    }
    for caller in [&world.pos, &world.admin] {
        let _ = caller.get("/v1/tasks").await.expect_problem(403, "forbidden");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_done_on_a_day_can_be_listed() {
    let world = World::start().await;
    world.stack.set_clock("2026-05-01T12:00:00+03:00".parse().unwrap());
    let member = world.member_id().await;
    let (early, late) = (open_task(&world, &member).await, open_task(&world, &member).await);
    let _ = complete(&world, &early, json!({}), "early").await.expect(200);
    world.stack.set_clock("2026-05-03T12:00:00+03:00".parse().unwrap());
    let _ = complete(&world, &late, json!({}), "late").await.expect(200);
    for (day, expected) in
        [("2026-04-30", 0), ("2026-05-01", 2), ("2026-05-02", 1), ("2026-05-04", 0)]
    {
        let path = format!("/v1/tasks?day={day}&status=completed");
        let listed = world.agent.get(&path).await.expect(200);
        assert_eq!(rows(&listed).len(), expected, "{day}");
    }
    let path = "/v1/tasks?day=2026-05-02&status=completed";
    assert_eq!(world.agent.get(path).await.expect(200).text("data.0.task_id"), late);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_is_found_in_the_cycle() {
    let world = World::start().await;
    world.stack.set_clock("2026-05-01T12:00:00+03:00".parse().unwrap());
    let member = world.member_id().await;
    let path = format!("/v1/members/{member}/tasks");
    let nothing = world.agent.get(&path).await.expect(200);
    assert_eq!(nothing.at("data"), &json!([]));
    assert_eq!(nothing.at("cycle.last_order_on"), &Value::Null);
    let _ = send(&world, &member, "placed", "o1", json!({})).await.expect(201);
    for (order, date) in [("a2", "2026-08-01"), ("a1", "2026-05-10")] {
        let further = json!({"scheduled_for": date});
        let _ = send(&world, &member, "autoship_scheduled", order, further).await.expect(201);
    }
    let found = world.agent.get(&path).await.expect(200);
    let expected = json!({
        "last_order_on": "2026-05-01", "check_in_from": "2026-05-07", "connect_from": "2026-05-22",
        "reconnect_on": "2026-09-01", "autoships": [
            {"order_id": "a1", "scheduled_for": "2026-05-10", "reminder_on": "2026-05-01"},
            {"order_id": "a2", "scheduled_for": "2026-08-01", "reminder_on": "2026-07-12"},
        ],
    });
    assert_eq!(found.at("cycle"), &expected);
    assert_eq!(rows(&found), ["autoship_reminder 2026-05-01..2026-05-10 open"]);
    // Moved to a far day, it is not due any more and not shown until then.
    let further = json!({"scheduled_for": "2026-06-30"});
    let _ = send(&world, &member, "rescheduled", "a1", further).await.expect(201);
    let moved = ["autoship_changed 2026-05-01.. open"];
    assert_eq!(tasks(&world, &member).await, moved);
    for _ in 0..3 {
        let _ = open_task(&world, &member).await;
    }
    let mut ids = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = world.agent.get(&format!("{path}?limit=2{cursor}")).await.expect(200);
        ids.extend(
            page.at("data").as_array().unwrap().iter().map(|row| row["task_id"].to_string()),
        );
        match page.at("next_cursor").as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4);
    let other = world.member_id().await;
    let foreign = world.agent.get(&format!("/v1/members/{other}/tasks?limit=2{cursor}")).await;
    let _ = foreign.expect_problem(400, "cursor_mismatch");
    let _ = world.agent.get("/v1/members/mbr_0000000000000000/tasks").await.expect(404);
    for caller in [&world.pos, &world.admin, &world.member(&member).await] {
        let _ = caller.get(&path).await.expect_problem(403, "forbidden");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_in_the_next_days_is_listed_by_customer() {
    let world = World::start().await;
    world.stack.set_clock("2026-05-01T12:00:00+03:00".parse().unwrap());
    let mut members = Vec::new();
    for day in ["2026-05-01", "2026-04-30", "2026-04-29"] {
        let member = world.member_id().await;
        let further = json!({"at": format!("{day}T10:00:00+03:00")});
        let _ = send(&world, &member, "placed", "o", further).await.expect(201);
        members.insert(0, member);
    }
    // Its reminder is upcoming from the 6th on.
    let further = json!({"scheduled_for": "2026-05-26"});
    let _ = send(&world, &members[0], "autoship_scheduled", "a", further).await.expect(201);
    let customer = |member: &str, tasks: Vec<Value>| {
        let told = tasks.iter().map(|task| format!("{} {}", task["kind"], task["due_from"]));
        format!("{member}: {}", told.collect::<Vec<_>>().join(", ")).replace('"', "")
    };
    let listed = async |query: &str| -> (Vec<String>, Option<String>) {
        let page = world.agent.get(&format!("/v1/tasks/upcoming{query}")).await.expect(200);
        let rows = page.at("data").as_array().unwrap().iter().map(|row| {
            let tasks = row["tasks"].as_array().unwrap().clone();
            customer(row["member"]["member_id"].as_str().unwrap(), tasks)
        });
        (rows.collect(), page.at("next_cursor").as_str().map(str::to_owned))
    };
    let expected = [
        format!("{}: check_in 2026-05-05", members[0]),
        format!("{}: check_in 2026-05-06", members[1]),
        format!("{}: check_in 2026-05-07", members[2]),
    ];
    assert_eq!(listed("").await, (expected.to_vec(), None));
    assert_eq!(listed("?days=5").await.0, expected[..2]);
    assert_eq!(listed("?days=3").await.0, [""; 0]);
    let (first, cursor) = listed("?limit=2").await;
    assert_eq!(first, expected[..2]);
    let next = format!("?limit=2&cursor={}", cursor.unwrap());
    assert_eq!(listed(&next).await.0, expected[2..]);
    // The id is the one that the task will have.
    let page = world.agent.get("/v1/tasks/upcoming?limit=1").await.expect(200);
    run_at(&world, "2026-05-05T00:10:00+03:00").await;
    let due = world.agent.get("/v1/tasks").await.expect(200);
    assert_eq!(due.text("data.0.task_id"), page.text("data.0.tasks.0.task_id"));
    for bad in ["0", "32", "soon"] {
        let refused = world.agent.get(&format!("/v1/tasks/upcoming?days={bad}")).await.expect(422);
        assert_eq!(refused.text("errors.0.field"), "days");
    }
    let _ = world.pos.get("/v1/tasks/upcoming").await.expect_problem(403, "forbidden");
}
