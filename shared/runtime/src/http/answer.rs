//! Answers: a status, a body, and whether it is a replay. The body is JSON, or a sheet of comma-separated values.

use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use aws_lambda_events::encodings::Body;
use aws_lambda_events::http::{HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use serde_json::Value;

use puntos_api::Problem;
use puntos_domain::outcome::Outcome;

/// The answer to a request.
#[derive(Debug)]
pub struct Answer {
    status: u16,
    body: AnswerBody,
    replayed: bool,
}

#[derive(Debug)]
enum AnswerBody {
    Json(Value),
    Csv(String),
}

impl Answer {
    /// Returns a body with the status 200.
    pub fn ok(body: impl Serialize) -> Self {
        Self::with_status(200, body)
    }

    /// Returns a sheet of comma-separated values with the status 200.
    pub fn csv(sheet: String) -> Self {
        Self { status: 200, body: AnswerBody::Csv(sheet), replayed: false }
    }

    /// Returns a body with the status 201.
    pub fn created(body: impl Serialize) -> Self {
        Self::with_status(201, body)
    }

    /// Returns the answer to a request that changes something: `status` with the body, marked if it is a
    /// replay.
    ///
    /// # Errors
    /// Refuses a key that was used before with another fingerprint, and what a rule refuses.
    pub fn of_outcome(
        status: u16,
        outcome: Outcome<impl Serialize, Problem>,
    ) -> Result<Self, Problem> {
        match outcome {
            Outcome::Done(body) => Ok(Self::with_status(status, body)),
            Outcome::Replayed(body) => Ok(Self::with_status(status, body).replayed(true)),
            Outcome::Conflict => Err(Problem::key_reused()),
            Outcome::Refused(problem) => Err(problem),
        }
    }

    fn with_status(status: u16, body: impl Serialize) -> Self {
        let body = serde_json::to_value(body).expect("an answer has only keys that are texts");
        Self { status, body: AnswerBody::Json(body), replayed: false }
    }

    /// Returns the same answer, marked as a replay.
    #[must_use]
    pub fn replayed(mut self, replayed: bool) -> Self {
        self.replayed = replayed;
        self
    }

    pub(super) fn status(&self) -> u16 {
        self.status
    }

    pub(super) fn into_response(self) -> ApiGatewayV2httpResponse {
        let (media_type, text) = match self.body {
            AnswerBody::Json(body) => ("application/json", body.to_string()),
            AnswerBody::Csv(sheet) => ("text/csv; charset=utf-8", sheet),
        };
        let mut response = response(self.status, media_type, text);
        if self.replayed {
            let name = HeaderName::from_static("idempotency-replayed");
            response.headers.insert(name, HeaderValue::from_static("true"));
        }
        response
    }
}

pub(super) fn problem_response(
    problem: &Problem,
    instance: &str,
    request_id: &str,
) -> ApiGatewayV2httpResponse {
    let body = problem.body(instance, request_id);
    let mut response = response(problem.status(), "application/problem+json", body.to_string());
    if let Some(seconds) = problem.retry_after_s() {
        response.headers.insert(HeaderName::from_static("retry-after"), HeaderValue::from(seconds));
    }
    response
}

fn response(status: u16, media_type: &'static str, text: String) -> ApiGatewayV2httpResponse {
    let mut headers = HeaderMap::new();
    headers.insert(HeaderName::from_static("content-type"), HeaderValue::from_static(media_type));
    headers.insert(HeaderName::from_static("cache-control"), HeaderValue::from_static("no-store"));
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = i64::from(status);
    response.headers = headers;
    response.body = Some(Body::Text(text));
    response
}
