//! The programme and its versions.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use puntos_tests::World;
use serde_json::{Value, json};

use super::change_program;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_read_can_be_put_back() {
    let world = World::start().await;
    let program = world.admin.get("/v1/program").await.expect(200).body;
    assert_eq!(program["version"], 1);
    assert_eq!(program["time_zone"], "Europe/Moscow");
    let again = world.admin.put("/v1/program", program.clone()).await.expect(200);
    assert_eq!(again.body, program);
    let mut other = program.clone();
    other["version"] = json!(77);
    other["pending_days"] = json!(3);
    let changed = world.admin.put("/v1/program", other).await.expect(200);
    assert_eq!((changed.number("version"), changed.number("pending_days")), (2, 3));
    assert_eq!(world.admin.get("/v1/program").await.expect(200).body, changed.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purchase_is_rated_by_the_version_in_force_when_it_was_made() {
    let world = World::start().await;
    world.stack.set_clock("2030-06-01T12:00:00Z".parse().unwrap());
    let member = world.member_id().await;
    let step = |points: i64, from: &'static str| {
        move |program: &mut Value| {
            program["effective_from"] = json!(from);
            program["earning"]["brackets"] = json!([{"up_to": null, "points_per_step": points}]);
        }
    };
    let second = change_program(&world, step(20, "2030-07-01T00:00:00+03:00")).await.expect(200);
    assert_eq!(second.number("version"), 2);
    assert_eq!(second.text("effective_from"), "2030-06-30T21:00:00Z");
    let third = change_program(&world, step(30, "2029-01-01T00:00:00Z")).await.expect(200);
    assert_eq!(third.number("version"), 3);
    world.stack.set_clock("2030-07-02T12:00:00Z".parse().unwrap());
    let table = [
        ("2030-06-30T20:59:59Z", 1),
        ("2030-06-30T21:00:00Z", 2),
        ("2030-07-02T12:00:00Z", 2),
        ("2029-01-01T00:00:00Z", 3),
        ("2001-01-01T00:00:00Z", 3),
    ];
    // The first version began when this world started: today, long before 2029.
    for (at, version) in table {
        let mut body = world.purchase(&member, 20_000);
        body["purchased_at"] = json!(at);
        let recorded = world.pos.post("/v1/purchases", body, None).await.expect(201);
        let rated = recorded.number("explanation.0.rule_version");
        let expected = match at {
            // The third version has begun, and the second has not.
            "2030-06-30T20:59:59Z" => 3,
            // Before any version began, the first one counts.
            "2001-01-01T00:00:00Z" => 1,
            _ => version,
        };
        assert_eq!(rated, expected, "{at}");
        let points = [10 * 2 / 2, 2 * 20, 2 * 30][usize::try_from(rated - 1).unwrap()];
        assert_eq!(recorded.number("points.earned"), points, "{at}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pending_points_wait_for_the_local_midnight_and_expire_at_one() {
    let world = World::start().await;
    let _ = change_program(&world, |program| program["pending_days"] = json!(2)).await.expect(200);
    world.stack.set_clock("2031-01-30T22:30:00Z".parse().unwrap());
    let member = world.member_id().await;
    // It is already 31 January in Moscow.
    let earned = world.earn(&member, 1).await;
    assert_eq!(earned.text("points.status"), "pending");
    assert_eq!(earned.text("points.available_at"), "2031-02-01T21:00:00Z");
    assert_eq!(earned.text("points.expires_at"), "2032-01-31T21:00:00Z");
    assert_eq!((earned.number("balance.available"), earned.number("balance.pending")), (0, 110));
    let page = async |at: &str| {
        world.stack.set_clock(at.parse().unwrap());
        world.agent.get(&format!("/v1/members/{member}")).await.expect(200)
    };
    assert_eq!(page("2031-02-01T20:59:50Z").await.number("balance.available"), 0);
    let available = page("2031-02-01T21:00:00Z").await;
    assert_eq!(available.number("balance.available"), 110);
    assert_eq!(available.number("balance.expiring_next.points"), 110);
    assert_eq!(available.text("balance.expiring_next.at"), "2032-01-31T21:00:00Z");
    assert_eq!(page("2032-01-31T20:59:50Z").await.number("balance.available"), 110);
    let expired = page("2032-01-31T21:00:00Z").await;
    assert_eq!(expired.number("balance.available"), 0);
    assert!(expired.at("balance.expiring_next").is_null());
    let reward = world.reward(1, json!({})).await;
    let refused = world.redeem(&member, &reward, "late").await;
    let refused = refused.expect_problem(409, "insufficient_points");
    assert_eq!(refused.number("missing_points"), 1);
    let path = format!("/v1/members/{member}/timeline?kind=expiry");
    let timeline = world.agent.get(&path).await.expect(200);
    assert_eq!(timeline.number("data.0.points"), -110);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn points_need_a_programme() {
    let world = World::start().await;
    let member = world.member_id().await;
    let unclaimed = world.unclaimed(110_000).await.text("purchase_id");
    let key = |value: &str| AttributeValue::S(value.to_owned());
    let delete = world.stack.table_client().delete_item().table_name("puntos");
    let _ = delete.key("pk", key("program")).key("sk", key("head")).send().await.unwrap();
    let adjustments = format!("/v1/members/{member}/adjustments");
    let claim_points = format!("/v1/purchases/{unclaimed}/claim-points");
    let purchase = world.purchase(&member, 110_000);
    for (caller, path, body) in [
        (&world.pos, "/v1/purchases", purchase.clone()),
        (&world.pos, "/v1/purchases/quote", purchase),
        (&world.agent, adjustments.as_str(), json!({"points": 1, "reason": "r"})),
        (&world.agent, claim_points.as_str(), json!({"member_id": member})),
    ] {
        let refused = caller.post(path, body, Some("no-programme")).await;
        let _ = refused.expect_problem(409, "program_missing");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_that_has_not_begun_is_withdrawn_once_and_its_number_stays_taken() {
    let world = World::start().await;
    let now = world.stack.clock().now();
    let from = |hours: i64| (now + SignedDuration::from_hours(hours)).to_string();
    let write = async |hours: i64, points: i64| {
        let written = change_program(&world, |program| {
            program["effective_from"] = json!(from(hours));
            program["earning"]["brackets"] = json!([{"up_to": null, "points_per_step": points}]);
        });
        written.await.expect(200).number("version")
    };
    assert_eq!((write(24, 20).await, write(48, 30).await), (2, 3));
    let path = |version: &str| format!("/v1/program/versions/{version}");
    for (version, status, code) in [
        ("1", 409, "version_begun"),
        ("4", 404, "not_found"),
        ("0", 404, "not_found"),
        ("-1", 404, "not_found"),
        ("two", 404, "not_found"),
    ] {
        let _ = world.admin.delete(&path(version)).await.expect_problem(status, code);
    }
    let withdrawn = world.admin.delete(&path("3")).await.expect(200);
    assert_eq!((withdrawn.number("version"), withdrawn.body["withdrawn"] == true), (3, true));
    assert!(withdrawn.text("withdrawn_by").starts_with("admin:"));
    let again = world.admin.delete(&path("3")).await.expect(200);
    assert_eq!(again.body, withdrawn.body);
    // The newest that is left is shown, and the number is not used again.
    assert_eq!(world.admin.get("/v1/program").await.expect(200).number("version"), 2);
    assert_eq!(write(72, 30).await, 4);

    let page = world.agent.get("/v1/program/versions?limit=2").await.expect(200);
    assert_eq!((page.number("data.0.version"), page.number("data.1.version")), (4, 3));
    assert_eq!(page.at("data.1"), &withdrawn.body);
    assert!(
        page.at("data.0.withdrawn_at").is_null() && page.at("data.0.withdrawn") == &json!(false)
    );
    assert!(page.text("data.0.actor").starts_with("admin:"));
    let next = format!("/v1/program/versions?limit=2&cursor={}", page.text("next_cursor"));
    let last = world.supervisor.get(&next).await.expect(200);
    assert_eq!((last.number("data.0.version"), last.number("data.1.version")), (2, 1));
    assert!(last.at("next_cursor").is_null());

    world.stack.set_clock(now + SignedDuration::from_hours(50));
    let member = world.member_id().await;
    let body = world.purchase(&member, 10_000);
    let rated = world.pos.post("/v1/purchases", body, None).await.expect(201);
    assert_eq!(
        (rated.number("explanation.0.rule_version"), rated.number("points.earned")),
        (2, 20)
    );
    let _ = world.admin.delete(&path("2")).await.expect_problem(409, "version_begun");
    // A version that was withdrawn in time stays withdrawn.
    assert_eq!(world.admin.delete(&path("3")).await.expect(200).body, withdrawn.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_withdrawal_and_a_new_version_at_once_lose_neither() {
    let world = World::start().await;
    for round in 0_i64..5 {
        let version = change_program(&world, |program| {
            program["effective_from"] = json!("2999-01-01T00:00:00Z");
            program["pending_days"] = json!(round + 1);
        });
        let version = version.await.expect(200).number("version");
        let path = format!("/v1/program/versions/{version}");
        let write = change_program(&world, |program| {
            program["effective_from"] = json!("2998-01-01T00:00:00Z");
            program["claim_days"] = json!(round + 1);
        });
        let (withdrawn, written) = tokio::join!(world.admin.delete(&path), write);
        assert_eq!(withdrawn.expect(200).body["withdrawn"], true);
        let next = written.expect(200).number("version");
        let page = world.admin.get("/v1/program/versions").await.expect(200);
        assert_eq!(page.number("data.0.version"), next);
        assert_eq!(page.at("data.1.withdrawn"), &json!(true), "round {round}");
        assert_eq!(world.admin.get("/v1/program").await.expect(200).number("version"), next);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_without_a_start_begin_now_unless_they_are_in_force() {
    let world = World::start().await;
    let demo = world.admin.get("/v1/program").await.expect(200);
    assert_eq!(demo.text("effective_from"), "2020-01-01T00:00:00Z");
    let later = change_program(&world, |program| {
        program["effective_from"] = json!("2999-01-01T00:00:00Z");
        program["pending_days"] = json!(3);
    });
    let later = later.await.expect(200);
    let now = change_program(&world, |program| program["effective_from"] = json!(null));
    let now = now.await.expect(200);
    assert_eq!(now.number("version"), later.number("version") + 1, "the newest has not begun");
    let again = change_program(&world, |program| program["effective_from"] = json!(null));
    assert_eq!(again.await.expect(200).number("version"), now.number("version"));
}
