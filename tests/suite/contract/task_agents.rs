//! To whom tasks belong, the filters of their lists, and their trend.

use puntos_tests::orders::{run_at, send};
use puntos_tests::{Answer, World};
use serde_json::{Value, json};

async fn card_failed(world: &World, member: &str) -> String {
    let order = format!("order-{}", world.fresh());
    send(world, member, "card_failed", &order, json!({})).await.expect(201).text("tasks.0.task_id")
}

async fn assign(world: &World, task: &str, agent_id: &str) -> Answer {
    let path = format!("/v1/tasks/{task}/assign");
    world.agent.post(&path, json!({"agent_id": agent_id}), None).await
}

async fn named(world: &World, name: &str) -> String {
    let key = format!("enrol-{}", world.fresh());
    let enrolled = world.agent.post("/v1/members", json!({"name": name}), Some(&key)).await;
    enrolled.expect(201).text("member_id")
}

/// Returns the ids of the tasks in a list of a day.
async fn listed(world: &World, query: &str) -> Vec<String> {
    let page = world.agent.get(&format!("/v1/tasks?{query}")).await.expect(200);
    let ids = page.at("data").as_array().unwrap().iter();
    let mut ids: Vec<String> = ids.map(|row| row["task_id"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_belongs_to_the_agent_of_its_member_or_to_whom_it_is_assigned() {
    let world = World::start().await;
    let me = world.agent.put("/v1/agents/me", json!({"name": "Anna"})).await.expect(200);
    let me = me.text("agent_id");
    let member = world.member_id().await;
    let path = format!("/v1/members/{member}");
    let care = async |agent_id: Value| {
        world.agent.patch(&path, json!({"agent_id": agent_id})).await.expect(200)
    };
    let first = card_failed(&world, &member).await;
    assert_eq!(listed(&world, "agent=none").await, [&*first]);
    assert_eq!(listed(&world, "agent=me").await, [""; 0]);
    assert_eq!(care(json!(me)).await.text("agent_id"), me);
    assert_eq!(listed(&world, "agent=me").await, [&*first], "open tasks go with their member");
    assert_eq!(listed(&world, &format!("agent={me}")).await, [&*first]);
    assert_eq!(listed(&world, "agent=none").await, [""; 0]);
    // Assigned to a colleague, and then the member gets another agent.
    for _ in 0..2 {
        let assigned = assign(&world, &first, "bea").await.expect(200);
        assert_eq!(
            (assigned.text("agent_id"), assigned.text("task_id")),
            ("bea".into(), first.clone())
        );
    }
    let _ = care(json!("carl")).await;
    let second = card_failed(&world, &member).await;
    assert_eq!(listed(&world, "agent=bea").await, [&*first]);
    assert_eq!(listed(&world, "agent=carl").await, [&*second]);
    let third = card_failed(&world, &named(&world, "Zoe").await).await;
    let mut others = [first.clone(), third.clone()];
    for task in &others {
        let _ = assign(&world, task, "me").await.expect(200);
    }
    others.sort();
    assert_eq!(listed(&world, "agent=me").await, others);
    assert_eq!(assign(&world, &third, "none").await.expect(200).at("agent_id"), &Value::Null);
    assert_eq!(listed(&world, "agent=none").await, [&*third]);
    // A call that a run makes later belongs to the agent of then.
    let _ = send(&world, &member, "placed", "o1", json!({})).await.expect(201);
    let _ = care(json!("dora")).await;
    let coming = world.agent.get("/v1/tasks/upcoming?agent=dora").await.expect(200);
    assert_eq!(coming.text("data.0.tasks.0.agent_id"), "dora");
    let nothing = world.agent.get("/v1/tasks/upcoming?agent=carl").await.expect(200);
    assert_eq!(nothing.at("data"), &json!([]));
    let week = world.stack.clock().now() + jiff::SignedDuration::from_hours(24 * 6);
    run_at(&world, &week.to_string()).await;
    let made = world.agent.get("/v1/tasks?agent=dora&kind=check_in").await.expect(200);
    assert_eq!(made.text("data.0.agent_id"), "dora");
    assert!(care(Value::Null).await.at("agent_id").is_null());
    assert_eq!(listed(&world, "agent=dora").await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_assign_what() {
    let world = World::start().await;
    let member = world.member_id().await;
    let shopper = world.member(&member).await;
    let task = card_failed(&world, &member).await;
    for body in [json!({}), json!({"agent_id": null}), json!({"agent_id": ""})] {
        let path = format!("/v1/tasks/{task}/assign");
        let refused = world.agent.post(&path, body.clone(), None).await.expect(422);
        assert_eq!(refused.text("errors.0.field"), "agent_id", "{body}");
    }
    let long = "x".repeat(65);
    let refused = assign(&world, &task, &long).await.expect_problem(422, "invalid_field");
    assert_eq!(refused.text("errors.0.field"), "agent_id");
    let missing = assign(&world, "tsk_00000000000000000000000000000000", "bea").await;
    let _ = missing.expect_problem(404, "not_found");
    let path = format!("/v1/tasks/{task}/assign");
    for caller in [&world.pos, &world.admin, &shopper] {
        let refused = caller.post(&path, json!({"agent_id": "bea"}), None).await;
        let _ = refused.expect_problem(403, "forbidden");
    }
    let complete = format!("/v1/tasks/{task}/complete");
    let _ = world.supervisor.post(&complete, json!({}), Some("done")).await.expect(200);
    let _ = assign(&world, &task, "bea").await.expect_problem(409, "task_completed");
    let path = format!("/v1/members/{member}");
    for id in ["me", "none", ""] {
        let refused = world.agent.patch(&path, json!({"agent_id": id})).await.expect(422);
        assert_eq!(refused.text("errors.0.field"), "agent_id", "{id}");
    }
    let own = shopper.patch("/v1/members/me", json!({"agent_id": "bea"})).await;
    let _ = own.expect_problem(403, "forbidden");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_are_found_by_the_customers_name() {
    let world = World::start().await;
    let (zoe, ines) = (named(&world, "Zoé Muster").await, named(&world, "Inés Muster").await);
    let of_zoe = [card_failed(&world, &zoe).await, card_failed(&world, &zoe).await];
    let of_ines = card_failed(&world, &ines).await;
    let _ = assign(&world, &of_zoe[1], "bea").await.expect(200);
    assert_eq!(listed(&world, "name=zoe%20mu").await.len(), 2);
    assert_eq!(listed(&world, "name=INES").await, [&*of_ines]);
    assert_eq!(listed(&world, "name=zoe&agent=bea").await, [&*of_zoe[1]]);
    assert_eq!(listed(&world, "name=ines&agent=bea").await, [""; 0]);
    let first = world.agent.get("/v1/tasks?name=zoe&limit=1").await.expect(200);
    let cursor = first.text("next_cursor");
    let second = world.agent.get(&format!("/v1/tasks?name=zoe&limit=1&cursor={cursor}")).await;
    let mut found = [first.text("data.0.task_id"), second.expect(200).text("data.0.task_id")];
    found.sort();
    let mut expected = of_zoe.clone();
    expected.sort();
    assert_eq!(found, expected);
    for other in ["name=ines", "name=zoe&agent=bea"] {
        let path = format!("/v1/tasks?{other}&limit=1&cursor={cursor}");
        let _ = world.agent.get(&path).await.expect_problem(400, "cursor_mismatch");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_trend_counts_what_was_done_and_what_lapsed() {
    let world = World::start().await;
    world.stack.set_clock("2026-05-01T12:00:00+03:00".parse().unwrap());
    let member = world.member_id().await;
    let task = card_failed(&world, &member).await;
    let _ = send(&world, &member, "placed", "o1", json!({})).await.expect(201);
    world.stack.set_clock("2026-05-03T23:59:00+03:00".parse().unwrap());
    let path = format!("/v1/tasks/{task}/complete");
    let _ = world.agent.post(&path, json!({}), Some("done")).await.expect(200);
    run_at(&world, "2026-05-07T00:10:00+03:00").await;
    // The check-in lapses on the 14th, before a run says so and after it.
    for now in ["2026-05-15T00:00:01+03:00", "2026-05-15T01:10:00+03:00"] {
        if now.contains("01:10") {
            run_at(&world, now).await;
        }
        world.stack.set_clock(now.parse().unwrap());
        let trend = world.agent.get("/v1/tasks/trend").await.expect(200);
        let days = trend.at("data").as_array().unwrap();
        assert_eq!((days.len(), trend.text("data.13.day")), (14, "2026-05-15".to_owned()));
        let ended: Vec<&Value> =
            days.iter().filter(|day| day["done"] != 0 || day["lapsed"] != 0).collect();
        let expected = [
            json!({"day": "2026-05-03", "done": 1, "lapsed": 0}),
            json!({"day": "2026-05-14", "done": 0, "lapsed": 1}),
        ];
        assert_eq!(ended, expected.iter().collect::<Vec<_>>(), "{now}");
    }
    let day = world.supervisor.get("/v1/tasks/trend?from=2026-05-03&to=2026-05-03").await;
    assert_eq!(day.expect(200).at("data"), &json!([{"day": "2026-05-03", "done": 1, "lapsed": 0}]));
    let whole = "/v1/tasks/trend?from=2026-05-01&to=2026-05-31";
    assert_eq!(world.agent.get(whole).await.expect(200).at("data").as_array().unwrap().len(), 31);
    for bad in ["from=2026-04-14", "from=2026-05-16", "from=2026-05-01&to=2026-06-01", "to=soon"] {
        let refused = world.agent.get(&format!("/v1/tasks/trend?{bad}")).await;
        let _ = refused.expect_problem(422, "invalid_field");
    }
    for caller in [&world.pos, &world.admin] {
        let _ = caller.get("/v1/tasks/trend").await.expect_problem(403, "forbidden");
    }
}
