//! One operation: its parameters, its body and its responses.

use serde_json::{Map, Value, json};

use super::Parts;
use super::fields::{self, KEY_PATTERN};
use super::schemas::Direction;
use crate::{Body, KeyRule, Parameter, Reply, Role, Route, Shape};

/// The longest text of a sheet.
const CSV_MAX_CHARS: usize = 6_000_000;

/// The schemas that have sentences in the reader's language.
const WITH_TEXTS: [&str; 7] = [
    "ExplanationRow",
    "NotApplied",
    "TimelineEntry",
    "StatementEntry",
    "StepAnswer",
    "TaskAnswer",
    "GiftAnswer",
];

/// Returns the operation of a route.
pub(super) fn of(route: &Route, parts: &mut Parts) -> Value {
    let roles: Vec<&str> = route.roles.iter().copied().map(Role::name).collect();
    let mut operation = json!({
        "operationId": route.operation_id,
        "summary": route.summary,
        "description": route.description,
        "tags": [route.tag],
        "x-roles": roles,
        "parameters": parameters(route, parts),
        "responses": responses(route, parts),
    });
    if let Some(request) = &route.request {
        operation["requestBody"] = request_body(route, request, parts);
    }
    if route.roles.is_empty() {
        operation["security"] = json!([]);
    }
    operation
}

/// Returns the operation that answers the document. It is no route of a function.
pub(super) fn of_document(parts: &mut Parts) -> Value {
    let mut responses = Map::from_iter(parts.refusals.of_open_route());
    responses.insert(
        "200".to_owned(),
        json!({
            "description": "The document",
            "content": {"application/json": {
                "schema": {"type": "object", "additionalProperties": true},
                "example": {"openapi": "3.1.0"},
            }},
        }),
    );
    json!({
        "operationId": "get_document",
        "summary": "Return this document",
        "description": "Returns the document that describes the API, generated from its routes.",
        "tags": ["Document"],
        "security": [],
        "responses": responses,
    })
}

/// Returns the headers that responses share.
pub(super) fn headers() -> Value {
    json!({
        "Idempotency-Replayed": {
            "description": "`true` if an earlier request did it; absent otherwise",
            "schema": {"type": "string", "enum": ["true"]},
            "example": "true",
        },
        "Retry-After": {
            "description": "After how many seconds to try again",
            "schema": {"type": "integer", "minimum": 0, "maximum": 3600},
            "example": 1,
        },
    })
}

/// Returns the parameters that operations share.
pub(super) fn shared_parameters() -> Value {
    let key = |is_required: bool, description: &str| {
        json!({
            "name": "Idempotency-Key",
            "in": "header",
            "required": is_required,
            "description": description,
            "schema": {"type": "string", "pattern": KEY_PATTERN},
            "example": "0b7d1f2e-5a3c-4c1b-9b43-6d1a1b9e7a10",
        })
    };
    json!({
        "IdempotencyKey": key(
            true,
            "Names the request. A retry with the same key and body gets the first ids and facts \
             again. A UUID is best.",
        ),
        "NaturalIdempotencyKey": key(
            false,
            "Names the request if the body has no natural key. A UUID is best.",
        ),
        "AcceptLanguage": {
            "name": "Accept-Language",
            "in": "header",
            "required": false,
            "description": "The language of the texts in the answer: the first of es, en, pt and ru that is \
                accepted. Without one, it is the member's language, else the programme's.",
            "schema": {"type": "string"},
            "example": "ru, en;q=0.5",
        },
        "Limit": query_parameter(&Parameter::LIMIT, json!({"type": "integer"})),
        "Cursor": query_parameter(&Parameter::CURSOR, json!({"type": "string"})),
    })
}

fn parameters(route: &Route, parts: &mut Parts) -> Vec<Value> {
    let in_path = route.path().split('/').filter_map(|part| {
        let name = part.strip_prefix('{')?.strip_suffix('}')?;
        let mut schema = json!({"type": "string"});
        fields::bound("path", name, &mut schema);
        let example = fields::example("path", name, &schema);
        let description = format!("The {}", name.replace('_', " "));
        Some(json!({
            "name": name, "in": "path", "required": true, "description": description,
            "schema": schema, "example": example,
        }))
    });
    let in_query = route.query.iter().map(|parameter| match parameter.name {
        "limit" => json!({"$ref": "#/components/parameters/Limit"}),
        "cursor" => json!({"$ref": "#/components/parameters/Cursor"}),
        _ => query_parameter(parameter, parts.schemas.of_parameter(&parameter.shape)),
    });
    let key = match route.idempotency {
        KeyRule::Ignored => None,
        KeyRule::Required => Some(json!({"$ref": "#/components/parameters/IdempotencyKey"})),
        KeyRule::Natural => Some(json!({"$ref": "#/components/parameters/NaturalIdempotencyKey"})),
    };
    let language = route.answers.iter().any(has_texts);
    let language = language.then(|| json!({"$ref": "#/components/parameters/AcceptLanguage"}));
    in_path.chain(in_query).chain(key).chain(language).collect()
}

fn has_texts(reply: &Reply) -> bool {
    let shapes = [Some(&reply.body.shape), reply.body.row.as_ref()];
    shapes.into_iter().flatten().any(|shape| {
        let mut schemas = Vec::new();
        (shape.schemas)(&mut schemas);
        let is_one = |name: &str| WITH_TEXTS.contains(&name);
        is_one(&(shape.name)()) || schemas.iter().any(|(name, _)| is_one(name))
    })
}

fn query_parameter(parameter: &Parameter, mut schema: Value) -> Value {
    match parameter.name {
        // A local date or an instant.
        "from" | "to" => {
            schema = json!({"anyOf": [
                {"type": "string", "format": "date"},
                {"type": "string", "format": "date-time"},
            ]});
        }
        "day" => schema["format"] = json!("date"),
        name => fields::bound("query", name, &mut schema),
    }
    json!({
        "name": parameter.name,
        "in": "query",
        "required": parameter.required,
        "description": parameter.description,
        "schema": schema,
    })
}

fn request_body(route: &Route, request: &Shape, parts: &mut Parts) -> Value {
    let is_patch = route.method() == "PATCH";
    let direction = if is_patch { Direction::Patch } else { Direction::Request };
    let schema = parts.schemas.add(request, direction);
    let body = json!({"schema": schema, "example": parts.schemas.example(&schema)});
    let mut request_body =
        json!({"required": needs_body(request), "content": {"application/json": body}});
    if is_patch {
        // Listed as a second content, it would give generated clients a choice without a difference.
        request_body["description"] =
            json!("A merge patch (RFC 7396). `application/merge-patch+json` is accepted as well.");
    }
    request_body
}

/// A body without a required field may be missing.
fn needs_body(request: &Shape) -> bool {
    json!((request.schema)())["required"].as_array().is_some_and(|names| !names.is_empty())
}

fn responses(route: &Route, parts: &mut Parts) -> Value {
    let mut responses = Map::from_iter(parts.refusals.of(route));
    for reply in route.answers {
        responses.insert(reply.status.to_string(), answer(route, reply, parts));
    }
    Value::Object(responses)
}

fn answer(route: &Route, reply: &Reply, parts: &mut Parts) -> Value {
    let mut schema = schema_of(&reply.body, parts);
    let example = parts.schemas.example(&schema);
    let mut description = reply.description.to_owned();
    if let Some(body) = &reply.till_body {
        schema = json!({"anyOf": [schema, schema_of(body, parts)]});
        description.push_str(". A till gets the second of the two shapes");
    }
    let mut answer = json!({
        "description": description,
        "content": {"application/json": {"schema": schema, "example": example}},
    });
    if reply.has_csv {
        let schema = json!({"type": "string", "maxLength": CSV_MAX_CHARS});
        answer["content"]["text/csv"] = json!({"schema": schema, "example": "at,kind,points"});
    }
    let has_key = route.idempotency != KeyRule::Ignored || reply.status == 201;
    if route.method() == "POST" && has_key {
        let header = json!({"$ref": "#/components/headers/Idempotency-Replayed"});
        answer["headers"] = json!({"Idempotency-Replayed": header});
    }
    answer
}

fn schema_of(body: &Body, parts: &mut Parts) -> Value {
    if let Some(row) = &body.row {
        parts.schemas.add(row, Direction::Answer);
    }
    parts.schemas.add(&body.shape, Direction::Answer)
}
