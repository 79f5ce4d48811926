//! A server with a list of ratings and a summary of them. A test can change any figure.
//!
//! It has the answers' shapes and no other rule of the real functions.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde_json::{Value, json};

/// The parameters of a request.
type Asked = Query<HashMap<String, String>>;

/// Changes a summary before it is sent. The first argument is the requested branch.
type Spoil = fn(Option<&str>, &mut Value);

/// A server whose list and counters a test chooses.
pub(crate) struct Server {
    rows: Vec<Value>,
    spoil: Spoil,
    busy: Mutex<u32>,
    asked: Mutex<Vec<HashMap<String, String>>>,
}

impl Server {
    /// Starts a server with these rows. Its first `busy` answers say that it is busy.
    pub(crate) async fn start(rows: Vec<Value>, spoil: Spoil, busy: u32) -> (Arc<Server>, String) {
        let server =
            Arc::new(Server { rows, spoil, busy: Mutex::new(busy), asked: Mutex::default() });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new()
            .route("/v1/ratings", get(list))
            .route("/v1/ratings/summary", get(summary))
            .with_state(Arc::clone(&server));
        tokio::spawn(async move { axum::serve(listener, app).await });
        (server, url)
    }

    /// Returns the queries for the list, page by page.
    pub(crate) fn asked(&self) -> Vec<HashMap<String, String>> {
        self.asked.lock().unwrap().clone()
    }

    fn of_branch(&self, branch: Option<&String>) -> Vec<&Value> {
        let wanted = |row: &&Value| {
            let written = row["branch"].as_str().unwrap().trim().to_lowercase();
            branch.is_none_or(|branch| written == *branch)
        };
        self.rows.iter().filter(wanted).collect()
    }

    fn is_busy(&self) -> bool {
        let mut busy = self.busy.lock().unwrap();
        let is_busy = *busy > 0;
        *busy = busy.saturating_sub(1);
        is_busy
    }
}

async fn list(State(server): State<Arc<Server>>, Query(asked): Asked) -> Response {
    if server.is_busy() {
        return (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "0")], "{}").into_response();
    }
    server.asked.lock().unwrap().push(asked.clone());
    let rows = server.of_branch(asked.get("branch"));
    let from: usize = asked.get("cursor").map_or(0, |cursor| cursor.parse().unwrap());
    let limit: usize = asked["limit"].parse().unwrap();
    let page: Vec<&Value> = rows.iter().skip(from).take(limit).copied().collect();
    let next = from + page.len();
    let next = (next < rows.len()).then(|| next.to_string());
    json!({"data": page, "next_cursor": next}).to_string().into_response()
}

async fn summary(State(server): State<Arc<Server>>, Query(asked): Asked) -> Response {
    let rows = server.of_branch(asked.get("branch"));
    let count = |wanted: fn(&Value) -> bool| rows.iter().filter(|row| wanted(row)).count();
    let (ratings, promoters, detractors) = (
        rows.len(),
        count(|row| row["category"] == "promoter"),
        count(|row| row["category"] == "detractor"),
    );
    // The tests choose numbers whose NPS does not end on half a hundredth.
    let nps = (promoters as f64 - detractors as f64) * 100.0 / ratings as f64;
    let mut summary = json!({
        "ratings": ratings,
        "comments": count(|row| row["has_comment"] == true),
        "replies": rows.iter().map(|row| row["replies"].as_i64().unwrap()).sum::<i64>(),
        "unread_comments": count(|row| row["has_comment"] == true && row["unread"] == true),
        "promoters": promoters,
        "passives": ratings - promoters - detractors,
        "detractors": detractors,
        "nps": (ratings > 0).then(|| (nps * 100.0).round() / 100.0),
        "months": [],
    });
    (server.spoil)(asked.get("branch").map(String::as_str), &mut summary);
    summary.to_string().into_response()
}
