//! Turns a function's answer into an HTTP response, and defines the refusals of the gateway itself.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};

/// The parts of a function's answer that API Gateway reads. Unlike the type of `aws_lambda_events` it
/// also reads an answer without cookies.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status_code: u16,
    #[serde(default)]
    headers: Option<serde_json::Map<String, Value>>,
    #[serde(default)]
    multi_value_headers: Option<serde_json::Map<String, Value>>,
    #[serde(default)]
    cookies: Option<Vec<String>>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

/// Returns the response for a function's answer, or `None` if the answer is malformed.
pub(crate) fn response_of(answer: Value) -> Option<Response<Body>> {
    let answer: Answer = serde_json::from_value(answer).ok()?;
    let body = answer.body.unwrap_or_default();
    let body = if answer.is_base64_encoded {
        Body::from(aws_smithy_types::base64::decode(body).ok()?)
    } else {
        Body::from(body)
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(answer.status_code).ok()?;
    let headers = response.headers_mut();
    let many = answer.multi_value_headers.unwrap_or_default();
    for (name, value) in answer.headers.unwrap_or_default().into_iter().chain(many) {
        let name: HeaderName = name.parse().ok()?;
        let values = match value {
            Value::Array(values) => values,
            one => vec![one],
        };
        for value in values {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            headers.append(&name, value.parse().ok()?);
        }
    }
    for cookie in answer.cookies.unwrap_or_default() {
        headers.append(header::SET_COOKIE, cookie.parse().ok()?);
    }
    if !headers.contains_key(header::CONTENT_TYPE) && answer.status_code != 204 {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    Some(response)
}

/// A refusal of the gateway as API Gateway writes it: a message, and no problem document.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refusal {
    /// The HTTP status.
    status: StatusCode,
    /// The words.
    message: &'static str,
}

impl Refusal {
    /// No or no good token.
    pub(crate) const UNAUTHORIZED: Self =
        Self { status: StatusCode::UNAUTHORIZED, message: "Unauthorized" };
    /// A token without any scope that the route asks for.
    pub(crate) const FORBIDDEN: Self = Self { status: StatusCode::FORBIDDEN, message: "Forbidden" };
    /// A route that does not exist, or not with this method.
    pub(crate) const NOT_FOUND: Self = Self { status: StatusCode::NOT_FOUND, message: "Not Found" };

    /// Returns the answer.
    pub(crate) fn response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(json!({"message": self.message}).to_string()));
        *response.status_mut() = self.status;
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }
}

/// A failure that the local gateway answers as a problem document.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Problem {
    /// The HTTP status.
    pub status: StatusCode,
    /// The stable code.
    pub code: &'static str,
    /// The reason, for a person.
    pub detail: &'static str,
}

impl Problem {
    /// A body above the limit.
    pub(crate) const PAYLOAD_TOO_LARGE: Self = Self {
        status: StatusCode::PAYLOAD_TOO_LARGE,
        code: "payload_too_large",
        detail: "The body is larger than 256 KiB.",
    };
    /// A body that broke off.
    pub(crate) const INCOMPLETE_BODY: Self = Self {
        status: StatusCode::BAD_REQUEST,
        code: "incomplete_body",
        detail: "The body could not be read to its end.",
    };
    /// A function that failed.
    pub(crate) const INTERNAL_ERROR: Self = Self {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        code: "internal_error",
        detail: "The request could not be processed. It is safe to send it again.",
    };

    /// Returns the refusal as an RFC 9457 document.
    pub(crate) fn response(self, instance: &str, request_id: &str) -> Response<Body> {
        problem(self.status, self.code, self.detail, instance, request_id)
    }
}

/// Returns an RFC 9457 document.
pub(crate) fn problem(
    status: StatusCode,
    code: &str,
    detail: &str,
    instance: &str,
    request_id: &str,
) -> Response<Body> {
    let document = json!({
        "type": format!("urn:puntos:problem:{code}"),
        "title": code.replace('_', " "),
        "status": status.as_u16(),
        "detail": detail,
        "instance": instance,
        "code": code,
        "request_id": request_id,
    });
    let mut response = Response::new(Body::from(document.to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_becomes_a_response() {
        let response = response_of(json!({
            "statusCode": 201,
            "headers": {"content-type": "application/problem+json", "Idempotency-Replayed": "true"},
            "multiValueHeaders": {"x-many": ["1", "2"]},
            "cookies": ["a=1"],
            "body": "{}",
            "isBase64Encoded": false,
        }))
        .expect("makes sense");
        assert_eq!(response.status(), 201);
        assert_eq!(response.headers()["idempotency-replayed"], "true");
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        assert_eq!(response.headers().get_all("x-many").iter().count(), 2);
        assert_eq!(response.headers()["set-cookie"], "a=1");
    }

    #[test]
    fn an_answer_without_a_status_makes_no_sense() {
        for answer in [Value::Null, json!({"body": "{}"}), json!({"statusCode": 7})] {
            assert!(response_of(answer.clone()).is_none(), "{answer}");
        }
    }
}
