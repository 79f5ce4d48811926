//! A member's own change of address: mailed to the new one, and confirmed by its link.

use jiff::SignedDuration;
use puntos_tests::{Answer, World};
use serde_json::{Value, json};

async fn confirm(world: &World, token: &str) -> Answer {
    let path = format!("/v1/email-confirmations/{token}");
    world.nobody().send(reqwest::Method::POST, &path, None, None).await
}

/// Enters an address for a member, as the member, and returns the token that is mailed to it.
async fn entered(world: &World, member_id: &str, address: &str) -> String {
    let shopper = world.member(member_id).await;
    let path = format!("/v1/members/{member_id}");
    let answer = shopper.patch(&path, json!({"email": address})).await.expect(200);
    assert_eq!(answer.text("email_pending"), address);
    world.settle().await;
    world.token_of_mail(address, "confirm")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_address_counts_once_it_is_confirmed() {
    let world = World::start().await;
    let enrolled = world.enrol().await;
    let (member_id, old) = (enrolled.text("member_id"), enrolled.text("email"));
    let token = entered(&world, &member_id, "new@example.com").await;
    assert!(world.stack.outbox(Some(&old)).is_empty(), "the old address learns nothing");
    let mail = world.stack.outbox(Some("new@example.com")).pop().unwrap();
    assert_eq!(mail.subject, "Please confirm your e-mail address");
    assert!(mail.list_unsubscribe.is_none());

    let confirmed = confirm(&world, &token).await.expect(200);
    assert_eq!(confirmed.body, json!({"email": "new@example.com"}));
    let member = world.agent.get(&format!("/v1/members/{member_id}")).await.expect(200);
    let addresses = [member.at("email"), member.at("email_pending")];
    assert_eq!(addresses, [&json!("new@example.com"), &Value::Null]);
    let found = world.agent.get("/v1/members?email=NEW@example.com").await.expect(200);
    assert_eq!(found.text("data.0.member_id"), member_id);
    let found = world.agent.get(&format!("/v1/members?email={old}")).await.expect(200);
    assert_eq!(found.body["data"], json!([]));
    let again = confirm(&world, &token).await.expect(200);
    assert_eq!(again.body, confirmed.body, "once, however often the link is opened");
    let path = format!("/v1/members/{member_id}");
    let _ = world.agent.patch(&path, json!({"email": "later@example.com"})).await.expect(200);
    let _ = confirm(&world, &token).await.expect_problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_link_to_the_address_that_waits_confirms_it() {
    let world = World::start().await;
    let member_id = world.member_id().await;
    let earlier = entered(&world, &member_id, "one@example.com").await;
    let token = entered(&world, &member_id, "two@example.com").await;
    let _ = confirm(&world, &earlier).await.expect_problem(404, "not_found");
    let last = if token.ends_with('A') { 'B' } else { 'A' };
    let altered = format!("{}{last}", &token[..token.len() - 1]);
    for bad in ["nothing", altered.as_str()] {
        let _ = confirm(&world, bad).await.expect_problem(404, "not_found");
    }
    let now = world.stack.clock().now();
    world.stack.set_clock(now + SignedDuration::from_hours(3 * 24));
    let _ = confirm(&world, &token).await.expect_problem(404, "not_found");
    world.stack.set_clock(now);
    // Another member came first.
    let taken = json!({"name": "Eva Muster", "email": "two@example.com"});
    let _ = world.agent.post("/v1/members", taken, Some("eva")).await.expect(201);
    let refused = confirm(&world, &token).await.expect_problem(409, "already_enrolled");
    assert_eq!(refused.text("errors.0.field"), "email");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_enters_few_addresses_a_day() {
    let world = World::start().await;
    world.stack.set_clock("2031-03-10T09:00:00Z".parse().unwrap());
    let member_id = world.member_id().await;
    for number in 0..5 {
        let _ = entered(&world, &member_id, &format!("a-{number}@example.com")).await;
    }
    let shopper = world.member(&member_id).await;
    let path = format!("/v1/members/{member_id}");
    let sixth = json!({"email": "a-6@example.com"});
    let refused = shopper.patch(&path, sixth.clone()).await;
    let _ = refused.expect_problem(429, "throttled");
    let _ = shopper.patch(&path, json!({"phone": "2"})).await.expect(200);
    world.stack.set_clock("2031-03-11T09:00:00Z".parse().unwrap());
    let _ = shopper.patch(&path, sixth).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_enters_the_address_that_waits_again_gets_a_new_link() {
    let world = World::start().await;
    world.stack.set_clock("2031-03-10T09:00:00Z".parse().unwrap());
    let member_id = world.member_id().await;
    let expired = entered(&world, &member_id, "new@example.com").await;
    world.stack.set_clock("2031-03-13T09:01:00Z".parse().unwrap());
    let _ = confirm(&world, &expired).await.expect_problem(404, "not_found");
    let path = format!("/v1/members/{member_id}/timeline?kind=email");
    let told = world.agent.get(&path).await.expect(200);
    let path = format!("/v1/emails/{}/resend", told.text("data.0.email_id"));
    let refused = world.agent.post(&path, json!({}), Some("again")).await;
    let _ = refused.expect_problem(409, "link_expired");
    let token = entered(&world, &member_id, "new@example.com").await;
    assert_eq!(world.stack.outbox(Some("new@example.com")).len(), 2);
    for _ in 0..4 {
        let _ = entered(&world, &member_id, "new@example.com").await;
    }
    let shopper = world.member(&member_id).await;
    let path = format!("/v1/members/{member_id}");
    let sixth = shopper.patch(&path, json!({"email": "new@example.com"})).await;
    let _ = sixth.expect_problem(429, "throttled");
    let _ = confirm(&world, &token).await.expect(200);
    let _ = shopper.patch(&path, json!({"email": "new@example.com"})).await.expect(200);
    assert_eq!(world.stack.outbox(Some("new@example.com")).len(), 6, "it waits no more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_confirmation_that_bounced_is_sent_again_to_the_address_that_waits() {
    let world = World::start().await;
    let member_id = world.member_id().await;
    let _ = entered(&world, &member_id, "new@example.com").await;
    let path = format!("/v1/members/{member_id}/timeline?kind=email");
    let told = world.agent.get(&path).await.expect(200);
    assert_eq!(told.text("data.0.summary"), "Mail to confirm a new address: sent");
    let path = format!("/v1/emails/{}/resend", told.text("data.0.email_id"));
    let resent = world.agent.post(&path, json!({}), Some("again")).await.expect(201);
    assert_eq!(resent.text("to"), "new@example.com");
    world.settle().await;
    let token = world.token_of_mail("new@example.com", "confirm");
    let _ = confirm(&world, &token).await.expect(200);
}
