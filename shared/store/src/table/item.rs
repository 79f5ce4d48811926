//! Items, and conversion from and to the stored shapes.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Corruption, StoreError};
use crate::keys::Key;

/// One item in the form of the SDK.
pub type Item = HashMap<String, AttributeValue>;

pub(crate) fn key_of(item: &Item) -> (String, String) {
    let part = |name: &str| {
        item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default()
    };
    (part("pk"), part("sk"))
}

/// Reads an item as a shape of this version.
pub(crate) fn from_item<T: DeserializeOwned>(item: Item) -> Result<T, StoreError> {
    let (pk, sk) = key_of(&item);
    serde_dynamo::from_item(item)
        .map_err(|error| StoreError::corrupt(&pk, &sk, Corruption::of_shape(&error)))
}

/// Writes a shape as an item, without unset attributes.
pub(crate) fn to_item<T: Serialize>(key: &Key, shape: &T) -> Result<Item, StoreError> {
    let mut item: Item = serde_dynamo::to_item(shape).map_err(StoreError::unavailable)?;
    item.extend(key.attributes());
    Ok(item)
}

/// Writes a value as the JSON text of one attribute.
pub(crate) fn json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(StoreError::unavailable)
}

/// Returns the image of a stream record as an item.
pub fn from_stream_image(image: serde_dynamo::Item) -> Item {
    image.into()
}
