//! The token endpoint: a code or a refresh token becomes an access token. Answers and errors are those of
//! RFC 6749.

use std::sync::Arc;

use aws_smithy_types::base64;
use axum::body::Body;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::{HeaderValue, Response, StatusCode, header};
use jsonwebtoken::get_current_timestamp;
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::super::answer;
use super::private;
use super::session::{Code, LIFETIME_SECONDS, Person};
use crate::gateway::tokens::Use;
use crate::stack::Parts;

/// When a client should ask for a new access token. The token itself is good for longer.
const EXPIRES_IN_SECONDS: u64 = 3_600;

/// The error of an answer.
struct Error(&'static str);

const INVALID_REQUEST: Error = Error("invalid_request");
const INVALID_CLIENT: Error = Error("invalid_client");
const INVALID_GRANT: Error = Error("invalid_grant");
const UNSUPPORTED_GRANT_TYPE: Error = Error("unsupported_grant_type");

#[derive(Deserialize)]
pub(super) struct Grant {
    grant_type: Option<String>,
    client_id: Option<String>,
    code: Option<String>,
    redirect_uri: Option<String>,
    code_verifier: Option<String>,
    refresh_token: Option<String>,
}

/// Answers the tokens of a grant.
pub(super) async fn exchange(
    State(parts): State<Arc<Parts>>,
    grant: Result<Form<Grant>, FormRejection>,
) -> Response<Body> {
    let granted = match grant {
        Ok(Form(grant)) => grant.person(&parts),
        Err(_) => Err(INVALID_REQUEST),
    };
    let (person, ends_at) = match granted {
        Ok(granted) => granted,
        Err(error) => return refused(StatusCode::BAD_REQUEST, &error),
    };
    match tokens(&parts, &person, ends_at).await {
        Ok(document) => readable(answer(StatusCode::OK, &document)),
        Err(error) => {
            tracing::error!(%error, "the sign-in failed");
            refused(StatusCode::INTERNAL_SERVER_ERROR, &Error("server_error"))
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Revocation {
    client_id: Option<String>,
    token: Option<String>,
}

/// Makes a refresh token useless (RFC 7009).
pub(super) async fn revoke(
    State(parts): State<Arc<Parts>>,
    revocation: Result<Form<Revocation>, FormRejection>,
) -> Response<Body> {
    let Ok(Form(Revocation { client_id, token: Some(token) })) = revocation else {
        return refused(StatusCode::BAD_REQUEST, &INVALID_REQUEST);
    };
    if client_id.as_deref() != parts.tokens.people_client() {
        return refused(StatusCode::BAD_REQUEST, &INVALID_CLIENT);
    }
    if let Some(refresh) = parts.tokens.open::<Person>(Use::Refresh, &token) {
        parts.spent.spend(&refresh.id, refresh.ends_at);
    }
    readable(Response::new(Body::empty()))
}

impl Grant {
    /// Returns who gets tokens, and when the last of them ends.
    fn person(self, parts: &Parts) -> Result<(Person, u64), Error> {
        let grant_type = self.grant_type.as_deref().ok_or(INVALID_REQUEST)?;
        let client = self.client_id.as_deref().ok_or(INVALID_REQUEST)?;
        if Some(client) != parts.tokens.people_client() {
            return Err(INVALID_CLIENT);
        }
        let (person, ends_at) = match grant_type {
            "authorization_code" => self.of_code(parts)?,
            "refresh_token" => self.of_refresh(parts)?,
            _ => return Err(UNSUPPORTED_GRANT_TYPE),
        };
        if parts.spent.has(&person.session) {
            return Err(INVALID_GRANT);
        }
        Ok((person, ends_at))
    }

    fn of_code(self, parts: &Parts) -> Result<(Person, u64), Error> {
        let Self {
            code: Some(code), redirect_uri: Some(uri), code_verifier: Some(verifier), ..
        } = self
        else {
            return Err(INVALID_REQUEST);
        };
        let sealed = parts.tokens.open::<Code>(Use::Code, &code).ok_or(INVALID_GRANT)?;
        // It is used up even if the verifier is wrong: nobody may guess.
        let is_new = parts.spent.spend(&sealed.id, sealed.ends_at);
        let Code { person, redirect_uri, challenge } = sealed.content;
        if !is_new || redirect_uri != uri || challenge != challenge_of(&verifier) {
            return Err(INVALID_GRANT);
        }
        Ok((person, get_current_timestamp() + LIFETIME_SECONDS))
    }

    /// A refresh token is used once: the answer has the next one, which ends with it.
    fn of_refresh(self, parts: &Parts) -> Result<(Person, u64), Error> {
        let token = self.refresh_token.ok_or(INVALID_REQUEST)?;
        let sealed = parts.tokens.open::<Person>(Use::Refresh, &token).ok_or(INVALID_GRANT)?;
        if !parts.spent.spend(&sealed.id, sealed.ends_at) {
            return Err(INVALID_GRANT);
        }
        Ok((sealed.content, sealed.ends_at))
    }
}

async fn tokens(parts: &Parts, person: &Person, ends_at: u64) -> anyhow::Result<serde_json::Value> {
    let subject = person.subject();
    let member_id = person.member_id.as_deref();
    let access = parts.token(&person.role, member_id, Some(&subject)).await?;
    let refresh = parts.tokens.seal(Use::Refresh, &subject, ends_at, person)?;
    Ok(json!({
        "access_token": access.token,
        "refresh_token": refresh,
        "token_type": "Bearer",
        "expires_in": EXPIRES_IN_SECONDS,
    }))
}

/// Returns the S256 challenge of a verifier.
fn challenge_of(verifier: &str) -> String {
    let digest = base64::encode(Sha256::digest(verifier));
    digest.replace('+', "-").replace('/', "_").replace('=', "")
}

fn refused(status: StatusCode, error: &Error) -> Response<Body> {
    readable(answer(status, &json!({"error": error.0})))
}

/// Lets the page read an answer from the stack's other name, as the user pool lets every origin.
fn readable(mut answer: Response<Body>) -> Response<Body> {
    private(&mut answer);
    let every = HeaderValue::from_static("*");
    answer.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, every);
    answer
}

#[cfg(test)]
mod tests {
    use super::challenge_of;

    #[test]
    fn the_challenge_is_the_one_of_the_standard() {
        // RFC 7636, appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(challenge_of(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
