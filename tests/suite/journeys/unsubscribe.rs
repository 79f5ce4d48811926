//! A member unsubscribes with one click in a mail, and subscribes again.

use std::time::Duration;

use jiff::SignedDuration;
use jiff::civil::date;
use puntos::Mail;
use puntos_domain::id::EmailId;
use puntos_domain::mail::{Composer, MailRequest};
use puntos_domain::mail::{MailKind, MailVariables};
use puntos_domain::stamp::Stamp;
use puntos_runtime::Invocation;
use puntos_tests::{Answer, World};
use serde_json::{Value, json};

use super::ses::Events;
use super::{email, last_mail, mailed, redeem_one, report, resend};

/// Sends a member an automatic reply without a rating, and returns its id.
async fn reply_by_hand(world: &World, member: &str) -> String {
    let store = world.stack.environment("sweep-unsent").unwrap().store().unwrap();
    let member_id = member.parse().unwrap();
    let profile = store.profile(&member_id).await.unwrap().unwrap().profile;

    let cause = world.fresh().to_string();
    let email_id = EmailId::of_cause(&["by hand", &cause], &member_id);
    let variables = MailVariables {
        subject: Some("We are sorry".to_owned()),
        message: Some("What went wrong?\n\nTell us: {{amazonSESUnsubscribeUrl}}".into()),
        branch: Some("b1".to_owned()),
        visited_on: Some(date(2026, 3, 14)),
        ..MailVariables::default()
    };
    let at = world.stack.clock().now();
    let stamp = Stamp { at, actor: "test".to_owned(), request_id: cause };
    let rules = store.program_in_force(at).await.unwrap().unwrap();
    let order = Composer { program: &rules, brand: "Puntos" };
    let email = order.email(MailKind::AutoReply, email_id, &profile, variables, &stamp).unwrap();
    let email_id = email.email_id.to_string();
    let body = serde_json::to_string(&MailRequest { email, stored: false }).unwrap();
    let event =
        json!({"Records": [{"messageId": "by-hand", "body": body, "eventSource": "aws:sqs"}]});
    let invocation = Invocation { request_id: "by-hand".to_owned(), remaining: Duration::MAX };
    let sender = world.stack.handler("send-coupon-email").unwrap();
    let answer: Value = sender(event, invocation).await.unwrap();
    assert_eq!(answer["batchItemFailures"], json!([]));
    email_id
}

async fn consents(world: &World, member: &str) -> bool {
    let page = world.agent.get(&format!("/v1/members/{member}")).await.expect(200);
    page.at("optional_emails").as_bool().expect("a yes or a no")
}

/// Returns the sentences of the profile, newest first.
async fn profile_changes(world: &World, member: &str) -> Vec<String> {
    world.settle().await;
    let path = format!("/v1/members/{member}/timeline?kind=profile");
    let page = world.agent.get(&path).await.expect(200);
    let rows = page.at("data").as_array().expect("rows").iter();
    rows.map(|row| row["summary"].as_str().expect("a sentence").to_owned()).collect()
}

const UNSUBSCRIBED: &str = "Profile changed: optional e-mails: unsubscribed";
const SUBSCRIBED: &str = "Profile changed: optional e-mails: subscribed again";

/// Presses the button behind a link, as a mail program does.
async fn press(world: &World, link: &str) -> Answer {
    let path = link.strip_prefix(world.stack.url()).expect("a link of this stack");
    let body = b"List-Unsubscribe=One-Click".to_vec();
    let media_type = Some("application/x-www-form-urlencoded");
    let nobody = world.nobody();
    nobody.send_typed(reqwest::Method::POST, path, body, media_type, None).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_click_stops_optional_mails_and_no_others() {
    let world = World::start().await;
    let one = mailed(&world).await;
    assert_eq!(one.mail.list_unsubscribe, None, "a coupon is not of a list");
    let email_id = reply_by_hand(&world, &one.member).await;
    let mail = last_mail(&world, &one.address);
    assert_eq!(mail.subject, "We are sorry");
    let link = mail.list_unsubscribe.clone().expect("a link");
    assert_eq!(mail.text.matches(&link).count(), 1, "{}", mail.text);
    assert_eq!(mail.html.matches(&format!("href=\"{link}\"")).count(), 1, "{}", mail.html);
    // SES does not put its link into text that a person wrote.
    assert!(mail.text.contains("Tell us: { {amazonSESUnsubscribeUrl}}"), "{}", mail.text);

    let path = link.strip_prefix(world.stack.url()).expect("a link of this stack");
    let _ = world.nobody().get(path).await.expect(200);
    assert!(consents(&world, &one.member).await, "a look changes nothing");
    for _ in 0..2 {
        let _ = press(&world, &link).await.expect(200);
        assert!(!consents(&world, &one.member).await);
    }
    assert_eq!(
        profile_changes(&world, &one.member).await,
        [UNSUBSCRIBED, "Enrolled in the programme"]
    );
    assert_eq!(
        email(&world, &email_id).await.text("status"),
        "sent",
        "its delivery is another thing"
    );
    let refused = resend(&world.agent, &email_id, "again").await;
    let _ = refused.expect_problem(409, "unsubscribed");

    let (_, coupon) = redeem_one(&world, &one.member).await;
    world.settle().await;
    let sent = email(&world, &coupon).await;
    assert_eq!((sent.text("status"), sent.text("kind")), ("sent".into(), "coupon".into()));
    assert!(last_mail(&world, &one.address).subject.starts_with("Your coupon"));
    let _ = resend(&world.agent, &coupon, "again").await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_for_them_again_gets_them_from_ses_too() {
    let world = World::start().await;
    let member = world.enrol().await;
    let (id, address) = (member.text("member_id"), member.text("email"));
    let _ = reply_by_hand(&world, &id).await;
    let first = last_mail(&world, &address);
    let _ = press(&world, first.list_unsubscribe.as_deref().expect("a link")).await.expect(200);
    let _ = reply_by_hand(&world, &id).await;
    assert_eq!(last_mail(&world, &address), first, "SES keeps back what is of the list");
    let path = format!("/v1/members/{id}");
    let shopper = world.member(&id).await;
    let again = shopper.patch(&path, json!({"optional_emails": true})).await.expect(200);
    assert_eq!(again.body, member.body);
    let _ = reply_by_hand(&world, &id).await;
    assert_ne!(last_mail(&world, &address).message_id, first.message_id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_writes_down_anothers_address_does_not_subscribe_it_again() {
    let world = World::start().await;
    let (victim, thief) = (world.enrol().await, world.enrol().await);
    let id = victim.text("member_id");
    let address = victim.text("email");
    let _ = reply_by_hand(&world, &id).await;
    let first = last_mail(&world, &address);
    let _ = press(&world, first.list_unsubscribe.as_deref().expect("a link")).await.expect(200);
    // The address is free, so that only the confirmation keeps the other member from having it.
    let path = format!("/v1/members/{id}");
    let _ = world.agent.patch(&path, json!({"email": null})).await.expect(200);
    let path = format!("/v1/members/{}", thief.text("member_id"));
    let shopper = world.member(&thief.text("member_id")).await;
    let patch = json!({"email": address, "optional_emails": true});
    for _ in 0..2 {
        let _ = shopper.patch(&path, patch.clone()).await.expect(200);
    }
    let _ = shopper.patch(&path, json!({"optional_emails": true})).await.expect(200);
    let path = format!("/v1/members/{id}");
    let _ = world.agent.patch(&path, json!({"email": address})).await.expect(200);
    let _ = reply_by_hand(&world, &id).await;
    let mails = world.stack.outbox(Some(&address)).into_iter();
    let of_list: Vec<Mail> = mails.filter(|mail| mail.list_unsubscribe.is_some()).collect();
    assert_eq!(of_list, [first], "SES still keeps mails of the list back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_in_any_order_and_number_end_with_the_latest() {
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let world = World::start().await;
        let (member, mail) = replied(&world).await;
        let events = Events(&mail);
        let words = [
            events.subscription("OptOut", false, 60),
            events.subscription("OptIn", false, 120),
            events.subscription("OptOut", false, 180),
        ];
        for index in order {
            report(&world, &words[index]).await;
            report(&world, &words[index]).await;
        }
        assert!(!consents(&world, &member).await, "{order:?}");
        let unsubscribed = profile_changes(&world, &member).await;
        assert_eq!(unsubscribed.first().map(String::as_str), Some(UNSUBSCRIBED), "{order:?}");
        for word in &words {
            report(&world, word).await;
        }
        assert_eq!(profile_changes(&world, &member).await, unsubscribed, "{order:?}: repeated");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_said_before_a_change_by_hand_is_late() {
    let world = World::start().await;
    let (member, mail) = replied(&world).await;
    let path = format!("/v1/members/{member}");
    let set = async |consents: bool| {
        let _ = world.agent.patch(&path, json!({"optional_emails": consents})).await.expect(200);
    };
    set(false).await;
    world.stack.set_clock(mail.at + SignedDuration::from_secs(600));
    set(true).await;
    let events = Events(&mail);
    report(&world, &events.subscription("OptOut", false, 60)).await;
    assert!(consents(&world, &member).await, "said before");
    report(&world, &events.subscription("OptOut", false, 700)).await;
    assert!(!consents(&world, &member).await, "said after");
    report(&world, &events.subscription("OptIn", false, 800)).await;
    assert!(consents(&world, &member).await, "said last");
    assert_eq!(profile_changes(&world, &member).await[..2], [SUBSCRIBED, UNSUBSCRIBED]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_that_say_less_or_otherwise() {
    let world = World::start().await;
    let (member, mail) = replied(&world).await;
    let events = Events(&mail);
    let silent = events.subscription("Unheard", false, 60);
    let foreign = events.subscription("OptOut", false, 60).replace("\"optional\"", "\"sports\"");
    for event in [&silent, &foreign] {
        report(&world, event).await;
        assert!(consents(&world, &member).await, "{event}");
    }
    // Unsubscribed from everything, whatever the topic says. The event has no tag, only the address.
    let mut from_all: Value =
        serde_json::from_str(&events.subscription("OptIn", true, 90)).expect("JSON");
    from_all["mail"].as_object_mut().map(|mail| mail.remove("tags"));
    report(&world, &from_all.to_string()).await;
    assert!(!consents(&world, &member).await);
    // The address of no member: nothing changes, and nothing fails.
    from_all["mail"]["destination"] = json!(["nobody@example.com"]);
    report(&world, &from_all.to_string()).await;
    let failures = world.stack.queue_counts("MailEventDeadLetters").await.unwrap();
    assert_eq!(failures, puntos::Counts::default());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_an_old_address_may_stop_mails_and_not_ask_for_them() {
    let world = World::start().await;
    let (member, mail) = replied(&world).await;
    let _ = super::change_address(&world, &member, "moved@example.com").await;
    let events = Events(&mail);
    report(&world, &events.subscription("OptOut", false, 60)).await;
    assert!(!consents(&world, &member).await);
    report(&world, &events.subscription("OptIn", false, 120)).await;
    assert!(!consents(&world, &member).await);
}

/// Returns a member and the optional mail that was sent.
async fn replied(world: &World) -> (String, Mail) {
    let member = world.enrol().await;
    let id = member.text("member_id");
    let _ = reply_by_hand(world, &id).await;
    (id, last_mail(world, &member.text("email")))
}
