//! The refusals of a route by status: its own codes, those of all routes of its kind, and the gateway's.
//!
//! Routes with the same codes share one response.

use std::collections::BTreeMap;

use puntos_domain::program::Warning;
use serde_json::{Value, json};

use super::fields;
use crate::{KeyRule, Problem, Route};

/// The statuses that the gateway also gives by itself, with its words.
const OF_GATEWAY: [(u16, &str); 5] = [
    (401, "Unauthorized"),
    (403, "Forbidden"),
    (404, "Not Found"),
    (429, "Too Many Requests"),
    (500, "Internal Server Error"),
];

/// The facts that problems of a code have besides the fields of every problem.
const FACTS: [(&str, &str); 5] = [
    ("insufficient_points", "missing_points"),
    ("invoice_conflict", "purchase_id"),
    ("member_merged", "merged_into"),
    ("program_warnings", "warnings"),
    ("thread_moved", "message"),
];

/// Collects the responses and their schemas.
#[derive(Default)]
pub(super) struct Refusals {
    /// The responses of the document.
    pub made: BTreeMap<String, Value>,
    /// Their schemas.
    pub schemas: BTreeMap<String, Value>,
}

impl Refusals {
    /// Returns references to the refusals of a route by status.
    pub(super) fn of(&mut self, route: &Route) -> Vec<(String, Value)> {
        let mut found: Vec<(String, Value)> = Vec::new();
        for (status, codes) in problems(route) {
            let name = match codes.own {
                true => format!("{}{status}", pascal(route.operation_id)),
                false => names_joined(&codes.all),
            };
            found.push((status.to_string(), self.reference(&name, status, &codes.all)));
        }
        found.push(("5XX".to_owned(), self.of_gateway()));
        found
    }

    /// Returns references to the refusals of a route that the gateway guards and nobody judges.
    pub(super) fn of_open_route(&mut self) -> Vec<(String, Value)> {
        let codes = [(404, "not_found"), (429, "throttled"), (500, "internal_error")];
        let mut found: Vec<(String, Value)> = codes
            .into_iter()
            .map(|(status, code)| {
                (status.to_string(), self.reference(&pascal(code), status, &[code]))
            })
            .collect();
        found.push(("5XX".to_owned(), self.of_gateway()));
        found
    }

    fn reference(&mut self, name: &str, status: u16, codes: &[&'static str]) -> Value {
        if !self.made.contains_key(name) {
            let (schema, example) = problem(status, codes);
            let schema_name = format!("{name}Problem");
            self.made.insert(name.to_owned(), refusal(status, codes, &schema_name, &example));
            self.schemas.insert(schema_name, schema);
        }
        json!({"$ref": format!("#/components/responses/{name}")})
    }

    fn of_gateway(&mut self) -> Value {
        self.schemas.entry("GatewayRefusal".to_owned()).or_insert_with(gateway_schema);
        self.made.entry("GatewayFailure".to_owned()).or_insert_with(|| {
            json!({
                "description": "A failure of the gateway",
                "content": {"application/json": {
                    "schema": {"$ref": "#/components/schemas/GatewayRefusal"},
                    "example": {"message": "Service Unavailable"},
                }},
            })
        });
        json!({"$ref": "#/components/responses/GatewayFailure"})
    }
}

/// Returns the schema of the gateway's own refusals.
fn gateway_schema() -> Value {
    json!({
        "type": "object",
        "description": "A refusal of the gateway",
        "required": ["message"],
        "properties": {
            "message": {"type": "string", "maxLength": 200, "description": "A sentence for people."},
        },
    })
}

/// Returns the schema and the example of problems with these codes.
fn problem(status: u16, codes: &[&'static str]) -> (Value, Value) {
    let mut properties = json!({"code": {"type": "string", "enum": codes}});
    let first = codes.first().copied().unwrap_or_default();
    let problem = Problem::new(status, first, "A sentence that says why");
    let mut example = problem.body("/v1/purchases", "JKJaXmPLvHcESHA=");
    for (code, fact) in FACTS {
        if codes.contains(&code) {
            let kind = match fact {
                "missing_points" => "integer",
                "warnings" => "array",
                _ => "string",
            };
            let mut schema =
                json!({"type": kind, "description": format!("Only with the code `{code}`.")});
            if kind == "array" {
                schema["items"] = json!({"type": "string", "enum": [Warning::NAME]});
            }
            if fact == "message" {
                properties[fact] = json!({"$ref": "#/components/schemas/MessageAnswer"});
                continue;
            }
            fields::bound("Problem", fact, &mut schema);
            if code == first {
                example[fact] = fields::example("Problem", fact, &schema).unwrap_or_default();
            }
            properties[fact] = schema;
        }
    }
    let schema = json!({
        "description": codes.join(", "),
        "allOf": [
            {"$ref": "#/components/schemas/Problem"},
            {"type": "object", "required": ["code"], "properties": properties},
        ],
    });
    (schema, example)
}

fn refusal(status: u16, codes: &[&str], schema_name: &str, example: &Value) -> Value {
    let schema = json!({"$ref": format!("#/components/schemas/{schema_name}")});
    let mut refusal = json!({
        "description": codes.join(", "),
        "content": {"application/problem+json": {"schema": schema, "example": example}},
    });
    if let Some((_, message)) = OF_GATEWAY.iter().find(|(of_gateway, _)| *of_gateway == status) {
        // A generated client reads one schema for all media types, so this one allows both bodies.
        refusal["content"]["application/json"] = json!({
            "schema": {"anyOf": [schema, {"$ref": "#/components/schemas/GatewayRefusal"}]},
            "example": {"message": message},
        });
    }
    if matches!(status, 429 | 503) {
        refusal["headers"] = json!({"Retry-After": {"$ref": "#/components/headers/Retry-After"}});
    }
    refusal
}

/// The codes of a route's refusals with one status.
#[derive(Default)]
struct Codes {
    all: Vec<&'static str>,
    /// Whether some are the route's own.
    own: bool,
}

/// Returns the codes of a route's refusals by status: those of all routes of its kind, and its own.
fn problems(route: &Route) -> BTreeMap<u16, Codes> {
    let mut codes: BTreeMap<u16, Codes> = BTreeMap::new();
    let has_key = route.idempotency != KeyRule::Ignored;
    let has_cursor = route.query.iter().any(|parameter| parameter.name == "cursor");
    let is_guarded = !route.roles.is_empty();
    let may_send_body = route.method() != "GET";
    let shared = [
        (400, "invalid_json", may_send_body),
        (400, "idempotency_key_missing", has_key),
        (400, "idempotency_key_invalid", has_key),
        (400, "cursor_mismatch", has_cursor),
        (401, "unauthorized", is_guarded),
        (403, "forbidden", is_guarded),
        (404, "not_found", true),
        (413, "payload_too_large", may_send_body),
        (415, "unsupported_media_type", may_send_body),
        (422, "invalid_field", true),
        (422, "unknown_field", true),
        (422, "idempotency_key_reused", has_key),
        (429, "throttled", true),
        (500, "internal_error", true),
        (503, "try_again", true),
        (503, "unavailable", true),
    ];
    for (status, code, _) in shared.into_iter().filter(|(_, _, applies)| *applies) {
        codes.entry(status).or_default().all.push(code);
    }
    for (status, own) in route.problems {
        let known = codes.entry(*status).or_default();
        for code in own.iter().filter(|code| !known.all.contains(code)).collect::<Vec<_>>() {
            known.all.push(code);
            known.own = true;
        }
    }
    codes.values_mut().for_each(|codes| codes.all.sort_unstable());
    codes
}

fn names_joined(codes: &[&str]) -> String {
    codes.iter().map(|code| pascal(code)).collect::<Vec<_>>().join("Or")
}

fn pascal(code: &str) -> String {
    let words = code.split('_').map(|word| {
        let (first, rest) = word.split_at(1.min(word.len()));
        first.to_ascii_uppercase() + rest
    });
    words.collect()
}
