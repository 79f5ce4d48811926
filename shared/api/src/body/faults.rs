//! All faults in the shape of a body: the body is compared with the schema that the OpenAPI document shows.
//!
//! Serde stops at the first fault. So this runs only for a body that serde refused. It checks names, kinds of
//! values, and names of choices. Bounds are checked after parsing.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;
use puntos_domain::field::FieldError;
use serde_json::{Map, Value};

use super::wording::NOT_A_TIME;
use crate::Shape;

/// Returns the faults in the shape of a body, by their paths.
pub(super) fn of(body: &Value, shape: &Shape) -> Vec<FieldError> {
    let mut named = Vec::new();
    (shape.schemas)(&mut named);
    let json = |schema| serde_json::to_value(schema).unwrap_or_default();
    let schemas = named.into_iter().map(|(name, schema)| (name, json(schema))).collect();
    let mut search = Search { schemas, faults: Vec::new() };
    search.compare(&json((shape.schema)()), body, "");
    search.faults
}

struct Search {
    schemas: HashMap<String, Value>,
    faults: Vec<FieldError>,
}

impl Search {
    fn compare(&mut self, schema: &Value, value: &Value, path: &str) {
        let schema = self.resolved(schema);
        let kinds = kinds(&schema);
        if let Some(choices) = schema["oneOf"].as_array() {
            // Null or one schema. Of several schemas, serde chooses.
            let mut others = choices.iter().filter(|choice| choice["type"] != "null");
            if let (Some(only), None) = (others.next(), others.next())
                && !value.is_null()
            {
                self.compare(only, value, path);
            }
            return;
        }
        if value.is_null() && kinds.contains(&"null") {
            return;
        }
        let kind = kinds.into_iter().find(|kind| *kind != "null");
        match (kind, value) {
            (Some("object"), Value::Object(fields)) => self.fields(&schema, fields, path),
            (Some("array"), Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    self.compare(&schema["items"], item, &format!("{path}[{index}]"));
                }
            }
            (Some("string"), Value::String(text)) => self.text(&schema, text, path),
            (Some("integer"), Value::Number(number)) if number.is_i64() || number.is_u64() => {}
            (Some("number"), Value::Number(_)) | (Some("boolean"), Value::Bool(_)) => {}
            (Some(_), Value::Null) => self.refuse(path, "must be given"),
            (Some("object"), _) => self.refuse(path, "must be an object"),
            (Some("array"), _) => self.refuse(path, "must be a list"),
            (Some("string"), _) => self.refuse(path, "must be text"),
            (Some("integer"), _) => self.refuse(path, "must be a whole number"),
            (Some("number"), _) => self.refuse(path, "must be a number"),
            (Some("boolean"), _) => self.refuse(path, "must be true or false"),
            _ => {}
        }
    }

    fn fields(&mut self, schema: &Value, fields: &Map<String, Value>, path: &str) {
        let Some(known) = schema["properties"].as_object() else { return };
        let place = |name: &str| match path {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        };
        let is_closed = schema["additionalProperties"] == false;
        for name in fields.keys().filter(|name| is_closed && !known.contains_key(*name)) {
            self.faults.push(FieldError::unknown(&place(name)));
        }
        let required = schema["required"].as_array().into_iter().flatten();
        for name in required.filter_map(Value::as_str).filter(|name| !fields.contains_key(*name)) {
            self.refuse(&place(name), "must be given");
        }
        for (name, value) in fields {
            if let Some(schema) = known.get(name) {
                self.compare(schema, value, &place(name));
            }
        }
    }

    fn text(&mut self, schema: &Value, text: &str, path: &str) {
        if let Some(names) = schema["enum"].as_array() {
            let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
            if !names.contains(&text) {
                self.refuse(path, &format!("must be one of {}", names.join(", ")));
            }
        }
        let is_valid = match schema["format"].as_str() {
            Some("date-time") => text.parse::<Timestamp>().is_ok(),
            Some("date") => text.parse::<Date>().is_ok(),
            _ => true,
        };
        if !is_valid {
            self.refuse(path, NOT_A_TIME);
        }
    }

    fn refuse(&mut self, path: &str, detail: &str) {
        self.faults.push(FieldError::invalid(path, detail));
    }

    fn resolved(&self, schema: &Value) -> Value {
        let reference = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next());
        let found = reference.and_then(|name| self.schemas.get(name));
        found.unwrap_or(schema).clone()
    }
}

fn kinds(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}
