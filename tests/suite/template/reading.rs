//! Reads `infra/template.yaml` as data, with CloudFormation's short tags written out.
//!
//! Resolves nothing: a reference stays `{"Ref": "Name"}`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use serde_yaml_ng::Value as Yaml;

pub(crate) struct Template(Value);

/// One resource of the template.
pub(crate) struct Resource<'a> {
    /// Its logical name.
    pub(crate) name: &'a str,
    pub(crate) properties: &'a Value,
}

impl Template {
    /// Reads the project's template.
    pub(crate) fn read() -> Self {
        let document: Yaml = serde_yaml_ng::from_str(puntos::TEMPLATE).unwrap();
        Self(written_out(&document))
    }

    /// Returns the resources of a type, such as `SQS::Queue`.
    pub(crate) fn of_type(&self, kind: &str) -> Vec<Resource<'_>> {
        let kind = format!("AWS::{kind}");
        let resources = self.0["Resources"].as_object().unwrap().iter();
        resources
            .filter(|(_, resource)| resource["Type"] == kind.as_str())
            .map(|(name, resource)| Resource { name, properties: &resource["Properties"] })
            .collect()
    }

    /// Returns the properties of a resource.
    pub(crate) fn properties(&self, name: &str) -> &Value {
        &self.0["Resources"][name]["Properties"]
    }

    /// Returns the functions by the names of their folders.
    pub(crate) fn functions(&self) -> BTreeMap<String, Resource<'_>> {
        let functions = self.of_type("Serverless::Function").into_iter();
        functions
            .map(|function| {
                let code = function.properties["CodeUri"].as_str().unwrap();
                (code.strip_prefix("../functions/").unwrap().to_owned(), function)
            })
            .collect()
    }

    /// Returns the events of a type with their functions' properties.
    pub(crate) fn events(&self, kind: &str) -> Vec<(&Value, &Value)> {
        let functions = self.of_type("Serverless::Function").into_iter();
        functions
            .flat_map(|function| {
                let events = function.properties["Events"].as_object().unwrap().values();
                events.map(move |event| (function.properties, event))
            })
            .filter(|(_, event)| event["Type"] == kind)
            .map(|(function, event)| (function, &event["Properties"]))
            .collect()
    }

    /// Returns a setting of a function, or of all functions.
    pub(crate) fn setting<'a>(&'a self, function: &'a Value, name: &str) -> &'a Value {
        function.get(name).unwrap_or(&self.0["Globals"]["Function"][name])
    }
}

/// Returns the name that a `Ref` or a `GetAtt` names.
pub(crate) fn named(value: &Value) -> Option<&str> {
    let attribute = value.get("Fn::GetAtt").and_then(Value::as_str);
    let attribute = attribute.and_then(|path| path.split('.').next());
    attribute.or_else(|| value.get("Ref").and_then(Value::as_str))
}

/// Returns a value that may be one or a list as a list.
pub(crate) fn listed(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |values| values.iter().collect())
}

fn written_out(value: &Yaml) -> Value {
    match value {
        Yaml::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            let name = tag.trim_start_matches('!');
            let name = if name == "Ref" { name.to_owned() } else { format!("Fn::{name}") };
            json!({ name: written_out(&tagged.value) })
        }
        Yaml::Sequence(values) => values.iter().map(written_out).collect(),
        Yaml::Mapping(fields) => {
            let fields = fields.iter();
            let written = fields
                .map(|(name, value)| (name.as_str().unwrap().to_owned(), written_out(value)))
                .collect::<Map<String, Value>>();
            Value::Object(written)
        }
        plain => serde_json::to_value(plain).unwrap(),
    }
}
