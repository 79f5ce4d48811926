//! The routes under `/local`: tokens, the sign-in page, the people of the user pool, the outbox, unsubscribing, the
//! bucket, mail events, schedules, the clock, queues, and waiting until all work is done.
//!
//! They exist only locally and need no token: the port is bound to the loopback.

mod bucket;
mod sign_in;
mod unsubscribe;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{Response, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post, put};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::gateway::MAX_BODY_BYTES;
use crate::gateway::answer::problem;
use crate::identity;
use crate::stack::Parts;
use crate::triggers::topics::published_message;

/// How long `/local/settle` waits.
const SETTLE_LIMIT: Duration = Duration::from_secs(30);

type Answer = Result<Response<Body>, Refusal>;
type RequestBody = Result<Bytes, BytesRejection>;

pub(crate) fn routes(parts: Arc<Parts>) -> Router {
    Router::new()
        .route("/local/health", get(health))
        .route("/local/tokens", post(tokens))
        .route("/local/outbox", get(outbox))
        .route(
            "/local/unsubscribe/{message_id}",
            get(unsubscribe::page).post(unsubscribe::one_click),
        )
        .route(
            "/local/s3/{bucket}/{*key}",
            get(bucket::get)
                .put(bucket::put)
                .layer(DefaultBodyLimit::max(bucket::OBJECT_MAX_BYTES)),
        )
        .route("/local/people", get(people))
        .route("/local/ses-events", post(ses_events))
        .route("/local/schedules", post(every_schedule))
        .route("/local/schedules/{function}", post(one_schedule))
        .route("/local/clock", put(set_clock).delete(reset_clock).get(read_clock))
        .route("/local/queues", get(queues))
        .route("/local/settle", post(settle))
        .merge(sign_in::routes())
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(parts)
}

/// The refusal of a local route.
struct Refusal {
    status: StatusCode,
    code: &'static str,
    detail: String,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response<Body> {
        problem(self.status, self.code, &self.detail, "/local", &identity::fresh())
    }
}

async fn method_not_allowed() -> Refusal {
    refusal(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "See the header Allow.")
}

async fn health(State(parts): State<Arc<Parts>>) -> Response<Body> {
    if parts.ready.load(Ordering::Acquire) {
        answer(StatusCode::OK, &json!({"status": "ok"}))
    } else {
        answer(StatusCode::SERVICE_UNAVAILABLE, &json!({"status": "starting"}))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenRequest {
    role: String,
    member_id: Option<String>,
    subject: Option<String>,
}

async fn tokens(State(parts): State<Arc<Parts>>, body: RequestBody) -> Answer {
    let request: TokenRequest = parsed(body)?;
    let (member_id, subject) = (request.member_id.as_deref(), request.subject.as_deref());
    let issued = parts
        .token(&request.role, member_id, subject)
        .await
        .map_err(|error| invalid(&format!("{error:#}")))?;
    Ok(answer(StatusCode::OK, &json!({"token": issued.token, "subject": issued.subject})))
}

#[derive(Deserialize)]
struct OutboxQuery {
    to: Option<String>,
}

async fn outbox(
    State(parts): State<Arc<Parts>>,
    Query(query): Query<OutboxQuery>,
) -> Response<Body> {
    answer(StatusCode::OK, &json!({"data": parts.mailbox.mails(query.to.as_deref())}))
}

async fn people(State(parts): State<Arc<Parts>>) -> Response<Body> {
    answer(StatusCode::OK, &json!({"data": parts.user_pool.people()}))
}

async fn ses_events(State(parts): State<Arc<Parts>>, body: RequestBody) -> Answer {
    let body = body.map_err(unreadable)?;
    let text = std::str::from_utf8(&body).map_err(|_| invalid("the event is not UTF-8"))?;
    let topic = parts.mail_events_topic.as_deref();
    let topic = topic.ok_or_else(|| not_found("the template publishes no mail events"))?;
    let message_id = parts.topics.publish(topic, &published_message(text)).await.map_err(failed)?;
    Ok(answer(StatusCode::ACCEPTED, &json!({"message_id": message_id})))
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FireRequest {
    time: Option<Timestamp>,
}

async fn every_schedule(State(parts): State<Arc<Parts>>) -> Response<Body> {
    answer(StatusCode::OK, &fired(&parts, None, parts.clock.now()).await)
}

async fn one_schedule(
    State(parts): State<Arc<Parts>>,
    Path(function): Path<String>,
    body: RequestBody,
) -> Answer {
    let body = body.map_err(unreadable)?;
    let request: FireRequest =
        if body.is_empty() { FireRequest::default() } else { parsed(Ok(body))? };
    if !parts.schedules.iter().any(|one| one.function.plan.name == function) {
        return Err(not_found("this function has no schedule"));
    }
    let time = request.time.unwrap_or_else(|| parts.clock.now());
    Ok(answer(StatusCode::OK, &fired(&parts, Some(&function), time).await))
}

async fn fired(parts: &Parts, only: Option<&str>, time: Timestamp) -> Value {
    let mut outcomes = Vec::new();
    for (function, succeeded) in parts.fire_schedules(only, time).await {
        let outcome = if succeeded { "succeeded" } else { "failed" };
        outcomes.push(json!({"function": function, "time": time, "outcome": outcome}));
    }
    json!({ "data": outcomes })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockRequest {
    now: Timestamp,
}

async fn set_clock(State(parts): State<Arc<Parts>>, body: RequestBody) -> Answer {
    let request: ClockRequest = parsed(body)?;
    parts.clock.set(request.now);
    Ok(read_clock(State(parts)).await)
}

async fn reset_clock(State(parts): State<Arc<Parts>>) -> Response<Body> {
    parts.clock.reset();
    read_clock(State(parts)).await
}

async fn read_clock(State(parts): State<Arc<Parts>>) -> Response<Body> {
    answer(StatusCode::OK, &json!({"now": parts.clock.now()}))
}

async fn queues(State(parts): State<Arc<Parts>>) -> Answer {
    let mut rows = Vec::new();
    let plans: Vec<_> = parts.queues.plans().collect();
    let redriven: Vec<_> =
        plans.iter().filter_map(|plan| Some(&plan.redrive.as_ref()?.target_arn)).collect();
    for plan in &plans {
        if redriven.contains(&&plan.arn) {
            // Counted with the queue of its dead letters.
            continue;
        }
        let counts = parts.queues.counts(&plan.arn).await.map_err(failed)?;
        let dead_letters = match &plan.redrive {
            Some(redrive) => {
                parts.queues.counts(&redrive.target_arn).await.map_err(failed)?.visible
            }
            None if plan.takes_failures => counts.visible,
            None => 0,
        };
        let visible = if plan.takes_failures { 0 } else { counts.visible };
        rows.push(json!({
            "name": plan.name,
            "visible": visible,
            "in_flight": counts.in_flight,
            "dead_lettered": dead_letters,
        }));
    }
    Ok(answer(StatusCode::OK, &json!({ "data": rows })))
}

async fn settle(State(parts): State<Arc<Parts>>) -> Answer {
    if !parts.settle(SETTLE_LIMIT).await {
        let detail = "There is still work under way after 30 seconds: see /local/queues.";
        return Err(refusal(StatusCode::GATEWAY_TIMEOUT, "not_settled", detail));
    }
    Ok(answer(StatusCode::OK, &json!({"settled": true})))
}

fn parsed<T: DeserializeOwned>(body: RequestBody) -> Result<T, Refusal> {
    let body = body.map_err(unreadable)?;
    let value: Value = serde_json::from_slice(&body)
        .map_err(|error| refusal(StatusCode::BAD_REQUEST, "invalid_json", &error.to_string()))?;
    serde_json::from_value(value).map_err(|error| invalid(&error.to_string()))
}

fn unreadable(rejection: BytesRejection) -> Refusal {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let status = StatusCode::PAYLOAD_TOO_LARGE;
            refusal(status, "payload_too_large", "The body is larger than 256 KiB.")
        }
        status => refusal(status, "incomplete_body", "The body could not be read to its end."),
    }
}

fn failed(error: anyhow::Error) -> Refusal {
    refusal(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", &format!("{error:#}"))
}

fn invalid(detail: &str) -> Refusal {
    refusal(StatusCode::UNPROCESSABLE_ENTITY, "invalid_field", detail)
}

fn not_found(detail: &str) -> Refusal {
    refusal(StatusCode::NOT_FOUND, "not_found", detail)
}

fn refusal(status: StatusCode, code: &'static str, detail: &str) -> Refusal {
    Refusal { status, code, detail: detail.to_owned() }
}

fn answer(status: StatusCode, document: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(document.to_string()));
    *response.status_mut() = status;
    let json = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}
