//! The filter patterns of event sources, which select the records that a function receives.
//!
//! Knows exact values, `prefix` and `exists`. The stack does not start with any other comparison.

use anyhow::{Context, bail};
use serde::Deserialize;
use serde_json::Value;

/// A filter pattern: all of its fields must match.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Filter(Vec<Field>);

#[derive(Debug, Clone, PartialEq)]
struct Field {
    path: Vec<String>,
    comparisons: Vec<Comparison>,
}

#[derive(Debug, Clone, PartialEq)]
enum Comparison {
    Exactly(Value),
    Prefix(String),
    Exists(bool),
}

impl Filter {
    /// Reads a pattern.
    ///
    /// # Errors
    /// Refuses text that is not JSON, and unknown comparisons by name.
    pub(crate) fn parse(pattern: &str) -> anyhow::Result<Self> {
        let pattern: Value = serde_json::from_str(pattern).context("a filter is not JSON")?;
        let mut fields = Vec::new();
        collect(&pattern, &mut Vec::new(), &mut fields)?;
        Ok(Self(fields))
    }

    pub(crate) fn passes(&self, record: &Value) -> bool {
        self.0.iter().all(|Field { path, comparisons }| {
            let field = path.iter().try_fold(record, |value, key| value.get(key));
            comparisons.iter().any(|comparison| comparison.holds(field))
        })
    }
}

impl TryFrom<String> for Filter {
    type Error = anyhow::Error;

    fn try_from(pattern: String) -> anyhow::Result<Self> {
        Self::parse(&pattern)
    }
}

impl Comparison {
    fn holds(&self, field: Option<&Value>) -> bool {
        match self {
            Self::Exactly(expected) => field == Some(expected),
            Self::Prefix(prefix) => {
                field.and_then(Value::as_str).is_some_and(|text| text.starts_with(prefix))
            }
            Self::Exists(expected) => field.is_some() == *expected,
        }
    }
}

/// Collects the lists of comparisons, which are the leaves of a pattern.
fn collect(pattern: &Value, path: &mut Vec<String>, fields: &mut Vec<Field>) -> anyhow::Result<()> {
    match pattern {
        Value::Object(entries) => {
            for (key, value) in entries {
                path.push(key.clone());
                collect(value, path, fields)?;
                path.pop();
            }
            Ok(())
        }
        Value::Array(values) => {
            let comparisons = values.iter().map(comparison).collect::<anyhow::Result<_>>()?;
            fields.push(Field { path: path.clone(), comparisons });
            Ok(())
        }
        other => bail!("the filter has {other} where a list of comparisons must stand"),
    }
}

fn comparison(value: &Value) -> anyhow::Result<Comparison> {
    let Value::Object(entries) = value else { return Ok(Comparison::Exactly(value.clone())) };
    let mut entries = entries.iter();
    match (entries.next(), entries.next()) {
        (Some((name, Value::Bool(expected))), None) if name == "exists" => {
            Ok(Comparison::Exists(*expected))
        }
        (Some((name, Value::String(prefix))), None) if name == "prefix" => {
            Ok(Comparison::Prefix(prefix.clone()))
        }
        _ => bail!("the filter's comparison {value} is not supported"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patterns_pass_what_lambda_would_pass() {
        let insert =
            json!({"eventName": "INSERT", "dynamodb": {"NewImage": {"outbox": {"S": "email"}}}});
        let remove = json!({"eventName": "REMOVE", "dynamodb": {"Keys": {}}});
        let numeric =
            json!({"eventName": "INSERT", "dynamodb": {"NewImage": {"outbox": {"N": "1"}}}});
        for (pattern, record, expected) in [
            (r#"{"dynamodb": {"NewImage": {"outbox": {"S": [{"exists": true}]}}}}"#, &insert, true),
            (
                r#"{"dynamodb": {"NewImage": {"outbox": {"S": [{"exists": true}]}}}}"#,
                &remove,
                false,
            ),
            (
                r#"{"dynamodb": {"NewImage": {"outbox": {"S": [{"exists": true}]}}}}"#,
                &numeric,
                false,
            ),
            (
                r#"{"dynamodb": {"NewImage": {"outbox": {"S": [{"exists": false}]}}}}"#,
                &remove,
                true,
            ),
            (r#"{"eventName": ["INSERT", "MODIFY"]}"#, &insert, true),
            (r#"{"eventName": ["INSERT", "MODIFY"]}"#, &remove, false),
            (r#"{"eventName": [{"prefix": "IN"}]}"#, &insert, true),
            (r#"{"eventName": [{"prefix": "IN"}]}"#, &remove, false),
            (
                r#"{"eventName": ["INSERT"], "dynamodb": {"NewImage": {"outbox": {"S": ["sms"]}}}}"#,
                &insert,
                false,
            ),
            ("{}", &remove, true),
        ] {
            let filter = Filter::parse(pattern).expect("supported");
            assert_eq!(filter.passes(record), expected, "{pattern} on {record}");
        }
    }

    #[test]
    fn any_other_comparison_stops_the_start() {
        for (pattern, named) in [
            (r#"{"eventName": [{"anything-but": ["REMOVE"]}]}"#, "anything-but"),
            (r#"{"n": [{"numeric": [">", 1]}]}"#, "numeric"),
            (r#"{"eventName": "INSERT"}"#, "INSERT"),
        ] {
            let error = Filter::parse(pattern).expect_err("refused");
            assert!(error.to_string().contains(named), "{error}");
        }
    }
}
