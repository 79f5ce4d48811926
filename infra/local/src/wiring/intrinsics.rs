//! Resolves a template's intrinsic functions to plain values, as CloudFormation does at a deployment,
//! with the account, the region and the names of the local stack.
//!
//! Knows `Ref`, `Fn::GetAtt`, `Fn::Sub`, `Fn::Join`, `Fn::If`, `Fn::Equals`, `Fn::Not`, `Fn::And`,
//! `Fn::Or`, `Fn::Select` and `Fn::Split`; any other stops the start with its name.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use serde_json::{Map, Value};

use crate::identity;
use crate::wiring::template::Template;

/// How deep references may nest before they count as circular.
const MAX_DEPTH: usize = 64;

/// Resolves values of one template.
pub(crate) struct Resolver<'a> {
    template: &'a Template,
    parameters: BTreeMap<String, Value>,
}

impl<'a> Resolver<'a> {
    /// Builds the resolver of a template. `overrides` replace the defaults of parameters.
    ///
    /// # Errors
    /// Refuses a parameter without a value, and an override that names no parameter.
    pub(crate) fn new(
        template: &'a Template,
        overrides: &BTreeMap<String, String>,
    ) -> anyhow::Result<Self> {
        if let Some(unknown) =
            overrides.keys().find(|name| !template.parameters.contains_key(*name))
        {
            bail!("the template has no parameter {unknown}");
        }
        let mut parameters = BTreeMap::new();
        for (name, parameter) in &template.parameters {
            let value = match overrides.get(name) {
                Some(text) => Value::String(text.clone()),
                None => parameter
                    .default
                    .clone()
                    .with_context(|| format!("the parameter {name} has no value"))?,
            };
            parameters.insert(name.clone(), value);
        }
        Ok(Self { template, parameters })
    }

    /// Returns the value with everything in it resolved.
    ///
    /// # Errors
    /// Refuses an unknown function, reference or attribute by name.
    pub(crate) fn resolve(&self, value: &Value) -> anyhow::Result<Value> {
        Ok(self.value(value, 0)?.unwrap_or(Value::Null))
    }

    /// Returns whether a condition holds.
    ///
    /// # Errors
    /// Refuses an unknown condition.
    pub(crate) fn holds(&self, condition: &str) -> anyhow::Result<bool> {
        self.named_condition(condition, 0)
    }

    /// Returns the resolved value, or `None` for `AWS::NoValue`.
    fn value(&self, value: &Value, depth: usize) -> anyhow::Result<Option<Value>> {
        if depth > MAX_DEPTH {
            bail!("references go in circles");
        }
        Ok(Some(match value {
            Value::Array(values) => {
                let mut resolved = Vec::with_capacity(values.len());
                for value in values {
                    resolved.extend(self.value(value, depth + 1)?);
                }
                Value::Array(resolved)
            }
            Value::Object(entries) => match function_call(entries) {
                Some((function, argument)) => return self.call(function, argument, depth + 1),
                None => {
                    let mut resolved = Map::new();
                    for (key, value) in entries {
                        if let Some(value) = self.value(value, depth + 1)? {
                            resolved.insert(key.clone(), value);
                        }
                    }
                    Value::Object(resolved)
                }
            },
            plain => plain.clone(),
        }))
    }

    fn call(
        &self,
        function: &str,
        argument: &Value,
        depth: usize,
    ) -> anyhow::Result<Option<Value>> {
        let arguments = argument.as_array().map(Vec::as_slice);
        let value = match (function, arguments) {
            ("Ref", _) => {
                let name = argument.as_str().context("Ref takes a name")?;
                if name == "AWS::NoValue" {
                    return Ok(None);
                }
                self.reference(name, depth)?
            }
            ("Fn::GetAtt", Some([resource, attribute])) => {
                let resource = resource.as_str().context("Fn::GetAtt takes a resource's name")?;
                let attribute = self.text(attribute, depth)?;
                Value::String(self.attribute(resource, &attribute, depth)?)
            }
            ("Fn::Sub", None) => self.substitute(argument, &Map::new(), depth)?,
            ("Fn::Sub", Some([text, Value::Object(names)])) => {
                self.substitute(text, names, depth)?
            }
            ("Fn::Join", Some([separator, parts])) => {
                let separator = self.text(separator, depth)?;
                Value::String(self.texts(parts, depth)?.join(&separator))
            }
            ("Fn::Split", Some([separator, text])) => {
                let (separator, text) = (self.text(separator, depth)?, self.text(text, depth)?);
                text.split(&separator).map(|part| Value::String(part.to_owned())).collect()
            }
            ("Fn::Select", Some([index, values])) => {
                let index: usize =
                    self.text(index, depth)?.parse().context("Fn::Select's index")?;
                let values = self.texts(values, depth)?;
                Value::String(values.get(index).context("Fn::Select's index is too high")?.clone())
            }
            ("Fn::If", Some([condition, then, otherwise])) => {
                let condition = condition.as_str().context("Fn::If takes a condition's name")?;
                let chosen = if self.named_condition(condition, depth)? { then } else { otherwise };
                return self.value(chosen, depth);
            }
            _ => bail!("the intrinsic function {function} is not supported"),
        };
        Ok(Some(value))
    }

    fn reference(&self, name: &str, depth: usize) -> anyhow::Result<Value> {
        if let Some(value) = self.parameters.get(name) {
            return Ok(value.clone());
        }
        if name.starts_with("AWS::") {
            return Ok(Value::String(identity::pseudo_parameter(name)?.to_owned()));
        }
        let (kind, physical_name) = self.physical(name, depth)?;
        Ok(Value::String(identity::reference(kind, &physical_name)))
    }

    fn attribute(&self, resource: &str, attribute: &str, depth: usize) -> anyhow::Result<String> {
        let (kind, physical_name) = self.physical(resource, depth)?;
        identity::attribute(kind, &physical_name, attribute)
            .with_context(|| format!("!GetAtt {resource}.{attribute}"))
    }

    /// Returns the type and the physical name of a resource: the name that its properties give, else
    /// its logical name.
    fn physical(&self, logical_name: &str, depth: usize) -> anyhow::Result<(&'a str, String)> {
        let resource = self
            .template
            .resources
            .get(logical_name)
            .with_context(|| format!("the template has no {logical_name}"))?;
        let given = identity::name_property(&resource.kind)
            .and_then(|property| resource.properties.get(property));
        let name = match given {
            Some(name) => self.text(name, depth)?,
            None => logical_name.to_owned(),
        };
        Ok((&resource.kind, name))
    }

    fn substitute(
        &self,
        text: &Value,
        names: &Map<String, Value>,
        depth: usize,
    ) -> anyhow::Result<Value> {
        let mut rest = text.as_str().context("Fn::Sub takes a text")?;
        let mut result = String::with_capacity(rest.len());
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}').context("Fn::Sub has an open ${")?;
            result.push_str(before);
            if let Some(literal) = name.strip_prefix('!') {
                result.push_str(&format!("${{{literal}}}"));
            } else if let Some(value) = names.get(name) {
                result.push_str(&self.text(value, depth)?);
            } else if let Some((resource, attribute)) = name.split_once('.') {
                result.push_str(&self.attribute(resource, attribute, depth)?);
            } else {
                result.push_str(&plain_text(&self.reference(name, depth)?)?);
            }
            rest = after;
        }
        result.push_str(rest);
        Ok(Value::String(result))
    }

    fn named_condition(&self, name: &str, depth: usize) -> anyhow::Result<bool> {
        let condition = self
            .template
            .conditions
            .get(name)
            .with_context(|| format!("the template has no condition {name}"))?;
        self.condition(condition, depth + 1)
    }

    fn condition(&self, condition: &Value, depth: usize) -> anyhow::Result<bool> {
        if depth > MAX_DEPTH {
            bail!("conditions go in circles");
        }
        let (function, argument) = condition
            .as_object()
            .and_then(function_call)
            .with_context(|| format!("a condition is not a function: {condition}"))?;
        let parts = argument.as_array().map(Vec::as_slice);
        match (function, parts) {
            ("Condition", None) => {
                self.named_condition(argument.as_str().context("Condition takes a name")?, depth)
            }
            ("Fn::Equals", Some([left, right])) => {
                Ok(self.value(left, depth)? == self.value(right, depth)?)
            }
            ("Fn::Not", Some([inner])) => Ok(!self.condition(inner, depth + 1)?),
            ("Fn::And", Some(parts)) => {
                parts.iter().try_fold(true, |all, part| Ok(all & self.condition(part, depth + 1)?))
            }
            ("Fn::Or", Some(parts)) => {
                parts.iter().try_fold(false, |any, part| Ok(any | self.condition(part, depth + 1)?))
            }
            _ => bail!("the condition function {function} is not supported"),
        }
    }

    fn text(&self, value: &Value, depth: usize) -> anyhow::Result<String> {
        plain_text(&self.value(value, depth + 1)?.context("AWS::NoValue is no text")?)
    }

    fn texts(&self, values: &Value, depth: usize) -> anyhow::Result<Vec<String>> {
        let values = self.value(values, depth + 1)?.context("AWS::NoValue is no list")?;
        values.as_array().context("a list is needed")?.iter().map(plain_text).collect()
    }
}

/// Returns a resolved scalar as text, the way CloudFormation writes it.
///
/// # Errors
/// Refuses lists and objects.
pub(crate) fn plain_text(value: &Value) -> anyhow::Result<String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        other => bail!("a text is needed, not {other}"),
    }
}

fn function_call(entries: &Map<String, Value>) -> Option<(&str, &Value)> {
    let mut entries = entries.iter();
    let (name, argument) = entries.next()?;
    let is_function = name == "Ref" || name == "Condition" || name.starts_with("Fn::");
    (is_function && entries.next().is_none()).then_some((name, argument))
}

#[cfg(test)]
mod tests;
