//! The embedded SES: winterbaume's service, with each accepted mail kept as it was sent, for the
//! outbox.
//!
//! Delivers nothing and emits no events. Keeps the newest mails only.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use winterbaume_core::{MockRequest, MockResponse, MockService};
use winterbaume_sesv2::SesV2Service;

use crate::clock::StackClock;
use crate::identity::{ACCOUNT, REGION};

/// How many mails the outbox remembers.
const KEPT_MAILS: usize = 10_000;

/// A mail that was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mail {
    /// The id that SES gave it.
    pub message_id: String,
    /// Its recipient; several are joined by commas.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its plain text.
    pub text: String,
    /// Its HTML.
    pub html: String,
    /// When it was accepted, by the stack's clock.
    pub at: Timestamp,
    /// Its message tags.
    pub tags: Vec<(String, String)>,
    /// The configuration set it was sent with.
    pub configuration_set: Option<String>,
}

/// The mail service and what it accepted.
pub(crate) struct Mailbox {
    service: SesV2Service,
    mails: Mutex<VecDeque<Mail>>,
    clock: StackClock,
}

impl Mailbox {
    /// Builds an empty mailbox.
    pub(crate) fn new(clock: StackClock) -> Self {
        Self { service: SesV2Service::new(), mails: Mutex::default(), clock }
    }

    /// Returns the accepted mails, oldest first; of one recipient where one is given.
    pub(crate) fn mails(&self, to: Option<&str>) -> Vec<Mail> {
        let mails = self.mails.lock().unwrap_or_else(PoisonError::into_inner);
        mails.iter().filter(|mail| to.is_none_or(|to| mail.to == to)).cloned().collect()
    }

    async fn send(&self, request: MockRequest) -> MockResponse {
        let outbound: Outbound = match serde_json::from_slice(&request.body) {
            Ok(outbound) => outbound,
            Err(_) => return MockResponse::rest_json(400, r#"{"message": "not a mail"}"#),
        };
        let response = self.service.handle(request).await;
        // What the service keeps of a mail would grow without end.
        let state = self.service.shared_state().get(ACCOUNT, REGION);
        state.write().await.sent_emails.clear();
        if let Ok(accepted) = serde_json::from_slice::<Accepted>(&response.body) {
            self.keep(outbound.mail(accepted.message_id, self.clock.now()));
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
            Box::pin(self.send(request))
        } else {
            self.service.handle(request)
        }
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
    fn mail(self, message_id: String, at: Timestamp) -> Mail {
        let Simple { subject, body } = self.content.simple;
        Mail {
            message_id,
            to: self.destination.to_addresses.join(", "),
            subject: subject.data,
            text: body.text.data,
            html: body.html.data,
            at,
            tags: self.email_tags.into_iter().map(|tag| (tag.name, tag.value)).collect(),
            configuration_set: self.configuration_set_name,
        }
    }
}
