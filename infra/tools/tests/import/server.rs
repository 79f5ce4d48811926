//! A server whose answers a test scripts. It records the posted rows, and the shoppers with two rows
//! under way at the same time.
//!
//! It accepts every body that the script does not refuse.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;

/// A server that remembers what was posted and answers as its script says.
#[derive(Default)]
pub(crate) struct Server {
    posted: Mutex<Vec<Posted>>,
    taken: Mutex<HashSet<String>>,
    busy_shoppers: Mutex<HashMap<String, u32>>,
    overtakings: Mutex<Vec<String>>,
    script: Mutex<Vec<(&'static str, u16, Value)>>,
}

/// A posted row.
#[derive(Clone, Debug)]
pub(crate) struct Posted {
    pub(crate) path: String,
    pub(crate) key: Option<String>,
    pub(crate) body: Value,
}

impl Server {
    /// Starts a server on a free port.
    pub(crate) async fn start() -> (Arc<Server>, String) {
        let server = Arc::new(Server::default());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(answer).with_state(Arc::clone(&server));
        tokio::spawn(async move { axum::serve(listener, app).await });
        (server, url)
    }

    /// Answers the next body that has `mark` in it with `status`, once.
    pub(crate) fn once(&self, mark: &'static str, status: u16, problem: Value) {
        self.script.lock().unwrap().push((mark, status, problem));
    }

    /// Returns everything that was posted, in order.
    pub(crate) fn posted(&self) -> Vec<Posted> {
        self.posted.lock().unwrap().clone()
    }

    /// Returns the cards and members with two rows under way at the same time.
    pub(crate) fn overtakings(&self) -> Vec<String> {
        self.overtakings.lock().unwrap().clone()
    }

    fn scripted(&self, text: &str) -> Option<(u16, Value)> {
        let mut script = self.script.lock().unwrap();
        let place = script.iter().position(|(mark, _, _)| text.contains(mark))?;
        let (_, status, problem) = script.remove(place);
        Some((status, problem))
    }
}

async fn answer(
    State(server): State<Arc<Server>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if headers.get("authorization").map(|value| value.as_bytes()) != Some(b"Bearer secret") {
        return (StatusCode::UNAUTHORIZED, r#"{"message":"Unauthorized"}"#).into_response();
    }
    let text = String::from_utf8(body.to_vec()).unwrap();
    let body: Value = serde_json::from_str(&text).unwrap();
    let shopper = body["card_number"].as_str().or(body["member_id"].as_str()).map(str::to_owned);
    let key = headers.get("idempotency-key").map(|value| value.to_str().unwrap().to_owned());
    let names = ["branch", "invoice_number", "event_id", "score"].map(|name| &body[name]);
    let natural = key.clone().unwrap_or_else(|| format!("{names:?}"));
    if let Some(shopper) = &shopper {
        let mut busy = server.busy_shoppers.lock().unwrap();
        let count = busy.entry(shopper.clone()).or_default();
        *count += 1;
        if *count > 1 {
            server.overtakings.lock().unwrap().push(shopper.clone());
        }
    }
    // Other tasks run here, so that two rows of one shopper would be seen together.
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    server.posted.lock().unwrap().push(Posted { path: uri.path().to_owned(), key, body });
    if let Some(shopper) = &shopper {
        *server.busy_shoppers.lock().unwrap().get_mut(shopper).unwrap() -= 1;
    }
    if let Some((status, problem)) = server.scripted(&text) {
        let status = StatusCode::from_u16(status).unwrap();
        return (status, [("retry-after", "0")], problem.to_string()).into_response();
    }
    if server.taken.lock().unwrap().insert(natural) {
        (StatusCode::CREATED, "{}").into_response()
    } else {
        (StatusCode::CREATED, [("idempotency-replayed", "true")], "{}").into_response()
    }
}
