//! Conditions and updates, written once: names and values are always placeholders, so that no word
//! of a member and no reserved word of DynamoDB can change what an expression means.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

type Names = HashMap<String, String>;
type Values = HashMap<String, AttributeValue>;

/// The parts of an expression as the SDK wants them: `None` where there is nothing.
pub(crate) struct Parts {
    pub(crate) text: Option<String>,
    pub(crate) names: Option<Names>,
    pub(crate) values: Option<Values>,
}

/// A condition on the item that is there.
#[derive(Debug, Clone, Default)]
pub(crate) struct Condition {
    text: String,
    names: Names,
    values: Values,
}

impl Condition {
    /// Holds where there is no item yet.
    pub(crate) fn absent() -> Self {
        Self::missing("pk")
    }

    /// Holds where there is an item.
    pub(crate) fn present() -> Self {
        Self::default().with("attribute_exists(#pk)", "pk")
    }

    /// Holds where the item, or its attribute, is missing.
    pub(crate) fn missing(name: &str) -> Self {
        Self::default().with(&format!("attribute_not_exists(#{name})"), name)
    }

    /// Holds where an attribute compares so (`=`, `<`, `<=`, `>` …) with a value.
    pub(crate) fn compares(name: &str, operator: &str, value: AttributeValue) -> Self {
        let mut condition = Self::default().with(&format!("#{name} {operator} :if_{name}"), name);
        condition.values.insert(format!(":if_{name}"), value);
        condition
    }

    /// Holds where both hold.
    #[must_use]
    pub(crate) fn and(self, other: Self) -> Self {
        self.joined("AND", other)
    }

    /// Holds where one of them holds.
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
        self.names.insert(format!("#{name}"), name.to_owned());
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
    /// Sets an attribute.
    #[must_use]
    pub(crate) fn set(mut self, name: &str, value: AttributeValue) -> Self {
        self.sets.push(format!("#{name} = :{name}"));
        self.names.insert(format!("#{name}"), name.to_owned());
        self.values.insert(format!(":{name}"), value);
        self
    }

    /// Adds to a number that is there, or to 0. Only within a guarded transaction: a repetition
    /// would count twice.
    #[must_use]
    pub(crate) fn add(mut self, name: &str, amount: i64) -> Self {
        self.sets.push(format!("#{name} = if_not_exists(#{name}, :zero) + :{name}"));
        self.names.insert(format!("#{name}"), name.to_owned());
        self.values.insert(format!(":{name}"), number(amount));
        self.values.insert(":zero".to_owned(), number(0));
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

/// Returns a text as an attribute.
pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// Returns a number as an attribute.
pub(crate) fn number(value: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn some<V>(values: HashMap<String, V>) -> Option<HashMap<String, V>> {
    (!values.is_empty()).then_some(values)
}
