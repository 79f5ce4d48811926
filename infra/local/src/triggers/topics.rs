//! Topics: wraps what is published as SNS does and hands it to the subscribed functions.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::asynchronous::AsynchronousInvoker;
use crate::function::LocalFunction;
use crate::identity;
use crate::wiring::FunctionPlan;

/// A function that is subscribed to a topic.
pub(crate) struct Subscription {
    /// The topic.
    pub topic_arn: String,
    /// The function's plan.
    pub plan: Arc<FunctionPlan>,
    /// The function.
    pub function: Arc<LocalFunction>,
}

/// The topics of the stack.
pub(crate) struct Topics {
    /// Who is subscribed to what.
    pub subscriptions: Vec<Subscription>,
    /// Invokes the subscribers.
    pub invoker: AsynchronousInvoker,
}

impl Topics {
    /// Publishes a text to a topic and waits until every subscriber has worked it off, or failed for
    /// good. Returns the message's id.
    pub(crate) async fn publish(&self, topic_arn: &str, message: &str) -> String {
        let message_id = identity::fresh();
        let subscribers = self.subscriptions.iter().filter(|one| one.topic_arn == topic_arn);
        for subscription in subscribers {
            let event = self.event(topic_arn, &message_id, message);
            self.invoker.invoke(&subscription.plan, &subscription.function, event).await;
        }
        message_id
    }

    fn event(&self, topic_arn: &str, message_id: &str, message: &str) -> Value {
        let subscription_arn = format!("{topic_arn}:{}", identity::fresh());
        let region = identity::REGION;
        json!({
            "Records": [{
                "EventVersion": "1.0",
                "EventSubscriptionArn": subscription_arn,
                "EventSource": "aws:sns",
                "Sns": {
                    "Type": "Notification",
                    "MessageId": message_id,
                    "TopicArn": topic_arn,
                    "Subject": "Amazon SES Email Event Notification",
                    "Message": message,
                    "Timestamp": format!("{:.3}", self.invoker.clock.now()),
                    "SignatureVersion": "1",
                    "Signature": "EXAMPLE",
                    "SigningCertUrl": format!("https://sns.{region}.amazonaws.com/local.pem"),
                    "UnsubscribeUrl": format!(
                        "https://sns.{region}.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={subscription_arn}"
                    ),
                    "MessageAttributes": {},
                },
            }],
        })
    }
}

/// Returns what a text publishes: an SNS envelope publishes its message, anything else itself.
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
