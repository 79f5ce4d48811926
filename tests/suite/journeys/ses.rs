//! SES events about a mail, in the shapes that the documentation of SES shows.

use jiff::{SignedDuration, Timestamp};
use puntos::Mail;
use serde_json::{Value, json};

/// Says what became of one mail, at times counted from when SES took it.
pub(super) struct Events<'a>(pub(super) &'a Mail);

impl Events<'_> {
    fn mail(&self) -> Value {
        let Mail { message_id, to, at, tags, .. } = self.0;
        let tags: serde_json::Map<String, Value> =
            tags.iter().map(|(name, value)| (name.clone(), json!([value]))).collect();
        json!({
            "timestamp": at.to_string(), "messageId": message_id, "source": "puntos@example.com",
            "destination": [to], "tags": tags,
        })
    }

    fn after(&self, seconds: i64) -> String {
        let at: Timestamp = self.0.at + SignedDuration::from_secs(seconds);
        at.to_string()
    }

    fn event(&self, kind: &str, part: &str, content: Value) -> String {
        json!({"eventType": kind, "mail": self.mail(), part: content}).to_string()
    }

    pub(super) fn send(&self) -> String {
        self.event("Send", "send", json!({}))
    }

    pub(super) fn open(&self, seconds: i64) -> String {
        let content = json!({"timestamp": self.after(seconds), "userAgent": "reader", "ipAddress": "192.0.2.1"});
        self.event("Open", "open", content)
    }

    pub(super) fn delay(&self, seconds: i64) -> String {
        let content = json!({
            "timestamp": self.after(seconds), "delayType": "MailboxFull",
            "delayedRecipients": [{"emailAddress": self.0.to, "status": "4.2.2"}],
        });
        self.event("DeliveryDelay", "deliveryDelay", content)
    }

    pub(super) fn delivery(&self, seconds: i64) -> String {
        let content = json!({"timestamp": self.after(seconds), "recipients": [self.0.to]});
        self.event("Delivery", "delivery", content)
    }

    pub(super) fn bounce(&self, kind: &str, subtype: &str, seconds: i64) -> String {
        self.event("Bounce", "bounce", self.bounce_content(kind, subtype, seconds))
    }

    fn bounce_content(&self, kind: &str, subtype: &str, seconds: i64) -> Value {
        json!({
            "bounceType": kind, "bounceSubType": subtype, "timestamp": self.after(seconds), "feedbackId": "f",
            "bouncedRecipients": [{"emailAddress": self.0.to, "action": "failed", "status": "5.1.1"}],
        })
    }

    pub(super) fn complaint(&self, feedback: Option<&str>, seconds: i64) -> String {
        let content = json!({
            "timestamp": self.after(seconds), "complaintFeedbackType": feedback,
            "complainedRecipients": [{"emailAddress": self.0.to}], "feedbackId": "f",
        });
        self.event("Complaint", "complaint", content)
    }

    /// What the recipient wants of the optional topic, or of everything, from now on.
    pub(super) fn subscription(&self, status: &str, from_all: bool, seconds: i64) -> String {
        let preferences = |from_all: bool, status: &str| {
            json!({
                "unsubscribeAll": from_all,
                "topicSubscriptionStatus": [
                    {"topicName": "optional", "subscriptionStatus": status},
                ],
            })
        };
        let content = json!({
            "contactList": "puntos-mail", "timestamp": self.after(seconds),
            "source": "UnsubscribeHeader", "newTopicPreferences": preferences(from_all, status),
            "oldTopicPreferences": preferences(false, "OptIn"),
        });
        self.event("Subscription", "subscription", content)
    }

    pub(super) fn reject(&self) -> String {
        self.event("Reject", "reject", json!({"reason": "Bad content"}))
    }

    /// The older family of events, which has no tags.
    pub(super) fn bounce_notification(&self, seconds: i64) -> String {
        let mut mail = self.mail();
        mail.as_object_mut().map(|mail| mail.remove("tags"));
        let content = self.bounce_content("Permanent", "General", seconds);
        json!({"notificationType": "Bounce", "mail": mail, "bounce": content}).to_string()
    }

    /// A bounce of a mail that this stack never sent, to the same address.
    pub(super) fn foreign_bounce(&self, seconds: i64) -> String {
        let mut event: Value =
            serde_json::from_str(&self.bounce_notification(seconds)).expect("JSON");
        event["mail"]["messageId"] = json!("foreign-message");
        event.to_string()
    }
}
