//! SES: one mail to one recipient, tagged with our own id, and never retried blindly. Optional mails name
//! the list to unsubscribe from; SES makes the link and keeps the page behind it.

use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sesv2::operation::send_email::SendEmailError;
use aws_sdk_sesv2::types::{
    Body, Content, Destination, EmailContent, ListManagementOptions, Message, MessageTag,
};
use puntos_domain::mail::{EmailAddress, Rendered};

use crate::{Environment, StartError};
use puntos_domain::mail::Email;

/// The topic of the contact list that every optional mail belongs to, as the template names it.
pub const OPTIONAL_TOPIC: &str = "optional";

/// Sends mails.
#[derive(Clone)]
pub struct Mailer {
    client: Client,
    from: String,
    configuration_set: String,
    contact_list: String,
}

/// What is known after a send that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// SES will not send this mail, now or later.
    #[error("SES refuses the mail: {0}")]
    Refused(String),
    /// SES does not send at the moment; nothing was sent.
    #[error("SES does not send now: {0}")]
    Later(String),
    /// Nobody knows whether it was sent.
    #[error("it is not known whether the mail was sent: {0}")]
    Unknown(String),
}

impl Mailer {
    /// Returns the mailer that the settings describe.
    ///
    /// # Errors
    /// Refuses where a setting is missing.
    pub fn new(environment: &Environment) -> Result<Self, StartError> {
        Ok(Self {
            client: environment.clients().ses().clone(),
            from: environment.setting("MAIL_FROM")?.to_owned(),
            configuration_set: environment.setting("CONFIGURATION_SET")?.to_owned(),
            contact_list: environment.setting("CONTACT_LIST")?.to_owned(),
        })
    }

    /// Sends a mail and returns the id that SES gives it.
    ///
    /// # Errors
    /// Says what is known: whether it may be sent later, never, or perhaps was.
    pub async fn send(&self, email: &Email, rendered: &Rendered) -> Result<String, NotSent> {
        let list = email.kind.is_optional().then(|| self.list()).transpose();
        let sent = self
            .client
            .send_email()
            .from_email_address(&self.from)
            .destination(Destination::builder().to_addresses(email.to.deliverable()).build())
            .content(
                EmailContent::builder()
                    .simple(message(rendered).map_err(NotSent::Refused)?)
                    .build(),
            )
            .email_tags(tag("email_id", email.email_id.as_str()).map_err(NotSent::Refused)?)
            .configuration_set_name(&self.configuration_set)
            .set_list_management_options(list.map_err(NotSent::Refused)?)
            .send()
            .await;
        match sent {
            Ok(output) => {
                let id = output.message_id.filter(|id| !id.is_empty());
                id.ok_or_else(|| NotSent::Unknown("SES gave no message id".to_owned()))
            }
            Err(error) => Err(not_sent(error)),
        }
    }

    fn list(&self) -> Result<ListManagementOptions, String> {
        ListManagementOptions::builder()
            .contact_list_name(&self.contact_list)
            .topic_name(OPTIONAL_TOPIC)
            .build()
            .map_err(|error| error.to_string())
    }

    /// Makes SES forget what an address is unsubscribed from; one that it does not know is fine.
    ///
    /// # Errors
    /// Says why SES did not.
    pub async fn resubscribe(
        client: &Client,
        contact_list: &str,
        address: &EmailAddress,
    ) -> Result<(), String> {
        let forgotten = client
            .delete_contact()
            .contact_list_name(contact_list)
            .email_address(address.deliverable())
            .send()
            .await;
        match forgotten {
            Ok(_) => Ok(()),
            Err(error) => match error.into_service_error() {
                service if service.is_not_found_exception() => Ok(()),
                service => Err(code_of(&service)),
            },
        }
    }

    /// Takes an address off the account's suppression list; one that is not on it is fine.
    ///
    /// # Errors
    /// Says why SES did not.
    pub async fn unsuppress(client: &Client, address: &EmailAddress) -> Result<(), String> {
        let removed = client
            .delete_suppressed_destination()
            .email_address(address.deliverable())
            .send()
            .await;
        match removed {
            Ok(_) => Ok(()),
            Err(error) => match error.into_service_error() {
                service if service.is_not_found_exception() => Ok(()),
                service => Err(code_of(&service)),
            },
        }
    }
}

fn message(rendered: &Rendered) -> Result<Message, String> {
    let content = |text: &str| {
        Content::builder().data(text).charset("UTF-8").build().map_err(|error| error.to_string())
    };
    let body =
        Body::builder().text(content(&rendered.text)?).html(content(&rendered.html)?).build();
    Ok(Message::builder().subject(content(&rendered.subject)?).body(body).build())
}

fn tag(name: &str, value: &str) -> Result<MessageTag, String> {
    MessageTag::builder().name(name).value(value).build().map_err(|error| error.to_string())
}

/// Only what SES itself says is known; a lost answer, a time-out and a server error are not.
fn not_sent(error: SdkError<SendEmailError>) -> NotSent {
    let (service, is_refusal) = match error {
        SdkError::ConstructionFailure(_) => {
            return NotSent::Refused("the request cannot be built".to_owned());
        }
        SdkError::ServiceError(context) => {
            let is_refusal = (400..500).contains(&context.raw().status().as_u16());
            (context.into_err(), is_refusal)
        }
        other => return NotSent::Unknown(other.to_string()),
    };
    match service {
        SendEmailError::MessageRejected(_) | SendEmailError::BadRequestException(_) => {
            NotSent::Refused(code_of(&service))
        }
        SendEmailError::AccountSuspendedException(_)
        | SendEmailError::LimitExceededException(_)
        | SendEmailError::MailFromDomainNotVerifiedException(_)
        | SendEmailError::NotFoundException(_)
        | SendEmailError::SendingPausedException(_)
        | SendEmailError::TooManyRequestsException(_) => NotSent::Later(code_of(&service)),
        // No permission, expired credentials, throttled: nothing was sent.
        _ if is_refusal => NotSent::Later(code_of(&service)),
        _ => NotSent::Unknown(code_of(&service)),
    }
}

/// SES's messages quote addresses, so only the code of an error is kept.
fn code_of(error: &impl ProvideErrorMetadata) -> String {
    error.code().unwrap_or("an error without a code").to_owned()
}
