//! The OpenAPI document, generated from the routes.
//!
//! Has no text about a single route. That text is in the route's declaration.

use std::collections::BTreeMap;

use puntos_domain::field::FieldError;
use serde_json::{Map, Value, json};

use crate::{KeyRule, Parameter, ProblemBody, Reply, Role, Route, Shape};

const DESCRIPTION: &str = "A loyalty and care backend: members earn points at the till, redeem them \
    for coupons, get the coupon by e-mail, and rate their visits. Agents see what happened, undo \
    mistakes, answer ratings, call customers in time and bring claims to their end. Money is in minor \
    units. Clients ignore fields that they do not know. `x-roles` names who may call a route.";

const KEY_PATTERN: &str = "^[A-Za-z0-9._:~-]{1,128}$";

/// Returns the document of these routes.
pub fn document<'a>(routes: impl IntoIterator<Item = &'a Route>) -> Value {
    let mut schemas = Schemas::default();
    schemas.add(&Shape::of::<ProblemBody>());
    schemas.add(&Shape::of::<FieldError>());
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for route in routes {
        let operation = operation(route, &mut schemas);
        paths.entry(route.path()).or_default().insert(route.method().to_lowercase(), operation);
    }
    paths.entry("/v1/openapi.json").or_default().insert("get".to_owned(), of_this_document());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Puntos",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "http://127.0.0.1:3000", "description": "The local stack"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas.found,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            },
        },
    })
}

#[derive(Default)]
struct Schemas {
    found: BTreeMap<String, Value>,
}

impl Schemas {
    /// Collects the schema of a shape and those that it refers to, and returns the reference to it.
    fn add(&mut self, shape: &Shape) -> Value {
        let name = name_of(shape);
        let mut referred = Vec::new();
        (shape.schemas)(&mut referred);
        for (name, schema) in referred {
            self.found.entry(name).or_insert_with(|| json!(schema));
        }
        self.found.entry(name.clone()).or_insert_with(|| json!((shape.schema)()));
        json!({"$ref": format!("#/components/schemas/{name}")})
    }
}

/// The name of a page is derived from its rows: `RewardAnswerPage`.
fn name_of(shape: &Shape) -> String {
    let name = (shape.name)().into_owned();
    match (shape.type_name)().split_once('<') {
        Some((_, rows)) if name == "Page" => {
            let row = rows.trim_end_matches('>').rsplit("::").next().unwrap_or_default();
            format!("{row}Page")
        }
        _ => name,
    }
}

fn operation(route: &Route, schemas: &mut Schemas) -> Value {
    let roles: Vec<&str> = route.roles.iter().copied().map(Role::name).collect();
    let mut operation = json!({
        "operationId": route.operation_id,
        "summary": route.summary,
        "description": route.description,
        "tags": [route.tag],
        "x-roles": roles,
        "parameters": parameters(route),
        "responses": responses(route, schemas),
    });
    if let Some(request) = &route.request {
        let schema = schemas.add(request);
        let mut content = json!({"application/json": {"schema": schema}});
        if route.method() == "PATCH" {
            content["application/merge-patch+json"] = json!({"schema": schema});
        }
        operation["requestBody"] = json!({"required": needs_body(request), "content": content});
    }
    if route.roles.is_empty() {
        operation["security"] = json!([]);
    }
    operation
}

/// A body without a required field may be missing.
fn needs_body(request: &Shape) -> bool {
    json!((request.schema)())["required"].as_array().is_some_and(|names| !names.is_empty())
}

fn parameters(route: &Route) -> Vec<Value> {
    let in_path = route.path().split('/').filter_map(|part| {
        let name = part.strip_prefix('{')?.strip_suffix('}')?;
        Some(json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
    });
    let in_query = route.query.iter().map(query_parameter);
    let key = match route.idempotency {
        KeyRule::Ignored => None,
        rule => Some(json!({
            "name": "Idempotency-Key",
            "in": "header",
            "required": rule == KeyRule::Required,
            "description": "Names the request. A retry with the same key and body answers the first \
                ids and facts again; a UUID is best.",
            "schema": {"type": "string", "pattern": KEY_PATTERN},
        })),
    };
    in_path.chain(in_query).chain(key).collect()
}

fn query_parameter(parameter: &Parameter) -> Value {
    let schema = match parameter.name {
        "limit" => json!({"type": "integer", "minimum": 1, "maximum": 100, "default": 20}),
        "cursor" => json!({"type": "string", "maxLength": 2048}),
        _ => json!((parameter.shape.schema)()),
    };
    json!({
        "name": parameter.name,
        "in": "query",
        "required": parameter.required,
        "description": parameter.description,
        "schema": schema,
    })
}

fn responses(route: &Route, schemas: &mut Schemas) -> Value {
    let answers = route.answers.iter().map(|reply| (reply.status, answer(route, reply, schemas)));
    let mut responses: BTreeMap<String, Value> =
        answers.map(|(status, answer)| (status.to_string(), answer)).collect();
    for (status, codes) in problems(route) {
        responses.insert(status.to_string(), refusal(status, &codes));
    }
    json!(responses)
}

fn answer(route: &Route, reply: &Reply, schemas: &mut Schemas) -> Value {
    let schema = schemas.add(&reply.shape);
    if let Some(row) = &reply.row {
        schemas.add(row);
    }
    let mut answer = json!({
        "description": reply.description,
        "content": {"application/json": {"schema": schema}},
    });
    if route.method() == "POST" {
        answer["headers"] = json!({
            "Idempotency-Replayed": {
                "description": "`true` where an earlier request did it",
                "schema": {"type": "string", "enum": ["true"]},
            },
        });
    }
    answer
}

/// Returns the codes of a route's refusals by status: its own, and those of all routes of its kind.
fn problems(route: &Route) -> BTreeMap<u16, Vec<&'static str>> {
    let mut codes: BTreeMap<u16, Vec<&'static str>> = BTreeMap::new();
    for (status, own) in route.problems {
        codes.entry(*status).or_default().extend(*own);
    }
    let has_body = route.request.is_some();
    let has_key = route.idempotency != KeyRule::Ignored;
    let has_cursor = route.query.iter().any(|parameter| parameter.name == "cursor");
    let shared = [
        (400, "invalid_json", has_body),
        (400, "idempotency_key_missing", has_key),
        (400, "idempotency_key_invalid", has_key),
        (400, "cursor_mismatch", has_cursor),
        (401, "unauthorized", !route.roles.is_empty()),
        (403, "forbidden", !route.roles.is_empty()),
        (404, "not_found", true),
        (413, "payload_too_large", has_body),
        (415, "unsupported_media_type", has_body),
        (422, "invalid_field", true),
        (422, "unknown_field", true),
        (422, "idempotency_key_reused", has_key),
        (429, "throttled", true),
        (500, "internal_error", true),
        (503, "try_again", true),
        (503, "unavailable", true),
    ];
    for (status, code, applies) in shared {
        let known = codes.entry(status).or_default();
        if applies && !known.contains(&code) {
            known.push(code);
        }
    }
    codes.retain(|_, codes| !codes.is_empty());
    codes
}

fn refusal(status: u16, codes: &[&str]) -> Value {
    let of_codes = json!({
        "allOf": [
            {"$ref": "#/components/schemas/ProblemBody"},
            {"type": "object", "properties": {"code": {"type": "string", "enum": codes}}},
        ],
    });
    let mut refusal = json!({
        "description": codes.join(", "),
        "content": {"application/problem+json": {"schema": of_codes}},
    });
    if matches!(status, 401 | 403 | 404 | 429) {
        refusal["content"]["application/json"] = json!({
            "schema": {
                "type": "object",
                "required": ["message"],
                "properties": {"message": {"type": "string", "description": "The gateway's word"}},
            },
        });
    }
    if matches!(status, 429 | 503) {
        refusal["headers"] = json!({
            "Retry-After": {"description": "Seconds", "schema": {"type": "integer", "minimum": 0}},
        });
    }
    refusal
}

fn of_this_document() -> Value {
    json!({
        "operationId": "get_document",
        "summary": "Return this document",
        "tags": ["Document"],
        "security": [],
        "responses": {
            "200": {
                "description": "The document",
                "content": {"application/json": {"schema": {"type": "object"}}},
            },
        },
    })
}
