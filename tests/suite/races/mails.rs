//! Races for one mail: its resends, and the reports about it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::join_all;
use puntos::{Call, Fault, Options, Tap};
use puntos_tests::World;
use serde_json::{Value, json};

use super::{CALLERS, at_once, tally};

/// Breaks the connection to the mail service while it is closed.
#[derive(Default)]
struct Gate {
    closed: AtomicBool,
}

impl Tap for Gate {
    fn before(&self, call: &Call) -> Option<Fault> {
        let closed = self.closed.load(Ordering::SeqCst) && call.service == "ses";
        closed.then_some(Fault::BeforeEffect)
    }

    fn after(&self, _: &Call, _: u16, _: &[u8]) {}
}

/// Redeems something for a fresh member, and returns the member and the mail that was sent.
async fn mailed(world: &World) -> (String, String) {
    let member_id = world.member_id().await;
    let _ = world.earn(&member_id, 1).await;
    let reward_id = world.reward(100, json!({})).await;
    let redeemed = world.redeem(&member_id, &reward_id, "mailed").await.expect(201);
    world.settle().await;
    (member_id, redeemed.text("email_id"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_is_resent_by_one_of_many() {
    let gate = Arc::new(Gate::default());
    let tap: Arc<dyn Tap> = Arc::clone(&gate) as _;
    let world = World::with(Options { tap: Some(tap), ..Options::default() }).await;
    let (_, email_id) = mailed(&world).await;
    assert_eq!(world.stack.outbox(None).len(), 1);
    // From now on no mail is sent, so the winner's mail stays unsent.
    gate.closed.store(true, Ordering::SeqCst);
    let path = format!("/v1/emails/{email_id}/resend");
    let answers = at_once(async |number| {
        world.agent.post(&path, json!({}), Some(&format!("resend-{number}"))).await
    })
    .await;
    let late = CALLERS - 1;
    assert_eq!(tally(&answers), BTreeMap::from([((201, ""), 1), ((409, "resend_pending"), late)]));
    world.settle().await;
    assert_eq!(world.stack.outbox(None).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reports_in_any_order_and_number_end_the_same() {
    let world = World::start().await;
    let (member_id, email_id) = mailed(&world).await;
    let mail = world.stack.outbox(None).remove(0);
    let at = mail.at.to_string();
    let about = json!({
        "messageId": mail.message_id, "timestamp": at, "destination": [mail.to], "tags": {"email_id": [email_id]},
    });
    let events: [Value; 3] = [
        json!({"eventType": "Delivery", "mail": about, "delivery": {"timestamp": at, "recipients": [mail.to]}}),
        json!({"eventType": "Bounce", "mail": about, "bounce": {
            "bounceType": "Permanent", "bounceSubType": "General", "timestamp": at,
            "bouncedRecipients": [{"emailAddress": mail.to}],
        }}),
        json!({"eventType": "Complaint", "mail": about, "complaint": {
            "timestamp": at, "complainedRecipients": [{"emailAddress": mail.to}],
        }}),
    ];
    let reports = (0..CALLERS).map(|number| events[number % 3].to_string());
    let published =
        reports.map(async |event| world.stack.publish_mail_event(&event).await.unwrap());
    let _ = join_all(published).await;
    world.settle().await;
    let shown = world.agent.get(&format!("/v1/emails/{email_id}")).await.expect(200);
    assert_eq!(shown.text("status"), "complained");
    let history = shown.at("status_history").as_array().unwrap();
    let told = |status: &str| history.iter().filter(|change| change["status"] == status).count();
    assert_eq!([told("delivered"), told("bounced"), told("complained")], [1, 1, 1], "{history:?}");
    let member = world.agent.get(&format!("/v1/members/{member_id}")).await.expect(200);
    assert_eq!(member.text("email_status.state"), "blocked");
    assert_eq!(member.text("email_status.reason"), "complaint");
}
