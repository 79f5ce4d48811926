//! SES events about the mails in the outbox, and mail requests made by hand.

use puntos::Mail;
use puntos_domain::mail::Composer;
use puntos_runtime::Invocation;
use puntos_tests::World;
use serde_json::{Value, json};

/// Returns the mails with this id in their tags.
pub(crate) fn sent(world: &World, email_id: &str) -> Vec<Mail> {
    let tag = ("email_id".to_owned(), email_id.to_owned());
    world.stack.outbox(None).into_iter().filter(|mail| mail.tags.contains(&tag)).collect()
}

/// Publishes what SES reports of a mail: `Send`, `Delivery` or `Bounce` (a permanent one).
pub(crate) async fn publish(world: &World, kind: &str, email_id: &str, mail: &Mail) {
    let at = mail.at.to_string();
    let mut event = json!({
        "eventType": kind,
        "mail": {
            "timestamp": at, "messageId": mail.message_id, "destination": [mail.to],
            "tags": {"email_id": [email_id]},
        },
    });
    event[kind.to_lowercase()] = match kind {
        "Bounce" => json!({
            "bounceType": "Permanent", "bounceSubType": "General", "timestamp": at,
            "bouncedRecipients": [{"emailAddress": mail.to, "status": "5.1.1"}],
        }),
        "Delivery" => json!({"timestamp": at, "recipients": [mail.to]}),
        _ => json!({}),
    };
    world.stack.publish_mail_event(&event.to_string()).await.unwrap();
}

/// Returns the status of a mail.
pub(crate) async fn status(world: &World, email_id: &str) -> String {
    world.agent.get(&format!("/v1/emails/{email_id}")).await.expect(200).text("status")
}

/// Returns the ids of the mails listed with a status.
pub(crate) async fn listed(world: &World, status: &str) -> Vec<String> {
    let page = world.agent.get(&format!("/v1/emails?status={status}&limit=100")).await.expect(200);
    let mails = page.at("data").as_array().unwrap();
    mails.iter().map(|mail| mail["email_id"].as_str().unwrap().to_owned()).collect()
}

/// Passes the mail request of a redemption directly to the sender. Returns whether the sender wants a
/// retry.
pub(crate) async fn order_by_hand(world: &World, redemption_id: &str) -> bool {
    let store = world.stack.environment("sweep-unsent").unwrap().store().unwrap();
    let redemption = store.redemption(&redemption_id.parse().unwrap()).await.unwrap().unwrap();
    let now = world.stack.clock().now();
    let rules = store.program_in_force(now).await.unwrap().unwrap();
    let order = Composer { program: &rules, brand: "Puntos" }.coupon(&redemption);
    let body = serde_json::to_string(&order.unwrap()).unwrap();
    let event =
        json!({"Records": [{"messageId": "by-hand", "body": body, "eventSource": "aws:sqs"}]});
    let invocation =
        Invocation { request_id: "by-hand".to_owned(), remaining: std::time::Duration::MAX };
    let answer: Value =
        world.stack.handler("send-coupon-email").unwrap()(event, invocation).await.unwrap();
    answer["batchItemFailures"].as_array().is_some_and(|failed| !failed.is_empty())
}
