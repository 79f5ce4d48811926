//! The document is enough for the programmer of a client: every field has its bounds, every status its
//! example, and every set of names is an enum.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{document, parameters, resolved, routes};

/// Returns the schemas of the document with their names.
fn schemas(document: &Value) -> impl Iterator<Item = (&String, &Value)> {
    document["components"]["schemas"].as_object().unwrap().iter()
}

/// Returns the fields of a schema with their names.
fn fields(schema: &Value) -> Vec<(&String, &Value)> {
    let parts = ["allOf", "oneOf"].into_iter().filter_map(|name| schema[name].as_array()).flatten();
    let parts = std::iter::once(schema).chain(parts);
    parts.filter_map(|part| part["properties"].as_object()).flatten().collect()
}

/// Returns whether a schema says which values it allows.
fn is_bounded(schema: &Value) -> bool {
    for choice in ["anyOf", "oneOf", "allOf"] {
        if let Some(choices) = schema[choice].as_array() {
            return choices.iter().all(|choice| choice["type"] == "null" || is_bounded(choice));
        }
    }
    if schema.get("$ref").is_some() || schema.get("enum").is_some() {
        return true;
    }
    let has = |names: &[&str]| names.iter().all(|name| schema.get(name).is_some());
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str());
    match kind {
        Some("string") => has(&["format"]) || has(&["pattern"]) || has(&["maxLength"]),
        Some("integer" | "number") => has(&["minimum", "maximum"]),
        Some("array") => has(&["maxItems"]) && is_bounded(&schema["items"]),
        kind => matches!(kind, Some("boolean" | "object")),
    }
}

#[test]
fn every_field_and_parameter_says_its_bounds() {
    let document = document();
    let mut unbounded = BTreeSet::new();
    for (name, schema) in schemas(&document) {
        let fields = fields(schema).into_iter().filter(|(_, field)| !is_bounded(field));
        unbounded.extend(fields.map(|(field, _)| format!("{name}.{field}")));
    }
    for methods in document["paths"].as_object().unwrap().values() {
        for operation in methods.as_object().unwrap().values() {
            let parameters = parameters(&document, operation);
            // Accept-Language may be as long as a header may be.
            let found = parameters.filter(|parameter| {
                !is_bounded(&parameter["schema"]) && parameter["name"] != "Accept-Language"
            });
            unbounded.extend(found.map(|parameter| parameter["name"].to_string()));
        }
    }
    assert_eq!(unbounded, BTreeSet::new(), "give them bounds in shared/api/src/openapi/fields.rs");
}

#[test]
fn an_answer_has_all_its_fields_and_a_patch_has_no_defaults() {
    let document = document();
    for (name, schema) in schemas(&document).filter(|(name, _)| !name.ends_with("Problem")) {
        let choices = schema["oneOf"].as_array().into_iter().flatten();
        let required: usize = std::iter::once(schema)
            .chain(choices)
            .map(|part| part["required"].as_array().map_or(0, Vec::len))
            .sum();
        if !name.ends_with("Request") && !name.ends_with("Patch") {
            assert_eq!(required, fields(schema).len(), "{name}");
        }
        if name.ends_with("Patch") {
            for (field, schema) in fields(schema) {
                assert!(schema.get("default").is_none(), "{name}.{field}");
            }
        }
    }
}

#[test]
fn a_request_refuses_unknown_fields() {
    let document = document();
    let requests =
        schemas(&document).filter(|(name, _)| name.ends_with("Request") || name.ends_with("Patch"));
    let mut count = 0;
    for (name, schema) in requests {
        if schema["type"] == "string" {
            continue;
        }
        let one = std::slice::from_ref(schema);
        for object in schema["oneOf"].as_array().map_or(one, Vec::as_slice) {
            assert_eq!(object["additionalProperties"], false, "{name}");
        }
        count += 1;
    }
    assert!(count > 20, "{count}");
}

#[test]
fn every_status_has_its_shape_and_its_example() {
    let document = document();
    for methods in document["paths"].as_object().unwrap().values() {
        for operation in methods.as_object().unwrap().values() {
            let id = &operation["operationId"];
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.contains_key("5XX") && responses.contains_key("429"), "{id}");
            for (status, response) in responses {
                let response = resolved(&document, response);
                assert!(response["description"].as_str().is_some_and(|text| !text.is_empty()));
                for (media_type, content) in response["content"].as_object().unwrap() {
                    assert!(content["schema"].is_object(), "{id} {status} {media_type}");
                    let example = &content["example"];
                    let is_sheet = media_type == "text/csv" && example.is_string();
                    assert!(example.is_object() || is_sheet, "{id} {status} {media_type}");
                }
                let waits = matches!(status.as_str(), "429" | "503");
                assert_eq!(response["headers"]["Retry-After"].is_object(), waits, "{id} {status}");
                let of_gateway = matches!(status.as_str(), "401" | "403" | "404" | "429" | "5XX");
                let has_message =
                    response["content"]["application/json"]["example"]["message"].is_string();
                assert!(has_message || !of_gateway, "{id} {status}");
            }
        }
    }
}

#[test]
fn every_code_of_a_route_is_in_an_enum() {
    let document = document();
    for (key, route) in routes() {
        for (status, codes) in route.problems {
            let operation = super::operation(&document, key);
            let response = resolved(&document, &operation["responses"][status.to_string()]);
            let schema = &response["content"]["application/problem+json"]["schema"];
            let listed = &resolved(&document, schema)["allOf"][1]["properties"]["code"]["enum"];
            for code in *codes {
                assert!(
                    listed.as_array().unwrap().iter().any(|listed| listed == code),
                    "{key} {code}"
                );
            }
        }
    }
}

#[test]
fn every_tag_is_described() {
    let document = document();
    let described: BTreeSet<&str> = document["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["name"].as_str().unwrap())
        .collect();
    let mut used: BTreeSet<&str> = routes().into_values().map(|route| route.tag).collect();
    used.insert("Document");
    assert_eq!(used, described);
}
