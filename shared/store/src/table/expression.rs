//! Conditions and updates, written once: names and values are always placeholders, so that no word
//! of a shopper and no reserved word of DynamoDB can change what an expression means.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure,
    TransactWriteItem,
};

use crate::keys::Key;
use crate::table::Item;
use crate::{Store, StoreError};

type Values = HashMap<String, AttributeValue>;

/// A condition on the item that is there.
#[derive(Debug, Clone, Default)]
pub struct Condition {
    text: String,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Condition {
    /// Holds where there is no item yet.
    pub fn absent() -> Self {
        Self::missing("pk")
    }

    /// Holds where there is an item.
    pub fn present() -> Self {
        Self::default().with("attribute_exists(#pk)", "pk")
    }

    /// Holds where the item, or its attribute, is missing.
    pub fn missing(name: &str) -> Self {
        Self::default().with(&format!("attribute_not_exists(#{name})"), name)
    }

    /// Holds where an attribute compares so (`=`, `<`, `<=`, `>` …) with a value.
    pub fn compares(name: &str, operator: &str, value: AttributeValue) -> Self {
        let mut condition = Self::default().with(&format!("#{name} {operator} :if_{name}"), name);
        condition.values.insert(format!(":if_{name}"), value);
        condition
    }

    /// Holds where both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.joined("AND", other)
    }

    /// Holds where one of them holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.joined("OR", other)
    }

    /// Returns the expression, its names and its values.
    pub(crate) fn into_parts(self) -> (String, HashMap<String, String>, Option<Values>) {
        (self.text, self.names, some(self.values))
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
pub struct Update {
    sets: Vec<String>,
    removes: Vec<String>,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Update {
    /// Sets an attribute.
    #[must_use]
    pub fn set(mut self, name: &str, value: AttributeValue) -> Self {
        self.sets.push(format!("#{name} = :{name}"));
        self.names.insert(format!("#{name}"), name.to_owned());
        self.values.insert(format!(":{name}"), value);
        self
    }

    /// Adds to a number that is there, or to 0. Only within a guarded transaction: a repetition
    /// would count twice.
    #[must_use]
    pub fn add(mut self, name: &str, amount: i64) -> Self {
        self.sets.push(format!("#{name} = if_not_exists(#{name}, :zero) + :{name}"));
        self.names.insert(format!("#{name}"), name.to_owned());
        self.values.insert(format!(":{name}"), number(amount));
        self.values.insert(":zero".to_owned(), number(0));
        self
    }

    /// Removes an attribute.
    #[must_use]
    pub fn remove(mut self, name: &str) -> Self {
        self.removes.push(format!("#{name}"));
        self.names.insert(format!("#{name}"), name.to_owned());
        self
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for (word, parts) in [("SET", &self.sets), ("REMOVE", &self.removes)] {
            if !parts.is_empty() {
                text.push_str(&format!("{word} {} ", parts.join(", ")));
            }
        }
        text
    }
}

impl Store {
    /// Returns the write of a whole item.
    pub(crate) fn put(
        &self,
        item: Item,
        condition: Condition,
    ) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder()
            .table_name(self.table_name())
            .set_item(Some(item))
            .condition_expression(condition.text)
            .set_expression_attribute_names(Some(condition.names))
            .set_expression_attribute_values(some(condition.values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        built(put.build()).map(|put| TransactWriteItem::builder().put(put).build())
    }

    /// Returns the update of an item.
    pub(crate) fn update(
        &self,
        key: &Key,
        update: Update,
        condition: Condition,
    ) -> Result<TransactWriteItem, StoreError> {
        let text = update.text();
        let names = update.names.into_iter().chain(condition.names).collect();
        let values = update.values.into_iter().chain(condition.values).collect();
        let built_update = aws_sdk_dynamodb::types::Update::builder()
            .table_name(self.table_name())
            .set_key(Some(key.attributes()))
            .update_expression(text)
            .set_condition_expression((!condition.text.is_empty()).then_some(condition.text))
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(some(values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build();
        built(built_update).map(|update| TransactWriteItem::builder().update(update).build())
    }

    /// Returns the check of a condition on an item that is not written.
    pub(crate) fn check(
        &self,
        key: &Key,
        condition: Condition,
    ) -> Result<TransactWriteItem, StoreError> {
        let check = ConditionCheck::builder()
            .table_name(self.table_name())
            .set_key(Some(key.attributes()))
            .condition_expression(condition.text)
            .set_expression_attribute_names(Some(condition.names))
            .set_expression_attribute_values(some(condition.values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        built(check.build())
            .map(|check| TransactWriteItem::builder().condition_check(check).build())
    }

    /// Returns the removal of an item.
    pub(crate) fn delete(&self, key: &Key) -> Result<TransactWriteItem, StoreError> {
        let delete =
            Delete::builder().table_name(self.table_name()).set_key(Some(key.attributes()));
        built(delete.build()).map(|delete| TransactWriteItem::builder().delete(delete).build())
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

fn built<T>(result: Result<T, aws_sdk_dynamodb::error::BuildError>) -> Result<T, StoreError> {
    result.map_err(|error| StoreError::Unavailable(error.to_string()))
}
