//! Permissions: every route with every role, without a token, and with bad tokens.

use puntos_tests::World;
use reqwest::Method;
use serde_json::json;

const ROLES: [&str; 5] = ["pos", "agent", "supervisor", "admin", "member"];

/// Every route with the roles of the contract. The ids belong to nobody: a caller who may pass gets
/// anything but 401 and 403.
const ROUTES: &[(&str, &str, &str)] = &[
    ("POST", "/v1/members", "pos agent admin"),
    ("GET", "/v1/members?card_number=c", "pos agent supervisor"),
    ("GET", "/v1/members/mbr_0000000000000000", "agent supervisor member"),
    ("PATCH", "/v1/members/mbr_0000000000000000", "agent supervisor member"),
    ("POST", "/v1/members/mbr_0000000000000000/email-unblock", "supervisor"),
    ("GET", "/v1/members/mbr_0000000000000000/timeline", "agent supervisor member"),
    ("POST", "/v1/members/mbr_0000000000000000/adjustments", "agent supervisor"),
    ("POST", "/v1/members/mbr_0000000000000000/merge", "supervisor"),
    ("POST", "/v1/members/mbr_0000000000000000/unmerge", "supervisor"),
    ("POST", "/v1/purchases", "pos"),
    ("POST", "/v1/purchases/quote", "pos agent supervisor"),
    ("GET", "/v1/purchases?branch=b&invoice_number=i", "pos agent supervisor"),
    ("POST", "/v1/purchases/pur_0000000000000000/claim-points", "agent supervisor member"),
    ("POST", "/v1/purchases/pur_0000000000000000/move", "supervisor"),
    ("GET", "/v1/rewards", "pos agent supervisor admin member"),
    ("GET", "/v1/rewards/nothing", "pos agent supervisor admin member"),
    ("PUT", "/v1/rewards/nothing", "admin"),
    ("POST", "/v1/redemptions", "pos agent member"),
    ("POST", "/v1/reservations", "pos"),
    ("POST", "/v1/reservations/rsv_00000000000000000000000000000000/release", "pos"),
    ("GET", "/v1/redemptions?document=d", "agent supervisor pos member"),
    ("GET", "/v1/redemptions/rdm_00000000000000000000000000000000", "agent supervisor pos member"),
    ("GET", "/v1/redemptions/by-key/nothing", "agent supervisor pos member"),
    ("POST", "/v1/redemptions/rdm_00000000000000000000000000000000/reversal", "agent supervisor"),
    ("GET", "/v1/coupons?member_id=mbr_0000000000000000", "agent supervisor member"),
    ("GET", "/v1/coupons/nothing", "pos agent supervisor"),
    ("POST", "/v1/coupons/nothing/use", "pos"),
    ("POST", "/v1/coupons/nothing/unuse", "pos"),
    ("GET", "/v1/emails?status=sent", "agent supervisor"),
    ("GET", "/v1/emails/eml_00000000000000000000000000000000", "agent supervisor"),
    ("POST", "/v1/emails/eml_00000000000000000000000000000000/resend", "agent supervisor"),
    ("POST", "/v1/claims", "agent supervisor member"),
    ("GET", "/v1/claims", "agent supervisor member"),
    ("GET", "/v1/claims/clm_00000000000000000000000000000000", "agent supervisor member"),
    ("POST", "/v1/claims/clm_00000000000000000000000000000000/updates", "agent supervisor member"),
    ("POST", "/v1/claims/clm_00000000000000000000000000000000/fix", "agent supervisor"),
    ("PUT", "/v1/agents/me", "agent supervisor admin"),
    ("GET", "/v1/agents", "agent supervisor admin"),
    ("GET", "/v1/program", "agent supervisor admin"),
    ("PUT", "/v1/program", "admin"),
    ("GET", "/v1/branches", "pos agent supervisor admin member"),
    ("GET", "/v1/program/versions", "agent supervisor admin"),
    ("DELETE", "/v1/program/versions/9", "admin"),
    ("POST", "/v1/program/rerates", "admin"),
    ("GET", "/v1/program/rerates/rrt_0000000000000000", "admin"),
    ("POST", "/v1/program/rerates/rrt_0000000000000000/stop", "admin"),
    ("POST", "/v1/program/preview", "admin"),
    ("GET", "/v1/program/previews/prv_0000000000000000", "admin"),
    ("POST", "/v1/program/previews/prv_0000000000000000/stop", "admin"),
    ("GET", "/v1/settings/auto-reply", "agent supervisor admin"),
    ("PUT", "/v1/settings/auto-reply", "admin supervisor"),
    ("PATCH", "/v1/settings/auto-reply", "admin supervisor"),
    ("GET", "/v1/ratings", "agent supervisor member"),
    ("GET", "/v1/ratings/rat_00000000000000000000000000000000", "agent supervisor member"),
    (
        "POST",
        "/v1/ratings/rat_00000000000000000000000000000000/messages",
        "agent supervisor member",
    ),
    ("POST", "/v1/ratings/rat_00000000000000000000000000000000/gifts", "agent supervisor"),
    ("POST", "/v1/ratings/rat_00000000000000000000000000000000/read", "agent supervisor"),
    ("POST", "/v1/ratings/rat_00000000000000000000000000000000/viewing", "agent supervisor"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_is_open_to_its_roles_only() {
    let world = World::start().await;
    let member = world.member_id().await;
    let shopper = world.member(&member).await;
    for (method, path, allowed) in ROUTES {
        for role in ROLES {
            let caller = match role {
                "pos" => &world.pos,
                "agent" => &world.agent,
                "supervisor" => &world.supervisor,
                "admin" => &world.admin,
                _ => &shopper,
            };
            let method: Method = method.parse().unwrap();
            let body = (method != Method::GET).then(|| "{}".to_owned());
            let answer = caller.send(method.clone(), path, body, Some("roles")).await;
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
    for (method, path, _) in ROUTES {
        for caller in &callers {
            let method: Method = method.parse().unwrap();
            let answer = caller.send(method, path, None, Some("tokens")).await;
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
