//! Conditions and updates. Names and values are always placeholders, so that neither a member's text nor a
//! reserved word of DynamoDB can change the meaning of an expression.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

type Names = HashMap<String, String>;
type Values = HashMap<String, AttributeValue>;

/// The parts of an expression in the form that the SDK takes; `None` if there are none.
pub(crate) struct Parts {
    pub(crate) text: Option<String>,
    pub(crate) names: Option<Names>,
    pub(crate) values: Option<Values>,
}

/// A condition on the stored item.
#[derive(Debug, Clone, Default)]
pub(crate) struct Condition {
    text: String,
    names: Names,
    values: Values,
}

impl Condition {
    /// Holds if the item does not exist.
    pub(crate) fn absent() -> Self {
        Self::missing("pk")
    }

    /// Holds if the item exists.
    pub(crate) fn present() -> Self {
        Self::has("pk")
    }

    /// Holds if the item has an attribute.
    pub(crate) fn has(name: &str) -> Self {
        Self::default().with(&format!("attribute_exists({})", placeholder(name)), name)
    }

    /// Holds if the item, or its attribute, is missing.
    pub(crate) fn missing(name: &str) -> Self {
        Self::default().with(&format!("attribute_not_exists({})", placeholder(name)), name)
    }

    /// Holds if the comparison of an attribute with a value (`=`, `<`, `<=`, `>` …) is true.
    pub(crate) fn compares(name: &str, operator: &str, value: AttributeValue) -> Self {
        let expected = format!(":if_{}", name.replace('.', "_"));
        let text = format!("{} {operator} {expected}", placeholder(name));
        let mut condition = Self::default().with(&text, name);
        condition.values.insert(expected, value);
        condition
    }

    /// Holds if both conditions hold.
    #[must_use]
    pub(crate) fn and(self, other: Self) -> Self {
        self.joined("AND", other)
    }

    /// Holds if one of the conditions holds.
    #[must_use]
    pub(crate) fn or(self, other: Self) -> Self {
        self.joined("OR", other)
    }

    /// Returns the condition in the form that the SDK takes.
    pub(crate) fn parts(self) -> Parts {
        let text = (!self.text.is_empty()).then_some(self.text);
        Parts { text, names: some(self.names), values: some(self.values) }
    }

    fn with(mut self, text: &str, name: &str) -> Self {
        self.text = text.to_owned();
        self.names.extend(names(name));
        self
    }

    fn joined(mut self, word: &str, other: Self) -> Self {
        self.text = format!("({}) {word} ({})", self.text, other.text);
        self.names.extend(other.names);
        self.values.extend(other.values);
        self
    }
}

/// An update of single attributes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Update {
    sets: Vec<String>,
    removes: Vec<String>,
    names: Names,
    values: Values,
}

impl Update {
    #[must_use]
    pub(crate) fn set(mut self, name: &str, value: AttributeValue) -> Self {
        let placed = format!(":{}", name.replace('.', "_"));
        self.sets.push(format!("{} = {placed}", placeholder(name)));
        self.names.extend(names(name));
        self.values.insert(placed, value);
        self
    }

    /// Adds to a number, which starts at 0. Only within a guarded transaction: a repeated update would count
    /// twice.
    #[must_use]
    pub(crate) fn add(mut self, name: &str, amount: i64) -> Self {
        self.sets.push(format!("#{name} = if_not_exists(#{name}, :zero) + :{name}"));
        self.names.insert(format!("#{name}"), name.to_owned());
        self.values.insert(format!(":{name}"), number(amount));
        self.values.insert(":zero".to_owned(), number(0));
        self
    }

    /// Sets an attribute to what another one is before the update.
    #[must_use]
    pub(crate) fn copy(mut self, name: &str, from: &str) -> Self {
        self.sets.push(format!("{} = {}", placeholder(name), placeholder(from)));
        self.names.extend(names(name).chain(names(from)));
        self
    }

    /// Removes an attribute.
    #[must_use]
    pub(crate) fn remove(mut self, name: &str) -> Self {
        self.removes.push(format!("#{name}"));
        self.names.insert(format!("#{name}"), name.to_owned());
        self
    }

    /// Returns the text of the update, and the condition with the names and values of both.
    pub(crate) fn parts(self, mut condition: Condition) -> (String, Parts) {
        condition.names.extend(self.names);
        condition.values.extend(self.values);
        let parts = [("SET", self.sets), ("REMOVE", self.removes)];
        let parts = parts.into_iter().filter(|(_, parts)| !parts.is_empty());
        let texts = parts.map(|(word, parts)| format!("{word} {}", parts.join(", ")));
        (texts.collect::<Vec<_>>().join(" "), condition.parts())
    }
}

/// Returns the placeholder of an attribute. The name `row.state` is the element `state` of the map `row`.
fn placeholder(name: &str) -> String {
    format!("#{}", name.replace('.', ".#"))
}

/// Returns the names behind a placeholder.
fn names(name: &str) -> impl Iterator<Item = (String, String)> {
    name.split('.').map(|part| (format!("#{part}"), part.to_owned()))
}

pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(crate) fn number(value: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn some<V>(values: HashMap<String, V>) -> Option<HashMap<String, V>> {
    (!values.is_empty()).then_some(values)
}
