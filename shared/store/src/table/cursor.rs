//! Cursors: the end of a page, sealed and bound to the filters of the list.
//!
//! A cursor holds the key of the last item read. Such a key can contain a customer's name, and a cursor is
//! part of URLs and of logs. So it is encrypted (ChaCha20-Poly1305), and the filters are authenticated with
//! it. The key comes from the id of the stack: all copies of a function derive the same one without a
//! request, and nobody has to create, store or rotate a secret. A cursor grants nothing, because the
//! partition of a list comes from the request. So this only has to keep callers from reading keys.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use puntos_domain::id::digest;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;

use crate::StoreError;
use crate::table::base64url;

/// The longest cursor that is accepted, in characters.
const CURSOR_MAX_CHARS: usize = 2048;

/// Seals and opens the cursors of one stack.
pub(crate) struct Cursors {
    sealing: LessSafeKey,
    nonces: hmac::Key,
}

impl Cursors {
    /// Returns the cursors of a stack.
    pub(crate) fn new(stack_id: &str) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, stack_id.as_bytes());
        let sealing = hmac::sign(&root, b"puntos cursor 1: sealing");
        let nonces = hmac::sign(&root, b"puntos cursor 1: nonces");
        let sealing = UnboundKey::new(&CHACHA20_POLY1305, sealing.as_ref());
        Self {
            sealing: LessSafeKey::new(sealing.expect("a digest of SHA-256 has 32 bytes")),
            nonces: hmac::Key::new(hmac::HMAC_SHA256, nonces.as_ref()),
        }
    }

    /// Returns the cursor after a key, for a list with these filters.
    pub(crate) fn after(&self, key: &HashMap<String, AttributeValue>, filters: &[&str]) -> String {
        let texts: BTreeMap<&str, &str> = key
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.as_s().ok()?.as_str())))
            .collect();
        let mut text = serde_json::to_vec(&texts).unwrap_or_default();
        let filters = digest(filters);
        let nonce = self.nonce(&filters, &text);
        let sealed = self.sealing.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(filters.as_bytes()),
            &mut text,
        );
        sealed.expect("a key is shorter than 256 GB");
        let bytes = [nonce.as_slice(), &text].concat();
        base64url::encode(&bytes)
    }

    /// Reads the key at which a page begins.
    ///
    /// # Errors
    /// Refuses text that is not a cursor of this stack, or a cursor of other filters, with 400
    /// `cursor_mismatch`.
    pub(crate) fn start(
        &self,
        cursor: Option<&str>,
        filters: &[&str],
    ) -> Result<Option<HashMap<String, AttributeValue>>, StoreError> {
        let Some(text) = cursor else { return Ok(None) };
        let texts = self.open(text, filters).ok_or(StoreError::BadCursor)?;
        let key = texts.into_iter().map(|(name, value)| (name, AttributeValue::S(value)));
        Ok(Some(key.collect()))
    }

    /// Returns the cursor after a place, for a list that is cut from what was read whole.
    pub(crate) fn after_place(&self, place: impl Into<String>, filters: &[&str]) -> String {
        let place = AttributeValue::S(place.into());
        self.after(&HashMap::from([("after".to_owned(), place)]), filters)
    }

    /// Reads the place after which a page begins, as [`Cursors::after_place`] sealed it.
    ///
    /// # Errors
    /// Refuses as [`Cursors::start`] does.
    pub(crate) fn place(
        &self,
        cursor: Option<&str>,
        filters: &[&str],
    ) -> Result<Option<String>, StoreError> {
        let key = self.start(cursor, filters)?;
        let place = |key: HashMap<String, AttributeValue>| key.get("after")?.as_s().ok().cloned();
        key.map(|key| place(key).ok_or(StoreError::BadCursor)).transpose()
    }

    fn open(&self, cursor: &str, filters: &[&str]) -> Option<BTreeMap<String, String>> {
        if cursor.len() > CURSOR_MAX_CHARS {
            return None;
        }
        let bytes = base64url::decode(cursor)?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let filters = digest(filters);
        let mut sealed = sealed.to_vec();
        let text =
            self.sealing.open_in_place(nonce, Aad::from(filters.as_bytes()), &mut sealed).ok()?;
        serde_json::from_slice(text).ok()
    }

    /// The nonce is a code of what is sealed. So no two different texts share one, and the same page has the
    /// same cursor each time.
    fn nonce(&self, filters: &str, text: &[u8]) -> [u8; NONCE_LEN] {
        let code = hmac::sign(&self.nonces, &[filters.as_bytes(), text].concat());
        let mut nonce = [0; NONCE_LEN];
        nonce.copy_from_slice(&code.as_ref()[..NONCE_LEN]);
        nonce
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> HashMap<String, AttributeValue> {
        HashMap::from([("pk".to_owned(), AttributeValue::S("ключ?>".to_owned()))])
    }

    #[test]
    fn a_cursor_serves_only_the_list_it_came_from() {
        let cursors = Cursors::new("stack");
        let cursor = cursors.after(&key(), &["timeline", "mbr_1"]);
        assert_eq!(cursors.start(Some(&cursor), &["timeline", "mbr_1"]).unwrap(), Some(key()));
        assert!(matches!(
            cursors.start(Some(&cursor), &["timeline", "mbr_2"]),
            Err(StoreError::BadCursor)
        ));
        assert!(cursors.start(None, &["timeline"]).unwrap().is_none());
        let place = cursors.after_place("b", &["agents"]);
        assert_eq!(cursors.place(Some(&place), &["agents"]).unwrap().as_deref(), Some("b"));
        assert!(cursors.place(Some(&place), &["rewards"]).is_err());
        assert!(cursors.place(Some(&cursors.after(&key(), &["agents"])), &["agents"]).is_err());
        let cut = &cursor[..cursor.len() - 1];
        for bad in ["", "%%", "e30", "🛒", "AAAAAAAAAAAAAAAA", cut, &"A".repeat(3000)] {
            assert!(cursors.start(Some(bad), &["timeline", "mbr_1"]).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_cursor_works_in_another_copy_of_the_stack_and_in_no_other_stack() {
        let cursor = Cursors::new("stack").after(&key(), &["list"]);
        assert_eq!(Cursors::new("stack").start(Some(&cursor), &["list"]).unwrap(), Some(key()));
        assert!(Cursors::new("other").start(Some(&cursor), &["list"]).is_err());
        assert_eq!(cursor, Cursors::new("stack").after(&key(), &["list"]));
    }

    #[test]
    fn a_cursor_shows_no_part_of_its_key() {
        let name = "Mina Muster";
        let key = HashMap::from([("name_order".to_owned(), AttributeValue::S(name.to_owned()))]);
        let cursor = Cursors::new("stack").after(&key, &["ratings"]);
        let bytes = base64url::decode(&cursor).unwrap();
        let shown = String::from_utf8_lossy(&bytes);
        for part in ["Mina", "Muster", "name_order"] {
            assert!(!shown.contains(part) && !cursor.contains(part), "{shown}");
        }
    }
}
