//! The page behind a link to unsubscribe, which SES hosts in the cloud, and the event that SES publishes
//! when somebody presses the button there or in a mail program.
//!
//! A look at the page changes nothing: programs follow links by themselves.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, Response, header};
use serde_json::{Map, Value, json};

use super::{Answer, failed, not_found};
use crate::embedded::mailbox::Mail;
use crate::stack::Parts;

const BUTTON: &str = r#"<p>Stop e-mails of this kind? What you ask for yourself still comes.</p>
<form method="post"><button>Unsubscribe</button></form>"#;
const DONE: &str = "<p>You are unsubscribed.</p>";

/// Shows the button.
pub(super) async fn page(
    State(parts): State<Arc<Parts>>,
    Path(message_id): Path<String>,
) -> Answer {
    let known = parts.mailbox.of_list(&message_id);
    known.map(|_| html(BUTTON)).ok_or_else(|| not_found("no mail of a list has this id"))
}

/// Unsubscribes the recipient, and publishes the event as SES does.
pub(super) async fn one_click(
    State(parts): State<Arc<Parts>>,
    Path(message_id): Path<String>,
) -> Answer {
    let known = parts.mailbox.of_list(&message_id);
    let mail = known.ok_or_else(|| not_found("no mail of a list has this id"))?;
    let topic = parts.mail_events_topic.as_deref();
    let topic = topic.ok_or_else(|| not_found("the template publishes no mail events"))?;
    parts.mailbox.unsubscribe(&mail.to);
    let event = subscription(&mail, &parts.clock.now().to_string());
    parts.topics.publish(topic, &event.to_string()).await.map_err(failed)?;
    Ok(html(DONE))
}

fn subscription(mail: &Mail, now: &str) -> Value {
    let list = mail.list.as_ref();
    let tags: Map<String, Value> =
        mail.tags.iter().map(|(name, value)| (name.clone(), json!([value]))).collect();
    let preferences = |status: &str| {
        json!({
            "unsubscribeAll": false,
            "topicSubscriptionStatus": [{"topicName": list.map(|list| &list.topic), "subscriptionStatus": status}],
        })
    };
    json!({
        "eventType": "Subscription",
        "mail": {
            "timestamp": mail.at.to_string(),
            "messageId": mail.message_id,
            "destination": [mail.to],
            "headersTruncated": false,
            "tags": tags,
        },
        "subscription": {
            "contactList": list.map(|list| &list.list),
            "timestamp": now,
            "source": "UnsubscribeHeader",
            "newTopicPreferences": preferences("OptOut"),
            "oldTopicPreferences": preferences("OptIn"),
        },
    })
}

fn html(content: &'static str) -> Response<Body> {
    let page = format!("<!DOCTYPE html>\n<title>Unsubscribe</title>\n{content}\n");
    let mut response = Response::new(Body::from(page));
    let media_type = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, media_type);
    response
}
