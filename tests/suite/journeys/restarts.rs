//! A stack that stops or is killed right after redemptions: nothing is lost, nothing is sent twice.

use std::path::Path;
use std::sync::Arc;

use futures::future::join_all;
use puntos::{Data, Options, Stack};
use puntos_tests::World;
use serde_json::{Value, json};

use super::gate::Gate;
use super::{email, redeem_one};

const REDEMPTIONS: usize = 12;

/// The first stack counts mails with its gate. The others work before a gate is set, so they count with
/// their outbox.
fn options(directory: &Path, gate: Option<&Arc<Gate>>) -> Options {
    let tap = gate.map(|gate| Arc::clone(gate) as Arc<dyn puntos::Tap>);
    Options { data: Data::Directory(directory.to_owned()), tap, ..Options::default() }
}

/// Redeems many times at once and returns the member and the ids of the mails.
async fn redeem_at_once(world: &World) -> (String, Vec<String>) {
    let member = world.member_id().await;
    let _ = world.earn(&member, 2).await;
    let redeemed = join_all((0..REDEMPTIONS).map(|_| redeem_one(world, &member))).await;
    (member, redeemed.into_iter().map(|(_, email_id)| email_id).collect())
}

/// Starts a stack after another one was dropped, which needs a moment to close its files.
async fn start_again(directory: &Path) -> World {
    for _ in 0..2_000 {
        match puntos::start(options(directory, None)).await {
            Ok(stack) => return World::of(stack).await,
            Err(error) if format!("{error:#}").contains("another stack") => {
                tokio::task::yield_now().await
            }
            Err(error) => panic!("{error:#}"),
        }
    }
    panic!("the dropped stack never let go of its files");
}

/// Expects each mail settled, the points right, and SES to have taken each mail at most once, `before`
/// of them from earlier stacks. Returns how many it took in all.
async fn assert_whole(
    world: &World,
    before: usize,
    member: &str,
    mails: &[String],
    settled: &[&str],
) -> usize {
    world.settle().await;
    let mut sent = 0;
    for email_id in mails {
        let status = email(world, email_id).await.text("status");
        assert!(settled.contains(&status.as_str()), "{email_id} is {status}");
        sent += usize::from(status == "sent");
    }
    let taken = before + world.stack.outbox(None).len();
    assert!((sent..=mails.len()).contains(&taken), "{sent} sent, {taken} taken");
    for status in ["queued", "sending"] {
        let listed = world.agent.get(&format!("/v1/emails?status={status}")).await.expect(200);
        assert_eq!(listed.at("data"), &json!([]), "{status}");
    }
    let spent = 10 * i64::try_from(mails.len()).unwrap();
    assert_eq!(world.available(member).await, 220 - spent);
    let path = format!("/v1/members/{member}/timeline?limit=100");
    let timeline = world.agent.get(&path).await.expect(200);
    let rows = timeline.at("data").as_array().expect("rows");
    let count = |kind: &str| rows.iter().filter(|row| row["kind"] == *kind).count();
    assert_eq!((count("redemption"), count("email")), (mails.len(), mails.len()));
    let sum: i64 = rows.iter().filter_map(|row: &Value| row["points"].as_i64()).sum();
    assert_eq!(sum, 220 - spent);
    taken
}

async fn stop(stack: Stack) {
    stack.shutdown().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_right_after_redemptions_loses_no_mail_and_repeats_none() {
    let directory = tempfile::tempdir().unwrap();
    let gate = Gate::new();
    let world = World::with(options(directory.path(), Some(&gate))).await;
    let (member, mails) = redeem_at_once(&world).await;
    stop(world.stack).await;
    let world = World::with(options(directory.path(), None)).await;
    let taken = assert_whole(&world, gate.passed(), &member, &mails, &["sent"]).await;
    assert_eq!(taken, mails.len());
    stop(world.stack).await;
    // Another start has nothing left to send.
    let world = World::with(options(directory.path(), None)).await;
    let again = assert_whole(&world, taken, &member, &mails, &["sent"]).await;
    assert_eq!(again, taken);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stack_dropped_right_after_redemptions_loses_no_mail_and_repeats_none() {
    let directory = tempfile::tempdir().unwrap();
    let gate = Gate::new();
    let world = World::with(options(directory.path(), Some(&gate))).await;
    let (member, mails) = redeem_at_once(&world).await;
    drop(world);
    let world = start_again(directory.path()).await;
    let _ = assert_whole(&world, gate.passed(), &member, &mails, &["sent", "uncertain"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mails_that_wait_in_the_queue_are_sent_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let gate = Gate::new();
    gate.close();
    // At its real pace, the stack stops before the mails are dead letters.
    let stack = puntos::start(options(directory.path(), Some(&gate))).await.unwrap();
    let world = World::of(stack).await;
    let (member, mails) = redeem_at_once(&world).await;
    stop(world.stack).await;
    assert_eq!(gate.passed(), 0);
    let world = World::with(options(directory.path(), None)).await;
    let taken = assert_whole(&world, 0, &member, &mails, &["sent"]).await;
    assert_eq!(taken, mails.len());
}
