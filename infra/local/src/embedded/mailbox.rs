//! The embedded SES: winterbaume's service, which also keeps each accepted mail for the outbox.
//!
//! A mail of a list gets a link to unsubscribe, as SES makes one, to a page under `/local`. Delivers
//! nothing and publishes no events. Keeps the newest mails only.

use std::collections::{HashSet, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::HeaderValue;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use winterbaume_core::{MockRequest, MockResponse, MockService};
use winterbaume_sesv2::SesV2Service;

use crate::clock::StackClock;
use crate::connector::access::contact_of;
use crate::identity::{ACCOUNT, REGION};

/// How many mails the outbox remembers.
const KEPT_MAILS: usize = 10_000;
/// What the account may send: as outside the sandbox of SES, and more than one machine sends.
const ACCOUNT_ANSWER: &str = r#"{"SendingEnabled": true, "ProductionAccessEnabled": true,
    "SendQuota": {"Max24HourSend": -1, "MaxSendRate": 500, "SentLast24Hours": 0}}"#;
/// SES replaces this by the link to unsubscribe.
const UNSUBSCRIBE_PLACEHOLDER: &str = "{{amazonSESUnsubscribeUrl}}";

/// A mail that was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mail {
    /// The id that SES gave it.
    pub message_id: String,
    /// Its recipient; several are joined by commas.
    pub to: String,
    pub subject: String,
    /// Its plain text.
    pub text: String,
    pub html: String,
    /// When it was accepted, by the stack's clock.
    pub at: Timestamp,
    /// Its message tags.
    pub tags: Vec<(String, String)>,
    /// The configuration set it was sent with.
    pub configuration_set: Option<String>,
    /// The link to unsubscribe, if it belongs to a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list_unsubscribe: Option<String>,
    /// The contact list and the topic that it belongs to.
    #[serde(skip)]
    pub(crate) list: Option<ListTopic>,
}

/// A topic of a contact list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListTopic {
    #[serde(rename = "ContactListName")]
    pub list: String,
    #[serde(rename = "TopicName")]
    pub topic: String,
}

/// The mail service and the mails that it accepted.
pub(crate) struct Mailbox {
    service: SesV2Service,
    mails: Mutex<VecDeque<Mail>>,
    unsubscribed: Mutex<HashSet<String>>,
    clock: StackClock,
    url: String,
}

impl Mailbox {
    /// Builds an empty mailbox of the stack at this address.
    pub(crate) fn new(clock: StackClock, url: String) -> Self {
        Self {
            service: SesV2Service::new(),
            mails: Mutex::default(),
            unsubscribed: Mutex::default(),
            clock,
            url,
        }
    }

    /// Returns the accepted mails, oldest first, optionally those of one recipient.
    pub(crate) fn mails(&self, to: Option<&str>) -> Vec<Mail> {
        let mails = self.mails.lock().unwrap_or_else(PoisonError::into_inner);
        mails.iter().filter(|mail| to.is_none_or(|to| mail.to == to)).cloned().collect()
    }

    /// Returns the mail with this id, if it belongs to a list.
    pub(crate) fn of_list(&self, message_id: &str) -> Option<Mail> {
        let mails = self.mails.lock().unwrap_or_else(PoisonError::into_inner);
        let mail = mails.iter().find(|mail| mail.message_id == message_id)?;
        mail.list.is_some().then(|| mail.clone())
    }

    /// Unsubscribes an address from all lists.
    pub(crate) fn unsubscribe(&self, address: &str) {
        self.contacts().insert(address.to_owned());
    }

    fn contacts(&self) -> MutexGuard<'_, HashSet<String>> {
        self.unsubscribed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget_contact(&self, address: &str) -> MockResponse {
        let address = percent_decode_str(address).decode_utf8_lossy();
        if self.contacts().remove(address.as_ref()) {
            return MockResponse::rest_json(200, "{}");
        }
        let mut response = MockResponse::rest_json(404, r#"{"message": "no such contact"}"#);
        let code = HeaderValue::from_static("NotFoundException");
        response.headers.insert("x-amzn-errortype", code);
        response
    }

    async fn send(&self, request: MockRequest) -> MockResponse {
        let outbound: Outbound = match serde_json::from_slice(&request.body) {
            Ok(outbound) => outbound,
            Err(_) => return MockResponse::rest_json(400, r#"{"message": "not a mail"}"#),
        };
        let response = self.service.handle(request).await;
        // The service would keep every mail.
        let state = self.service.shared_state().get(ACCOUNT, REGION);
        state.write().await.sent_emails.clear();
        if let Ok(accepted) = serde_json::from_slice::<Accepted>(&response.body) {
            let mail = outbound.mail(accepted.message_id, self.clock.now(), &self.url);
            // SES accepts a mail to an unsubscribed address, and does not deliver it.
            if mail.list.is_none() || !self.contacts().contains(&mail.to) {
                self.keep(mail);
            }
        }
        response
    }

    fn keep(&self, mail: Mail) {
        let mut mails = self.mails.lock().unwrap_or_else(PoisonError::into_inner);
        if mails.len() == KEPT_MAILS {
            mails.pop_front();
        }
        mails.push_back(mail);
    }
}

impl MockService for Mailbox {
    fn service_name(&self) -> &str {
        self.service.service_name()
    }

    fn url_patterns(&self) -> Vec<&str> {
        self.service.url_patterns()
    }

    fn handle(
        &self,
        request: MockRequest,
    ) -> Pin<Box<dyn Future<Output = MockResponse> + Send + '_>> {
        if request.method == "POST" && request.uri.ends_with("/v2/email/outbound-emails") {
            return Box::pin(self.send(request));
        }
        let path = request.uri.split_once("/v2/").map(|(_, path)| format!("/v2/{path}"));
        if request.method == "DELETE"
            && let Some(contact) = path.as_deref().and_then(contact_of)
        {
            let response = self.forget_contact(contact.address);
            return Box::pin(std::future::ready(response));
        }
        if request.method == "GET" && path.as_deref() == Some("/v2/email/account") {
            return Box::pin(std::future::ready(MockResponse::rest_json(200, ACCOUNT_ANSWER)));
        }
        self.service.handle(request)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Accepted {
    message_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Outbound {
    #[serde(default)]
    destination: Destination,
    #[serde(default)]
    content: Content,
    #[serde(default)]
    email_tags: Vec<Tag>,
    configuration_set_name: Option<String>,
    list_management_options: Option<ListTopic>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Destination {
    #[serde(default)]
    to_addresses: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Content {
    #[serde(default)]
    simple: Simple,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Simple {
    #[serde(default)]
    subject: Part,
    #[serde(default)]
    body: Body,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    #[serde(default)]
    text: Part,
    #[serde(default)]
    html: Part,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Part {
    data: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    name: String,
    value: String,
}

impl Outbound {
    fn mail(self, message_id: String, at: Timestamp, url: &str) -> Mail {
        let Simple { subject, body } = self.content.simple;
        let list_unsubscribe = self
            .list_management_options
            .as_ref()
            .map(|_| format!("{url}/local/unsubscribe/{message_id}"));
        let linked = |text: String| match &list_unsubscribe {
            Some(link) => text.replace(UNSUBSCRIBE_PLACEHOLDER, link),
            None => text,
        };
        Mail {
            message_id,
            to: self.destination.to_addresses.join(", "),
            subject: subject.data,
            text: linked(body.text.data),
            html: linked(body.html.data),
            at,
            tags: self.email_tags.into_iter().map(|tag| (tag.name, tag.value)).collect(),
            configuration_set: self.configuration_set_name,
            list: self.list_management_options,
            list_unsubscribe,
        }
    }
}
