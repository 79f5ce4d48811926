//! Reads the answer to a posted row: done, refused, or try again.
//!
//! It does not try again itself.

use std::time::Duration;

use reqwest::header::{HeaderValue, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use serde::Deserialize;
use serde_json::Value;

use super::accounting::Refusal;

const ANSWER_LIMIT_BYTES: usize = 64 * 1024;
const DETAIL_LIMIT_CHARACTERS: usize = 300;

/// The outcome of a row.
#[derive(Debug, PartialEq)]
pub(super) enum Outcome {
    /// The server accepted it.
    Created,
    /// The server had accepted it before.
    AlreadyThere,
    /// The server refused it.
    Refused(Refusal),
    /// The server never answered, or was busy each time.
    Unreachable(Refusal),
    /// The server does not accept the token, so it will accept no row.
    NotAllowed(Refusal),
}

/// The outcome of one try.
pub(super) enum Try {
    /// No further try is needed.
    Done(Outcome),
    /// The server may accept it later, after the wait that it asks for.
    Again { refusal: Refusal, wait: Option<Duration> },
}

/// The parts of a refusal's body that are kept.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    code: Option<String>,
    detail: Option<String>,
    /// The reason, when the gateway refuses.
    message: Option<String>,
    errors: Vec<Value>,
}

/// Reads an answer by its status.
pub(super) async fn outcome_of(answer: Response) -> Try {
    let status = answer.status();
    let headers = answer.headers();
    let wait = headers.get(RETRY_AFTER).and_then(seconds);
    if status.is_success() {
        let replayed = headers
            .get("idempotency-replayed")
            .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"true"));
        // The body is read to its end so that the connection can be used again.
        let _ = beginning(answer).await;
        return Try::Done(if replayed { Outcome::AlreadyThere } else { Outcome::Created });
    }
    let text = beginning(answer).await;
    if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
        let detail = refusal_of(status, &text).detail;
        return Try::Again { refusal: unreachable(Some(status.as_u16()), &detail), wait };
    }
    let refusal = refusal_of(status, &text);
    Try::Done(match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Outcome::NotAllowed(refusal),
        _ => Outcome::Refused(refusal),
    })
}

/// Returns the refusal of a row that the server did not answer.
pub(super) fn unreachable(status: Option<u16>, detail: &str) -> Refusal {
    Refusal {
        status,
        code: Some("unreachable".to_owned()),
        detail: shortened(detail),
        errors: Vec::new(),
    }
}

fn refusal_of(status: StatusCode, text: &[u8]) -> Refusal {
    let body: Body = serde_json::from_slice(text).unwrap_or_default();
    let detail =
        body.detail.or(body.message).unwrap_or_else(|| String::from_utf8_lossy(text).into_owned());
    Refusal {
        status: Some(status.as_u16()),
        code: body.code,
        detail: shortened(&detail),
        errors: body.errors,
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(DETAIL_LIMIT_CHARACTERS).collect()
}

/// Returns the wait that the server asks for in seconds. A date is ignored: the usual wait applies.
fn seconds(value: &HeaderValue) -> Option<Duration> {
    value.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

async fn beginning(mut answer: Response) -> Vec<u8> {
    let mut text = Vec::new();
    while let Ok(Some(chunk)) = answer.chunk().await {
        text.extend_from_slice(&chunk);
        if text.len() > ANSWER_LIMIT_BYTES {
            break;
        }
    }
    text
}
