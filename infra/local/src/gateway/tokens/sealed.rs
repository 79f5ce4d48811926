//! Signed texts of the sign-in that are no access tokens: sessions, codes and refresh tokens. The API refuses
//! them, because they have another use.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use anyhow::Context;
use jsonwebtoken::{Algorithm, Header, decode, encode, get_current_timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Tokens;

/// What a signed text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Use {
    Session,
    Code,
    Refresh,
}

/// The content of a signed text.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Sealed<T> {
    iss: String,
    client_id: String,
    sub: String,
    token_use: Use,
    /// Its own id.
    #[serde(rename = "jti")]
    pub id: String,
    /// When it ends, in seconds since 1970.
    #[serde(rename = "exp")]
    pub ends_at: u64,
    pub content: T,
}

impl Tokens {
    /// Signs a content that is good until then.
    ///
    /// # Errors
    /// Fails where the template has no client of people.
    pub(crate) fn seal(
        &self,
        token_use: Use,
        subject: &str,
        ends_at: u64,
        content: impl Serialize,
    ) -> anyhow::Result<String> {
        let client = self.people_client().context("the authorizer has no audience")?;
        let sealed = Sealed {
            iss: self.authorizer.issuer.clone(),
            client_id: client.to_owned(),
            sub: subject.to_owned(),
            token_use,
            id: crate::identity::fresh(),
            ends_at,
            content,
        };
        Ok(encode(&Header::new(Algorithm::HS256), &sealed, &self.encoding)?)
    }

    /// Returns the content of a signed text, if it is ours, has this use, and is still good.
    pub(crate) fn open<T: DeserializeOwned>(
        &self,
        token_use: Use,
        text: &str,
    ) -> Option<Sealed<T>> {
        let claims = decode::<Value>(text, &self.decoding, &self.validation).ok()?.claims;
        let sealed: Sealed<T> = serde_json::from_value(claims).ok()?;
        (sealed.token_use == token_use).then_some(sealed)
    }
}

/// The ids that must not be accepted again, until they end anyway.
#[derive(Debug, Default)]
pub(crate) struct Spent(Mutex<BTreeMap<String, u64>>);

impl Spent {
    /// Spends an id. Returns whether it was not spent before.
    pub(crate) fn spend(&self, id: &str, ends_at: u64) -> bool {
        let mut ids = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = get_current_timestamp();
        ids.retain(|_, ends_at| *ends_at >= now);
        ids.insert(id.to_owned(), ends_at).is_none()
    }

    pub(crate) fn has(&self, id: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(id)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::tokens;
    use super::*;

    const USES: [Use; 3] = [Use::Session, Use::Code, Use::Refresh];

    #[test]
    fn a_signed_text_has_one_use_and_an_end() {
        let (tokens, now) = (tokens("i", &["people"]), get_current_timestamp());
        for token_use in USES {
            let text = tokens.seal(token_use, "s", now + 60, "content").expect("signed");
            for other in USES {
                let opened = tokens.open::<String>(other, &text).map(|sealed| sealed.content);
                assert_eq!(opened.as_deref(), (other == token_use).then_some("content"));
            }
            let old = tokens.seal(token_use, "s", now - 1, "content").expect("signed");
            assert!(tokens.open::<String>(token_use, &old).is_none());
        }
    }

    #[test]
    fn the_api_takes_no_session_code_or_refresh_token() {
        let tokens = tokens("i", &["people"]);
        for token_use in USES {
            let ends_at = get_current_timestamp() + 60;
            let text = tokens.seal(token_use, "s", ends_at, ()).expect("signed");
            assert!(tokens.verify(Some(&format!("Bearer {text}"))).is_none(), "{token_use:?}");
        }
        let access = tokens.issue("agent", None, None).expect("a role").token;
        for token_use in USES {
            assert!(tokens.open::<Value>(token_use, &access).is_none(), "{token_use:?}");
        }
    }

    #[test]
    fn an_id_is_spent_once() {
        let (spent, now) = (Spent::default(), get_current_timestamp());
        assert!(!spent.has("a"));
        assert!(spent.spend("a", now + 60) && !spent.spend("a", now + 60));
        assert!(spent.has("a"));
        // Kept no longer than the text itself is good.
        assert!(spent.spend("b", now - 1) && spent.spend("c", now + 60));
        assert!(!spent.has("b") && spent.has("a"));
    }
}
