//! Whole stories over HTTP, with mail, time, queues and restarts.
//!
//! Single rules of single routes are in `contract`.

mod addresses;
mod auto_replies;
mod care;
mod claims;
mod coupons;
mod expiry_warnings;
mod gate;
mod moved_addresses;
mod payments;
mod purchase_queue;
mod ratings;
mod reconcile;
mod recount;
mod reporting;
mod reports;
mod rerates;
mod resends;
mod restarts;
mod reversals;
mod sentences;
mod ses;
pub(crate) mod sign_ups;
mod statements;
mod unsubscribe;

use puntos::Mail;
use puntos_tests::{Answer, Caller, World};
use serde_json::json;

/// A member with a coupon whose mail was sent.
struct Mailed {
    member: String,
    address: String,
    redemption: String,
    email: String,
    /// The mail as SES accepted it.
    mail: Mail,
}

/// Enrols a member who earns 1,100 points and redeems 10 of them, and sends the mail.
async fn mailed(world: &World) -> Mailed {
    let enrolled = world.enrol().await;
    let (member, address) = (enrolled.text("member_id"), enrolled.text("email"));
    let _ = world.earn(&member, 10).await;
    let (redemption, email) = redeem_one(world, &member).await;
    world.settle().await;
    let mail = last_mail(world, &address);
    Mailed { member, address, redemption, email, mail }
}

/// Redeems a reward of 10 points, and returns the ids of the redemption and of its mail.
async fn redeem_one(world: &World, member: &str) -> (String, String) {
    let reward = world.reward(10, json!({})).await;
    let key = format!("journey-{}", world.fresh());
    let redeemed = world.redeem(member, &reward, &key).await.expect(201);
    (redeemed.text("redemption_id"), redeemed.text("email_id"))
}

fn last_mail(world: &World, address: &str) -> Mail {
    world.stack.outbox(Some(address)).pop().expect("a mail to this address")
}

async fn email(world: &World, email_id: &str) -> Answer {
    world.agent.get(&format!("/v1/emails/{email_id}")).await.expect(200)
}

/// Returns whether mail goes to a member, and why not: `ok`, `blocked hard_bounce`.
async fn address_state(world: &World, member: &str) -> String {
    let page = world.agent.get(&format!("/v1/members/{member}")).await.expect(200);
    let state = page.text("email_status.state");
    match page.at("email_status.reason").as_str() {
        Some(reason) => format!("{state} {reason}"),
        None => state,
    }
}

async fn change_address(world: &World, member: &str, address: &str) -> Answer {
    world.agent.patch(&format!("/v1/members/{member}"), json!({"email": address})).await.expect(200)
}

async fn resend(caller: &Caller, email_id: &str, key: &str) -> Answer {
    caller
        .send(reqwest::Method::POST, &format!("/v1/emails/{email_id}/resend"), None, Some(key))
        .await
}

/// Passes an event to the stack and waits until it is processed.
async fn report(world: &World, event: &str) {
    let _ = world.stack.publish_mail_event(event).await.expect("the topic takes it");
}
