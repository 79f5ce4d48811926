//! Reads `infra/template.yaml`: the YAML with its short tags (`!Ref`, `!GetAtt`, `!Sub`, …) becomes
//! JSON in the long form, split into parameters, conditions, globals and resources.
//!
//! Does not resolve functions (`intrinsics` does) or interpret resources (`wiring` does).

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};
use serde_yaml_ng::Value as Yaml;

/// How deep a template may nest: it is read and resolved by recursion.
const MAX_DEPTH: usize = 64;

/// A template before intrinsic functions are resolved.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Template {
    #[serde(rename = "AWSTemplateFormatVersion", default)]
    _format: Option<IgnoredAny>,
    #[serde(default)]
    _description: Option<IgnoredAny>,
    #[serde(default)]
    _transform: Option<IgnoredAny>,
    #[serde(default)]
    _outputs: Option<IgnoredAny>,
    /// Parameters of a deployment.
    #[serde(default)]
    pub parameters: BTreeMap<String, Parameter>,
    /// Named conditions.
    #[serde(default)]
    pub conditions: BTreeMap<String, Value>,
    /// Properties that all resources of a type share.
    #[serde(default)]
    pub globals: Globals,
    /// The resources by their logical names.
    pub resources: BTreeMap<String, Resource>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Parameter {
    /// The value if no other is set.
    pub default: Option<Value>,
}

/// The shared settings that the local stack knows: those of functions.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Globals {
    /// Merged under the properties of every function.
    #[serde(default)]
    pub function: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Resource {
    /// Its type, such as `AWS::SQS::Queue`.
    #[serde(rename = "Type")]
    pub kind: String,
    /// Its properties, unresolved.
    #[serde(default)]
    pub properties: Value,
    /// The condition under which it exists.
    pub condition: Option<String>,
    #[serde(default)]
    _depends_on: Option<IgnoredAny>,
    #[serde(default)]
    _deletion_policy: Option<IgnoredAny>,
    #[serde(default)]
    _update_replace_policy: Option<IgnoredAny>,
    #[serde(default)]
    _metadata: Option<IgnoredAny>,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// Refuses text that is not YAML, and unknown sections or attributes by name.
    pub(crate) fn parse(text: &str) -> anyhow::Result<Self> {
        let yaml: Yaml = serde_yaml_ng::from_str(text).context("the template is not YAML")?;
        serde_json::from_value(long_form(yaml, 0)?).context("the template is not supported")
    }
}

/// Returns YAML as JSON, with each short tag as its long form, an object with one key.
fn long_form(yaml: Yaml, depth: usize) -> anyhow::Result<Value> {
    if depth > MAX_DEPTH {
        bail!("the template nests deeper than {MAX_DEPTH} levels");
    }
    Ok(match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(flag) => Value::Bool(flag),
        Yaml::String(text) => Value::String(text),
        Yaml::Number(number) => {
            serde_json::to_value(&number).context("a number has no form in JSON")?
        }
        Yaml::Sequence(values) => Value::Array(
            values
                .into_iter()
                .map(|value| long_form(value, depth + 1))
                .collect::<anyhow::Result<_>>()?,
        ),
        Yaml::Mapping(entries) => Value::Object(
            entries
                .into_iter()
                .map(|(key, value)| Ok((key_text(&key)?, long_form(value, depth + 1)?)))
                .collect::<anyhow::Result<_>>()?,
        ),
        Yaml::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            let value = long_form(tagged.value, depth + 1)?;
            let (name, value) = long_tag(tag.trim_start_matches('!'), value);
            Value::Object(Map::from_iter([(name, value)]))
        }
    })
}

fn long_tag(tag: &str, value: Value) -> (String, Value) {
    match (tag, value) {
        ("Ref" | "Condition", value) => (tag.to_owned(), value),
        ("GetAtt", Value::String(path)) => {
            let parts = path.splitn(2, '.').map(|part| Value::String(part.to_owned())).collect();
            ("Fn::GetAtt".to_owned(), Value::Array(parts))
        }
        (_, value) => (format!("Fn::{tag}"), value),
    }
}

fn key_text(key: &Yaml) -> anyhow::Result<String> {
    match key {
        Yaml::String(text) => Ok(text.clone()),
        Yaml::Number(number) => Ok(number.to_string()),
        Yaml::Bool(flag) => Ok(flag.to_string()),
        _ => bail!("a key of the template is neither text nor a number"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn short_tags_become_their_long_form() {
        let template = Template::parse(
            "Resources:\n  A:\n    Type: X\n    Properties:\n      ref: !Ref B\n      \
             att: !GetAtt C.Arn.Deep\n      sub: !Sub 'x-${B}'\n      join: !Join ['-', [a, !Ref B]]\n",
        )
        .expect("supported");
        assert_eq!(
            template.resources["A"].properties,
            json!({
                "ref": {"Ref": "B"},
                "att": {"Fn::GetAtt": ["C", "Arn.Deep"]},
                "sub": {"Fn::Sub": "x-${B}"},
                "join": {"Fn::Join": ["-", ["a", {"Ref": "B"}]]},
            })
        );
    }

    #[test]
    fn an_unknown_section_is_refused_by_name() {
        let error = Template::parse("Resources: {}\nMappings: {}\n").expect_err("refused");
        assert!(format!("{error:#}").contains("Mappings"), "{error:#}");
    }
}
