//! Topics: pass published messages to the subscribed queues.

use std::sync::Arc;

use serde::Deserialize;

use crate::embedded::queues::Queues;
use crate::identity;
use crate::triggers::progress::Progress;
use crate::wiring::Subscription;

/// The topics of the stack.
pub(crate) struct Topics {
    pub subscriptions: Vec<Subscription>,
    pub queues: Arc<Queues>,
    pub progress: Arc<Progress>,
}

impl Topics {
    /// Publishes a text to a topic and waits until each subscribed queue was found empty, so that the message
    /// is processed, waits for a retry at a later time, or is a dead letter. Returns the message's id.
    ///
    /// # Errors
    /// Fails if a queue does not accept the message.
    pub(crate) async fn publish(&self, topic_arn: &str, message: &str) -> anyhow::Result<String> {
        for one in self.subscriptions.iter().filter(|one| one.topic_arn == topic_arn) {
            self.queues.send(&one.queue_arn, message.to_owned()).await?;
            self.progress.wait_for_empty_queue(&self.queues, &one.queue_arn).await;
        }
        self.progress.wait_for_idleness().await;
        Ok(identity::fresh())
    }
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
