//! How large an item is, as DynamoDB counts it: names and values, without the overhead of indexes.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

/// Returns the size of an item in bytes.
pub(super) fn bytes(item: &HashMap<String, AttributeValue>) -> usize {
    item.iter().map(|(name, value)| name.len() + value_bytes(value)).sum()
}

/// A number takes a byte per two digits and one more; a list or map three, and one per element.
fn value_bytes(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => digits.len().div_ceil(2) + 1,
        AttributeValue::L(values) => {
            3 + values.iter().map(|value| 1 + value_bytes(value)).sum::<usize>()
        }
        AttributeValue::M(fields) => {
            let fields = fields.iter();
            3 + fields.map(|(name, value)| 1 + name.len() + value_bytes(value)).sum::<usize>()
        }
        _ => 1,
    }
}
