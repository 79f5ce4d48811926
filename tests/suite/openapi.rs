//! Makes the OpenAPI document from the functions' own routes and holds `infra/openapi.json` against
//! it; with `UPDATE_OPENAPI=1` the file is written anew.
//!
//! Also holds the three places that name routes against each other: the document, the template, and
//! the functions' tables.

use std::collections::{BTreeMap, BTreeSet};

use puntos_api::{KeyRule, Role, Route};
use serde_json::{Value, json};
use utoipa::OpenApi;

use crate::template::Template;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/openapi.json");
const DESCRIPTION: &str = "A loyalty and care backend: members earn points at the till, redeem them \
    for coupons, get the coupon by e-mail, and rate their visits; agents see what happened, undo \
    mistakes, answer ratings, call customers in time and bring claims to their end. Money is in minor \
    units. Clients ignore fields that they do not know. `x-roles` names who may call a route.";

/// Every function that serves routes: its table, and the description of its routes.
fn served() -> Vec<(&'static [&'static Route], utoipa::openapi::OpenApi)> {
    vec![
        (answer_rating::ROUTES, answer_rating::Api::openapi()),
        (manage_emails::ROUTES, manage_emails::Api::openapi()),
        (manage_members::ROUTES, manage_members::Api::openapi()),
        (score_rating::ROUTES, score_rating::Api::openapi()),
        (track_claims::ROUTES, track_claims::Api::openapi()),
        (track_orders::ROUTES, track_orders::Api::openapi()),
        (view_ratings::ROUTES, view_ratings::Api::openapi()),
        (work_tasks::ROUTES, work_tasks::Api::openapi()),
    ]
}

/// The route of `describe-api`, which is in no table: it takes nothing and judges nobody.
const OPEN_ROUTE: &str = "GET /v1/openapi.json";

fn routes() -> BTreeMap<&'static str, &'static Route> {
    served().into_iter().flat_map(|(routes, _)| routes).map(|route| (route.key, *route)).collect()
}

/// Returns the document as the code has it.
fn document() -> Value {
    let mut api = utoipa::openapi::OpenApi::default();
    for (_, described) in served() {
        api.merge(described);
    }
    let mut document = serde_json::to_value(api).unwrap();
    document["info"] = json!({
        "title": "Puntos",
        "version": env!("CARGO_PKG_VERSION"),
        "description": DESCRIPTION,
        "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
    });
    document["components"]["securitySchemes"] = json!({
        "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    });
    document["security"] = json!([{"token": []}]);
    let served = json!({
        "tags": ["Document"],
        "description": "Returns this document.",
        "security": [],
        "responses": {"200": {"description": "The document", "content": {"application/json": {}}}},
    });
    document["paths"]["/v1/openapi.json"] = json!({ "get": served });
    let routes = routes();
    for (key, operation) in operations_mut(&mut document) {
        // The names of the Rust functions repeat: `list` and `show` are in several crates.
        operation["operationId"] = json!(operation_id(&key));
        if let Some(route) = routes.get(key.as_str()) {
            let roles: Vec<&str> = route.roles.iter().copied().map(Role::name).collect();
            operation["x-roles"] = json!(roles);
        }
        refusals_are_problems(operation);
        limits_are_told(operation);
        if key.starts_with("PATCH ") {
            let content = operation["requestBody"]["content"].as_object_mut().unwrap();
            let body = content["application/json"].clone();
            content.insert("application/merge-patch+json".to_owned(), body);
        }
    }
    document
}

/// A refusal is `application/problem+json`; the macro knows `application/json` only.
fn refusals_are_problems(operation: &mut Value) {
    for response in operation["responses"].as_object_mut().unwrap().values_mut() {
        let content = response["content"].as_object_mut().unwrap();
        let is_problem = content
            .values()
            .any(|body| body["schema"]["$ref"] == "#/components/schemas/ProblemBody");
        if is_problem && let Some(body) = content.remove("application/json") {
            content.insert("application/problem+json".to_owned(), body);
        }
    }
}

/// Every list takes the same `limit`.
fn limits_are_told(operation: &mut Value) {
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        if parameter["name"] == "limit" {
            parameter["schema"] =
                json!({"type": "integer", "minimum": 1, "maximum": 100, "default": 20});
        }
    }
}

fn operations_mut(document: &mut Value) -> Vec<(String, &mut Value)> {
    let paths = document["paths"].as_object_mut().unwrap().iter_mut();
    paths
        .flat_map(|(path, methods)| {
            let methods = methods.as_object_mut().unwrap().iter_mut();
            methods.map(move |(method, operation)| {
                (format!("{} {path}", method.to_uppercase()), operation)
            })
        })
        .collect()
}

/// `GET /v1/members/{member_id}` is `get_members_member_id`.
fn operation_id(key: &str) -> String {
    let key = key.to_lowercase().replace("/v1/", "").replace(['{', '}'], "");
    key.replace([' ', '/', '-', '.'], "_")
}

fn operation<'a>(document: &'a Value, key: &str) -> &'a Value {
    let (method, path) = key.split_once(' ').unwrap();
    &document["paths"][path][method.to_lowercase()]
}

#[test]
fn the_document_is_what_the_code_says() {
    let made = document();
    if std::env::var("UPDATE_OPENAPI").is_ok_and(|value| value == "1") {
        let text = serde_json::to_string_pretty(&made).unwrap();
        std::fs::write(FILE, text + "\n").unwrap();
        return;
    }
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(FILE).unwrap()).unwrap();
    assert!(
        kept == made,
        "infra/openapi.json is behind the code: \
         UPDATE_OPENAPI=1 cargo test -p puntos-tests --test suite openapi::"
    );
}

#[test]
fn the_template_the_functions_and_the_document_name_the_same_routes() {
    let mut tables: BTreeSet<String> = routes().into_keys().map(str::to_owned).collect();
    tables.insert(OPEN_ROUTE.to_owned());
    let template = Template::read();
    let wired: BTreeSet<String> = template
        .events("HttpApi")
        .into_iter()
        .map(|(_, event)| {
            format!("{} {}", event["Method"].as_str().unwrap(), event["Path"].as_str().unwrap())
        })
        .collect();
    let described: BTreeSet<String> =
        operations_mut(&mut document()).into_iter().map(|(key, _)| key).collect();
    assert_eq!(tables, wired, "the functions' tables, and the template");
    assert_eq!(tables, described, "the functions' tables, and the document");
}

#[test]
fn a_function_serves_the_routes_that_the_template_gives_it() {
    let template = Template::read();
    let functions = template.functions();
    for (routes, described) in served() {
        let crate_name = described.info.title;
        let events = functions[&crate_name].properties["Events"].as_object().unwrap().values();
        let wired: BTreeSet<String> = events
            .filter(|event| event["Type"] == "HttpApi")
            .map(|event| {
                let event = &event["Properties"];
                format!("{} {}", event["Method"].as_str().unwrap(), event["Path"].as_str().unwrap())
            })
            .collect();
        let served: BTreeSet<String> = routes.iter().map(|route| route.key.to_owned()).collect();
        assert_eq!(served, wired, "{crate_name}");
    }
}

#[test]
fn nothing_that_the_document_refers_to_is_missing() {
    let document = document();
    let mut references = BTreeSet::new();
    collect_references(&document, &mut references);
    assert!(references.len() > 20, "{references:?}");
    for reference in references {
        let found = document.pointer(reference.trim_start_matches('#'));
        assert!(found.is_some(), "{reference}");
    }
}

fn collect_references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| collect_references(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| collect_references(value, found)),
        _ => {}
    }
}

#[test]
fn one_name_is_one_schema() {
    let mut known: BTreeMap<String, Value> = BTreeMap::new();
    for (_, described) in served() {
        let described = serde_json::to_value(described).unwrap();
        for (name, schema) in described["components"]["schemas"].as_object().unwrap() {
            let first = known.entry(name.clone()).or_insert_with(|| schema.clone());
            assert_eq!(first, schema, "two functions call different things {name}");
        }
    }
}

#[test]
fn every_operation_says_what_it_takes_and_what_it_answers() {
    let document = document();
    let mut ids = BTreeSet::new();
    for (key, route) in routes() {
        let operation = operation(&document, key);
        assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{key}");
        assert!(operation["description"].is_string(), "{key}");
        let responses = operation["responses"].as_object().unwrap();
        let success = responses.iter().find(|(status, _)| status.starts_with('2'));
        let schema = &success.unwrap().1["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "{key} answers something");
        assert!(responses.contains_key("4XX"), "{key} can refuse");
        let parameters: BTreeSet<(&str, &str)> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|parameter| {
                (parameter["in"].as_str().unwrap(), parameter["name"].as_str().unwrap())
            })
            .collect();
        let in_path: BTreeSet<&str> =
            key.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        let described: BTreeSet<&str> = parameters
            .iter()
            .filter(|(place, _)| *place == "path")
            .map(|(_, name)| *name)
            .collect();
        assert_eq!(in_path, described, "{key}");
        let takes_key = parameters.contains(&("header", "Idempotency-Key"));
        assert_eq!(takes_key, route.idempotency != KeyRule::Ignored, "{key}");
    }
}

#[test]
fn a_body_is_described_where_one_is_read() {
    let document = document();
    // These say everything by their path.
    let bodiless = ["POST /v1/emails/{email_id}/resend", "POST /v1/ratings/{rating_id}/read"];
    for key in routes().into_keys() {
        let has_body = operation(&document, key)["requestBody"].is_object();
        let takes_one = !key.starts_with("GET ") && !bodiless.contains(&key);
        assert_eq!(has_body, takes_one, "{key}");
    }
}

#[test]
fn a_list_says_how_it_is_paged() {
    let document = document();
    // None or one; and the search, which asks for more of the name instead.
    let whole = ["GET /v1/purchases", "GET /v1/members"];
    let mut paged = 0;
    for key in routes().into_keys().filter(|key| !whole.contains(key)) {
        let operation = operation(&document, key);
        let content = &operation["responses"]["200"]["content"]["application/json"]["schema"];
        let answer = content["$ref"].as_str().unwrap_or_default().trim_start_matches('#');
        let properties = &document.pointer(answer).unwrap_or(&Value::Null)["properties"];
        let is_page = properties["data"].is_object() && properties["next_cursor"].is_object();
        let names = operation["parameters"].as_array().into_iter().flatten();
        let names: Vec<&str> = names.filter_map(|parameter| parameter["name"].as_str()).collect();
        let takes_page = names.contains(&"limit") && names.contains(&"cursor");
        assert_eq!(is_page, takes_page, "{key}");
        paged += usize::from(takes_page);
    }
    assert!(paged >= 8, "{paged}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_document_is_served_without_a_token() {
    let world = puntos_tests::World::start().await;
    let answer = world.nobody().get("/v1/openapi.json").await.expect(200);
    assert_eq!(answer.text("info.title"), "Puntos");
    let kept: Value = serde_json::from_str(describe_api::OPENAPI_JSON).unwrap();
    assert!(answer.body == kept, "the document served is another one");
}
