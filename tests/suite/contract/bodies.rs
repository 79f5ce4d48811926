//! Bodies: unknown fields, nulls, broken JSON, bounds, sizes and media types, the same on every route.

use puntos_tests::World;
use reqwest::Method;
use serde_json::{Value, json};

use super::samples;

/// The objects of samples to which an unknown field is added.
const PLACES: &[(&str, &str)] = &[
    ("/v1/claims", "/evidence"),
    ("/v1/claims", "/evidence/total"),
    ("/v1/purchases", "/total"),
    ("/v1/purchases", "/lines/0"),
    ("/v1/purchases", "/lines/0/amount"),
    ("/v1/purchases", "/lines/0/discount"),
    ("/v1/purchases/quote", "/lines/0"),
    ("/v1/rewards/sample", "/discount"),
    ("/v1/rewards/sample", "/discount/amount"),
    ("/v1/program", "/earning"),
    ("/v1/program", "/earning/brackets/1"),
    ("/v1/program", "/expiry"),
    ("/v1/program", "/excluded"),
    ("/v1/program", "/agent_limits"),
];

/// Returns the path of the contract for a JSON pointer: `lines[0].amount`.
fn contract_path(pointer: &str) -> String {
    let mut path = String::new();
    for part in pointer.split('/').filter(|part| !part.is_empty()) {
        match part.parse::<usize>() {
            Ok(index) => path.push_str(&format!("[{index}]")),
            Err(_) if path.is_empty() => path.push_str(part),
            Err(_) => path.push_str(&format!(".{part}")),
        }
    }
    path
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_field_is_refused_by_name_on_every_route() {
    let world = World::start().await;
    for sample in samples(&world).await {
        let nested = PLACES.iter().filter(|(path, _)| *path == sample.path).map(|place| place.1);
        let invoice = sample.body.get("invoice").map(|_| "/invoice");
        for place in [""].into_iter().chain(nested).chain(invoice) {
            let mut body = sample.body.clone();
            body.pointer_mut(place).expect("a place of the sample")["bogus"] = json!(1);
            let answer = sample.send(&world, body.to_string()).await;
            let answer = answer.expect_problem(422, "unknown_field");
            let named = contract_path(&format!("{place}/bogus"));
            assert_eq!(answer.text("errors.0.field"), named, "{}", sample.name());
            assert_eq!(answer.text("errors.0.code"), "unknown_field");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_json_is_400_and_what_is_no_object_is_422() {
    let world = World::start().await;
    for sample in samples(&world).await {
        let whole = sample.body.to_string();
        let half = whole[..whole.len() - 1].to_owned();
        // A body without a required field may be missing; a missing programme is refused by its fields.
        let may_be_missing = sample.method == Method::PATCH
            || ["/complete", "/fix", "/updates", "/v1/program"]
                .iter()
                .any(|end| sample.path.ends_with(end));
        let empty = if may_be_missing { "{" } else { "" };
        for broken in [empty, "{", "nonsense", "{\"a\":", &half, &format!("{whole}}}")] {
            let answer = sample.send(&world, broken.to_owned()).await;
            assert_eq!((answer.status, answer.code()), (400, "invalid_json"), "{}", sample.name());
        }
        for other in ["[]", "null", "5", "\"text\"", &format!("[{whole}]")] {
            let answer = sample.send(&world, other.to_owned()).await;
            assert_eq!((answer.status, answer.code()), (422, "invalid_field"), "{}", sample.name());
            assert_eq!(answer.text("errors.0.field"), "body", "{}", sample.name());
        }
        let invalid_utf8 = b"{\"name\": \"\xff\"}".to_vec();
        let key = format!("utf-8-{}", world.fresh());
        let answer = sample.caller.send_typed(
            sample.method.clone(),
            &sample.path,
            invalid_utf8,
            Some("application/json"),
            Some(&key),
        );
        assert_eq!(answer.await.status, 400, "{}", sample.name());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn null_is_the_same_as_absent() {
    let world = World::start().await;
    let optional: &[(&str, &[&str])] = &[
        ("/v1/members", &["email", "phone", "document", "card_number", "locale", "birth_date"]),
        ("/adjustments", &["note", "invoice"]),
        ("/v1/purchases", &["lines", "reservation_id", "paid_with_points", "card_number"]),
        ("/v1/purchases/quote", &["lines", "reservation_id", "paid_with_points", "card_number"]),
        ("/claim-points", &["branch", "invoice_number", "total"]),
        ("/reversal", &["override", "note"]),
        ("/v1/claims", &["evidence"]),
        (
            "/v1/program",
            &["expiry", "effective_from", "excluded", "promotions", "pending_days", "claim_days"],
        ),
        ("/v1/program", &["reversal_grace_days", "agent_limits", "gift_worth", "gift_valid_days"]),
        ("/v1/settings/auto-reply", &["wait_minutes", "enabled_since"]),
    ];
    // In a merge patch null removes.
    let samples = samples(&world).await.into_iter().filter(|one| one.method != Method::PATCH);
    for sample in samples {
        let fields = optional.iter().filter(|(end, _)| sample.path.ends_with(end));
        for field in fields.flat_map(|(_, fields)| fields.iter()) {
            let mut body = sample.body.clone();
            body[*field] = Value::Null;
            if body.get("purchased_at").is_some() {
                body["invoice_number"] = json!(format!("null-{field}"));
            }
            let answer = sample.send(&world, body.to_string()).await;
            assert!(answer.status < 300, "{} {field}: {answer:?}", sample.name());
        }
    }
    let mut program = world.admin.get("/v1/program").await.expect(200).body;
    program["excluded"]["skus"] = Value::Null;
    program["agent_limits"]["points_per_day"] = Value::Null;
    let stored = world.admin.put("/v1/program", program).await.expect(200);
    assert_eq!(stored.at("excluded.skus"), &json!([]));
    assert_eq!(stored.number("agent_limits.points_per_day"), 100_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_field_out_of_bounds_is_named_with_its_path() {
    let world = World::start().await;
    let table = [
        ("/v1/members", "/name", json!("")),
        ("/v1/members", "/name", json!("x".repeat(121))),
        ("/v1/members", "/name", json!(5)),
        ("/v1/members", "/email", json!("nobody")),
        ("/v1/members", "/birth_date", json!("2999-01-01")),
        ("/v1/members", "/birth_date", json!("yesterday")),
        ("/v1/members", "/locale", json!("!")),
        ("/v1/purchases", "/branch", json!(" ")),
        ("/v1/purchases", "/invoice_number", json!("x".repeat(65))),
        ("/v1/purchases", "/purchased_at", json!("2025-01-01T10:00:00")),
        ("/v1/purchases", "/total/amount", json!(-1)),
        ("/v1/purchases", "/total/amount", json!(10.5)),
        ("/v1/purchases", "/total/amount", json!("20000")),
        ("/v1/purchases", "/total/amount", json!(1_000_000_000_001_i64)),
        ("/v1/purchases", "/total/currency", json!("rub")),
        ("/v1/purchases", "/lines/0/quantity", json!(-1)),
        ("/v1/purchases", "/lines/0/quantity", json!(0.0001)),
        ("/v1/purchases", "/lines/0/quantity", json!(1_000_000_000_000.001)),
        ("/v1/purchases", "/lines/0/quantity", json!("1")),
        ("/v1/purchases", "/lines/0/amount/amount", json!(-1)),
        ("/v1/purchases", "/lines/0/amount/amount", json!("5")),
        ("/v1/purchases", "/lines/0/amount/currency", json!("EUR")),
        ("/v1/purchases", "/lines/0/discount/amount", json!(20_006)),
        ("/v1/purchases", "/lines/0/sku", json!("a\nb")),
        ("/v1/purchases/quote", "/lines/0/category", json!("")),
        ("/adjustments", "/points", json!(0)),
        ("/adjustments", "/points", json!(1_000_000_001)),
        ("/adjustments", "/reason", json!("")),
        ("/adjustments", "/note", json!("x".repeat(501))),
        ("/adjustments", "/invoice/branch", json!("")),
        ("/reversal", "/reason", json!("\u{3000}")),
        ("/use", "/branch", json!("")),
        ("/email-unblock", "/reason", json!("")),
        ("/v1/rewards/sample", "/points_cost", json!(-1)),
        ("/v1/rewards/sample", "/valid_days", json!(0)),
        ("/v1/rewards/sample", "/stock", json!(-1)),
        ("/v1/rewards/sample", "/per_member_limit", json!(0)),
        ("/v1/rewards/sample", "/kind", json!("voucher")),
        ("/v1/rewards/sample", "/kind", json!("")),
        ("/v1/claims", "/kind", json!("")),
        ("/updates", "/status", json!("")),
        ("/v1/orders/events", "/kind", json!("")),
        ("/gifts", "/gift/kind", json!("")),
        ("/v1/rewards/sample", "/discount/amount/amount", json!(0)),
        ("/v1/rewards/sample", "/active", json!("yes")),
        ("/v1/program", "/time_zone", json!("Mars/Olympus")),
        ("/v1/program", "/expiry/months", json!(0)),
        ("/v1/program", "/earning/step_amount", json!(0)),
        ("/v1/program", "/earning/brackets/0/up_to", Value::Null),
        ("/v1/program", "/earning/brackets/1/up_to", json!(200_000)),
        ("/v1/program", "/earning/brackets/1/points_per_step", json!(-1)),
    ];
    let samples = samples(&world).await;
    for (end, place, value) in table {
        let sample = samples.iter().find(|sample| sample.path.ends_with(end)).expect("a sample");
        let mut body = sample.body.clone();
        let (parent, name) = place.rsplit_once('/').expect("a pointer");
        body.pointer_mut(parent).expect("a place of the sample")[name] = value.clone();
        let answer = sample.send(&world, body.to_string()).await;
        let answer = answer.expect_problem(422, "invalid_field");
        assert_eq!(answer.text("errors.0.field"), contract_path(place), "{value}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_third_line_at_fault_is_called_the_third() {
    let world = World::start().await;
    let member = world.member_id().await;
    let money = |amount: i64| json!({"amount": amount, "currency": "RUB"});
    let line = |amount: i64| json!({"sku": "a", "quantity": 1, "amount": money(amount)});
    let mut body = world.purchase(&member, 10);
    body["lines"] = json!([line(5), line(5), line(-1)]);
    let answer = world.pos.post("/v1/purchases", body.clone(), None).await;
    let answer = answer.expect_problem(422, "invalid_field");
    assert_eq!(answer.text("errors.0.field"), "lines[2].amount.amount");
    let mut fine = line(5);
    fine["quantity"] = json!(0.2505);
    body["lines"] = json!([line(5), line(5), fine]);
    let answer = world.pos.post("/v1/purchases", body.clone(), None).await;
    let answer = answer.expect_problem(422, "invalid_field");
    assert_eq!(answer.text("errors.0.field"), "lines[2].quantity");
    assert_eq!(answer.text("errors.0.detail"), "must have at most three decimals");
    body["lines"] = json!([line(5), line(4)]);
    let answer = world.pos.post("/v1/purchases", body, None).await;
    let answer = answer.expect_problem(422, "invalid_field");
    assert_eq!(answer.text("errors.0.field"), "total.amount");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_has_at_most_256_kib() {
    let world = World::start().await;
    let body = |bytes: usize| {
        let mut body = json!({"name": "Mina"}).to_string();
        body.push_str(&" ".repeat(bytes - body.len()));
        body
    };
    for (bytes, status) in [(256 * 1024, 201), (256 * 1024 + 1, 413), (2 * 1024 * 1024, 413)] {
        let key = format!("size-{bytes}");
        let sent = world.pos.send(Method::POST, "/v1/members", Some(body(bytes)), Some(&key)).await;
        assert_eq!(sent.status, status, "{bytes}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_json_is_read() {
    let world = World::start().await;
    let member = world.member_id().await;
    let path = format!("/v1/members/{member}");
    let table = [
        (Some("application/json"), 201, 200),
        (Some("application/json; charset=utf-8"), 201, 200),
        (Some("Application/JSON"), 201, 200),
        (None, 201, 200),
        (Some("application/merge-patch+json"), 415, 200),
        (Some("text/plain"), 415, 415),
        (Some("application/x-www-form-urlencoded"), 415, 415),
        (Some("application/jsonx"), 415, 415),
    ];
    for (index, (media_type, post, patch)) in table.into_iter().enumerate() {
        let key = format!("media-{index}");
        let body = br#"{"name": "Mina"}"#.to_vec();
        let sent =
            world.pos.send_typed(Method::POST, "/v1/members", body.clone(), media_type, Some(&key));
        assert_eq!(sent.await.status, post, "{media_type:?}");
        let sent = world.agent.send_typed(Method::PATCH, &path, body, media_type, None);
        assert_eq!(sent.await.status, patch, "{media_type:?}");
    }
}

/// Returns the path of every value of a body, and the value.
fn values(body: &Value, path: &str, found: &mut Vec<(String, Value)>) {
    match body {
        Value::Object(fields) => {
            for (name, value) in fields {
                let place = format!("{path}/{name}");
                found.push((place.clone(), value.clone()));
                values(value, &place, found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                values(item, &format!("{path}/{index}"), found);
            }
        }
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_refusal_of_a_value_shows_a_word_of_rust() {
    let world = World::start().await;
    for sample in samples(&world).await {
        let mut places = Vec::new();
        values(&sample.body, "", &mut places);
        for (place, value) in places {
            for other in [json!("x"), json!(-1.5), json!(true), json!([]), json!({}), json!([[]])] {
                if other == value {
                    continue;
                }
                let mut body = sample.body.clone();
                *body.pointer_mut(&place).expect("a place of the sample") = other.clone();
                let answer = sample.send(&world, body.to_string()).await;
                if answer.status < 400 {
                    continue;
                }
                // The name of a field is no word of Rust.
                let told = answer.body.to_string();
                let told = told.replace("expected_redemption", "").replace("expected_by", "");
                let words =
                    ["expected", "invalid type", "struct", "u16", "u32", "i64", "u8", "enum "];
                for word in words {
                    assert!(!told.contains(word), "{} {place} {other}: {told}", sample.name());
                }
                let errors = answer.body["errors"].as_array().cloned().unwrap_or_default();
                let is_named = errors.iter().all(|error| error["field"] != "");
                let needs_errors = answer.code() == "invalid_field";
                assert!(is_named && (!needs_errors || !errors.is_empty()), "{told}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_of_a_body_is_told_at_once() {
    let world = World::start().await;
    let member = world.member_id().await;
    let named = |answer: &puntos_tests::Answer| -> Vec<String> {
        let errors = answer.at("errors").as_array().expect("errors").iter();
        errors.map(|error| error["field"].as_str().expect("a field").to_owned()).collect()
    };
    let kinds = json!({"member_id": 5, "branch": true, "total": {"amount": "5"}, "lines": [{}]});
    let answer = world.pos.post("/v1/purchases", kinds, None).await;
    let mut told = named(&answer.expect_problem(422, "invalid_field"));
    told.sort();
    let mut expected =
        ["amount", "quantity", "sku"].map(|name| format!("lines[0].{name}")).to_vec();
    let others =
        ["branch", "invoice_number", "member_id", "purchased_at", "total.amount", "total.currency"];
    expected.extend(others.map(str::to_owned));
    expected.sort();
    assert_eq!(told, expected);

    let bounds = json!({
        "points": 0, "reason": "", "note": "", "invoice": {"branch": "", "invoice_number": " "},
    });
    let path = format!("/v1/members/{member}/adjustments");
    let answer = world.agent.post(&path, bounds, Some("bounds")).await;
    let told = named(&answer.expect_problem(422, "invalid_field"));
    assert_eq!(told, ["points", "reason", "note", "invoice.branch", "invoice.invoice_number"]);

    // A line that is refused itself has no sum.
    let mut body = world.purchase(&member, 10);
    body["branch"] = json!("");
    let line = |quantity: i64| json!({"sku": "a", "quantity": quantity, "amount": {"amount": 4, "currency": "RUB"}});
    body["lines"] = json!([line(-1), line(1)]);
    let answer = world.pos.post("/v1/purchases", body, None).await;
    let told = named(&answer.expect_problem(422, "invalid_field"));
    assert_eq!(told, ["branch", "lines[0].quantity"]);
    let list = world.pos.post("/v1/purchases", json!([]), None).await;
    assert_eq!(named(&list.expect_problem(422, "invalid_field")), ["body"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_may_be_empty_may_be_missing() {
    let world = World::start().await;
    let member = world.member_id().await;
    let failed = puntos_tests::orders::send(&world, &member, "card_failed", "o", json!({})).await;
    let task = failed.expect(201).text("tasks.0.task_id");
    let path = format!("/v1/tasks/{task}/complete");
    let missing = world.agent.send(Method::POST, &path, None, Some("done")).await.expect(200);
    assert_eq!(missing.text("status"), "completed");
    let empty = world.agent.post(&path, json!({}), Some("done")).await.expect(200);
    assert!(empty.replayed);
    // The fix of a claim has no field that must be given.
    let receipt = world.unclaimed(110_000).await;
    let evidence =
        ["branch", "invoice_number"].map(|name| (name.to_owned(), receipt.at(name).clone()));
    let evidence: serde_json::Map<_, _> = evidence.into_iter().collect();
    let claim = json!({"member_id": member, "kind": "missing_points", "evidence": evidence});
    let claim = world.agent.post("/v1/claims", claim, Some("claim")).await.expect(201);
    let path = format!("/v1/claims/{}/fix", claim.text("claim_id"));
    let missing = world.agent.send(Method::POST, &path, None, Some("fix")).await.expect(200);
    assert_eq!(missing.text("status"), "resolved");
    let empty = world.agent.post(&path, json!({}), Some("fix")).await.expect(200);
    assert!(empty.replayed);
    let needed = world.agent.send(Method::POST, "/v1/members", None, Some("nobody")).await;
    let _ = needed.expect_problem(400, "invalid_json");
}
