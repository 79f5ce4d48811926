//! Re-rates and previews: what is refused, and which key and version count.

use puntos_tests::World;
use reqwest::Method;
use serde_json::{Value, json};

use super::change_program;

/// A change of a request's body.
type Change = fn(&mut Value);

fn rerate(change: impl FnOnce(&mut Value)) -> Value {
    let mut body = json!({"dry_run": true, "from": "2026-03-01", "to": "2026-03-31"});
    change(&mut body);
    body
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_re_rate_is_refused_with_its_field() {
    let world = World::start().await;
    let later = change_program(&world, |program| {
        program["effective_from"] = json!("2999-01-01T00:00:00Z");
    });
    let version = later.await.expect(200).number("version");
    let path = format!("/v1/program/versions/{version}");
    let _ = world.admin.delete(&path).await.expect(200);
    let table: [(&str, Change); 8] = [
        ("dry_run", |body| body["dry_run"] = Value::Null),
        ("from", |body| body["from"] = json!("yesterday")),
        ("to", |body| body["to"] = json!("2026-02-30")),
        ("to", |body| body["to"] = json!("2026-02-28")),
        ("version", |body| body["version"] = json!(3)),
        // It was withdrawn.
        ("version", |body| body["version"] = json!(2)),
        ("over_credit", |body| body["over_credit"] = json!("keep")),
        ("reason", |body| body["reason"] = json!(" ")),
    ];
    for (field, change) in table {
        let body = rerate(change);
        let key = format!("bad-{}", world.fresh());
        let refused = world.admin.post("/v1/program/rerates", body.clone(), Some(&key)).await;
        let refused = refused.expect_problem(422, "invalid_field");
        assert_eq!(refused.text("errors.0.field"), field, "{body}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_ordered_a_re_rate_is_judged_before_what_the_body_names() {
    let world = World::start().await;
    let ordered = world.admin.post("/v1/program/rerates", rerate(|_| {}), Some("taken")).await;
    let ordered = ordered.expect(202);
    assert!(!ordered.replayed);
    let again = world.admin.post("/v1/program/rerates", rerate(|_| {}), Some("taken")).await;
    assert_eq!(again.expect(202).at("rerate_id"), ordered.at("rerate_id"));
    let changes: [Change; 3] = [
        |body| body["version"] = json!(77),
        |body| body["to"] = json!("2026-02-01"),
        |body| body["dry_run"] = json!(false),
    ];
    for change in changes {
        let other = world.admin.post("/v1/program/rerates", rerate(change), Some("taken")).await;
        let _ = other.expect_problem(422, "idempotency_key_reused");
    }
    // The same key names another preview, and another stop.
    let mut program = world.admin.get("/v1/program").await.expect(200).body;
    let preview =
        |program: &Value| json!({"program": program, "from": "2026-03-01", "to": "2026-03-31"});
    let first = world.admin.post("/v1/program/preview", preview(&program), Some("taken")).await;
    let first = first.expect(202);
    let again = world.admin.post("/v1/program/preview", preview(&program), Some("taken")).await;
    assert!(again.expect(202).replayed);
    program["pending_days"] = json!(9_999);
    let other = world.admin.post("/v1/program/preview", preview(&program), Some("taken")).await;
    let _ = other.expect_problem(422, "idempotency_key_reused");
    let stop = format!("/v1/program/previews/{}/stop", first.text("preview_id"));
    let _ = world.admin.send(Method::POST, &stop, None, Some("taken")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_is_checked_as_a_programme_is() {
    let world = World::start().await;
    let program = world.admin.get("/v1/program").await.expect(200).body;
    let falls =
        json!([{"up_to": 100_000, "points_per_step": 10}, {"up_to": null, "points_per_step": 1}]);
    let mut warned = program.clone();
    warned["earning"]["brackets"] = falls;
    let table = [
        ("pending_days", json!(9_999)),
        ("no_such_field", json!(1)),
        (
            "promotions",
            json!([{"id": "x", "name": "X", "branches": [" "], "effect": {"multiplier": "3"}}]),
        ),
        ("earning", json!({"mode": "slab", "step_amount": 0, "brackets": []})),
    ];
    let mut drafts: Vec<Value> = table
        .into_iter()
        .map(|(name, value)| {
            let mut draft = program.clone();
            draft[name] = value;
            draft
        })
        .collect();
    drafts.push(warned.clone());
    for draft in drafts {
        let put = world.admin.put("/v1/program", draft.clone()).await;
        let body = json!({"program": draft, "from": "2026-03-01", "to": "2026-03-31"});
        let key = format!("draft-{}", world.fresh());
        let previewed = world.admin.post("/v1/program/preview", body, Some(&key)).await;
        assert_eq!((previewed.status, previewed.code()), (put.status, put.code()), "{draft}");
        assert_eq!(previewed.at("warnings"), put.at("warnings"));
        let errors = |answer: &puntos_tests::Answer, prefix: &str| -> Vec<(String, String)> {
            let errors = answer.at("errors").as_array().expect("errors").iter();
            let part = |error: &Value, name: &str| error[name].as_str().expect("a text").to_owned();
            errors
                .map(|error| (format!("{prefix}{}", part(error, "field")), part(error, "detail")))
                .collect()
        };
        assert_eq!(errors(&previewed, ""), errors(&put, "program."), "{draft}");
    }
    let accepted = json!({
        "program": warned, "from": "2026-03-01", "to": "2026-03-31",
        "acknowledge": ["earns_less_for_more"],
    });
    let accepted = world.admin.post("/v1/program/preview", accepted, Some("accepted")).await;
    assert_eq!(accepted.expect(202).text("status"), "running");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_version_can_rate_and_the_period_may_be_instants() {
    let world = World::start().await;
    world.stack.set_clock("2026-03-10T09:00:00Z".parse().unwrap());
    let member = world.member_id().await;
    let at = "2026-03-10T09:00:00Z";
    let mut bought = world.purchase(&member, 110_000);
    bought["purchased_at"] = json!(at);
    let _ = world.pos.post("/v1/purchases", bought, None).await.expect(201);
    let _ = change_program(&world, |program| {
        program["earning"]["brackets"] = json!([{"up_to": null, "points_per_step": 20}]);
    })
    .await
    .expect(200);
    for (from, to, version, purchases, then) in [
        (at, "2026-03-10T09:00:00.000001Z", 1, 1, 110),
        (at, "2026-03-10T09:00:00.000001Z", 2, 1, 220),
        ("2026-03-10T08:00:00Z", at, 2, 0, 0),
    ] {
        let body = rerate(|body| {
            body["from"] = json!(from);
            body["to"] = json!(to);
            body["version"] = json!(version);
        });
        let key = format!("older-{}", world.fresh());
        let ordered = world.admin.post("/v1/program/rerates", body, Some(&key)).await.expect(202);
        world.settle().await;
        let path = format!("/v1/program/rerates/{}", ordered.text("rerate_id"));
        let done = world.admin.get(&path).await.expect(200);
        let found = (done.number("purchases"), done.number("points_then"), done.number("version"));
        assert_eq!(found, (purchases, then, version), "{from} {to}");
    }
    for nothing in ["/v1/program/rerates/rrt_0000000000000000", "/v1/program/previews/x"] {
        let _ = world.admin.get(nothing).await.expect_problem(404, "not_found");
    }
}
