//! Requests to the bucket by signed addresses, as a browser would send them.

use reqwest::{Client, Method, Response};
use serde_json::Value;

/// Sends a request that the API signed, with these bytes as its body.
///
/// # Panics
/// Where it is no request, or the stack does not answer.
pub async fn signed(request: &Value, bytes: Vec<u8>) -> Response {
    let text =
        |name: &str| request[name].as_str().unwrap_or_else(|| panic!("no {name}: {request}"));
    let method: Method = text("method").parse().expect("a method");
    let mut sent = Client::new().request(method, text("url")).body(bytes);
    for (name, value) in request["headers"].as_object().expect("headers") {
        sent = sent.header(name, value.as_str().expect("a text"));
    }
    sent.send().await.expect("the stack answers")
}
