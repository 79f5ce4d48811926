//! Queries and reads of every route, as the routes themselves declare them: unknown and empty parameters, what
//! was not found, and what supervisors may read.

use puntos_api::{Role, Route, Shape};
use puntos_tests::{Answer, Caller, World};
use reqwest::Method;
use utoipa::openapi::{RefOr, Schema};

use crate::openapi::routes;

/// The callers of a world, by role.
struct Callers {
    world: World,
    shopper: Caller,
}

impl Callers {
    async fn new() -> Self {
        let world = World::start().await;
        let shopper = world.member(&world.member_id().await).await;
        Self { world, shopper }
    }

    /// Sends a request to a route by its first role. The ids of its path belong to nobody.
    async fn send(&self, route: &Route, query: &str) -> Answer {
        let body = (route.method() != "GET").then(|| "{}".to_owned());
        self.send_body(route, query, body).await
    }

    async fn send_body(&self, route: &Route, query: &str, body: Option<String>) -> Answer {
        let nobody = self.world.nobody();
        let caller = match route.roles.first() {
            None => &nobody,
            Some(Role::Pos) => &self.world.pos,
            Some(Role::Agent) => &self.world.agent,
            Some(Role::Supervisor) => &self.world.supervisor,
            Some(Role::Admin) => &self.world.admin,
            Some(Role::Member) => &self.shopper,
        };
        let path = route
            .path()
            .replace("{member_id}", "mbr_0000000000000000")
            .replace("{purchase_id}", "pur_0000000000000000")
            .replace(['{', '}'], "");
        let method: Method = route.method().parse().expect("a method");
        caller.send(method, &format!("{path}?{query}"), body, Some("query")).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_parameter_is_refused_by_name_on_every_route() {
    let callers = Callers::new().await;
    let routes = routes();
    assert!(routes.len() > 40, "{} routes", routes.len());
    for (key, route) in routes {
        let answer = callers.send(route, "limt=5").await;
        let answer = answer.expect_problem(422, "unknown_field");
        assert_eq!(answer.text("errors.0.field"), "limt", "{key}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_choice_is_refused_by_name() {
    let callers = Callers::new().await;
    let mut names = Vec::new();
    for (key, route) in routes() {
        let choices = route.query.iter().filter(|parameter| parameter.choices().is_some());
        for name in choices.map(|parameter| parameter.name) {
            let answer = callers.send(route, &format!("{name}=")).await;
            let answer = answer.expect_problem(422, "invalid_field");
            assert_eq!(answer.text("errors.0.field"), name, "{key}");
            names.push(name);
        }
    }
    names.sort_unstable();
    let expected = ["by", "kind", "kind", "order", "sort", "status", "status", "status"];
    assert_eq!(names, expected, "a choice is declared as one");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_found_is_named() {
    let callers = Callers::new().await;
    let table = [
        ("GET /v1/members/{member_id}", "member_id", "there is no such member"),
        ("GET /v1/rewards/{reward_id}", "reward_id", "there is no such reward"),
        ("GET /v1/redemptions/{redemption_id}", "redemption_id", "there is no such redemption"),
        ("GET /v1/coupons/{code}", "code", "there is no such coupon"),
        ("GET /v1/emails/{email_id}", "email_id", "there is no such mail"),
        ("GET /v1/ratings/{rating_id}", "rating_id", "there is no such rating"),
        ("GET /v1/claims/{claim_id}", "claim_id", "there is no such claim"),
        ("POST /v1/tasks/{task_id}/complete", "task_id", "there is no such task"),
    ];
    for (key, field, detail) in table {
        let answer = callers.send(routes()[key], "").await.expect_problem(404, "not_found");
        assert_eq!(answer.text("errors.0.field"), field, "{key}");
        assert_eq!(answer.text("detail"), detail, "{key}");
    }
    let path = "/v1/claims?member_id=nobody";
    let answer = callers.world.agent.get(path).await.expect_problem(404, "not_found");
    assert_eq!(answer.text("errors.0.field"), "member_id");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_needs_nothing_may_be_missing() {
    let callers = Callers::new().await;
    let mut bodiless = 0;
    for (key, route) in routes() {
        let is_needed = route.request.as_ref().is_some_and(needs_fields);
        if route.method() != "POST" || is_needed {
            continue;
        }
        bodiless += 1;
        let with = callers.send(route, "").await;
        let without = callers.send_body(route, "", None).await;
        let codes = (with.status, with.body["code"].clone());
        assert_eq!((without.status, without.body["code"].clone()), codes, "{key}: {without:?}");
        assert!(![400, 415].contains(&without.status), "{key}: {without:?}");
    }
    assert!(bodiless > 8, "{bodiless} routes");
}

/// Returns whether a body has a field that must be given.
fn needs_fields(shape: &Shape) -> bool {
    let RefOr::T(Schema::Object(object)) = (shape.schema)() else { return true };
    !object.required.is_empty()
}

#[test]
fn supervisors_may_read_whatever_agents_may() {
    let reads = |route: &&Route| route.method() == "GET" || route.path().ends_with("/quote");
    let routes = routes();
    let of_agents: Vec<&Route> = routes
        .values()
        .copied()
        .filter(reads)
        .filter(|route| route.roles.contains(&Role::Agent))
        .collect();
    assert!(of_agents.len() > 15, "{} routes", of_agents.len());
    for route in of_agents {
        assert!(route.roles.contains(&Role::Supervisor), "{}", route.key);
    }
}
