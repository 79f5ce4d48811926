//! Holds `infra/openapi.json` against the document that the routes make; with `UPDATE_OPENAPI=1` the
//! file is written anew. Holds the routes against the template as well.

mod whole;

use std::collections::{BTreeMap, BTreeSet};

use puntos_api::{KeyRule, Route, Shape, openapi};
use serde_json::Value;

use crate::template::Template;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/openapi.json");

/// The route of `describe-api`, which is no `Route`: it takes nothing and judges nobody.
const OPEN_ROUTE: &str = "GET /v1/openapi.json";

/// Returns the routes of `serve-pages`, which are for browsers and not in the document.
fn of_pages() -> BTreeSet<String> {
    let pages = serve_pages::PAGES.iter().map(|page| page.route);
    pages.chain([serve_pages::ASSETS]).map(str::to_owned).collect()
}

pub(crate) fn routes() -> BTreeMap<&'static str, &'static Route> {
    let served = puntos::routes().into_values().flatten();
    served.map(|route| (route.key, *route)).collect()
}

/// Returns the document as the code has it.
fn document() -> Value {
    openapi::document(routes().into_values())
}

/// Returns the keys of the operations of a document.
fn operations(document: &Value) -> BTreeSet<String> {
    let paths = document["paths"].as_object().unwrap().iter();
    let keys = paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap().keys();
        methods.map(move |method| format!("{} {path}", method.to_uppercase()))
    });
    keys.collect()
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
    let described = operations(&document());
    assert_eq!(tables, described, "the functions' tables, and the document");
    tables.extend(of_pages());
    assert_eq!(tables, wired, "the functions' tables, and the template");
}

#[test]
fn a_function_serves_the_routes_that_the_template_gives_it() {
    let template = Template::read();
    let functions = template.functions();
    for (crate_name, routes) in puntos::routes() {
        if routes.is_empty() {
            continue;
        }
        let events = functions[crate_name].properties["Events"].as_object().unwrap().values();
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

/// Returns what a reference leads to, or the value itself.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let reference = value["$ref"].as_str().map(|path| path.trim_start_matches('#'));
    reference.map_or(value, |path| document.pointer(path).unwrap())
}

fn parameters<'a>(document: &'a Value, operation: &'a Value) -> impl Iterator<Item = &'a Value> {
    let listed = operation["parameters"].as_array().into_iter().flatten();
    listed.map(move |parameter| resolved(document, parameter))
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
    let mut known: BTreeMap<String, (&str, Value)> = BTreeMap::new();
    for route in routes().into_values() {
        let bodies = route.answers.iter().flat_map(|reply| [Some(reply.body), reply.till_body]);
        let shapes: Vec<Shape> =
            bodies.flatten().map(|body| body.shape).chain(route.request).collect();
        for shape in shapes.iter().filter(|shape| !(shape.type_name)().contains("::Page<")) {
            let name = (shape.name)().into_owned();
            let described = ((shape.type_name)(), serde_json::to_value((shape.schema)()).unwrap());
            let first = known.entry(name.clone()).or_insert_with(|| described.clone());
            assert_eq!(*first, described, "two types are called {name}");
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
        assert!(responses.contains_key("422"), "{key} can refuse");
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{key}");
        let parameters: BTreeSet<(&str, &str)> = parameters(&document, operation)
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
    let bodiless = [
        "POST /v1/emails/{email_id}/resend",
        "POST /v1/ratings/{rating_id}/read",
        "POST /v1/ratings/{rating_id}/viewing",
        "POST /v1/reservations/{reservation_id}/release",
        "POST /v1/reports/runs",
        "POST /v1/program/rerates/{rerate_id}/stop",
        "POST /v1/program/previews/{preview_id}/stop",
        "POST /v1/email-confirmations/{token}",
        "POST /v1/members/{member_id}/join-code",
    ];
    for key in routes().into_keys() {
        let has_body = operation(&document, key)["requestBody"].is_object();
        let takes_one =
            !key.starts_with("GET ") && !key.starts_with("DELETE ") && !bodiless.contains(&key);
        assert_eq!(has_body, takes_one, "{key}");
    }
}

#[test]
fn an_answer_with_texts_names_the_header_of_their_language() {
    let document = document();
    let table = [
        ("GET /v1/members/{member_id}/timeline", true),
        ("GET /v1/members/{member_id}/statement", true),
        ("POST /v1/purchases", true),
        ("GET /v1/purchases", true),
        ("POST /v1/claims/{claim_id}/updates", true),
        ("GET /v1/tasks", true),
        ("GET /v1/ratings/{rating_id}", true),
        ("GET /v1/members/{member_id}", false),
        ("POST /v1/redemptions", false),
        ("GET /v1/ratings", false),
    ];
    for (key, expected) in table {
        let mut parameters = parameters(&document, operation(&document, key));
        let is_named = parameters.any(|parameter| parameter["name"] == "Accept-Language");
        assert_eq!(is_named, expected, "{key}");
    }
}

#[test]
fn a_list_says_how_it_is_paged() {
    let document = document();
    // Few; and the search, which asks for more of the name instead.
    let whole = ["GET /v1/purchases", "GET /v1/members", "GET /v1/branches"];
    let mut paged = 0;
    for key in routes().into_keys().filter(|key| !whole.contains(key)) {
        let operation = operation(&document, key);
        let content = &operation["responses"]["200"]["content"]["application/json"]["schema"];
        let properties = &resolved(&document, content)["properties"];
        let is_page = properties["data"].is_object() && properties["next_cursor"].is_object();
        let names = parameters(&document, operation);
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
