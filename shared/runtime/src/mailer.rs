//! SES: one mail to one recipient, tagged with our own id, and never retried. Optional mails name the contact
//! list. SES makes the unsubscribe link and provides its page.

use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_sdk_sesv2::operation::send_email::SendEmailError;
use aws_sdk_sesv2::types::{
    Body, Content, Destination, EmailContent, ListManagementOptions, Message, MessageTag, SendQuota,
};
use puntos_domain::mail::sending::NotSent;
use puntos_domain::mail::{Email, EmailAddress, Pace, Rendered};

use crate::{Environment, StartError};

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

/// Why a call to SES failed. SES's messages quote addresses, so only codes are kept.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The request cannot be built.
    #[error("the request to SES cannot be built")]
    Build(#[from] BuildError),
    /// SES answered with an error.
    #[error("SES answered {code}")]
    Ses {
        /// What is known about the mail.
        not_sent: NotSent,
        /// SES's code of the error.
        code: String,
    },
    /// SES did not answer, or not as expected.
    #[error("no answer from SES: {0}")]
    NoAnswer(String),
}

impl SendError {
    /// Returns what is known about the mail.
    pub fn not_sent(&self) -> NotSent {
        match self {
            Self::Build(_) => NotSent::Refused,
            Self::Ses { not_sent, .. } => *not_sent,
            Self::NoAnswer(_) => NotSent::Unknown,
        }
    }

    /// Returns the detail for the mail's history.
    pub fn code(&self) -> String {
        match self {
            Self::Build(error) => error.to_string(),
            Self::Ses { code, .. } => code.clone(),
            Self::NoAnswer(reason) => reason.clone(),
        }
    }
}

/// SES did not change its lists. The field has SES's code of the error.
#[derive(Debug, thiserror::Error)]
#[error("SES answered {0}")]
pub struct ListError(String);

impl Mailer {
    /// Returns the mailer of the settings.
    ///
    /// # Errors
    /// Refuses if a setting is missing.
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
    /// Returns what is known: the mail may be sent later, will never be sent, or was perhaps sent.
    pub async fn send(&self, email: &Email, rendered: &Rendered) -> Result<String, SendError> {
        let list = email.kind.is_optional().then(|| self.list()).transpose();
        let sent = self
            .client
            .send_email()
            .from_email_address(&self.from)
            .destination(Destination::builder().to_addresses(email.to.deliverable()).build())
            .content(EmailContent::builder().simple(message(rendered)?).build())
            .email_tags(tag("email_id", email.email_id.as_str())?)
            .configuration_set_name(&self.configuration_set)
            .set_list_management_options(list?)
            .send()
            .await;
        match sent {
            Ok(output) => {
                let id = output.message_id.filter(|id| !id.is_empty());
                id.ok_or_else(|| SendError::NoAnswer("SES gave no message id".to_owned()))
            }
            Err(error) => Err(send_error(error)),
        }
    }

    fn list(&self) -> Result<ListManagementOptions, BuildError> {
        ListManagementOptions::builder()
            .contact_list_name(&self.contact_list)
            .topic_name(OPTIONAL_TOPIC)
            .build()
    }

    /// Returns how fast the account may send now. If SES does not say so, returns the slowest pace.
    pub async fn pace(client: &Client) -> Pace {
        let account = client.get_account().send().await;
        let account = account.inspect_err(|error| {
            let code = error.code().unwrap_or("no code");
            tracing::warn!(code, "SES does not say what the account may send");
        });
        match account.ok().and_then(|account| account.send_quota) {
            None => Pace::SLOWEST,
            Some(quota) => pace_of(&quota),
        }
    }

    /// Makes SES forget an address's unsubscriptions. An address that SES does not know is no error.
    ///
    /// # Errors
    /// Fails with SES's code.
    pub async fn resubscribe(
        client: &Client,
        contact_list: &str,
        address: &EmailAddress,
    ) -> Result<(), ListError> {
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
                service => Err(ListError(code_of(&service))),
            },
        }
    }

    /// Removes an address from the account's suppression list. An address that is not on it is no error.
    ///
    /// # Errors
    /// Fails with SES's code.
    pub async fn unsuppress(client: &Client, address: &EmailAddress) -> Result<(), ListError> {
        let removed = client
            .delete_suppressed_destination()
            .email_address(address.deliverable())
            .send()
            .await;
        match removed {
            Ok(_) => Ok(()),
            Err(error) => match error.into_service_error() {
                service if service.is_not_found_exception() => Ok(()),
                service => Err(ListError(code_of(&service))),
            },
        }
    }
}

fn pace_of(quota: &SendQuota) -> Pace {
    let is_limited = quota.max24_hour_send >= 0.0;
    // Quotas are fractions. These casts round down and saturate.
    let left = (quota.max24_hour_send - quota.sent_last24_hours) as u32;
    Pace::new(quota.max_send_rate as u32, is_limited.then_some(left))
}

fn message(rendered: &Rendered) -> Result<Message, BuildError> {
    let content = |text: &str| Content::builder().data(text).charset("UTF-8").build();
    let body =
        Body::builder().text(content(&rendered.text)?).html(content(&rendered.html)?).build();
    Ok(Message::builder().subject(content(&rendered.subject)?).body(body).build())
}

fn tag(name: &str, value: &str) -> Result<MessageTag, BuildError> {
    MessageTag::builder().name(name).value(value).build()
}

/// Only an answer of SES gives certainty. A lost answer, a time-out and a server error do not.
fn send_error(error: SdkError<SendEmailError>) -> SendError {
    let (service, is_refusal) = match error {
        SdkError::ConstructionFailure(_) => {
            let code = "the request cannot be built".to_owned();
            return SendError::Ses { not_sent: NotSent::Refused, code };
        }
        SdkError::ServiceError(context) => {
            let is_refusal = (400..500).contains(&context.raw().status().as_u16());
            (context.into_err(), is_refusal)
        }
        other => return SendError::NoAnswer(other.to_string()),
    };
    let code = code_of(&service);
    let not_sent = match is_refusal {
        true => NotSent::of_refusal(&code, service.message().unwrap_or_default()),
        false => NotSent::Unknown,
    };
    SendError::Ses { not_sent, code }
}

/// SES's messages quote addresses, so only the code of an error is kept.
fn code_of(error: &impl ProvideErrorMetadata) -> String {
    error.code().unwrap_or("an error without a code").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_is_what_ses_says_of_the_account() {
        let table = [
            ((-1.0, 14.0, 99.0), Pace::new(14, None)),
            ((50_000.0, 14.9, 49_980.5), Pace::new(14, Some(19))),
            ((200.0, 1.0, 200.0), Pace::new(1, Some(0))),
            ((200.0, 1.0, 201.0), Pace::new(1, Some(0))),
        ];
        for ((most, rate, sent), pace) in table {
            let quota = SendQuota::builder().max24_hour_send(most).max_send_rate(rate);
            assert_eq!(pace_of(&quota.sent_last24_hours(sent).build()), pace, "{most} {rate}");
        }
    }
}
