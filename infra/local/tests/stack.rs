//! The local stack as a whole, with toy functions: HTTP, tokens, triggers, failures, permissions,
//! taps, the clock, and what survives a stop.

mod toy;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use puntos::{Call, Counts, Data, Fault, Stack, Tap};
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

use toy::{toy, toy_with};

const SOON: Duration = Duration::from_secs(20);

async fn call(stack: &Stack, method: Method, path: &str, token: &str, body: &str) -> Response {
    let url = format!("{}{path}", stack.url());
    let mut request = Client::new().request(method, url).body(body.to_owned());
    if !token.is_empty() {
        request = request.bearer_auth(token);
    }
    request.send().await.expect("the gateway answers")
}

async fn put(stack: &Stack, id: &str, body: &str) -> Response {
    let token = stack.token("agent", None, None).await.expect("a token");
    call(stack, Method::PUT, &format!("/things/{id}"), &token, body).await
}

async fn json(response: Response) -> Value {
    serde_json::from_str(&response.text().await.expect("a body")).expect("JSON")
}

async fn note(stack: &Stack, name: &str) -> Option<String> {
    let get = stack.table_client().get_item().table_name("things");
    let item = get.key("pk", AttributeValue::S(name.to_owned())).send().await.expect("read").item?;
    item["note"].as_s().ok().cloned()
}

#[tokio::test]
async fn the_gateway_refuses_as_api_gateway_does() {
    let stack = toy().await;
    let token = stack.token("agent", None, None).await.expect("a token");
    let large = "x".repeat(256 * 1024 + 1);
    for (method, path, token, body, status, code) in [
        (Method::PUT, "/things/a", token.as_str(), large.as_str(), 413, "payload_too_large"),
        (Method::PUT, "/things/a", &token, "panic", 500, "internal_error"),
        (Method::PUT, "/things/a", &token, "sleep", 500, "internal_error"),
    ] {
        let response = call(&stack, method, path, token, body).await;
        assert_eq!(response.status(), status, "{path} {code}");
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        let problem = json(response).await;
        assert_eq!(problem["code"], code);
        assert_eq!(problem["status"], status);
        for field in ["type", "title", "detail", "instance", "request_id"] {
            assert!(problem[field].as_str().is_some_and(|text| !text.is_empty()), "{field}");
        }
    }
    for (method, path, token, status, message) in [
        (Method::GET, "/things/a", "", 401, "Unauthorized"),
        (Method::GET, "/things/a", "not.a.token", 401, "Unauthorized"),
        (Method::GET, "/nothing", token.as_str(), 404, "Not Found"),
        (Method::GET, "/things/a/", &token, 404, "Not Found"),
        (Method::POST, "/things/a", &token, 404, "Not Found"),
        (Method::GET, "/scoped", &token, 403, "Forbidden"),
    ] {
        let response = call(&stack, method, path, token, "").await;
        assert_eq!(response.status(), status, "{path} {message}");
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(json(response).await, json!({"message": message}), "{path}");
    }
    assert_eq!(call(&stack, Method::HEAD, "/things/a", &token, "").await.status(), 404);
    assert_eq!(call(&stack, Method::GET, "/open", "", "").await.status(), 200);
    let till = stack.token("pos", None, None).await.expect("a token");
    assert_eq!(call(&stack, Method::GET, "/scoped", &till, "").await.status(), 200);
    stack.shutdown().await.expect("stops");
}

#[tokio::test]
async fn a_function_sees_the_event_of_the_http_api() {
    let stack = toy().await;
    let till = stack.token("pos", None, Some("till-7")).await.expect("a token");
    let response = call(&stack, Method::GET, "/things/a%20b?x=1&x=2", &till, "").await;
    let event = json(response).await;
    assert_eq!(event["routeKey"], "GET /things/{id}");
    assert_eq!(event["pathParameters"], json!({"id": "a b"}));
    assert_eq!(event["queryStringParameters"], json!({"x": "1,2"}));
    let jwt = &event["requestContext"]["authorizer"]["jwt"];
    assert_eq!(jwt["claims"]["sub"], "till-7");
    assert_eq!(jwt["claims"]["scope"], "puntos/pos");
    assert_eq!(jwt["claims"]["client_id"], "tills");
}

#[tokio::test]
async fn committed_work_ends_in_its_mail() {
    let stack = toy().await;
    for id in 0..30 {
        assert_eq!(put(&stack, &id.to_string(), "hello").await.status(), 201);
    }
    assert!(stack.settle(SOON).await);
    let mails = stack.outbox(Some("ana@example.com"));
    let mut subjects: Vec<&str> = mails.iter().map(|mail| mail.subject.as_str()).collect();
    subjects.sort();
    subjects.dedup();
    assert_eq!((mails.len(), subjects.len()), (30, 30));
    assert_eq!((mails[0].text.as_str(), mails[0].html.as_str()), ("plain", "<p>"));
    assert_eq!(mails[0].tags, [("email_id".to_owned(), "eml_1".to_owned())]);
    assert_eq!(mails[0].configuration_set.as_deref(), Some("toy-mail"));
    assert!(stack.outbox(Some("other@example.com")).is_empty());
}

#[tokio::test]
async fn a_poisoned_message_becomes_a_dead_letter_and_delays_no_other() {
    let stack = toy().await;
    put(&stack, "a", "poison").await;
    put(&stack, "b", "hello").await;
    assert!(stack.settle(SOON).await);
    assert_eq!(stack.outbox(None).len(), 1);
    let counts = |name: &'static str| stack.queue_counts(name);
    assert_eq!(counts("Letters").await.expect("exists"), Counts::default());
    assert_eq!(counts("DeadLetters").await.expect("exists").visible, 1);

    let response = call(&stack, Method::GET, "/local/queues", "", "").await;
    let rows = json(response).await;
    assert_eq!(
        rows["data"],
        json!([
            {"name": "Failures", "visible": 0, "in_flight": 0, "dead_lettered": 0},
            {"name": "Letters", "visible": 0, "in_flight": 0, "dead_lettered": 1},
        ])
    );
}

#[tokio::test]
async fn a_stuck_record_goes_to_the_failures_and_the_others_pass() {
    let stack = toy().await;
    for (id, body) in [("a", "hello"), ("b", "stuck"), ("c", "hello"), ("d", "hello")] {
        put(&stack, id, body).await;
    }
    assert!(stack.settle(SOON).await);
    let mut subjects: Vec<String> = stack.outbox(None).into_iter().map(|m| m.subject).collect();
    subjects.sort();
    subjects.dedup();
    assert_eq!(subjects, ["a hello", "c hello", "d hello"]);
    assert_eq!(stack.queue_counts("Failures").await.expect("exists").visible, 1);
}

#[tokio::test]
async fn a_function_may_do_what_its_role_grants_and_no_more() {
    let stack = toy().await;
    let denied = json(put(&stack, "a", "overreach").await).await;
    assert_eq!(denied, json!("AccessDeniedException"));
    put(&stack, "a", "hello").await;
    assert!(stack.settle(SOON).await);

    let unused: Vec<String> = stack
        .grants()
        .difference(&stack.used_grants())
        .map(|grant| format!("{} {}", grant.function, grant.action))
        .collect();
    assert_eq!(unused, ["keep dynamodb:GetItem", "note dynamodb:PutItem"]);
}

#[tokio::test]
async fn topics_fill_queues_and_schedules_start_their_function() {
    let stack = toy().await;
    let event = r#"{"eventType":  "Bounce"}"#;
    let envelope = json!({"Type": "Notification", "Message": event}).to_string();
    let response = call(&stack, Method::POST, "/local/ses-events", "", &envelope).await;
    assert_eq!(response.status(), 202);
    assert!(json(response).await["message_id"].is_string());
    let subjects: Vec<String> = stack.outbox(None).into_iter().map(|mail| mail.subject).collect();
    assert_eq!(subjects, [event]);

    let time = json!({"time": "2026-03-04T05:06:07Z"}).to_string();
    let response = call(&stack, Method::POST, "/local/schedules/note", "", &time).await;
    assert_eq!(json(response).await["data"][0]["outcome"], "succeeded");
    assert_eq!(note(&stack, "schedule").await.as_deref(), Some("\"2026-03-04T05:06:07Z\""));

    let response = call(&stack, Method::POST, "/local/schedules/keep", "", "").await;
    assert_eq!(response.status(), 404);
    let response = call(&stack, Method::POST, "/local/schedules", "", "").await;
    assert_eq!(json(response).await["data"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn the_clock_is_set_runs_on_and_is_reset() {
    let stack = toy().await;
    let now = json!({"now": "2031-01-02T03:04:05Z"}).to_string();
    assert_eq!(call(&stack, Method::PUT, "/local/clock", "", &now).await.status(), 200);
    let seen = json(put(&stack, "a", "hello").await).await;
    assert!(seen["now"].as_str().is_some_and(|now| now.starts_with("2031-01-02T03:04")), "{seen}");
    call(&stack, Method::DELETE, "/local/clock", "", "").await;
    let seen = json(put(&stack, "a", "hello").await).await;
    assert!(seen["now"].as_str().is_some_and(|now| !now.starts_with("2031")), "{seen}");
    let response = call(&stack, Method::PUT, "/local/clock", "", r#"{"now": "soon"}"#).await;
    assert_eq!(response.status(), 422);
}

#[tokio::test]
async fn tokens_are_made_for_known_roles() {
    let stack = toy().await;
    let ask = |body: Value| {
        let body = body.to_string();
        let stack = &stack;
        async move { call(stack, Method::POST, "/local/tokens", "", &body).await }
    };
    let agent = json(ask(json!({"role": "agent"})).await).await;
    let token = agent["token"].as_str().expect("a token");
    assert_eq!(call(&stack, Method::GET, "/things/a", token, "").await.status(), 200);
    assert_eq!(ask(json!({"role": "root"})).await.status(), 422);
    assert_eq!(ask(json!({"rôle": "pos"})).await.status(), 422);
    assert_eq!(call(&stack, Method::POST, "/local/tokens", "", "{").await.status(), 400);
}

/// Breaks the first call of an action, and counts the answers to it.
struct Breaker {
    action: &'static str,
    fault: Mutex<Option<Fault>>,
    answers: AtomicUsize,
}

impl Tap for Breaker {
    fn before(&self, call: &Call) -> Option<Fault> {
        let ours = call.action == self.action;
        self.fault.lock().expect("not poisoned").take_if(|_| ours)
    }

    fn after(&self, call: &Call, status: u16, body: &[u8]) {
        if call.action == self.action {
            assert_eq!((status, body.is_empty()), (200, false), "{call:?}");
            self.answers.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[tokio::test]
async fn a_tap_breaks_calls_before_and_after_their_effect() {
    let refused = Fault::Refuse(400, r#"{"__type": "ThrottlingException"}"#.to_owned());
    for (fault, answers) in [(Fault::BeforeEffect, 1), (Fault::AfterEffect, 2), (refused, 1)] {
        let breaker = Arc::new(Breaker {
            action: "PutItem",
            fault: Mutex::new(Some(fault)),
            answers: AtomicUsize::new(0),
        });
        let stack = toy_with(Data::Memory, "work", Some(Arc::clone(&breaker) as _)).await;
        // The SDK tries again by itself.
        assert_eq!(put(&stack, "a", "hello").await.status(), 201);
        assert_eq!(breaker.answers.load(Ordering::Relaxed), answers);
    }
}

#[tokio::test]
async fn work_committed_before_a_crash_is_done_after_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let data = Data::Directory(directory.path().to_owned());
    let before = toy_with(data.clone(), "hang", None).await;
    let token = before.token("agent", None, None).await.expect("a token");
    for id in ["a", "b", "c"] {
        assert_eq!(put(&before, id, "hello").await.status(), 201);
    }
    assert!(!before.settle(Duration::from_millis(300)).await, "the worker hangs");
    // The worker is never done: stopping the stack would wait for its time limit. Dropping does not.
    drop(before);

    let after = restarted(data).await;
    assert!(after.settle(SOON).await);
    let mut subjects: Vec<String> = after.outbox(None).into_iter().map(|m| m.subject).collect();
    subjects.sort();
    assert_eq!(subjects, ["a hello", "b hello", "c hello"]);
    assert_eq!(call(&after, Method::GET, "/things/a", &token, "").await.status(), 200);
    after.shutdown().await.expect("stops");
}

/// Starts the stack as soon as the one before has let go of the data.
async fn restarted(data: Data) -> Stack {
    for _ in 0..100 {
        let options = puntos::Options { data: data.clone(), ..puntos::Options::default() };
        let template = toy::TEMPLATE.replace("THE_MODE", "work");
        match puntos::start_from(&template, &toy::registry(), options).await {
            Ok(stack) => return stack,
            Err(error) => assert!(format!("{error:#}").contains("another stack"), "{error:#}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the data was never let go of");
}

#[tokio::test]
async fn work_that_is_done_is_not_done_again_after_a_restart() {
    let directory = tempfile::tempdir().expect("a directory");
    let data = Data::Directory(directory.path().to_owned());
    let before = toy_with(data.clone(), "work", None).await;
    put(&before, "a", "hello").await;
    assert!(before.settle(SOON).await);
    let checkpoint = directory.path().join("stream.checkpoint");
    while !checkpoint.exists() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    before.shutdown().await.expect("stops");

    let after = restarted(data).await;
    assert!(after.settle(SOON).await);
    assert_eq!(after.outbox(None), []);
    after.shutdown().await.expect("stops");
}
