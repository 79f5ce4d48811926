//! SES events that come late, twice or in any sequence lead to the same status and history.

use jiff::Timestamp;
use puntos_tests::World;
use serde_json::Value;

use super::ses::Events;
use super::{Mailed, address_state, email, mailed, report};

/// Returns every permutation of the numbers below `count`.
fn orders(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for shorter in orders(count - 1) {
        for place in 0..=shorter.len() {
            let mut longer = shorter.clone();
            longer.insert(place, count - 1);
            all.push(longer);
        }
    }
    all
}

/// Returns what happened to a mail, without the times of this run.
async fn story(world: &World, one: &Mailed) -> (String, Vec<String>, String) {
    let shown = email(world, &one.email).await;
    let changes = shown.at("status_history").as_array().expect("a history");
    let mut last = Timestamp::MIN;
    let history = changes.iter().map(|change| {
        // As instants: as text, a fraction that ends in 0 sorts behind longer ones.
        let at: Timestamp = change["at"].as_str().expect("a time").parse().expect("an instant");
        assert!(at >= last, "oldest first: {shown:?}");
        last = at;
        let detail = change["detail"].as_str().unwrap_or_default();
        format!("{} {detail}", change["status"].as_str().expect("a status")).trim().to_owned()
    });
    let history: Vec<String> = history.collect();
    let state = address_state(world, &one.member).await;
    (shown.text("status"), history, state)
}

/// Publishes the same events for one mail after another, each time in another sequence and every second
/// time twice. Expects the same result.
async fn assert_any_order(
    world: &World,
    events: fn(&Events<'_>) -> Vec<String>,
    status: &str,
    happened: &[&str],
    state: &str,
) {
    let sample = mailed(world).await;
    let count = events(&Events(&sample.mail)).len();
    let mut mails = vec![sample];
    let orders = orders(count);
    while mails.len() < orders.len() {
        mails.push(mailed(world).await);
    }
    for (index, (order, one)) in orders.iter().zip(&mails).enumerate() {
        let events = events(&Events(&one.mail));
        for place in order {
            for _ in 0..=index % 2 {
                report(world, &events[*place]).await;
            }
        }
        for event in events.iter().filter(|_| index % 3 == 0) {
            report(world, event).await;
        }
        let (found, history, found_state) = story(world, one).await;
        assert_eq!(
            (found.as_str(), found_state.as_str()),
            (status, state),
            "{order:?} {history:?}"
        );
        let [queued, sending, rest @ ..] = history.as_slice() else {
            panic!("the beginning is missing: {history:?}");
        };
        assert_eq!([queued.as_str(), sending.as_str()], ["queued", "sending"], "{order:?}");
        let rest: Vec<&str> =
            rest.iter().map(String::as_str).filter(|one| *one != "sent").collect();
        assert_eq!(rest, happened, "{order:?}");
        assert!(history.iter().any(|change| change == "sent"), "{history:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sent_is_not_delivered() {
    let world = World::start().await;
    let one = mailed(&world).await;
    assert_eq!(email(&world, &one.email).await.text("status"), "sent");
    report(&world, &Events(&one.mail).send()).await;
    assert_eq!(email(&world, &one.email).await.text("status"), "sent");
    report(&world, &Events(&one.mail).open(60)).await;
    assert_eq!(email(&world, &one.email).await.text("status"), "sent");
    report(&world, &Events(&one.mail).delivery(2)).await;
    let delivered = email(&world, &one.email).await;
    assert_eq!(delivered.text("status"), "delivered");
    for change in delivered.at("status_history").as_array().expect("a history") {
        assert!(change["at"].as_str().is_some_and(|at| at.ends_with('Z')), "{change}");
    }
    let path = format!("/v1/members/{}/timeline", one.member);
    let timeline = world.agent.get(&path).await.expect(200);
    let of_mail = |row: &&Value| row["email_id"] == *one.email;
    let rows: Vec<&Value> =
        timeline.at("data").as_array().expect("rows").iter().filter(of_mail).collect();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row["email_status"] == "delivered"), "{rows:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_after_a_delay_is_delivered_in_any_order() {
    let world = World::start().await;
    let events = |events: &Events<'_>| vec![events.send(), events.delay(300), events.delivery(900)];
    assert_any_order(&world, events, "delivered", &["delayed MailboxFull", "delivered"], "ok")
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transient_bounce_is_a_bounce_without_a_block_in_any_order() {
    let world = World::start().await;
    let events = |events: &Events<'_>| {
        vec![events.delay(60), events.bounce("Transient", "MailboxFull", 600), events.open(700)]
    };
    let happened = ["delayed MailboxFull", "bounced transient: MailboxFull"];
    assert_any_order(&world, events, "bounced", &happened, "ok").await;
    let events = |events: &Events<'_>| vec![events.bounce("Permanent", "Unheard", 600)];
    assert_any_order(&world, events, "bounced", &["bounced permanent: Unheard"], "ok").await;
    let events = |events: &Events<'_>| vec![events.bounce("Undetermined", "Undetermined", 600)];
    let happened = ["bounced undetermined: Undetermined"];
    assert_any_order(&world, events, "bounced", &happened, "ok").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_permanent_bounce_blocks_in_any_order() {
    let world = World::start().await;
    let events =
        |events: &Events<'_>| vec![events.delivery(2), events.bounce("Permanent", "General", 5)];
    let happened = ["delivered", "bounced permanent: General"];
    assert_any_order(&world, events, "bounced", &happened, "blocked hard_bounce").await;
    let events =
        |events: &Events<'_>| vec![events.bounce("Permanent", "OnAccountSuppressionList", 5)];
    let happened = ["bounced permanent: OnAccountSuppressionList"];
    assert_any_order(&world, events, "bounced", &happened, "blocked suppressed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_complaint_beats_everything_and_not_spam_is_none() {
    let world = World::start().await;
    let events = |events: &Events<'_>| {
        vec![
            events.delivery(2),
            events.bounce("Permanent", "NoEmail", 5),
            events.complaint(Some("abuse"), 4_000),
            events.complaint(Some("not-spam"), 9_000),
        ]
    };
    let happened = ["delivered", "bounced permanent: NoEmail", "complained abuse"];
    assert_any_order(&world, events, "complained", &happened, "blocked complaint").await;
    let events =
        |events: &Events<'_>| vec![events.delivery(2), events.complaint(Some("not-spam"), 9_000)];
    assert_any_order(&world, events, "delivered", &["delivered"], "ok").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_ses_rejects_afterwards_is_rejected() {
    let world = World::start().await;
    let events = |events: &Events<'_>| vec![events.reject(), events.send()];
    assert_any_order(&world, events, "rejected", &["rejected Bad content"], "ok").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_without_our_tags_are_matched_by_the_message_id() {
    let world = World::start().await;
    let one = mailed(&world).await;
    report(&world, &Events(&one.mail).bounce_notification(5)).await;
    assert_eq!(email(&world, &one.email).await.text("status"), "bounced");
    assert_eq!(address_state(&world, &one.member).await, "blocked hard_bounce");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bounce_of_a_foreign_mail_blocks_the_address_too() {
    let world = World::start().await;
    let one = mailed(&world).await;
    report(&world, &Events(&one.mail).foreign_bounce(5)).await;
    assert_eq!(email(&world, &one.email).await.text("status"), "sent");
    assert_eq!(address_state(&world, &one.member).await, "blocked hard_bounce");
}
