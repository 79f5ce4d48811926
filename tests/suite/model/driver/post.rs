//! The requests about mail, and the events of SES.
//!
//! An event of SES is sent after all mails requested before it were sent, so that the model need not know
//! how fast the sender is.

use futures::future::join;
use puntos_tests::Answer;
use serde_json::json;

use super::{Driver, address, index, instant, pick};
use crate::model::oracle::Expected;
use crate::model::steps::Report;

impl Driver {
    pub(super) async fn report(&mut self, mail: u8, kind: Report, minutes_ago: i64, twice: bool) {
        let Some(mail) = index(self.email_ids.len(), mail) else { return };
        if !self.oracle.mails[mail].sent {
            return;
        }
        self.world.settle().await;
        let at = self.oracle.now - minutes_ago * 60;
        let event = self.event(mail, kind, at);
        self.oracle.report(mail, kind, at);
        let publish = || self.world.stack.publish_mail_event(&event);
        if twice {
            let (first, second) = join(publish(), publish()).await;
            let _ = (first.unwrap(), second.unwrap());
        } else {
            let _ = publish().await.unwrap();
        }
        self.world.settle().await;
        self.events.push((mail, kind, at, event));
    }

    pub(super) async fn report_again(&mut self, which: u8) {
        let Some((mail, kind, at, event)) = pick(&self.events, which) else { return };
        self.world.settle().await;
        self.oracle.report(mail, kind, at);
        let _ = self.world.stack.publish_mail_event(&event).await.unwrap();
        self.world.settle().await;
    }

    pub(super) async fn resend(&mut self, mail: u8) -> Option<(Expected, Answer)> {
        let mail = index(self.email_ids.len(), mail)?;
        self.world.settle().await;
        let path = format!("/v1/emails/{}/resend", self.email_ids[mail]);
        let mails = self.oracle.mails.len();
        let expected = self.oracle.resend(mail);
        let key = format!("resend-{}", self.fresh_key());
        let answer = self.world.agent.post(&path, json!({}), Some(&key)).await;
        if self.oracle.mails.len() > mails && answer.status == 201 {
            self.email_ids.push(answer.text("email_id"));
        }
        Some((expected, answer))
    }

    pub(super) async fn change_address(&mut self, who: usize, to: u8) -> (Expected, Answer) {
        let path = format!("/v1/members/{}", self.member_id(who));
        let address = address(who, to);
        // An address in another spelling is the same address.
        let body = json!({"email": format!(" {}", address.to_uppercase())});
        let expected = self.oracle.change_address(who, address);
        (expected, self.world.agent.patch(&path, body).await)
    }

    pub(super) async fn unblock(&mut self, who: usize) -> (Expected, Answer) {
        self.world.settle().await;
        let path = format!("/v1/members/{}/email-unblock", self.member_id(who));
        let key = format!("unblock-{}", self.fresh_key());
        let expected = self.oracle.unblock(who);
        let body = json!({"reason": "the mailbox was emptied"});
        (expected, self.world.supervisor.post(&path, body, Some(&key)).await)
    }

    /// Returns the event of SES about a mail that it sent.
    fn event(&self, mail: usize, kind: Report, at: i64) -> String {
        let email_id = &self.email_ids[mail];
        let tag = ("email_id".to_owned(), email_id.clone());
        let sent = self.world.stack.outbox(None);
        let sent = sent.iter().find(|sent| sent.tags.contains(&tag));
        let sent = sent.unwrap_or_else(|| panic!("{email_id} was not sent"));
        let at = instant(at).to_string();
        let about = json!({
            "messageId": sent.message_id, "timestamp": sent.at.to_string(),
            "destination": [sent.to], "tags": {"email_id": [email_id]},
        });
        let bounce = |kind: &str| {
            json!({"eventType": "Bounce", "mail": about, "bounce": {
                "bounceType": kind, "bounceSubType": "General", "timestamp": at,
                "bouncedRecipients": [{"emailAddress": sent.to}],
            }})
        };
        let complaint = |feedback: &str| {
            json!({"eventType": "Complaint", "mail": about, "complaint": {
                "timestamp": at, "complaintFeedbackType": feedback,
                "complainedRecipients": [{"emailAddress": sent.to}],
            }})
        };
        let event = match kind {
            Report::Delivered => json!({"eventType": "Delivery", "mail": about, "delivery": {
                "timestamp": at, "recipients": [sent.to],
            }}),
            Report::BouncedForNow => bounce("Transient"),
            Report::BouncedForGood => bounce("Permanent"),
            Report::Complained => complaint("abuse"),
            Report::NotSpam => complaint("not-spam"),
        };
        event.to_string()
    }
}
