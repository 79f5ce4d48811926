//! Builds the event that API Gateway's HTTP API sends to a function (payload format 2.0).
//!
//! It is plain JSON: the type of `aws_lambda_events` writes fields that API Gateway does not send, such
//! as `httpMethod`, and only the first value of a header.

use std::net::SocketAddr;

use axum::http::request::Parts;
use axum::http::{HeaderMap, Version, header};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use crate::gateway::tokens::Claims;
use crate::identity;

/// The name under which the gateway says it was called.
const DOMAIN: &str = "local.execute-api.us-east-1.amazonaws.com";

/// A request on its way to a function.
pub(crate) struct Incoming<'a> {
    /// Method, URI and headers.
    pub parts: &'a Parts,
    pub body: &'a [u8],
    pub route_key: &'a str,
    pub path_parameters: Vec<(String, String)>,
    /// The claims of the token, if the route needs one.
    pub claims: Option<&'a Claims>,
    /// The scopes that the route asks for.
    pub scopes: &'a [String],
    pub request_id: &'a str,
    /// Who calls.
    pub peer: SocketAddr,
    /// When.
    pub now: Timestamp,
}

impl Incoming<'_> {
    pub(crate) fn event(self) -> Value {
        let uri = &self.parts.uri;
        let query = uri.query().unwrap_or_default();
        let headers = headers(&self.parts.headers);
        let user_agent = headers.get("user-agent").cloned().unwrap_or_else(|| json!(""));
        let mut event = json!({
            "version": "2.0",
            "routeKey": self.route_key,
            "rawPath": uri.path(),
            "rawQueryString": query,
            "headers": headers,
            "requestContext": {
                "accountId": identity::ACCOUNT,
                "apiId": "local",
                "domainName": DOMAIN,
                "domainPrefix": "local",
                "http": {
                    "method": self.parts.method.as_str(),
                    "path": uri.path(),
                    "protocol": protocol(self.parts.version),
                    "sourceIp": self.peer.ip().to_string(),
                    "userAgent": user_agent,
                },
                "requestId": self.request_id,
                "routeKey": self.route_key,
                "stage": "$default",
                "time": self.now.to_zoned(TimeZone::UTC).strftime("%d/%b/%Y:%H:%M:%S %z").to_string(),
                "timeEpoch": self.now.as_millisecond(),
            },
            "isBase64Encoded": false,
        });
        let cookies = cookies(&self.parts.headers);
        if !cookies.is_empty() {
            event["cookies"] = Value::Array(cookies);
        }
        if !query.is_empty() {
            event["queryStringParameters"] = query_parameters(query);
        }
        if !self.path_parameters.is_empty() {
            event["pathParameters"] = self
                .path_parameters
                .into_iter()
                .map(|(name, value)| (name, json!(value)))
                .collect();
        }
        if let Some(claims) = self.claims {
            event["requestContext"]["authorizer"] = json!({
                "jwt": {"claims": claim_texts(claims), "scopes": granted(claims, self.scopes)},
            });
        }
        if !self.body.is_empty() {
            match std::str::from_utf8(self.body) {
                Ok(text) => event["body"] = json!(text),
                Err(_) => {
                    event["body"] = json!(aws_smithy_types::base64::encode(self.body));
                    event["isBase64Encoded"] = json!(true);
                }
            }
        }
        event
    }
}

/// Returns the scopes of a token that a route accepts, or null for a route without scopes.
fn granted(claims: &Claims, asked: &[String]) -> Value {
    if asked.is_empty() {
        return Value::Null;
    }
    token_scopes(claims).filter(|scope| asked.iter().any(|one| one == scope)).collect()
}

pub(crate) fn token_scopes(claims: &Claims) -> impl Iterator<Item = &str> {
    claims.get("scope").and_then(Value::as_str).unwrap_or_default().split_whitespace()
}

/// Returns headers in lower case, without cookies. Values of one name are joined by commas.
fn headers(headers: &HeaderMap) -> Map<String, Value> {
    let mut joined = Map::new();
    for name in headers.keys().filter(|name| **name != header::COOKIE) {
        let values: Vec<_> = headers
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()))
            .collect();
        joined.insert(name.as_str().to_owned(), json!(values.join(",")));
    }
    joined
}

fn cookies(headers: &HeaderMap) -> Vec<Value> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .map(|cookie| json!(cookie.trim()))
        .collect()
}

/// Returns the parameters of a query, decoded, several of a name joined by commas.
fn query_parameters(query: &str) -> Value {
    let mut parameters: Map<String, Value> = Map::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match parameters.get_mut(name.as_ref()) {
            Some(Value::String(joined)) => {
                joined.push(',');
                joined.push_str(&value);
            }
            _ => {
                parameters.insert(name.into_owned(), json!(value));
            }
        }
    }
    Value::Object(parameters)
}

/// Returns claims as API Gateway writes them: all as text, lists as `[a b]`.
fn claim_texts(claims: &Claims) -> Map<String, Value> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => {
            let texts: Vec<String> = values.iter().map(plain).collect();
            format!("[{}]", texts.join(" "))
        }
        other => other.to_string(),
    };
    claims.iter().map(|(name, value)| (name.clone(), json!(text(value)))).collect()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn protocol(version: Version) -> &'static str {
    if version == Version::HTTP_2 { "HTTP/2.0" } else { "HTTP/1.1" }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn event_of(request: Request<()>, body: &[u8]) -> Value {
        let claims = json!({"sub": "s", "cognito:groups": ["agent", "admin"], "exp": 1700000000});
        let (parts, ()) = request.into_parts();
        Incoming {
            parts: &parts,
            body,
            route_key: "POST /v1/members/{member_id}/adjustments",
            path_parameters: vec![("member_id".to_owned(), "mbr_1 2".to_owned())],
            claims: claims.as_object(),
            scopes: &[],
            request_id: "request",
            peer: ([127, 0, 0, 1], 9).into(),
            now: "2020-03-12T19:03:58.390Z".parse().expect("a time"),
        }
        .event()
    }

    #[test]
    fn the_event_is_the_one_of_payload_format_2() {
        let request = Request::builder()
            .method("POST")
            .uri("/v1/members/mbr_1%202/adjustments?tag=a&tag=b%2C&name=J%C3%BCrgen+M")
            .header("X-Many", "1")
            .header("x-many", "2")
            .header("Cookie", "a=1; b=2")
            .header("User-Agent", "till")
            .body(())
            .expect("a request");
        let event = event_of(request, br#"{"points": 5}"#);
        assert_eq!(event["rawPath"], "/v1/members/mbr_1%202/adjustments");
        assert_eq!(event["rawQueryString"], "tag=a&tag=b%2C&name=J%C3%BCrgen+M");
        assert_eq!(event["queryStringParameters"], json!({"tag": "a,b,", "name": "Jürgen M"}));
        assert_eq!(event["pathParameters"], json!({"member_id": "mbr_1 2"}));
        assert_eq!(event["headers"], json!({"x-many": "1,2", "user-agent": "till"}));
        assert_eq!(event["cookies"], json!(["a=1", "b=2"]));
        assert_eq!(event["body"], r#"{"points": 5}"#);
        assert_eq!(event["isBase64Encoded"], false);
        let context = &event["requestContext"];
        assert_eq!(context["time"], "12/Mar/2020:19:03:58 +0000");
        assert_eq!(context["timeEpoch"], 1_584_039_838_390_i64);
        assert_eq!(context["http"]["sourceIp"], "127.0.0.1");
        assert_eq!(
            context["authorizer"]["jwt"],
            json!({
                "claims": {"sub": "s", "cognito:groups": "[agent admin]", "exp": "1700000000"},
                "scopes": null,
            })
        );
    }

    #[test]
    fn a_body_that_is_no_text_is_encoded() {
        let request = Request::builder().uri("/").body(()).expect("a request");
        let event = event_of(request, &[0xff, 0x00]);
        assert_eq!(event["body"], "/wA=");
        assert_eq!(event["isBase64Encoded"], true);
        assert!(event.get("queryStringParameters").is_none());
    }
}
