//! Items and the shapes that are read from and written to them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::StoreError;
use crate::keys::Key;

/// One item as the SDK has it.
pub type Item = HashMap<String, AttributeValue>;

pub(crate) fn key_of(item: &Item) -> (String, String) {
    let part = |name: &str| {
        item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default()
    };
    (part("pk"), part("sk"))
}

/// Reads an item as the shape that this version writes.
pub(crate) fn from_item<T: DeserializeOwned>(item: Item) -> Result<T, StoreError> {
    let (pk, sk) = key_of(&item);
    serde_dynamo::from_item(item).map_err(|error| StoreError::Corrupt {
        // Errors go to logs, and keys and values can be addresses: only ids and kinds are named.
        pk: without_values(&pk, '#'),
        sk: without_values(&sk, '#'),
        reason: without_values(&error.to_string(), '"'),
    })
}

fn without_values(text: &str, before: char) -> String {
    text.split(before).next().unwrap_or_default().to_owned()
}

/// Writes a shape as an item, without the attributes that are not set.
pub(crate) fn to_item<T: Serialize>(key: &Key, shape: &T) -> Result<Item, StoreError> {
    let mut item: Item = serde_dynamo::to_item(shape).map_err(|error| StoreError::Corrupt {
        pk: key.pk.clone(),
        sk: key.sk.clone(),
        reason: error.to_string(),
    })?;
    item.extend(key.attributes());
    Ok(item)
}

/// Returns the image of a stream record as an item.
pub fn from_stream_image(image: serde_dynamo::Item) -> Item {
    image.into()
}
