//! Hostile strings in bodies: refused with the name of the field, or read back unchanged.

use puntos_tests::{Answer, World};
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::strings::naughty;
use super::{assert_clear, each, encoded};

/// Returns the fields that a refusal names.
fn named(answer: &Answer) -> Vec<String> {
    let errors = answer.at("errors").as_array().cloned().unwrap_or_default();
    errors.iter().filter_map(|error| Some(error["field"].as_str()?.to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_are_kept_as_given_or_refused_by_field() {
    let world = World::start().await;
    let strings = naughty();
    each(&strings, async |index, string| {
        let mut body = Map::new();
        for field in ["name", "email", "phone", "document", "card_number", "locale"] {
            body.insert(field.to_owned(), json!(string));
        }
        let mut kept = None;
        // A field is refused if it is invalid, or if another member has the value in another spelling.
        for round in 0..3 {
            body.entry("name").or_insert(json!("Mina"));
            let key = format!("hostile-{index}-{round}");
            let sent = Value::Object(body.clone());
            let answer = world.pos.post("/v1/members", sent, Some(&key)).await;
            assert_clear(&answer, string);
            if answer.status == 201 {
                kept = Some(answer);
                break;
            }
            let refused = named(&answer);
            assert!(!refused.is_empty() && matches!(answer.status, 409 | 422), "{answer:?}");
            for field in &refused {
                assert!(body.remove(field).is_some(), "{field} was not sent: {answer:?}");
            }
        }
        let kept = kept.unwrap_or_else(|| panic!("{string:?} is refused without end"));
        let path = format!("/v1/members/{}", kept.text("member_id"));
        let shown = world.agent.get(&path).await.expect(200);
        for (field, value) in &body {
            let expected = match field.as_str() {
                "email" => json!(value.as_str().map(str::trim)),
                _ => value.clone(),
            };
            assert_eq!(shown.at(field), &expected, "{field}");
        }
        for filter in ["document", "card_number"].into_iter().filter(|one| body.contains_key(*one))
        {
            let path = format!("/v1/members?{filter}={}", encoded(string));
            let found = world.agent.get(&path).await.expect(200);
            assert_eq!(found.at("data.0.member_id"), kept.at("member_id"), "{filter}={string:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn purchases_are_kept_as_given_or_refused_by_field() {
    let world = World::start().await;
    let strings = naughty();
    each(&strings, async |index, string| {
        let money = |amount: i64| json!({"amount": amount, "currency": "RUB"});
        let body = json!({
            "branch": string, "invoice_number": string, "purchased_at": "2025-01-01T00:00:00Z",
            "total": money(20),
            "lines": [
                {"sku": string, "quantity": 1, "amount": money(10)},
                {"sku": "a", "category": string, "quantity": 1, "amount": money(10)},
            ],
        });
        let answer = world.pos.post("/v1/purchases", body.clone(), None).await;
        assert_clear(&answer, string);
        let quote = world.agent.post("/v1/purchases/quote", body, None).await;
        assert_eq!(quote.status == 200, answer.status == 201, "{quote:?}");
        if answer.status == 201 {
            assert_eq!(answer.at("branch"), &json!(string));
            let path = format!("/v1/purchases?branch={0}&invoice_number={0}", encoded(string));
            let found = world.pos.get(&path).await.expect(200);
            assert_eq!(found.at("data.0.invoice_number"), &json!(string));
        } else {
            let all = ["branch", "invoice_number", "lines[0].sku", "lines[1].category"];
            assert_eq!(named(&answer)[..4], all, "{answer:?}");
        }
        for field in ["member_id", "card_number"] {
            let mut named = world.purchase("", 10);
            named["member_id"] = Value::Null;
            named[field] = json!(string);
            let refused = world.pos.post("/v1/purchases", named, None).await;
            assert_eq!(refused.status, 404, "{index} {field} {refused:?}");
        }
        for place in ["/purchased_at", "/total/currency", "/total/amount"] {
            let mut odd = world.purchase("", 10);
            odd["member_id"] = Value::Null;
            *odd.pointer_mut(place).expect("a place") = json!(string);
            let refused = world.pos.post("/v1/purchases", odd, None).await;
            assert_eq!(refused.status, 422, "{index} {place} {refused:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reasons_and_notes_are_kept_as_given_or_refused() {
    let world = World::start().await;
    let member = world.member_id().await;
    let strings = naughty();
    let adjustments = format!("/v1/members/{member}/adjustments");
    // One after the other, because the newest entry is checked.
    for (index, string) in strings.iter().enumerate() {
        let key = format!("reason-{index}");
        let body = json!({"points": 1, "reason": string, "note": string});
        let answer = world.supervisor.post(&adjustments, body, Some(&key)).await;
        assert_clear(&answer, string);
        let path = format!("/v1/members/{member}/timeline?kind=adjustment&limit=1");
        if answer.status == 201 {
            let newest = world.agent.get(&path).await.expect(200);
            assert_eq!(newest.at("data.0.note"), &json!(string));
            assert!(newest.text("data.0.summary").ends_with(string), "{newest:?}");
        } else {
            assert_eq!(named(&answer)[0], "reason", "{string:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_other_text_is_taken_or_refused_clearly() {
    let world = World::start().await;
    let member = world.member_id().await;
    let purchase = world.unclaimed(10_000).await.text("purchase_id");
    let nothing = "rdm_00000000000000000000000000000000";
    let coupon = puntos_domain::coupon::CouponCode::issue([7; 10], world.stack.clock().now());
    let program = world.admin.get("/v1/program").await.expect(200).body;
    let strings = naughty();
    each(&strings, async |index, string| {
        let mut excluded = program.clone();
        excluded["excluded"] = json!({"skus": [string], "categories": [string]});
        let mut zone = program.clone();
        zone["time_zone"] = json!(string);
        let post = Method::POST;
        let requests = [
            (
                &world.supervisor,
                post.clone(),
                format!("/v1/members/{member}/adjustments"),
                json!({"points": 1, "reason": "r", "invoice": {"branch": string, "invoice_number": string}}),
            ),
            (
                &world.agent,
                post.clone(),
                format!("/v1/purchases/{purchase}/claim-points"),
                json!({"member_id": string, "branch": string, "invoice_number": string}),
            ),
            (
                &world.pos,
                post.clone(),
                "/v1/redemptions".to_owned(),
                json!({"member_id": member, "reward_id": string}),
            ),
            (
                &world.pos,
                post.clone(),
                "/v1/redemptions".to_owned(),
                json!({"card_number": string, "reward_id": "rwd_coffee"}),
            ),
            (
                &world.supervisor,
                post.clone(),
                format!("/v1/redemptions/{nothing}/reversal"),
                json!({"reason": string, "override": true, "note": string}),
            ),
            (
                &world.pos,
                post.clone(),
                format!("/v1/coupons/{coupon}/use"),
                json!({"branch": string, "invoice_number": string}),
            ),
            (
                &world.supervisor,
                post,
                format!("/v1/members/{member}/email-unblock"),
                json!({"reason": string}),
            ),
            (&world.admin, Method::PUT, "/v1/program".to_owned(), zone),
            (
                &world.admin,
                Method::PUT,
                format!("/v1/rewards/{}", encoded(string)),
                json!({"name": "Mug", "kind": string, "points_cost": 1, "valid_days": 1, "active": true}),
            ),
        ];
        for (place, (caller, method, path, body)) in requests.into_iter().enumerate() {
            let key = format!("other-{index}-{place}");
            let answer = caller.send(method, &path, Some(body.to_string()), Some(&key)).await;
            assert_clear(&answer, &format!("{path} {string:?}"));
        }
        // A version for each string would be too many; a few are enough.
        if index % 40 == 0 {
            let answer = world.admin.put("/v1/program", excluded).await;
            assert_clear(&answer, string);
        }
        let unknown = json!({"name": "Mina", string.as_str(): "x"});
        let answer = world.pos.post("/v1/members", unknown, Some(&format!("field-{index}"))).await;
        assert_eq!((answer.status, answer.code()), (422, "unknown_field"), "{string:?}");
        let answer = world
            .pos
            .send(Method::POST, "/v1/members", Some(string.clone()), Some(&format!("raw-{index}")))
            .await;
        assert!(matches!(answer.status, 400 | 422), "{string:?} {answer:?}");
        if reqwest::header::HeaderValue::from_str(string).is_ok() {
            let body = json!({"name": "Mina"});
            let answer = world.pos.post("/v1/members", body, Some(string)).await;
            assert_clear(&answer, string);
        }
    })
    .await;
}
