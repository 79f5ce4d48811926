//! Topics: delivers published messages to the subscribed functions, in the events of SNS.

use std::sync::Arc;

use aws_lambda_events::sns::{SnsEvent, SnsMessage, SnsRecord};
use jiff::Timestamp;
use serde::Deserialize;

use super::asynchronous::AsynchronousInvoker;
use crate::functions::local::LocalFunction;
use crate::identity;

/// A function that is subscribed to a topic.
pub(crate) struct Subscription {
    /// The topic.
    pub topic_arn: String,
    /// The function.
    pub function: Arc<LocalFunction>,
}

/// The topics of the stack.
pub(crate) struct Topics {
    pub subscriptions: Vec<Subscription>,
    /// Invokes the subscribers.
    pub invoker: AsynchronousInvoker,
}

impl Topics {
    /// Publishes a text to a topic and waits until each subscriber has processed it, or failed each time.
    /// Returns the message's id.
    pub(crate) async fn publish(&self, topic_arn: &str, message: &str) -> String {
        let message_id = identity::fresh();
        let subscribers = self.subscriptions.iter().filter(|one| one.topic_arn == topic_arn);
        for subscription in subscribers {
            let now = self.invoker.clock.now();
            match event(topic_arn, &message_id, message, now) {
                Ok(event) => drop(self.invoker.invoke(&subscription.function, event).await),
                Err(error) => tracing::error!(%error, topic_arn, "a message has no event"),
            }
        }
        message_id
    }
}

/// Returns the event of a published message.
fn event(
    topic_arn: &str,
    message_id: &str,
    text: &str,
    now: Timestamp,
) -> anyhow::Result<SnsEvent> {
    let region = identity::REGION;
    let subscription_arn = format!("{topic_arn}:{}", identity::fresh());
    let mut message = SnsMessage::default();
    message.sns_message_type = "Notification".to_owned();
    message.message_id = message_id.to_owned();
    message.topic_arn = topic_arn.to_owned();
    message.subject = Some("Amazon SES Email Event Notification".to_owned());
    message.message = text.to_owned();
    message.timestamp = format!("{now:.3}").parse()?;
    message.signature_version = "1".to_owned();
    message.signature = "EXAMPLE".to_owned();
    message.signing_cert_url = format!("https://sns.{region}.amazonaws.com/local.pem");
    message.unsubscribe_url = format!(
        "https://sns.{region}.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={subscription_arn}"
    );
    let mut record = SnsRecord::default();
    record.event_version = "1.0".to_owned();
    record.event_subscription_arn = subscription_arn;
    record.event_source = "aws:sns".to_owned();
    record.sns = message;
    let mut event = SnsEvent::default();
    event.records = vec![record];
    Ok(event)
}

/// Returns the message in an SNS envelope, or any other text as it is.
pub(crate) fn published_message(text: &str) -> String {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Envelope {
        #[serde(rename = "Type")]
        _kind: String,
        message: String,
    }
    match serde_json::from_str::<Envelope>(text) {
        Ok(envelope) => envelope.message,
        Err(_) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_envelope_is_opened_and_anything_else_passes_as_it_is() {
        let event = r#"{"eventType": "Bounce",  "mail": {}}"#;
        let envelope = json!({"Type": "Notification", "Message": event}).to_string();
        assert_eq!(published_message(&envelope), event);
        for text in [event, "Successfully validated SNS topic", r#"{"Records": []}"#, ""] {
            assert_eq!(published_message(text), text);
        }
    }
}
