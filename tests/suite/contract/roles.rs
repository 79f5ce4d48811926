//! Permissions: every route with every role, without a token, and with bad tokens.

use std::collections::BTreeSet;

use puntos_tests::World;
use reqwest::Method;
use serde_json::json;

use crate::openapi::routes;

const ROLES: [&str; 5] = ["pos", "agent", "supervisor", "admin", "member"];

/// Every route with the roles of the contract; none are open without a token.
const ROUTES: &[(&str, &str)] = &[
    ("GET /v1/agents", "agent supervisor admin"),
    ("PUT /v1/agents/me", "agent supervisor admin"),
    ("GET /v1/branches", "pos agent supervisor admin member"),
    ("GET /v1/claims", "agent supervisor member"),
    ("POST /v1/claims", "agent supervisor member"),
    ("GET /v1/claims/{claim_id}", "agent supervisor member"),
    ("POST /v1/claims/{claim_id}/attachments", "agent supervisor member"),
    ("GET /v1/claims/{claim_id}/attachments/{attachment_id}", "agent supervisor member"),
    ("POST /v1/claims/{claim_id}/fix", "agent supervisor"),
    ("POST /v1/claims/{claim_id}/updates", "agent supervisor member"),
    ("GET /v1/coupons", "agent supervisor member"),
    ("GET /v1/coupons/{code}", "pos agent supervisor"),
    ("POST /v1/coupons/{code}/unuse", "pos"),
    ("POST /v1/coupons/{code}/use", "pos"),
    ("POST /v1/email-confirmations/{token}", ""),
    ("GET /v1/emails", "agent supervisor"),
    ("GET /v1/emails/{email_id}", "agent supervisor"),
    ("POST /v1/emails/{email_id}/resend", "agent supervisor"),
    ("POST /v1/invitations/{token}/rating", ""),
    ("GET /v1/members", "pos agent supervisor"),
    ("POST /v1/members", "pos agent admin"),
    ("POST /v1/members/join", "member"),
    ("GET /v1/members/{member_id}", "agent supervisor member"),
    ("PATCH /v1/members/{member_id}", "agent supervisor member"),
    ("POST /v1/members/{member_id}/adjustments", "agent supervisor"),
    ("POST /v1/members/{member_id}/email-unblock", "supervisor"),
    ("POST /v1/members/{member_id}/merge", "supervisor"),
    ("POST /v1/members/{member_id}/join-code", "pos agent supervisor"),
    ("GET /v1/members/{member_id}/statement", "agent supervisor member"),
    ("GET /v1/members/{member_id}/tasks", "agent supervisor"),
    ("GET /v1/members/{member_id}/timeline", "agent supervisor member"),
    ("POST /v1/members/{member_id}/unmerge", "supervisor"),
    ("POST /v1/orders/events", "pos"),
    ("GET /v1/program", "agent supervisor admin"),
    ("PUT /v1/program", "admin"),
    ("POST /v1/program/preview", "admin"),
    ("GET /v1/program/previews/{preview_id}", "admin"),
    ("POST /v1/program/previews/{preview_id}/stop", "admin"),
    ("POST /v1/program/rerates", "admin"),
    ("GET /v1/program/rerates/{rerate_id}", "admin"),
    ("POST /v1/program/rerates/{rerate_id}/stop", "admin"),
    ("GET /v1/program/versions", "agent supervisor admin"),
    ("DELETE /v1/program/versions/{version}", "admin"),
    ("GET /v1/purchases", "pos agent supervisor"),
    ("POST /v1/purchases", "pos"),
    ("POST /v1/purchases/quote", "pos agent supervisor"),
    ("GET /v1/purchases/{purchase_id}", "agent supervisor member"),
    ("POST /v1/purchases/{purchase_id}/claim-points", "agent supervisor member"),
    ("POST /v1/purchases/{purchase_id}/move", "supervisor"),
    ("POST /v1/purchases/{purchase_id}/rerate", "supervisor"),
    ("POST /v1/purchases/{purchase_id}/returns", "pos"),
    ("GET /v1/ratings", "agent supervisor member"),
    ("POST /v1/ratings", "pos member"),
    ("GET /v1/ratings/summary", "agent supervisor admin"),
    ("GET /v1/ratings/trend", "agent supervisor admin"),
    ("GET /v1/ratings/{rating_id}", "agent supervisor member"),
    ("POST /v1/ratings/{rating_id}/gifts", "agent supervisor"),
    ("POST /v1/ratings/{rating_id}/messages", "agent supervisor member"),
    ("POST /v1/ratings/{rating_id}/read", "agent supervisor"),
    ("POST /v1/ratings/{rating_id}/viewing", "agent supervisor"),
    ("GET /v1/redemptions", "pos agent supervisor member"),
    ("POST /v1/redemptions", "pos agent member"),
    ("GET /v1/redemptions/by-key/{idempotency_key}", "pos agent supervisor member"),
    ("GET /v1/redemptions/{redemption_id}", "pos agent supervisor member"),
    ("POST /v1/redemptions/{redemption_id}/reversal", "agent supervisor"),
    ("GET /v1/reports/liability", "supervisor admin"),
    ("GET /v1/reports/movements", "supervisor admin"),
    ("GET /v1/reports/reconcile", "supervisor admin"),
    ("POST /v1/reports/runs", "supervisor admin"),
    ("POST /v1/reservations", "pos"),
    ("POST /v1/reservations/{reservation_id}/release", "pos"),
    ("GET /v1/rewards", "pos agent supervisor admin member"),
    ("GET /v1/rewards/{reward_id}", "pos agent supervisor admin member"),
    ("PUT /v1/rewards/{reward_id}", "admin"),
    ("GET /v1/rewards/{reward_id}/versions", "admin"),
    ("GET /v1/settings/auto-reply", "agent supervisor admin"),
    ("PATCH /v1/settings/auto-reply", "supervisor admin"),
    ("PUT /v1/settings/auto-reply", "supervisor admin"),
    ("GET /v1/tasks", "agent supervisor"),
    ("GET /v1/tasks/trend", "agent supervisor"),
    ("GET /v1/tasks/upcoming", "agent supervisor"),
    ("POST /v1/tasks/{task_id}/assign", "agent supervisor"),
    ("POST /v1/tasks/{task_id}/complete", "agent supervisor"),
];

/// Returns the method and a path of a route. The ids belong to nobody: a caller who may pass gets anything but 401
/// and 403.
fn addressed(key: &str) -> (Method, String) {
    let (method, path) = key.split_once(' ').unwrap();
    let path = path
        .replace("{member_id}", "mbr_0000000000000000")
        .replace("{purchase_id}", "pur_0000000000000000")
        .replace(['{', '}'], "");
    (method.parse().unwrap(), path)
}

#[test]
fn every_route_is_in_the_table() {
    let named: BTreeSet<&str> = ROUTES.iter().map(|(key, _)| *key).collect();
    let declared: BTreeSet<&str> = routes().into_keys().collect();
    let differences: Vec<_> = named.symmetric_difference(&declared).collect();
    assert!(differences.is_empty(), "{differences:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_is_open_to_its_roles_only() {
    let world = World::start().await;
    let member = world.member_id().await;
    let shopper = world.member(&member).await;
    for (key, allowed) in ROUTES.iter().filter(|(_, allowed)| !allowed.is_empty()) {
        let (method, path) = addressed(key);
        for role in ROLES {
            let caller = match role {
                "pos" => &world.pos,
                "agent" => &world.agent,
                "supervisor" => &world.supervisor,
                "admin" => &world.admin,
                _ => &shopper,
            };
            let body = (method != Method::GET).then(|| "{}".to_owned());
            let answer = caller.send(method.clone(), &path, body, Some("roles")).await;
            let passed = !matches!(answer.status, 401 | 403);
            let expected = allowed.split(' ').any(|name| name == role);
            assert_eq!(passed, expected, "{role} {method} {path}: {answer:?}");
            assert!(answer.status < 500, "{role} {method} {path}: {answer:?}");
            if !expected {
                assert_eq!((answer.status, answer.code()), (403, "forbidden"), "{method} {path}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_good_token_there_is_only_the_document_and_what_links_of_mails_open() {
    let world = World::start().await;
    let good = world.stack.token("agent", None, None).await.unwrap();
    let (head, signature) = good.rsplit_once('.').unwrap();
    let flipped = if signature.starts_with('A') { 'B' } else { 'A' };
    let tampered = format!("{head}.{flipped}{}", &signature[1..]);
    let callers = [
        world.nobody(),
        world.with_token(""),
        world.with_token("nonsense"),
        world.with_token(&tampered),
        world.with_token(head),
        world.with_token(&format!("{head}.")),
    ];
    for (key, _) in ROUTES.iter().filter(|(_, allowed)| !allowed.is_empty()) {
        let (method, path) = addressed(key);
        for caller in &callers {
            let answer = caller.send(method.clone(), &path, None, Some("tokens")).await;
            assert_eq!(answer.status, 401, "{path}: {answer:?}");
        }
    }
    // These have a signed token of their own.
    for path in ["/v1/invitations/t/rating", "/v1/email-confirmations/t"] {
        let answer = world.nobody().post(path, json!({}), None).await;
        let _ = answer.expect_problem(404, "not_found");
    }
    let document = world.nobody().get("/v1/openapi.json").await.expect(200);
    assert!(document.text("openapi").starts_with("3."));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_routes_and_methods_are_404_as_api_gateway_answers() {
    let world = World::start().await;
    for path in ["/v1/nothing", "/v1/members/", "/v2/members", "/v1/purchases/a/b/c", "/v1"] {
        assert_eq!(world.agent.get(path).await.status, 404, "{path}");
    }
    for (method, path) in [
        (Method::DELETE, "/v1/purchases"),
        (Method::PUT, "/v1/redemptions"),
        (Method::POST, "/v1/rewards/a"),
        (Method::GET, "/v1/settings"),
    ] {
        let answer = world.agent.send(method, path, None, None).await.expect(404);
        assert_eq!(answer.body, json!({"message": "Not Found"}), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_is_a_whole_problem_document() {
    let world = World::start().await;
    let path = "/v1/members/mbr_0000000000000000";
    let problems = [
        (world.agent.get(path).await, 404, path),
        (world.agent.post("/v1/members", json!({}), None).await, 400, "/v1/members"),
        (world.agent.post("/v1/members", json!({}), Some("k")).await, 422, "/v1/members"),
        (world.pos.get(path).await, 403, path),
    ];
    for (answer, status, instance) in problems {
        let kind = answer.headers.iter().find(|(name, _)| name == "content-type");
        assert_eq!(kind.map(|(_, value)| value.as_str()), Some("application/problem+json"));
        let answer = answer.expect(status);
        assert_eq!(answer.number("status"), i64::from(status));
        assert_eq!(answer.text("instance"), instance);
        for field in ["type", "title", "detail", "code", "request_id"] {
            assert!(!answer.text(field).is_empty(), "{field}");
        }
    }
}
