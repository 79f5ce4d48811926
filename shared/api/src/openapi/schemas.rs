//! The schemas of the document: those of the shapes, adapted to the direction in which they are sent.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::fields;
use crate::Shape;

/// Where a schema is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// In a request. A field that may be absent may also be null.
    Request,
    /// In a merge patch. No field has a default, so that a generated client sends only what was set.
    Patch,
    /// In an answer. Every field is there.
    Answer,
    /// In a problem.
    Problem,
}

/// Collects the schemas.
#[derive(Default)]
pub(super) struct Schemas {
    /// The schemas as their types declare them.
    declared: BTreeMap<String, Value>,
    /// The schemas of the document.
    pub made: BTreeMap<String, Value>,
}

impl Schemas {
    /// Collects the schema of a shape and those that it refers to, and returns the reference to it.
    pub(super) fn add(&mut self, shape: &Shape, direction: Direction) -> Value {
        let name = name_of(shape);
        let mut referred = Vec::new();
        (shape.schemas)(&mut referred);
        for (name, schema) in referred {
            self.declared.entry(name).or_insert_with(|| json!(schema));
        }
        self.declared.entry(name.clone()).or_insert_with(|| json!((shape.schema)()));
        self.reference(&name, direction)
    }

    /// Returns the schema of a parameter: a reference to an enum, or the schema of a plain type.
    pub(super) fn of_parameter(&mut self, shape: &Shape) -> Value {
        let schema = json!((shape.schema)());
        if schema.get("enum").is_some() { self.add(shape, Direction::Request) } else { schema }
    }

    /// Returns the schema that a reference leads to.
    pub(super) fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => &self.made[reference.rsplit('/').next().unwrap_or_default()],
            None => schema,
        }
    }

    fn reference(&mut self, name: &str, direction: Direction) -> Value {
        let is_object = self.declared[name].get("enum").is_none();
        let is_request = matches!(direction, Direction::Request | Direction::Patch);
        let named = match name {
            "ProblemBody" => "Problem".to_owned(),
            // An enum is the same in both directions.
            _ if !is_object || !is_request => name.to_owned(),
            _ if name.ends_with("Request") || name.ends_with("Patch") => name.to_owned(),
            _ => format!("{name}Request"),
        };
        if !self.made.contains_key(&named) {
            // Entered before it is made, so that a schema may refer to itself.
            self.made.insert(named.clone(), Value::Null);
            let made = self.adapted(name, &named, direction);
            self.made.insert(named.clone(), made);
        }
        json!({"$ref": format!("#/components/schemas/{named}")})
    }

    fn adapted(&mut self, name: &str, named: &str, direction: Direction) -> Value {
        let mut schema = self.flat(&self.declared[name]);
        self.inline_numbers(&mut schema);
        match schema.get_mut("oneOf").and_then(Value::as_array_mut) {
            Some(choices) => {
                for choice in choices {
                    adapt(named, choice, direction);
                    let is_request = matches!(direction, Direction::Request | Direction::Patch);
                    if is_request && choice["type"] == "object" {
                        choice["additionalProperties"] = json!(false);
                    }
                }
            }
            None => adapt(named, &mut schema, direction),
        }
        self.redirect(&mut schema, direction);
        schema
    }

    /// Returns a schema with the fields of the schemas that serde flattens into it.
    fn flat(&self, schema: &Value) -> Value {
        let Some(parts) = schema["allOf"].as_array() else { return schema.clone() };
        let mut properties = Map::new();
        let mut required = Vec::new();
        for part in parts {
            let part = match part["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
                Some(name) => self.flat(&self.declared[name]),
                None => part.clone(),
            };
            properties.extend(part["properties"].as_object().cloned().unwrap_or_default());
            required.extend(part["required"].as_array().cloned().unwrap_or_default());
        }
        json!({
            "type": "object",
            "description": schema["description"],
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        })
    }

    /// Replaces references to numbers by the numbers: the contract has no name for `Points`.
    fn inline_numbers(&self, schema: &mut Value) {
        if let Some(number) = self.number(schema) {
            *schema = number;
        } else if let Some(mut number) = self.number(&schema["oneOf"][0]) {
            number["type"] = json!(["integer", "null"]);
            *schema = number;
        }
        match schema {
            Value::Object(fields) => {
                fields.values_mut().for_each(|value| self.inline_numbers(value));
            }
            Value::Array(items) => items.iter_mut().for_each(|value| self.inline_numbers(value)),
            _ => {}
        }
    }

    /// Returns the number that a reference leads to, with what the reference says of it besides.
    fn number(&self, reference: &Value) -> Option<Value> {
        let name = reference["$ref"].as_str()?.rsplit('/').next()?;
        let declared = self.declared.get(name).filter(|schema| schema["type"] == "integer")?;
        let mut number = reference.as_object()?.clone();
        number.remove("$ref");
        number.insert("type".to_owned(), json!("integer"));
        number.insert("format".to_owned(), declared["format"].clone());
        Some(number.into())
    }

    /// Replaces references to declared schemas by references to those of the document.
    fn redirect(&mut self, schema: &mut Value, direction: Direction) {
        match schema {
            Value::Object(fields) => {
                let declared = fields.get("$ref").and_then(Value::as_str).map(str::to_owned);
                if let Some(name) = declared.as_deref().and_then(|path| path.rsplit('/').next()) {
                    let reference = self.reference(name, direction);
                    fields.insert("$ref".to_owned(), reference["$ref"].clone());
                }
                fields.values_mut().for_each(|value| self.redirect(value, direction));
            }
            Value::Array(items) => {
                items.iter_mut().for_each(|value| self.redirect(value, direction));
            }
            _ => {}
        }
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

/// Adapts the fields of a schema.
fn adapt(named: &str, schema: &mut Value, direction: Direction) {
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        for (name, property) in properties {
            adapt_null(property);
            fields::bound(named, name, property);
        }
    }
    match direction {
        Direction::Request | Direction::Patch => adapt_request(schema, direction),
        Direction::Answer => adapt_answer(schema),
        Direction::Problem => {}
    }
}

/// Moves the description of a field that may be null from its inner schema to the field.
fn adapt_null(property: &mut Value) {
    let description = property.pointer_mut("/oneOf/0/description").map(Value::take);
    if let Some(description) = description {
        if let Some(inner) = property["oneOf"][0].as_object_mut() {
            inner.remove("description");
        }
        property["description"] = description;
    }
    if property["default"].is_null()
        && let Some(property) = property.as_object_mut()
    {
        property.remove("default");
    }
}

fn adapt_request(schema: &mut Value, direction: Direction) {
    let required: Vec<Value> = schema["required"].as_array().cloned().unwrap_or_default();
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    for (name, property) in properties {
        if !required.iter().any(|required| required == name) {
            accept_null(property);
        }
        if direction == Direction::Patch
            && let Some(property) = property.as_object_mut()
        {
            property.remove("default");
        }
    }
}

fn accept_null(property: &mut Value) {
    if let Some(kind) = property["type"].as_str().map(str::to_owned) {
        property["type"] = json!([kind, "null"]);
    }
    let reference = property.as_object_mut().and_then(|property| property.remove("$ref"));
    if let Some(reference) = reference {
        property["oneOf"] = json!([{"$ref": reference}, {"type": "null"}]);
    }
}

fn adapt_answer(schema: &mut Value) {
    let Some(fields) = schema.as_object_mut() else { return };
    fields.remove("additionalProperties");
    let Some(properties) = fields.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    for property in properties.values_mut().filter_map(Value::as_object_mut) {
        property.remove("default");
    }
    let names: Vec<&String> = properties.keys().collect();
    let required = json!(names);
    fields.insert("required".to_owned(), required);
}
