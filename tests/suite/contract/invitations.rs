//! Invitations to rate: when they are mailed, to whom not, and what their links do.

use jiff::SignedDuration;
use puntos_tests::orders::send;
use puntos_tests::{Answer, World};
use serde_json::{Value, json};

const FUNCTION: &str = "invite-to-rate";

async fn world(after: &[&str]) -> World {
    let world = World::start().await;
    world.stack.set_clock("2031-03-10T12:00:00Z".parse().unwrap());
    world.invite(after, 60).await;
    world
}

/// Moves the clock and fires the schedule twice, as it may happen.
async fn later(world: &World, minutes: i64) {
    let at = world.stack.clock().now() + SignedDuration::from_mins(minutes);
    world.stack.set_clock(at);
    for _ in 0..2 {
        let fired = world.stack.fire_schedules(Some(FUNCTION), at).await;
        assert_eq!(fired, [(FUNCTION.to_owned(), true)]);
    }
    world.settle().await;
}

fn mails(world: &World, address: &str) -> usize {
    world.stack.outbox(Some(address)).len()
}

/// A member with a purchase, whose invitation was mailed: the member, the address, the purchase and the token.
async fn invited(world: &World) -> (String, String, Answer, String) {
    let enrolled = world.enrol().await;
    let (member_id, address) = (enrolled.text("member_id"), enrolled.text("email"));
    let bought = world.earn(&member_id, 1).await;
    later(world, 61).await;
    let token = world.token_of_mail(&address, "rate");
    (member_id, address, bought, token)
}

async fn rate(world: &World, token: &str, body: Value) -> Answer {
    world.nobody().post(&format!("/v1/invitations/{token}/rating"), body, None).await
}

async fn order(world: &World, member_id: &str, kind: &str, order_id: &str) {
    let _ = send(world, member_id, kind, order_id, json!({})).await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visit_is_rated_from_its_mail_without_signing_in() {
    let world = world(&["purchase"]).await;
    let enrolled = world.enrol().await;
    let (member_id, address) = (enrolled.text("member_id"), enrolled.text("email"));
    let bought = world.earn(&member_id, 1).await;
    later(&world, 59).await;
    assert_eq!(mails(&world, &address), 0, "it waits an hour");
    later(&world, 2).await;
    assert_eq!(mails(&world, &address), 1);
    let mail = world.stack.outbox(Some(&address)).pop().unwrap();
    assert_eq!(mail.subject, "How did we do?");
    let asked =
        "How likely are you to recommend us to a friend, from 0 (not at all) to 10 (certainly)?";
    assert!(mail.text.contains(asked), "{}", mail.text);
    assert!(mail.text.contains("your visit on 10 March 2031 (b1)"), "{}", mail.text);
    assert!(mail.list_unsubscribe.is_some());
    let token = world.token_of_mail(&address, "rate");
    assert!(mail.html.contains(&format!("href=\"{}/rate/{token}\"", world.stack.url())));

    // Who shows the mail to an agent does not let them rate.
    let sent = world.agent.get("/v1/emails?status=sent").await.expect(200);
    let path = format!("/v1/emails/{}", sent.text("data.0.email_id"));
    let shown = world.agent.get(&path).await.expect(200);
    assert_eq!((shown.text("kind"), shown.text("to")), ("invitation".to_owned(), address.clone()));
    assert!(shown.text("html").contains("/rate/…\""), "{}", shown.text("html"));
    assert!(!format!("{:?}{:?}", sent.body, shown.body).contains(&token));

    let first = rate(&world, &token, json!({"score": 3})).await.expect(201);
    assert_eq!((first.text("color"), first.at("comment")), ("red".to_owned(), &Value::Null));
    assert_eq!(first.at("invoice_number"), bought.at("invoice_number"));
    let same = rate(&world, &token, json!({"score": 3})).await.expect(200);
    assert!(same.replayed);
    let changed = rate(&world, &token, json!({"score": 9, "comment": "Quick"})).await.expect(200);
    assert_eq!(changed.text("rating_id"), first.text("rating_id"));
    // The till's rating of the same invoice is the same one.
    let of_till = json!({
        "member_id": member_id, "score": 8, "branch": "b1",
        "invoice_number": bought.text("invoice_number"),
        "visited_at": world.stack.clock().now().to_string(),
    });
    let of_till = world.pos.post("/v1/ratings", of_till, None).await.expect(201);
    assert_eq!(of_till.text("rating_id"), first.text("rating_id"));
    let sums = world.agent.get("/v1/ratings/summary").await.expect(200);
    assert_eq!((sums.number("ratings"), sums.number("passives")), (1, 1));
    later(&world, 600).await;
    assert_eq!(mails(&world, &address), 1, "one mail for each visit");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_calls_a_branch_by_its_name() {
    let world = world(&["purchase"]).await;
    let listed = |program: &mut Value| {
        program["branches"] = json!([{"id": "B1", "name": "Harbour Street"}]);
    };
    let _ = super::change_program(&world, listed).await.expect(200);
    let (_, address, _, token) = invited(&world).await;
    let mail = world.stack.outbox(Some(&address)).pop().unwrap();
    assert!(mail.text.contains("your visit on 10 March 2031 (Harbour Street)"), "{}", mail.text);
    let rated = rate(&world, &token, json!({"score": 3})).await.expect(201);
    assert_eq!(rated.text("branch"), "b1");
    let path = format!("/v1/ratings/{}/messages", rated.text("rating_id"));
    let _ = world.agent.post(&path, json!({"text": "Sorry."}), Some("sorry")).await.expect(201);
    world.settle().await;
    let mail = world.stack.outbox(Some(&address)).pop().unwrap();
    assert!(mail.text.contains("(Harbour Street). This is our reply:"), "{}", mail.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_altered_expired_or_another_member_s_is_not_found() {
    let world = world(&["purchase"]).await;
    let (_, _, bought, token) = invited(&world).await;
    let (_, _, _, other) = invited(&world).await;
    let body = json!({"score": 9});
    let (subject, rest) = token.split_once('.').unwrap();
    let (other_subject, other_rest) = other.split_once('.').unwrap();
    let last = if token.ends_with('A') { 'B' } else { 'A' };
    for bad in [
        "nothing".to_owned(),
        format!("{}{last}", &token[..token.len() - 1]),
        format!("{subject}.{other_rest}"),
        format!("{other_subject}.{rest}"),
        format!("{token}.1"),
    ] {
        let answer = rate(&world, &bad, body.clone()).await;
        let _ = answer.expect_problem(404, "not_found");
    }
    // The token is judged before the body.
    let _ = rate(&world, "nothing", json!({"score": 99})).await.expect_problem(404, "not_found");
    let _ = rate(&world, &token, json!({"score": 11})).await.expect_problem(422, "invalid_field");
    let unknown = json!({"score": 9, "branch": "b2"});
    let _ = rate(&world, &token, unknown).await.expect_problem(422, "unknown_field");
    let confirms = format!("/v1/email-confirmations/{token}");
    let _ = world.nobody().post(&confirms, json!({}), None).await.expect_problem(404, "not_found");
    let right = json!({"member_id": world.member_id().await, "reason": "the cards were mixed up"});
    let path = format!("/v1/purchases/{}/move", bought.text("purchase_id"));
    let _ = world.supervisor.post(&path, right, Some("move")).await.expect(200);
    let _ = rate(&world, &token, body.clone()).await.expect_problem(404, "not_found");
    let (merged, _, _, before_merge) = invited(&world).await;
    let into = json!({"into": world.member_id().await, "reason": "she enrolled twice"});
    let path = format!("/v1/members/{merged}/merge");
    let _ = world.supervisor.post(&path, into, Some("merge")).await.expect(200);
    let _ = rate(&world, &before_merge, body.clone()).await.expect_problem(404, "not_found");
    world.stack.set_clock(world.stack.clock().now() + SignedDuration::from_hours(24 * 30));
    let _ = rate(&world, &other, body).await.expect_problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_changes_its_rating_twenty_times() {
    let world = world(&["purchase"]).await;
    let (_, _, _, token) = invited(&world).await;
    let _ = rate(&world, &token, json!({"score": 1})).await.expect(201);
    for change in 0..20 {
        let _ = rate(&world, &token, json!({"score": 2 + change % 2})).await.expect(200);
    }
    let _ = rate(&world, &token, json!({"score": 9})).await.expect_problem(404, "not_found");
    let same = rate(&world, &token, json!({"score": 3})).await.expect(200);
    assert!(same.replayed, "nothing changes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_want_it_or_has_rated_is_not_invited() {
    let world = world(&["purchase"]).await;
    let mut silent = Vec::new();
    let enrolled = world.enrol().await;
    let unwilling = enrolled.text("member_id");
    let refuse = json!({"optional_emails": false});
    let _ = world.agent.patch(&format!("/v1/members/{unwilling}"), refuse).await.expect(200);
    let _ = world.earn(&unwilling, 1).await;
    silent.push(enrolled.text("email"));

    let enrolled = world.enrol().await;
    let rated = enrolled.text("member_id");
    let bought = world.earn(&rated, 1).await;
    let of_till = json!({
        "member_id": rated, "score": 8, "branch": "b1",
        "invoice_number": bought.text("invoice_number"),
        "visited_at": world.stack.clock().now().to_string(),
    });
    let _ = world.pos.post("/v1/ratings", of_till, None).await.expect(201);
    silent.push(enrolled.text("email"));

    let enrolled = world.enrol().await;
    let mut old = world.purchase(&enrolled.text("member_id"), 110_000);
    old["purchased_at"] = json!("2031-02-01T12:00:00Z");
    let _ = world.pos.post("/v1/purchases", old, None).await.expect(201);
    silent.push(enrolled.text("email"));

    let enrolled = world.enrol().await;
    order(&world, &enrolled.text("member_id"), "placed", "order-1").await;
    silent.push(enrolled.text("email"));

    later(&world, 61).await;
    for address in silent {
        assert_eq!(mails(&world, &address), 0, "{address}");
    }
    // A programme that invites no more.
    let enrolled = world.enrol().await;
    let _ = world.earn(&enrolled.text("member_id"), 1).await;
    world.invite(&["order"], 60).await;
    later(&world, 61).await;
    world.invite(&["purchase"], 60).await;
    later(&world, 61).await;
    assert_eq!(mails(&world, &enrolled.text("email")), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_is_rated_unless_it_was_cancelled() {
    let world = world(&["order"]).await;
    let enrolled = world.enrol().await;
    let (member_id, address) = (enrolled.text("member_id"), enrolled.text("email"));
    order(&world, &member_id, "placed", "order-1").await;
    // The shop tells of the same order twice.
    order(&world, &member_id, "placed", "order-1").await;
    let cancelled = world.enrol().await;
    order(&world, &cancelled.text("member_id"), "placed", "order-2").await;
    order(&world, &cancelled.text("member_id"), "cancelled", "order-2").await;
    later(&world, 61).await;
    assert_eq!(mails(&world, &address), 1);
    assert_eq!(mails(&world, &cancelled.text("email")), 0);
    let mail = world.stack.outbox(Some(&address)).pop().unwrap();
    assert!(mail.text.contains("Thank you for your order on 10 March 2031."), "{}", mail.text);
    let token = world.token_of_mail(&address, "rate");
    let rated = rate(&world, &token, json!({"score": 10})).await.expect(201);
    assert_eq!(
        (rated.text("branch"), rated.text("invoice_number")),
        ("online".to_owned(), "order-1".to_owned())
    );
    // No shop has this name, but the list by branch has the rating.
    let branches = world.agent.get("/v1/branches").await.expect(200);
    assert_eq!(branches.body["data"], json!([]));
    let listed = world.agent.get("/v1/ratings?sort=branch").await.expect(200);
    assert_eq!(listed.at("data.0.rating_id"), rated.at("rating_id"));
}
