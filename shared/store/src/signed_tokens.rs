//! Signed tokens: the links of mails, which work without signing in. Each says what it allows, for what and until when,
//! with a code (HMAC-SHA256) that nobody can make without the key.
//!
//! The key is a random item of the table. The first function that signs makes it, so nobody has to create it, and it
//! costs one read for each start of a function. The id of the stack, from which cursors derive their key, is not
//! secret enough for this.

use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use ring::hmac;
use serde::{Deserialize, Serialize};

use crate::keys::Key;
use crate::table::{Commit, Condition, Item, Label, base64url, from_item};
use crate::{Store, StoreError};

/// The longest token that is looked at, in characters.
const TOKEN_MAX_CHARS: usize = 200;

/// What a token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenUse {
    /// To rate the visit of an invitation.
    RateVisit,
    /// To confirm an address.
    ConfirmEmail,
}

/// Signs and checks tokens.
#[derive(Clone)]
pub struct TokenKey(hmac::Key);

/// The key that a process has read.
pub(crate) type KnownTokenKey = Arc<OnceLock<TokenKey>>;

#[derive(Serialize, Deserialize)]
struct TokenKeyItem {
    secret: String,
}

impl TokenKey {
    fn new(secret: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// Returns a token for a subject, which has no dots.
    pub fn sign(&self, allows: TokenUse, subject: &str, until: Timestamp) -> String {
        let named = format!("{subject}.{}", until.as_second());
        let code = hmac::sign(&self.0, &signed(allows, &named));
        format!("{named}.{}", base64url::encode(code.as_ref()))
    }

    /// Returns the subject of a token; `None` if it was not signed for this use, was altered or has expired.
    pub fn subject<'a>(&self, allows: TokenUse, token: &'a str, now: Timestamp) -> Option<&'a str> {
        if token.len() > TOKEN_MAX_CHARS {
            return None;
        }
        let (named, code) = token.rsplit_once('.')?;
        let bytes = base64url::decode(code)?;
        hmac::verify(&self.0, &signed(allows, named), &bytes).ok()?;
        let (subject, until) = named.rsplit_once('.')?;
        let until: i64 = until.parse().ok()?;
        (now.as_second() < until).then_some(subject)
    }
}

/// Returns what the code covers: the use, and the subject with its end as they are written in the token.
fn signed(allows: TokenUse, named: &str) -> Vec<u8> {
    let allows = match allows {
        TokenUse::RateVisit => "rate-visit",
        TokenUse::ConfirmEmail => "confirm-email",
    };
    format!("puntos token 1\n{allows}\n{named}").into_bytes()
}

impl Store {
    /// Reads the key of tokens; `None` if no token was signed yet.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn token_key(&self) -> Result<Option<TokenKey>, StoreError> {
        if let Some(known) = self.known_token_key.get() {
            return Ok(Some(known.clone()));
        }
        self.get(&Key::token_key()).await?.map(|item| self.remember(item)).transpose()
    }

    /// Reads the key of tokens. The random bytes become the key if there is none yet.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn token_key_or(&self, random: [u8; 32]) -> Result<TokenKey, StoreError> {
        if let Some(known) = self.token_key().await? {
            return Ok(known);
        }
        let item = TokenKeyItem { secret: base64url::encode(&random) };
        match self.put(Label::TokenKey, Key::token_key(), &item, Condition::absent()).await? {
            Commit::Committed => {
                Ok(self.known_token_key.get_or_init(|| TokenKey::new(&random)).clone())
            }
            // Another function was first.
            Commit::Refused(mut refusals) => {
                self.remember(refusals.found(Label::TokenKey)?.ok_or(StoreError::Busy)?)
            }
        }
    }

    fn remember(&self, item: Item) -> Result<TokenKey, StoreError> {
        let item: TokenKeyItem = from_item(item)?;
        let secret = base64url::decode(&item.secret);
        let secret = secret.ok_or_else(|| {
            let Key { pk, sk } = Key::token_key();
            StoreError::attribute(&pk, &sk, "secret")
        })?;
        Ok(self.known_token_key.get_or_init(|| TokenKey::new(&secret)).clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_token_allows_what_it_was_signed_for_until_its_end() {
        let key = TokenKey::new(&[7; 32]);
        let token = key.sign(TokenUse::RateVisit, "pur_1-mbr_1", at(1_000));
        let subject =
            |token: &str, now| key.subject(TokenUse::RateVisit, token, at(now)).map(str::to_owned);
        assert_eq!(subject(&token, 999).as_deref(), Some("pur_1-mbr_1"));
        assert_eq!(subject(&token, 1_000), None, "it has expired");
        assert_eq!(key.subject(TokenUse::ConfirmEmail, &token, at(0)), None, "another use");
        let other = TokenKey::new(&[8; 32]);
        assert_eq!(other.subject(TokenUse::RateVisit, &token, at(0)), None, "another key");
        assert_eq!(subject(&token.replace("pur_1", "pur_2"), 0), None, "another visit");
        assert_eq!(subject(&token.replace(".1000.", ".2000."), 0), None, "a later end");
        assert_eq!(subject(&token.replace(".1000.", ".+1000."), 0), None);
        for bad in ["", ".", "..", "a.b.c", "pur_1-mbr_1.1000.", &"a".repeat(300)] {
            assert_eq!(subject(bad, 0), None, "{bad}");
        }
    }

    #[test]
    fn no_character_of_a_token_can_be_altered() {
        let key = TokenKey::new(&[7; 32]);
        let token = key.sign(TokenUse::ConfirmEmail, "mbr_1-abc", at(1_000));
        for index in 0..token.len() {
            for other in ["0", "A", "a", "-", "_", ".", "=", "é"] {
                let mut altered = token.clone();
                altered.replace_range(index..=index, other);
                let subject = key.subject(TokenUse::ConfirmEmail, &altered, at(0));
                assert!(altered == token || subject.is_none(), "{altered}");
            }
            let cut = format!("{}{}", &token[..index], &token[index + 1..]);
            assert_eq!(key.subject(TokenUse::ConfirmEmail, &cut, at(0)), None, "{cut}");
        }
    }
}
