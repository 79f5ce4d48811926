//! The tokens of the local stack: made here, and checked as the cloud's JWT authorizer checks those of
//! the user pool (signature, expiry, issuer, audience), plus their use.
//!
//! Decides nothing about roles: that is the functions' work.

mod sealed;

use std::path::Path;

use anyhow::{Context, bail};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde_json::{Map, Value, json};

pub(crate) use self::sealed::{Sealed, Spent, Use};
use crate::wiring::Authorizer;

/// How long a token is valid, in real time.
const LIFETIME_SECONDS: u64 = 12 * 60 * 60;

/// The roles that a token can carry.
pub(crate) const ROLES: [&str; 5] = ["pos", "agent", "supervisor", "admin", "member"];

/// The claims of a token.
pub(crate) type Claims = Map<String, Value>;

/// Makes and checks tokens.
pub(crate) struct Tokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    authorizer: Authorizer,
}

/// A new token and its subject.
pub(crate) struct Issued {
    pub token: String,
    pub subject: String,
}

impl Tokens {
    /// Builds the tokens of a stack. The key is random, and kept in the data directory so that tokens
    /// outlive a restart.
    ///
    /// # Errors
    /// Fails where the key cannot be read or written.
    pub(crate) fn new(directory: Option<&Path>, authorizer: Authorizer) -> anyhow::Result<Self> {
        let key = key(directory)?;
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[&authorizer.issuer]);
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        validation.leeway = 0;
        // The audience may be in `client_id` instead of `aud`: checked below.
        validation.validate_aud = false;
        Ok(Self {
            encoding: EncodingKey::from_secret(&key),
            decoding: DecodingKey::from_secret(&key),
            validation,
            authorizer,
        })
    }

    /// Makes an access token as the user pool would: people have the scopes of the sign-in page and colleagues a group,
    /// tills have their scope.
    ///
    /// # Errors
    /// Refuses a role that does not exist.
    pub(crate) fn issue(
        &self,
        role: &str,
        member_id: Option<&str>,
        subject: Option<&str>,
    ) -> anyhow::Result<Issued> {
        if !ROLES.contains(&role) {
            bail!("the role must be one of {}", ROLES.join(", "));
        }
        let subject = match (subject, member_id) {
            (Some(subject), _) => subject.to_owned(),
            (None, Some(member_id)) => subject_of_member(member_id),
            (None, None) => crate::identity::fresh(),
        };
        let now = jsonwebtoken::get_current_timestamp();
        let clients = &self.authorizer.audience;
        let (scope, client) = match role {
            "pos" => ("puntos/pos", clients.last()),
            _ => ("openid email", clients.first()),
        };
        let mut claims = json!({
            "sub": subject,
            "iss": self.authorizer.issuer,
            "client_id": client.context("the authorizer has no audience")?,
            "token_use": "access",
            "iat": now,
            "exp": now + LIFETIME_SECONDS,
            "jti": crate::identity::fresh(),
            "scope": scope,
        });
        if !["pos", "member"].contains(&role) {
            claims["cognito:groups"] = json!([role]);
        }
        let token = encode(&Header::new(Algorithm::HS256), &claims, &self.encoding)?;
        Ok(Issued { token, subject })
    }

    /// Returns the id of the client that people sign in with.
    pub(crate) fn people_client(&self) -> Option<&str> {
        self.authorizer.audience.first().map(String::as_str)
    }

    /// Returns the claims of the token in an `Authorization` header, if the token is valid.
    pub(crate) fn verify(&self, header: Option<&str>) -> Option<Claims> {
        let header = header?;
        let token = match header.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
            Some(_) => return None,
            None => header,
        };
        let claims = decode::<Claims>(token, &self.decoding, &self.validation).ok()?.claims;
        let audience = claims.get("aud").or_else(|| claims.get("client_id"));
        let client = audience.and_then(Value::as_str)?;
        let known = self.authorizer.audience.iter().any(|known| known == client);
        let is_access = claims.get("token_use").and_then(Value::as_str) == Some("access");
        (known && is_access).then_some(claims)
    }
}

/// Returns the subject of a member for whom none is given: always the same.
fn subject_of_member(member_id: &str) -> String {
    format!("local-{member_id}")
}

fn key(directory: Option<&Path>) -> anyhow::Result<Vec<u8>> {
    let path = directory.map(|directory| directory.join("tokens.key"));
    match path.as_ref().map(std::fs::read) {
        Some(Ok(key)) if key.len() >= 32 => return Ok(key),
        Some(Ok(_)) => bail!("the key of the tokens is damaged: remove tokens.key"),
        Some(Err(error)) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).context("the key of the tokens cannot be read");
        }
        Some(Err(_)) | None => {}
    }
    let mut key = vec![0; 32];
    getrandom::fill(&mut key).context("randomness for the key of the tokens")?;
    if let Some(path) = path {
        write_private(&path, &key).context("the key of the tokens cannot be kept")?;
    }
    Ok(key)
}

fn write_private(path: &Path, content: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn tokens(issuer: &str, audience: &[&str]) -> Tokens {
        let audience = audience.iter().map(|&client| client.to_owned()).collect();
        let authorizer = Authorizer { issuer: issuer.to_owned(), audience };
        Tokens::new(None, authorizer).expect("a key")
    }

    #[test]
    fn a_token_is_taken_back_with_its_claims() {
        let tokens = tokens("https://issuer", &["people", "tills"]);
        let issued = tokens.issue("agent", None, Some("someone")).expect("a role");
        let claims = tokens.verify(Some(&format!("Bearer {}", issued.token))).expect("good");
        assert_eq!(claims["sub"], "someone");
        assert_eq!(claims["cognito:groups"], json!(["agent"]));
        assert_eq!(claims["client_id"], "people");

        let till = tokens.issue("pos", None, None).expect("a role");
        let claims = tokens.verify(Some(&format!("bearer {}", till.token))).expect("good");
        assert_eq!(claims["scope"], "puntos/pos");
        assert_eq!(claims["client_id"], "tills");
        assert!(claims.get("cognito:groups").is_none());

        let member = tokens.issue("member", None, None).expect("a role");
        let claims = tokens.verify(Some(&format!("Bearer {}", member.token))).expect("good");
        assert_eq!(
            (&claims["scope"], &claims["client_id"]),
            (&json!("openid email"), &json!("people"))
        );
        assert!(claims.get("cognito:groups").is_none());
    }

    #[test]
    fn bad_tokens_are_refused() {
        let tokens_here = tokens("https://issuer", &["people"]);
        let elsewhere = tokens("https://issuer", &["people"]);
        let foreign = elsewhere.issue("admin", None, None).expect("a role").token;
        for header in [None, Some(""), Some("Bearer "), Some("Bearer x.y.z"), Some("Basic abc")] {
            assert!(tokens_here.verify(header).is_none(), "{header:?}");
        }
        assert!(tokens_here.verify(Some(&format!("Bearer {foreign}"))).is_none());

        let now = jsonwebtoken::get_current_timestamp();
        let good = json!({"sub": "s", "iss": "https://issuer", "client_id": "people",
            "token_use": "access", "exp": now + 60});
        let sign = |claims: &Value| {
            let token = encode(&Header::new(Algorithm::HS256), claims, &tokens_here.encoding);
            format!("Bearer {}", token.expect("signed"))
        };
        assert!(tokens_here.verify(Some(&sign(&good))).is_some());
        for (claim, value) in [
            ("exp", json!(now - 1)),
            ("iss", json!("https://other")),
            ("client_id", json!("other")),
            ("token_use", json!("id")),
            ("sub", Value::Null),
        ] {
            let mut bad = good.clone();
            bad[claim] = value;
            assert!(tokens_here.verify(Some(&sign(&bad))).is_none(), "{claim}");
        }
    }

    #[test]
    fn an_unknown_role_is_refused() {
        assert!(tokens("i", &["c"]).issue("root", None, None).is_err());
    }

    #[test]
    fn the_key_outlives_a_restart() {
        let directory = tempfile::tempdir().expect("a directory");
        let authorizer = || Authorizer { issuer: "i".to_owned(), audience: vec!["c".to_owned()] };
        let before = Tokens::new(Some(directory.path()), authorizer()).expect("a key");
        let token = before.issue("pos", None, None).expect("a role").token;
        let after = Tokens::new(Some(directory.path()), authorizer()).expect("the key");
        assert!(after.verify(Some(&format!("Bearer {token}"))).is_some());
    }
}
