//! Holds every answer that a test gets against the OpenAPI document: its status, its media type, its
//! schema, and that it has no field besides.
//!
//! Does not check patterns. The generated clients and the fuzzer of the continuous integration do.

use std::sync::LazyLock;

use puntos_api::openapi;
use serde_json::{Map, Value};

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| openapi::document(puntos::routes().into_values().flatten().copied()));

/// Checks an answer.
///
/// # Panics
/// Where the document does not promise it.
pub(crate) fn check(method: &str, path: &str, status: u16, media_type: &str, body: &Value) {
    let path = path.split('?').next().unwrap_or_default();
    let Some(operation) = operation(method, path) else { return };
    let responses = &operation["responses"];
    let response = responses.get(status.to_string());
    let response = response.or_else(|| responses.get("5XX").filter(|_| status >= 500));
    let found = response.ok_or_else(|| "the status is not in the document".to_owned());
    let found = found.and_then(|response| {
        let content = &resolved(response)["content"];
        let content =
            content.get(media_type).ok_or_else(|| format!("{media_type} is not in it"))?;
        matches(&content["schema"], body, "")
    });
    if let Err(reason) = found {
        panic!("{method} {path} {status}: {reason}: {body}");
    }
}

/// Returns the operation of a request. A literal segment beats a parameter.
fn operation(method: &str, path: &str) -> Option<&'static Value> {
    let paths = DOCUMENT["paths"].as_object()?.iter();
    let mut fitting: Vec<(usize, &Value)> = paths
        .filter(|(template, _)| fits(template, path))
        .filter_map(|(template, methods)| {
            let parameters = template.matches('{').count();
            methods.get(method.to_lowercase()).map(|operation| (parameters, operation))
        })
        .collect();
    fitting.sort_by_key(|(parameters, _)| *parameters);
    fitting.first().map(|(_, operation)| *operation)
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template
            .zip(path)
            .all(|(part, given)| part == given || (part.starts_with('{') && !given.is_empty()))
}

fn resolved(value: &'static Value) -> &'static Value {
    match value["$ref"].as_str() {
        Some(reference) => DOCUMENT.pointer(reference.trim_start_matches('#')).expect(reference),
        None => value,
    }
}

fn matches(schema: &'static Value, value: &Value, place: &str) -> Result<(), String> {
    let schema = resolved(schema);
    let refused = |why: &str| Err(format!("{place}: {why}"));
    for choice in ["anyOf", "oneOf"] {
        if let Some(choices) = schema[choice].as_array() {
            let tried: Vec<_> =
                choices.iter().map(|choice| matches(choice, value, place)).collect();
            if tried.iter().all(Result::is_err) {
                return tried.into_iter().next().unwrap_or(Ok(()));
            }
        }
    }
    if let Some(names) = schema["enum"].as_array()
        && !names.contains(value)
    {
        return refused("is no name of the enum");
    }
    let kinds = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        Value::String(kind) => vec![kind.as_str()],
        _ => vec![],
    };
    if !kinds.is_empty() && !kinds.iter().any(|kind| is_a(value, kind)) {
        return refused(&format!("is not {kinds:?}"));
    }
    if let Some(number) = value.as_f64() {
        let (least, most) = (schema["minimum"].as_f64(), schema["maximum"].as_f64());
        if least.is_some_and(|least| number < least) || most.is_some_and(|most| number > most) {
            return refused("is out of its bounds");
        }
    }
    if let Some(text) = value.as_str() {
        let length = text.chars().count() as u64;
        if schema["minLength"].as_u64().is_some_and(|least| length < least)
            || schema["maxLength"].as_u64().is_some_and(|most| length > most)
        {
            return refused("has another length");
        }
    }
    if let Some(items) = value.as_array() {
        if schema["maxItems"].as_u64().is_some_and(|most| items.len() as u64 > most) {
            return refused("has too many items");
        }
        for (index, item) in items.iter().enumerate() {
            matches(&schema["items"], item, &format!("{place}/{index}"))?;
        }
    }
    match value.as_object() {
        Some(fields) => has_fields(schema, fields, place),
        None => Ok(()),
    }
}

fn has_fields(
    schema: &'static Value,
    fields: &Map<String, Value>,
    place: &str,
) -> Result<(), String> {
    let parts: Vec<&'static Value> = match schema["allOf"].as_array() {
        Some(parts) => parts.iter().map(resolved).collect(),
        None => vec![schema],
    };
    for part in &parts {
        for name in part["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !fields.contains_key(name) {
                return Err(format!("{place}/{name}: is missing"));
            }
        }
        for (name, schema) in part["properties"].as_object().into_iter().flatten() {
            if let Some(value) = fields.get(name) {
                matches(schema, value, &format!("{place}/{name}"))?;
            }
        }
    }
    // A choice of schemas was judged before. Clients ignore unknown fields, but the stack sends none.
    let is_closed = parts.iter().any(|part| part["properties"].is_object());
    let unknown = fields.keys().find(|name| {
        is_closed && !parts.iter().any(|part| part["properties"].get(name.as_str()).is_some())
    });
    unknown.map_or(Ok(()), |name| Err(format!("{place}/{name}: is not in the document")))
}

fn is_a(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}
