//! The walk of the desk: each journey once for every call of its functions before which, or after which,
//! the function can die.

use std::collections::BTreeSet;

use futures::StreamExt;
use puntos::Call;

use super::super::model::{Manner, Target};
use super::{Planned, care, claim, rating};

/// How many worlds live at a time.
const AT_ONCE: usize = 8;
/// What leaves nothing behind: dying before it and after it are the same, and of several of one function
/// in a row the first stands for all.
const READS: [&str; 3] = ["BatchGetItem", "GetItem", "Query"];

fn is_read(call: &Call) -> bool {
    READS.contains(&call.action.as_str())
}

/// Returns what can go wrong with the calls of these functions, one thing at a time.
fn faults(calls: &[Call], functions: &BTreeSet<&str>) -> Vec<(Target, Manner)> {
    let nth = |index: usize| calls[..index].iter().filter(|call| **call == calls[index]).count();
    let is_walked = |index: &usize| {
        let call = &calls[*index];
        let before = index.checked_sub(1).map(|before| &calls[before]);
        let follows = |before: &Call| is_read(before) && before.function == call.function;
        let repeats = is_read(call) && before.is_some_and(follows);
        functions.contains(call.function.as_str()) && !repeats
    };
    let targets = (0..calls.len()).filter(is_walked);
    let targets = targets.map(|index| Target { call: calls[index].clone(), nth: nth(index) });
    let manners = |target: Target| {
        let dies_after = (!is_read(&target.call)).then(|| (target.clone(), Manner::DiesAfter));
        [(target, Manner::DiesBefore)].into_iter().chain(dies_after)
    };
    targets.flat_map(manners).collect()
}

/// Walks a journey through the functions that make these calls, and no other ones.
async fn walk(travel: impl AsyncFn(Planned) -> Vec<Call>, expected: &[&str]) {
    let functions = expected.iter().filter_map(|name| name.split(' ').next()).collect();
    let faults = faults(&travel(None).await, &functions);
    let named =
        |(target, _): &(Target, Manner)| format!("{} {}", target.call.function, target.call.action);
    let met: BTreeSet<String> = faults.iter().map(named).collect();
    assert_eq!(met.iter().map(String::as_str).collect::<Vec<&str>>(), expected);
    futures::stream::iter(faults)
        .for_each_concurrent(AT_ONCE, async |fault| {
            let _ = travel(Some(fault)).await;
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rating_its_replies_and_its_gifts_survive_every_death() {
    let expected = [
        "answer-rating BatchGetItem",
        "answer-rating GetItem",
        "answer-rating Query",
        "answer-rating TransactWriteItems",
        "relay-changes GetItem",
        "relay-changes SendMessageBatch",
        "release-auto-replies Query",
        "release-auto-replies TransactWriteItems",
        "score-rating BatchGetItem",
        // A process writes a branch down when it first meets it.
        "score-rating PutItem",
        "score-rating TransactWriteItems",
        "send-coupon-email PutItem",
        "send-coupon-email SendEmail",
        "send-coupon-email TransactWriteItems",
        "use-coupon Query",
        "use-coupon TransactWriteItems",
    ];
    walk(rating::travel, &expected).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_care_cycle_survives_every_death() {
    let expected = [
        "generate-tasks GetItem",
        "generate-tasks Query",
        "generate-tasks TransactWriteItems",
        "relay-changes SendMessageBatch",
        "track-orders BatchGetItem",
        "track-orders TransactWriteItems",
        "work-tasks BatchGetItem",
        "work-tasks GetItem",
        "work-tasks TransactWriteItems",
    ];
    walk(care::travel, &expected).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_and_its_end_survive_every_death() {
    // Its mails go the way that those of a rating are walked.
    let expected = [
        "generate-tasks GetItem",
        "generate-tasks Query",
        "generate-tasks TransactWriteItems",
        "track-claims BatchGetItem",
        "track-claims GetItem",
        "track-claims TransactWriteItems",
    ];
    walk(claim::travel, &expected).await;
}
