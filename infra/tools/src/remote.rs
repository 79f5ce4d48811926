//! The connection to a running server: its address, a client that keeps connections open, and a token.
//!
//! The commands decide which requests to send and how often.

use std::time::Duration;

use anyhow::{Context as _, bail};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Client, Url};
use serde_json::{Value, json};

/// The environment variable of the token.
const TOKEN_VARIABLE: &str = "PUNTOS_TOKEN";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Returns a client that keeps its connections open.
pub(crate) fn client() -> anyhow::Result<Client> {
    Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(ANSWER_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .tcp_nodelay(true)
        .build()
        .context("cannot set up the HTTP client")
}

/// Returns the address of a path on the server at `url`.
pub(crate) fn address(url: &str, path: &str) -> anyhow::Result<Url> {
    let address = Url::parse(&format!("{}{path}", url.trim_end_matches('/')))
        .with_context(|| format!("\"{url}\" is not the address of a server"))?;
    if address.scheme() != "http" {
        bail!("\"{url}\" does not begin with http://, the only scheme this build speaks");
    }
    Ok(address)
}

/// Returns the headers for a token. Logs do not show its value.
pub(crate) fn authorization(token: &str) -> anyhow::Result<HeaderMap> {
    let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
        .context("the token has characters that no token has")?;
    value.set_sensitive(true);
    Ok(HeaderMap::from_iter([(AUTHORIZATION, value)]))
}

/// Returns the given token, or else the one of the environment, or else asks a local stack for one of
/// the role.
pub(crate) async fn token(
    client: &Client,
    url: &str,
    given: Option<&str>,
    role: &str,
) -> anyhow::Result<String> {
    let given = given.map(str::to_owned).or_else(|| std::env::var(TOKEN_VARIABLE).ok());
    match given.filter(|token| !token.is_empty()) {
        Some(token) => Ok(token),
        None => token_of_local_stack(client, url, role).await,
    }
}

async fn token_of_local_stack(client: &Client, url: &str, role: &str) -> anyhow::Result<String> {
    let answer = client
        .post(address(url, "/local/tokens")?)
        .json(&json!({"role": role}))
        .send()
        .await
        .with_context(|| format!("no server answers at {url}"))?;
    if !answer.status().is_success() {
        bail!("{url} is no local stack, which would give a token: pass one with --token");
    }
    let body: Value = answer.json().await.context("no token was given")?;
    let token = body["token"].as_str().context("no token was given")?;
    Ok(token.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_named_by_an_http_address() {
        let given = address("http://127.0.0.1:3000/", "/v1/members").unwrap();
        assert_eq!(given.as_str(), "http://127.0.0.1:3000/v1/members");
        for url in ["https://example.com", "127.0.0.1:3000", "", "file:///etc"] {
            assert!(address(url, "/v1/members").is_err(), "{url}");
        }
    }
}
