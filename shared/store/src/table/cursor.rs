//! Cursors: the end of a page, opaque to the caller and bound to the filters of the list.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_types::base64;
use puntos_domain::id::digest;
use serde::{Deserialize, Serialize};

use crate::StoreError;

/// The longest cursor that is accepted, in characters.
const CURSOR_MAX_CHARS: usize = 2048;

/// The end of a page, and a digest of the filters of the list.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// The digest of the filters.
    f: String,
    /// The key of the last item read.
    k: BTreeMap<String, String>,
}

impl Cursor {
    /// Returns the cursor after a key, for a list with these filters.
    pub(crate) fn after(key: &HashMap<String, AttributeValue>, filters: &[&str]) -> String {
        let texts = key
            .iter()
            .filter_map(|(name, value)| value.as_s().ok().map(|text| (name.clone(), text.clone())));
        let cursor = Self { f: digest(filters), k: texts.collect() };
        let json = serde_json::to_vec(&cursor).unwrap_or_default();
        base64::encode(json).replace('+', "-").replace('/', "_").replace('=', "")
    }

    /// Reads the key at which a page begins.
    ///
    /// # Errors
    /// Refuses text that is not a cursor, or a cursor of other filters, with 400 `cursor_mismatch`.
    pub(crate) fn start(
        cursor: Option<&str>,
        filters: &[&str],
    ) -> Result<Option<HashMap<String, AttributeValue>>, StoreError> {
        let Some(text) = cursor else { return Ok(None) };
        let mismatch = || StoreError::BadCursor;
        if text.len() > CURSOR_MAX_CHARS {
            return Err(mismatch());
        }
        let mut padded = text.replace('-', "+").replace('_', "/");
        while padded.len() % 4 != 0 {
            padded.push('=');
        }
        let json = base64::decode(padded).map_err(|_| mismatch())?;
        let cursor: Self = serde_json::from_slice(&json).map_err(|_| mismatch())?;
        if cursor.f != digest(filters) {
            return Err(mismatch());
        }
        let key = cursor.k.into_iter().map(|(name, value)| (name, AttributeValue::S(value)));
        Ok(Some(key.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_serves_only_the_list_it_came_from() {
        let key = HashMap::from([("pk".to_owned(), AttributeValue::S("ключ?>".to_owned()))]);
        let cursor = Cursor::after(&key, &["timeline", "mbr_1"]);
        assert_eq!(Cursor::start(Some(&cursor), &["timeline", "mbr_1"]).unwrap(), Some(key));
        assert!(matches!(
            Cursor::start(Some(&cursor), &["timeline", "mbr_2"]),
            Err(StoreError::BadCursor)
        ));
        assert!(Cursor::start(None, &["timeline"]).unwrap().is_none());
        for bad in ["", "%%", "e30", "🛒"] {
            assert!(Cursor::start(Some(bad), &["timeline"]).is_err(), "{bad}");
        }
    }
}
