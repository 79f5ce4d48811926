//! Examples of bodies, put together from the examples of their fields.

use serde_json::{Map, Value, json};

use super::fields;
use super::schemas::Schemas;

/// The fields that may be absent and are in the example of a request all the same.
const SHOWN: [(&str, &str); 16] = [
    ("ProfileRequest", "email"),
    ("ProfileRequest", "card_number"),
    ("ProfilePatch", "phone"),
    ("PurchaseRequest", "card_number"),
    ("QuoteRequest", "card_number"),
    ("ReceiptRequest", "branch"),
    ("ReceiptRequest", "invoice_number"),
    ("ReceiptRequest", "total"),
    ("RedemptionRequest", "card_number"),
    ("RatingRequest", "comment"),
    ("RatingRequest", "invoice_number"),
    ("GiftChoice", "reward_id"),
    ("CompleteRequest", "note"),
    ("UpdateRequest", "note"),
    ("OpenRequest", "member_id"),
    ("BracketRequest", "up_to"),
];

impl Schemas {
    /// Returns the example of a body with this schema.
    pub(super) fn example(&self, schema: &Value) -> Value {
        let name = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next());
        self.example_of(name.unwrap_or_default(), self.resolve(schema))
    }

    fn example_of(&self, owner: &str, schema: &Value) -> Value {
        let own = ["/example", "/examples/0", "/enum/0"].iter().find_map(|at| schema.pointer(at));
        if let Some(own) = own {
            return own.clone();
        }
        if let Some(first) = schema.pointer("/oneOf/0").or_else(|| schema.pointer("/anyOf/0")) {
            return self.example(first);
        }
        let Some(properties) = schema["properties"].as_object() else { return json!({}) };
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let shown = properties.iter().filter(|(name, _)| {
            required.contains(&name.as_str())
                || SHOWN.iter().any(|(shown, field)| *field == *name && owner.starts_with(shown))
        });
        let fields: Map<String, Value> = shown
            .map(|(name, field)| (name.clone(), self.field_example(owner, name, field)))
            .collect();
        Value::Object(fields)
    }

    fn field_example(&self, owner: &str, name: &str, schema: &Value) -> Value {
        if let Some(example) = fields::example(owner, name, schema) {
            return example;
        }
        let kinds = match &schema["type"] {
            Value::Array(kinds) => kinds.first().and_then(Value::as_str),
            kind => kind.as_str(),
        };
        match (kinds, schema["format"].as_str()) {
            (_, Some("date-time")) => json!("2026-03-14T12:00:00Z"),
            (_, Some("date")) => json!("2026-03-14"),
            (Some("boolean"), _) => json!(true),
            (Some("array"), _) if schema["maxItems"] == 0 => json!([]),
            (Some("array"), _) if schema["items"]["type"] == "string" => json!(["tobacco"]),
            (Some("array"), _) if schema["items"]["type"] == "integer" => json!([13]),
            (Some("array"), _) => json!([self.example(&schema["items"])]),
            _ => self.example(schema),
        }
    }
}
