//! Sends reading requests to a running server, and tries again while the server is busy.
//!
//! It does not interpret the answers.

use std::time::Duration;

use anyhow::Context as _;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::remote;

const TRIES: u32 = 6;
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// A page of a hundred rows with the longest comments there can be is smaller.
const ANSWER_LIMIT_BYTES: usize = 4 * 1024 * 1024;

/// A client that may read ratings.
pub(super) struct Asking {
    client: Client,
    url: String,
    headers: HeaderMap,
}

impl Asking {
    /// Returns a client of the server at `url`.
    pub(super) fn at(client: Client, url: &str, token: &str) -> anyhow::Result<Asking> {
        Ok(Asking { client, url: url.to_owned(), headers: remote::authorization(token)? })
    }

    /// Returns the answer to a request, after a few tries if the server is busy.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> anyhow::Result<T> {
        let url = remote::address(&self.url, path)?;
        let (mut attempt, mut wait) = (1, FIRST_WAIT);
        loop {
            let request = self.client.get(url.clone()).headers(self.headers.clone()).query(query);
            let outcome = match request.send().await {
                Ok(answer) => read(answer).await,
                Err(error) => Err(Refused::for_now(error)),
            };
            match outcome {
                Ok(bytes) => {
                    return serde_json::from_slice(&bytes)
                        .with_context(|| format!("the answer of {path} is not as expected"));
                }
                Err(refused) if refused.for_good || attempt >= TRIES => {
                    return Err(refused.reason).context(format!("{path} is not answered"));
                }
                Err(refused) => {
                    tokio::time::sleep(refused.wait.unwrap_or(wait).min(LONGEST_WAIT)).await;
                    attempt += 1;
                    wait *= 2;
                }
            }
        }
    }
}

/// Why there is no answer, and whether a further try may help.
struct Refused {
    reason: anyhow::Error,
    for_good: bool,
    wait: Option<Duration>,
}

impl Refused {
    fn for_now(error: reqwest::Error) -> Refused {
        Refused { reason: error.into(), for_good: false, wait: None }
    }

    fn for_good(reason: String) -> Refused {
        Refused { reason: anyhow::Error::msg(reason), for_good: true, wait: None }
    }
}

async fn read(mut answer: Response) -> Result<Vec<u8>, Refused> {
    let status = answer.status();
    let wait =
        answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(Refused::for_now)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > ANSWER_LIMIT_BYTES {
            return Err(Refused::for_good(format!("more than {ANSWER_LIMIT_BYTES} bytes")));
        }
    }
    if status.is_success() {
        return Ok(bytes);
    }
    let busy = status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error();
    let refused = Refused::for_good(format!("{status}{}", said(&bytes)));
    Err(Refused { for_good: !busy, wait: wait.map(Duration::from_secs), ..refused })
}

/// Returns the reason in the body of a refusal.
fn said(bytes: &[u8]) -> String {
    let body: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let reason = body["detail"].as_str().or(body["message"].as_str());
    reason
        .map(|reason| format!(": {}", reason.chars().take(300).collect::<String>()))
        .unwrap_or_default()
}
