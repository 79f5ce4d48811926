//! The walk: the journey once for every call that it makes and every way in which a call goes wrong.

use futures::StreamExt;
use puntos::Call;

use super::journey::travel;
use super::model::{Manner, Report, Target};

/// How many worlds live at a time.
const AT_ONCE: usize = 8;

/// Returns the calls of a journey without a fault, each with its number.
async fn targets(report: Report) -> Vec<Target> {
    let calls = travel(report, None).await;
    let on_the_way = |call: &&Call| {
        let watching = ["manage-emails", "view-member", "configure-program"];
        !watching.contains(&call.function.as_str())
    };
    let calls: Vec<&Call> = calls.iter().filter(on_the_way).collect();
    let nth = |index: usize| calls[..index].iter().filter(|call| **call == calls[index]).count();
    calls
        .iter()
        .enumerate()
        .map(|(index, call)| Target { call: (*call).clone(), nth: nth(index) })
        .collect()
}

async fn walk(report: Report, targets: &[Target], manners: &[Manner]) {
    let cases =
        targets.iter().flat_map(|target| manners.iter().map(move |manner| (target, *manner)));
    futures::stream::iter(cases)
        .for_each_concurrent(AT_ONCE, |(target, manner)| async move {
            let _ = travel(report, Some((target.clone(), manner))).await;
        })
        .await;
}

fn named(targets: &[Target]) -> Vec<String> {
    let name = |target: &Target| format!("{} {}", target.call.function, target.call.action);
    targets.iter().map(name).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_walk_meets_every_call_of_the_journey() {
    let redeemed = [
        "redeem BatchGetItem",
        "redeem TransactWriteItems",
        "relay-changes GetItem",
        // A process reads the version of the programme once.
        "relay-changes GetItem",
        "relay-changes SendMessageBatch",
        "send-coupon-email TransactWriteItems",
        "send-coupon-email SendEmail",
        "send-coupon-email PutItem",
        "handle-bounce GetItem",
        "handle-bounce TransactWriteItems",
        "handle-bounce GetItem",
        "handle-bounce TransactWriteItems",
        "reverse-redemption BatchGetItem",
        "reverse-redemption GetItem",
        "reverse-redemption TransactWriteItems",
        "relay-changes GetItem",
        "relay-changes SendMessageBatch",
        "send-coupon-email TransactWriteItems",
    ];
    let blocked = ["send-coupon-email PutItem"];
    assert_eq!(named(&targets(Report::Bounce).await), [&redeemed[..], &blocked].concat());
    let mailed = [
        "send-coupon-email SendEmail",
        "send-coupon-email PutItem",
        "handle-bounce GetItem",
        "handle-bounce TransactWriteItems",
        "handle-bounce GetItem",
        "handle-bounce TransactWriteItems",
    ];
    assert_eq!(named(&targets(Report::Delivery).await), [&redeemed[..], &mailed].concat());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_function_that_dies_between_any_two_calls_loses_and_doubles_nothing() {
    let targets = targets(Report::Bounce).await;
    walk(Report::Bounce, &targets, &[Manner::DiesBefore, Manner::DiesAfter]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sender_that_dies_loses_and_doubles_no_mail_of_a_reversal() {
    let mut targets = targets(Report::Delivery).await;
    targets.retain(|target| target.call.function == "send-coupon-email" && target.nth == 1);
    assert_eq!(targets.len(), 3);
    walk(Report::Delivery, &targets, &[Manner::DiesBefore, Manner::DiesAfter]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_of_any_call_is_made_up_for() {
    let targets = targets(Report::Bounce).await;
    walk(Report::Bounce, &targets, &[Manner::BrokenOnce, Manner::LostOnce]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_is_away_throughout_any_call_loses_and_doubles_nothing() {
    let targets = targets(Report::Delivery).await;
    walk(Report::Delivery, &targets, &[Manner::BrokenThroughout, Manner::LostThroughout]).await;
}
