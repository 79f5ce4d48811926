//! Reads of several items with one request.

use std::collections::{HashMap, HashSet};

use aws_sdk_dynamodb::types::{KeysAndAttributes, ReturnConsumedCapacity};

use crate::keys::Key;
use crate::table::{Item, key_of, pause, unavailable};
use crate::{Store, StoreError};

/// The most keys of one request.
pub(crate) const KEYS_MAX: usize = 100;
/// The most times that a batch asks again for keys that DynamoDB left out.
const BATCH_TRIES_MAX: u32 = 4;

impl Store {
    /// Reads several items with one request. The answer has no order and omits missing items. A key may occur
    /// twice, as a lagging index gives it, and is sent once: DynamoDB refuses a request with duplicates.
    pub(crate) async fn batch_get(
        &self,
        keys: &[Key],
        strongly: bool,
    ) -> Result<HashMap<(String, String), Item>, StoreError> {
        let mut found = HashMap::with_capacity(keys.len());
        if keys.is_empty() {
            return Ok(found);
        }
        let mut asked = HashSet::with_capacity(keys.len());
        let once = keys.iter().filter(|key| asked.insert(*key));
        let mut wanted = KeysAndAttributes::builder()
            .set_keys(Some(once.map(Key::attributes).collect()))
            .consistent_read(strongly)
            .build()
            .map_err(StoreError::unavailable)?;
        for attempt in 0..BATCH_TRIES_MAX {
            pause(attempt).await;
            let output = self
                .client
                .batch_get_item()
                .request_items(&*self.table_name, wanted)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(unavailable)?;
            output.consumed_capacity().iter().for_each(|cost| self.meter.read_more(cost));
            self.meter.request();
            for item in output.responses.unwrap_or_default().into_values().flatten() {
                found.insert(key_of(&item), item);
            }
            let left = output.unprocessed_keys.unwrap_or_default().into_values().next();
            match left {
                None => return Ok(found),
                Some(keys) => wanted = keys,
            }
        }
        Err(StoreError::Throttled)
    }
}
