//! Events from the documentation of AWS and its libraries: handled, ignored or refused, without a panic
//! and without a 5xx.
//!
//! The collection is not part of this project. Without it, these tests say so and do nothing.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse};
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use futures::FutureExt;
use puntos_runtime::Invocation;
use puntos_tests::World;
use serde_json::{Value, json};

use crate::template::Template;

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/cases");

/// What foreign events of a trigger do to a function: the rows of the case tables.
///
/// A function that is in none of them makes a test red.
const ANSWERS_HTTP: [&str; 19] = [
    "accrue-points",
    "adjust-points",
    "answer-rating",
    "configure-program",
    "describe-api",
    "manage-emails",
    "manage-members",
    "redeem",
    "rerate-purchases",
    "reverse-redemption",
    "run-reports",
    "score-rating",
    "serve-pages",
    "track-claims",
    "track-orders",
    "use-coupon",
    "view-member",
    "view-ratings",
    "work-tasks",
];
/// Functions behind a queue that make each foreign message a dead letter at once.
const PUTS_ASIDE: [&str; 6] = [
    "accrue-points",
    "rerate-purchases",
    "run-reports",
    "send-coupon-email",
    "track-orders",
    "update-sign-ins",
];
/// The function behind the queue of the relay's failures, which reports each foreign message as a failure.
const FAILS_MESSAGES: [&str; 1] = ["sweep-unsent"];
/// The function behind the dead-letter queue. It records and acknowledges what nobody can read.
const TAKES_MESSAGES: [&str; 1] = ["find-failures"];
/// Functions behind the stream.
const IGNORES_CHANGES: [&str; 1] = ["relay-changes"];
/// The function behind the queue of SES's events, which takes whatever is in it.
const TAKES_NOTICES: [&str; 1] = ["handle-bounce"];
/// Functions behind a schedule, which ignore what its event says.
const RUNS: [&str; 8] = [
    "find-failures",
    "generate-tasks",
    "invite-to-rate",
    "release-auto-replies",
    "rerate-purchases",
    "run-reports",
    "sweep-unsent",
    "warn-of-expiry",
];

/// The function behind the user pool, which refuses every event of another service.
const SERVES_POOL: [&str; 1] = ["admit-members"];

#[test]
fn every_function_of_the_template_is_in_the_case_tables() {
    let tables: [(&str, &[&str]); 8] = [
        ("HttpApi", &ANSWERS_HTTP),
        ("SQS", &PUTS_ASIDE),
        ("SQS", &FAILS_MESSAGES),
        ("SQS", &TAKES_MESSAGES),
        ("DynamoDB", &IGNORES_CHANGES),
        ("SQS", &TAKES_NOTICES),
        ("ScheduleV2", &RUNS),
        ("Cognito", &SERVES_POOL),
    ];
    let listed = tables.into_iter().flat_map(|(trigger, functions)| {
        functions.iter().map(move |name| (trigger.to_owned(), (*name).to_owned()))
    });
    let listed: BTreeSet<(String, String)> = listed.collect();
    let template = Template::read();
    let wired = template.functions().into_iter().flat_map(|(name, function)| {
        let events = function.properties["Events"].as_object().expect("events").values();
        events
            .map(|event| (event["Type"].as_str().expect("a type").to_owned(), name.clone()))
            .collect::<Vec<_>>()
    });
    let wired: BTreeSet<(String, String)> = wired.collect();
    assert_eq!(listed, wired, "the tables, and the template");
}

/// Returns the files of a folder of the collection, by name, or none where it is absent.
#[expect(clippy::print_stdout, reason = "a skipped test must say so")]
fn cases(folder: &str) -> Vec<(String, String)> {
    let Ok(files) = std::fs::read_dir(Path::new(CASES).join(folder)) else {
        println!("skipped: no cases of {folder} at hand");
        return Vec::new();
    };
    let mut cases: Vec<(String, String)> = files
        .map(|file| {
            let path = file.expect("a case").path();
            let name = path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
            (name, std::fs::read_to_string(&path).expect("a text"))
        })
        .collect();
    cases.sort();
    cases
}

/// Returns the JSON events of a folder. Some begin with a byte order mark.
fn events(folder: &str) -> Vec<(String, Value)> {
    let parsed = cases(folder).into_iter().filter_map(|(name, text)| {
        let event = serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()?;
        Some((name, event))
    });
    parsed.collect()
}

/// Invokes a function; a panic fails the test.
async fn invoke(world: &World, function: &str, name: &str, event: Value) -> Option<Value> {
    let handler = world.stack.handler(function).expect("a function of the template");
    let remaining = Duration::from_secs(10);
    let invocation = Invocation { request_id: format!("foreign-{name}"), remaining };
    let handled = std::panic::AssertUnwindSafe(handler(event, invocation)).catch_unwind().await;
    handled.unwrap_or_else(|_| panic!("{function} panicked at {name}")).ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_of_other_apis_are_refused_as_problems() {
    let world = World::start().await;
    for (name, event) in events("apigw-v2") {
        for function in ANSWERS_HTTP {
            // An event of another kind is an error and gets no answer.
            let Some(answer) = invoke(&world, function, &name, event.clone()).await else {
                continue;
            };
            // Without a route it is a run of the schedule.
            if answer.is_null() && RUNS.contains(&function) {
                continue;
            }
            let status = answer["statusCode"].as_u64().expect("a status");
            if function == "describe-api" {
                assert_eq!(status, 200, "{name}");
                continue;
            }
            assert!((400..500).contains(&status), "{function} {name}: {answer}");
            if function == "serve-pages" {
                continue;
            }
            let body = answer["body"].as_str().expect("a body");
            let problem: Value = serde_json::from_str(body).expect("JSON");
            assert!(problem["code"].is_string(), "{function} {name}: {problem}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_token_on_our_routes_opens_nothing() {
    let world = World::start().await;
    for (name, event) in events("apigw-v2") {
        for (function, routes) in puntos::routes() {
            for route in routes.iter().filter(|route| !route.roles.is_empty()) {
                let mut event = event.clone();
                event["routeKey"] = json!(route.key);
                let Some(answer) = invoke(&world, function, &name, event).await else { continue };
                let status = answer["statusCode"].as_u64().expect("a status");
                assert!(matches!(status, 401 | 403), "{} {name}: {answer}", route.key);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_of_others_are_dead_letters_or_failures_by_their_ids() {
    let world = World::start().await;
    let mut put_aside = 0;
    for (name, event) in events("sqs") {
        let records = event["Records"].as_array().cloned().unwrap_or_default();
        let ids: Vec<&str> = records.iter().filter_map(|one| one["messageId"].as_str()).collect();
        for function in FAILS_MESSAGES {
            // A single record or a message of the queue's own API is no batch, so it is an error.
            let Some(answer) = invoke(&world, function, &name, event.clone()).await else {
                continue;
            };
            // Without records it is a run of the schedule.
            let Some(failures) = answer["batchItemFailures"].as_array() else { continue };
            let failed: Vec<&str> =
                failures.iter().filter_map(|one| one["itemIdentifier"].as_str()).collect();
            assert_eq!(failed, ids, "{function} {name}: none of these is ours");
            assert!(!failed.is_empty(), "{function} {name}: acknowledged");
        }
        for function in PUTS_ASIDE {
            let Some(answer) = invoke(&world, function, &name, event.clone()).await else {
                continue;
            };
            // Without records it is a run of the schedule.
            if answer.is_null() && RUNS.contains(&function) {
                continue;
            }
            assert_eq!(answer, json!({"batchItemFailures": []}), "{function} {name}");
            put_aside += u64::from(function == "track-orders") * ids.len() as u64;
        }
        for function in TAKES_MESSAGES {
            let answer = invoke(&world, function, &name, event.clone()).await;
            let Some(answer) = answer.filter(|answer| !answer.is_null()) else { continue };
            assert_eq!(answer, json!({"batchItemFailures": []}), "{function} {name}");
        }
    }
    world.settle().await;
    assert!(world.stack.outbox(None).is_empty());
    let kept = world.stack.queue_counts("OrderDeadLetters").await.unwrap();
    assert_eq!(kept.visible, put_aside, "none is lost");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_of_other_tables_cause_nothing() {
    let world = World::start().await;
    for (name, event) in events("dynamodb-stream") {
        for function in IGNORES_CHANGES {
            if let Some(answer) = invoke(&world, function, &name, event.clone()).await {
                assert_eq!(answer, json!({"batchItemFailures": []}), "{name}");
            }
        }
    }
    world.settle().await;
    assert!(world.stack.outbox(None).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_of_mail_are_taken_in_every_envelope() {
    let world = World::start().await;
    let enrolled = world.enrol().await;
    for folder in ["sns-lambda", "sns-envelope", "ses-event", "ses-notification", "ses-recorded"] {
        for (name, event) in events(folder) {
            for function in TAKES_NOTICES {
                let _ = invoke(&world, function, &name, event.clone()).await;
            }
        }
        for (name, text) in cases(folder) {
            let record = json!({
                "messageId": "m", "receiptHandle": "r", "body": text, "eventSource": "aws:sqs",
                "attributes": {"ApproximateReceiveCount": "1"}, "messageAttributes": {},
            });
            let event = json!({"Records": [record]});
            let taken = invoke(&world, "handle-bounce", &name, event.clone()).await.is_some();
            let again = invoke(&world, "handle-bounce", &name, event).await.is_some();
            assert_eq!(taken, again, "{name}: the second time as the first");
        }
    }
    // The documentation's permanent bounce blocks its recipient's address and no other.
    let blocked = json!({"name": "Docs", "email": "recipient@example.com"});
    let blocked = world.agent.post("/v1/members", blocked, Some("docs")).await.expect(201);
    if !cases("ses-event").is_empty() {
        assert_eq!(blocked.text("email_status.state"), "blocked");
    }
    let path = format!("/v1/members/{}", enrolled.text("member_id"));
    let untouched = world.agent.get(&path).await.expect(200);
    assert_eq!(untouched.text("email_status.state"), "ok");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_function_panics_at_an_event_of_another_trigger() {
    let world = World::start().await;
    let functions: BTreeSet<&str> = ANSWERS_HTTP
        .into_iter()
        .chain(PUTS_ASIDE)
        .chain(FAILS_MESSAGES)
        .chain(TAKES_MESSAGES)
        .chain(IGNORES_CHANGES)
        .chain(TAKES_NOTICES)
        .chain(RUNS)
        .chain(SERVES_POOL)
        .collect();
    let folders = [
        "apigw-v2",
        "sqs",
        "dynamodb-stream",
        "sns-lambda",
        "sns-envelope",
        "eventbridge",
        "ses-event",
        "ses-fragment",
        "batch-response",
        "batch-response-recorded-sqs",
    ];
    let foreign: Vec<(String, Value)> = folders.into_iter().flat_map(events).collect();
    let odd = [json!(null), json!([]), json!({}), json!("text"), json!({"Records": []})];
    let odd = odd.into_iter().map(|event| ("odd".to_owned(), event));
    let all: Vec<(String, Value)> = foreign.into_iter().chain(odd).collect();
    for function in functions {
        for (name, event) in &all {
            let answer = invoke(&world, function, name, event.clone()).await;
            let status = answer.as_ref().and_then(|answer| answer["statusCode"].as_u64());
            assert!(status.is_none_or(|status| status < 500), "{function} {name}: {answer:?}");
            assert!(answer.is_none() || !SERVES_POOL.contains(&function), "{function} {name}");
        }
    }
    world.settle().await;
    assert!(world.stack.outbox(None).is_empty());
}

#[test]
fn our_partial_failures_have_the_shape_of_the_documents() {
    for (name, published) in events("batch-response") {
        let ids = published["batchItemFailures"].as_array().expect("failures").iter();
        let ids: Vec<String> =
            ids.filter_map(|one| Some(one["itemIdentifier"].as_str()?.to_owned())).collect();
        let mut queue = SqsBatchResponse::default();
        let mut stream = DynamoDbEventResponse::default();
        for id in ids {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = id.clone();
            queue.batch_item_failures.push(failure);
            let mut failure = DynamoDbBatchItemFailure::default();
            failure.item_identifier = Some(id);
            stream.batch_item_failures.push(failure);
        }
        assert_eq!(serde_json::to_value(queue).unwrap(), published, "{name}");
        assert_eq!(serde_json::to_value(stream).unwrap(), published, "{name}");
    }
}
