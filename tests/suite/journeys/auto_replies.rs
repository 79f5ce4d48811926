//! The automatic reply to a low rating: it waits, and then it is sent once or cancelled.

use jiff::{SignedDuration, Timestamp};
use puntos::{Data, Options};
use puntos_tests::{Answer, Caller, World};
use serde_json::{Value, json};

const FUNCTION: &str = "release-auto-replies";
const SETTINGS: &str = "/v1/settings/auto-reply";
const NOON: &str = "2031-03-10T12:00:00Z";

/// A member with an address and a rating.
struct Rated {
    member: String,
    address: String,
    rating: String,
}

fn settings(enabled: bool, wait_minutes: u32) -> Value {
    json!({
        "enabled": enabled, "subject": "About your visit", "body": "What went\nwrong?",
        "wait_minutes": wait_minutes,
    })
}

/// Starts a world at noon whose replies wait half an hour.
async fn world() -> World {
    let world = World::start().await;
    world.stack.set_clock(NOON.parse().unwrap());
    let _ = world.supervisor.put(SETTINGS, settings(true, 30)).await.expect(200);
    world
}

async fn rated(world: &World, score: u8, comment: Option<&str>) -> Rated {
    let enrolled = world.enrol().await;
    let member = enrolled.text("member_id");
    let rating = world.rated(&member, score, comment).await;
    Rated { member, address: enrolled.text("email"), rating }
}

/// Moves the clock by some minutes and fires the schedule twice, as it may happen.
async fn after(world: &World, minutes: i64) {
    let now = world.stack.clock().now() + SignedDuration::from_mins(minutes);
    world.stack.set_clock(now);
    for _ in 0..2 {
        release(world, now).await;
    }
    world.settle().await;
}

async fn release(world: &World, now: Timestamp) {
    let fired = world.stack.fire_schedules(Some(FUNCTION), now).await;
    assert_eq!(fired, [(FUNCTION.to_owned(), true)]);
}

/// Returns the status of the reply with the number of mails: `waiting`, `sent 1`.
async fn state(world: &World, one: &Rated) -> String {
    let own = world.member(&one.member).await;
    let shown = own.get(&format!("/v1/ratings/{}", one.rating)).await.expect(200);
    let mails = world.stack.outbox(Some(&one.address)).len();
    format!("{} {mails}", shown.text("auto_reply.state"))
}

async fn say(caller: &Caller, one: &Rated, text: &str) -> Answer {
    let path = format!("/v1/ratings/{}/messages", one.rating);
    caller.post(&path, json!({"text": text}), Some("say")).await.expect(201)
}

/// Rates the visit of a rating again.
async fn change_mind(world: &World, one: &Rated, score: u8, comment: Option<&str>) {
    let shown = world.agent.get(&format!("/v1/ratings/{}", one.rating)).await.expect(200);
    let body = json!({
        "member_id": one.member, "score": score, "comment": comment, "branch": "b1",
        "invoice_number": shown.text("invoice_number"), "visited_at": shown.text("visited_at"),
    });
    let changed = world.pos.post("/v1/ratings", body, None).await.expect(201);
    assert_eq!(changed.text("rating_id"), one.rating);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_rating_without_a_comment_is_replied_to_once_after_the_wait() {
    let world = world().await;
    let bad = rated(&world, 6, None).await;
    let explained = rated(&world, 2, Some("Cold soup.")).await;
    let fair = rated(&world, 7, None).await;
    after(&world, 29).await;
    assert_eq!(state(&world, &bad).await, "waiting 0");
    after(&world, 2).await;
    assert_eq!(state(&world, &bad).await, "sent 1");
    for other in [&explained, &fair] {
        assert_eq!(state(&world, other).await, "none 0");
    }
    let mail = world.stack.outbox(Some(&bad.address)).pop().unwrap();
    assert_eq!(mail.subject, "About your visit");
    assert!(mail.text.contains("What went\nwrong?"), "{}", mail.text);
    // The shop's words are in the language of the programme, and so is the rest of the mail.
    assert!(mail.text.contains("Ответьте нам здесь"), "{}", mail.text);
    let link = format!("{}/#ratings/{}", world.stack.url(), bad.rating);
    assert!(mail.html.contains(&format!("href=\"{link}\"")), "{}", mail.html);
    assert!(mail.list_unsubscribe.is_some());
    let shown = world.agent.get(&format!("/v1/ratings/{}", bad.rating)).await.expect(200);
    assert_eq!(shown.text("auto_reply.email_status"), "sent");
    // Agents' messages are counted; the automatic reply is not.
    assert_eq!(shown.number("replies"), 0);
    // It is a message of the thread, for both sides.
    let own = world.member(&bad.member).await;
    let hers = own.get(&format!("/v1/ratings/{}", bad.rating)).await.expect(200);
    assert_eq!(hers.at("messages"), shown.at("messages"));
    assert_eq!(shown.at("messages").as_array().map(Vec::len), Some(1));
    assert_eq!(
        (shown.text("messages.0.from"), shown.text("messages.0.text")),
        ("system".into(), "What went\nwrong?".into())
    );
    assert_eq!(shown.at("messages.0.email_id"), shown.at("auto_reply.email_id"));
    assert_eq!(
        (shown.at("messages.0.actor"), shown.text("messages.0.email_status")),
        (&Value::Null, "sent".into())
    );
    // A rating gets one automatic reply: none follows after a changed score, or on a later day.
    change_mind(&world, &bad, 1, None).await;
    after(&world, 24 * 60).await;
    assert_eq!(state(&world, &bad).await, "sent 1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_to_it_is_a_comment_and_comes_after_it() {
    let world = world().await;
    let one = rated(&world, 3, None).await;
    let path = format!("/v1/ratings/{}", one.rating);
    let _ = world.agent.get(&path).await.expect(200);
    after(&world, 31).await;
    // An agent who has not seen it is told of it.
    let write = async |caller: &Caller, after: &str, key: &str| {
        let body = json!({"text": "The soup.", "after": after});
        caller.post(&format!("{path}/messages"), body, Some(key)).await
    };
    let late = write(&world.agent, "none", "a").await.expect_problem(409, "thread_moved");
    assert_eq!(
        (late.text("message.from"), late.text("message.text")),
        ("system".into(), "What went\nwrong?".into())
    );
    let own = world.member(&one.member).await;
    let seen = late.text("message.message_id");
    let _ = write(&own, &seen, "m").await.expect(201);
    let shown = own.get(&path).await.expect(200);
    let from = |index: usize| shown.text(&format!("messages.{index}.from"));
    assert_eq!((from(0), from(1)), ("system".into(), "member".into()));
    assert_eq!(shown.text("messages.0.message_id"), seen);
    let list = world.agent.get("/v1/ratings").await.expect(200);
    let row = (list.at("data.0.has_comment"), list.at("data.0.unread"));
    assert_eq!(row, (&json!(true), &json!(true)));
    let summary = world.agent.get("/v1/ratings/summary").await.expect(200);
    let counted = ["comments", "unread_comments", "replies"].map(|name| summary.number(name));
    assert_eq!(counted, [1, 1, 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_meanwhile_keeps_it_back() {
    let world = world().await;
    let mut kept_back = Vec::new();
    for _ in 0..4 {
        kept_back.push(rated(&world, 3, None).await);
    }
    let (worse, reopened) = (rated(&world, 3, None).await, rated(&world, 3, None).await);
    change_mind(&world, &kept_back[0], 3, Some("Cold soup.")).await;
    change_mind(&world, &kept_back[1], 9, None).await;
    let own = world.member(&kept_back[2].member).await;
    let _ = say(&own, &kept_back[2], "The soup was cold.").await;
    let replied = say(&world.agent, &kept_back[3], "What happened?").await;
    change_mind(&world, &worse, 1, None).await;
    // A better score and then a low one again: a cancelled reply stays cancelled.
    change_mind(&world, &reopened, 9, None).await;
    change_mind(&world, &reopened, 3, None).await;
    after(&world, 31).await;
    for (number, one) in kept_back.iter().enumerate() {
        let mails = usize::from(number == 3);
        assert_eq!(state(&world, one).await, format!("cancelled {mails}"), "{number}");
    }
    assert_eq!(state(&world, &reopened).await, "cancelled 0");
    let mail = world.stack.outbox(Some(&kept_back[3].address)).pop().unwrap();
    let email_id = ("email_id".to_owned(), replied.text("email_id"));
    assert!(mail.tags.contains(&email_id), "the one mail is the agent's own");
    assert_eq!(state(&world, &worse).await, "sent 1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_ratings_that_came_while_it_was_on_are_replied_to() {
    let world = World::start().await;
    world.stack.set_clock(NOON.parse().unwrap());
    let before = rated(&world, 3, None).await;
    let _ = world.admin.put(SETTINGS, settings(true, 30)).await.expect(200);
    let during = rated(&world, 3, None).await;
    // A changed score does not make an old rating a new one.
    change_mind(&world, &before, 2, None).await;
    after(&world, 10).await;
    let _ = world.admin.put(SETTINGS, settings(false, 30)).await.expect(200);
    let off = rated(&world, 3, None).await;
    after(&world, 10).await;
    let _ = world.admin.put(SETTINGS, settings(true, 30)).await.expect(200);
    let again = rated(&world, 3, None).await;
    after(&world, 31).await;
    assert_eq!(state(&world, &before).await, "none 0");
    assert_eq!(state(&world, &during).await, "cancelled 0", "it was off while this one waited");
    assert_eq!(state(&world, &off).await, "none 0");
    assert_eq!(state(&world, &again).await, "sent 1");
    let waiting = rated(&world, 3, None).await;
    let _ = world.admin.put(SETTINGS, settings(false, 30)).await.expect(200);
    after(&world, 31).await;
    assert_eq!(state(&world, &waiting).await, "cancelled 0");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_cannot_be_written_to_gets_none() {
    let world = world().await;
    let consent = |member: &str, given: bool| {
        let path = format!("/v1/members/{member}");
        let agent = world.agent.clone();
        async move { agent.patch(&path, json!({"optional_emails": given})).await.expect(200) }
    };
    let unsubscribed = world.enrol().await;
    let _ = consent(&unsubscribed.text("member_id"), false).await;
    let rating = world.rated(&unsubscribed.text("member_id"), 3, None).await;
    let unsubscribed = Rated {
        member: unsubscribed.text("member_id"),
        address: unsubscribed.text("email"),
        rating,
    };
    let regretful = rated(&world, 3, None).await;
    let _ = consent(&regretful.member, false).await;
    let body = json!({"name": "Nadia Ohne"});
    let silent = world.pos.post("/v1/members", body, Some("nadia")).await.expect(201);
    let silent = silent.text("member_id");
    let rating = world.rated(&silent, 3, None).await;
    let silent = Rated { member: silent, address: String::new(), rating };
    let blocked = rated(&world, 3, None).await;
    let now = world.stack.clock().now().to_string();
    let bounce = json!({
        "notificationType": "Bounce",
        "mail": {"timestamp": now, "messageId": "of-another-tool", "destination": [blocked.address]},
        "bounce": {
            "bounceType": "Permanent", "bounceSubType": "General", "timestamp": now,
            "bouncedRecipients": [{"emailAddress": blocked.address}],
        },
    });
    let _ = world.stack.publish_mail_event(&bounce.to_string()).await.unwrap();
    world.settle().await;
    after(&world, 31).await;
    assert_eq!(state(&world, &unsubscribed).await, "none 0");
    assert_eq!(state(&world, &regretful).await, "cancelled 0");
    assert_eq!(state(&world, &silent).await, "none 0");
    // The sender notices the block: the mail records it, and SES never gets the mail.
    assert_eq!(state(&world, &blocked).await, "sent 0");
    let shown = world.agent.get(&format!("/v1/ratings/{}", blocked.rating)).await.expect(200);
    assert_eq!(shown.text("auto_reply.email_status"), "blocked");
    assert!(world.stack.outbox(None).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_wait_it_leaves_with_the_rating() {
    let world = world().await;
    let _ = world.admin.put(SETTINGS, settings(true, 0)).await.expect(200);
    let bad = rated(&world, 0, None).await;
    world.settle().await;
    assert_eq!(state(&world, &bad).await, "sent 1");
    after(&world, 5).await;
    assert_eq!(state(&world, &bad).await, "sent 1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_that_waits_survives_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let options =
        || Options { data: Data::Directory(directory.path().to_owned()), ..Options::default() };
    let world = World::with(options()).await;
    world.stack.set_clock(NOON.parse().unwrap());
    let _ = world.supervisor.put(SETTINGS, settings(true, 30)).await.expect(200);
    let bad = rated(&world, 6, None).await;
    world.settle().await;
    world.stack.shutdown().await.expect("it stops");
    let world = World::with(options()).await;
    world.stack.set_clock(NOON.parse().unwrap());
    assert_eq!(state(&world, &bad).await, "waiting 0");
    after(&world, 31).await;
    assert_eq!(state(&world, &bad).await, "sent 1");
    world.stack.shutdown().await.expect("it stops");
    let world = World::with(options()).await;
    world.stack.set_clock("2031-03-12T12:00:00Z".parse().unwrap());
    after(&world, 0).await;
    assert_eq!(
        state(&world, &bad).await,
        "sent 0",
        "the outbox is not kept; nothing was sent anew"
    );
}
