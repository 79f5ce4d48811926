//! Posts one row, tries again while the server is busy or restarts, and returns the outcome.
//!
//! Posting again is safe: a row has a natural key, or the key of its content. It does not decide
//! which rows may go at the same time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::ValueEnum as _;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, Url};

use super::answer::{Outcome, Try, outcome_of, unreachable};
use super::row::{Kind, Row};
use crate::remote;

/// How long a row is tried.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// The largest number of tries.
    pub(super) tries: u32,
    /// The wait after the first try. It doubles with each further try.
    pub(super) first_wait: Duration,
    /// The longest wait, whatever the server asks for.
    pub(super) longest_wait: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience {
            tries: 6,
            first_wait: Duration::from_millis(100),
            longest_wait: Duration::from_secs(60),
        }
    }
}

/// Posts rows to one server.
pub(super) struct Delivery {
    client: Client,
    /// The address for each kind, in the order of the kinds.
    addresses: Vec<Url>,
    headers: HeaderMap,
    patience: Patience,
    /// Whether the server accepted the last connection. While it does not, each row gets one try only:
    /// a long file must not wait for each of its rows.
    is_there: AtomicBool,
}

impl Delivery {
    /// Prepares deliveries to the server at `url`.
    pub(super) fn to(
        client: Client,
        url: &str,
        token: &str,
        patience: Patience,
    ) -> anyhow::Result<Delivery> {
        let mut headers = remote::authorization(token)?;
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let kinds = Kind::value_variants().iter();
        let addresses = kinds.map(|kind| remote::address(url, kind.path()));
        Ok(Delivery {
            client,
            addresses: addresses.collect::<anyhow::Result<_>>()?,
            headers,
            patience,
            is_there: AtomicBool::new(true),
        })
    }

    /// Posts a row until the server answers or the tries are used up.
    pub(super) async fn deliver(&self, row: &Row) -> Outcome {
        let mut attempt = 1;
        loop {
            let (refusal, wait) = match self.try_once(row).await {
                Try::Done(outcome) => {
                    self.is_there.store(true, Ordering::Relaxed);
                    return outcome;
                }
                Try::Again { refusal, wait } => (refusal, wait),
            };
            let connected = refusal.status.is_some();
            if connected {
                self.is_there.store(true, Ordering::Relaxed);
            }
            if attempt >= self.patience.tries || !self.is_there.load(Ordering::Relaxed) {
                self.is_there.store(connected, Ordering::Relaxed);
                return Outcome::Unreachable(refusal);
            }
            let wait = wait.unwrap_or_else(|| self.backoff(attempt));
            tokio::time::sleep(wait.min(self.patience.longest_wait)).await;
            attempt += 1;
        }
    }

    async fn try_once(&self, row: &Row) -> Try {
        let url = self.addresses[row.kind as usize].clone();
        let mut request =
            self.client.post(url).headers(self.headers.clone()).body(row.body.clone());
        if let Some(key) = &row.idempotency_key {
            request = request.header("idempotency-key", key);
        }
        match request.send().await {
            Ok(answer) => outcome_of(answer).await,
            Err(error) => Try::Again {
                refusal: unreachable(None, &format!("{:#}", anyhow::Error::from(error))),
                wait: None,
            },
        }
    }

    /// Returns the wait after a try: a random share between half and all of its full length, so that
    /// rows that failed together do not come back together.
    fn backoff(&self, attempt: u32) -> Duration {
        let full = self.patience.first_wait * 2u32.saturating_pow(attempt.saturating_sub(1));
        let half = full / 2;
        let share = getrandom::u32().unwrap_or(u32::MAX) % 1024;
        half + half * share / 1024
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicU32;

    use axum::Router;
    use axum::extract::State;
    use axum::http::StatusCode;
    use axum::response::IntoResponse;

    use super::*;

    const IMPATIENT: Patience = Patience {
        tries: 3,
        first_wait: Duration::from_micros(10),
        longest_wait: Duration::from_millis(1),
    };

    async fn always_busy(State(count): State<Arc<AtomicU32>>) -> impl IntoResponse {
        count.fetch_add(1, Ordering::Relaxed);
        let headers = [("retry-after", "3600")];
        let body = r#"{"message":"Service Unavailable"}"#;
        (StatusCode::SERVICE_UNAVAILABLE, headers, body)
    }

    #[tokio::test]
    async fn patience_ends_and_no_server_can_ask_for_an_hour() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let count = Arc::new(AtomicU32::new(0));
        let app = Router::new().fallback(always_busy).with_state(Arc::clone(&count));
        tokio::spawn(async move { axum::serve(listener, app).await });
        let delivery = Delivery::to(remote::client().unwrap(), &url, "secret", IMPATIENT).unwrap();
        let row = Row::of(1, r#"{"name":"Ana Ejemplo"}"#, None).unwrap();
        let Outcome::Unreachable(refusal) = delivery.deliver(&row).await else {
            panic!("the row was answered for");
        };
        assert_eq!(count.load(Ordering::Relaxed), IMPATIENT.tries);
        assert_eq!(refusal.status, Some(503));
        assert_eq!(refusal.code.as_deref(), Some("unreachable"));
        assert_eq!(refusal.detail, "Service Unavailable");
    }

    #[test]
    fn waits_double_and_keep_within_their_bounds() {
        let delivery = Delivery::to(
            remote::client().unwrap(),
            "http://localhost",
            "secret",
            Patience::default(),
        )
        .unwrap();
        for attempt in 1..6 {
            let full = Duration::from_millis(100) * 2u32.pow(attempt - 1);
            let wait = delivery.backoff(attempt);
            assert!(wait >= full / 2 && wait <= full, "{attempt}: {wait:?}");
        }
    }
}
