//! A stored mail: its content, its address and its history.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{BlockReason, EmailAddress, EmailStatus, MailKind, MailVariables, StatusHistory};
use crate::id::{EmailId, MemberId, RedemptionId};
use crate::language::Language;
use crate::member::Contact;

/// A mail as it is stored, and as it travels to the sender.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Email {
    pub email_id: EmailId,
    /// Whom it is written to.
    pub member_id: MemberId,
    pub kind: MailKind,
    /// The revision of its template.
    pub revision: u32,
    pub language: Language,
    /// The address, as given.
    pub to: EmailAddress,
    /// The variables of its template.
    pub variables: MailVariables,
    /// Everything that happened to it.
    pub history: StatusHistory,
    /// The redemption it tells of.
    pub redemption_id: Option<RedemptionId>,
    /// The mail it repeats.
    pub resend_of: Option<EmailId>,
    /// The newest mail that repeats it.
    pub last_resend_id: Option<EmailId>,
    /// The id that SES gave it.
    pub message_id: Option<String>,
    /// When it was requested.
    pub created_at: Timestamp,
    /// Who requested it, and under which request; `None` for a mail that is made from its commit.
    pub ordered_by: Option<(String, String)>,
    /// Counts the writes.
    pub version: u64,
}

/// A mail to be sent, as the queue carries it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MailRequest {
    /// The mail.
    pub email: Email,
    /// Whether its item exists already, as for a resend.
    pub stored: bool,
}

/// The address and language of a mail, as of its request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// The address, as given.
    pub address: String,
    /// The first name to greet.
    pub first_name: String,
    /// The member's own language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
}

/// Why and since when an address is blocked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressBlock {
    /// Why.
    pub reason: BlockReason,
    /// Since when.
    pub since: Timestamp,
}

impl Email {
    /// Returns the current status.
    pub fn status(&self) -> EmailStatus {
        self.history.current()
    }

    /// Returns when it entered its status.
    pub fn status_since(&self) -> Timestamp {
        let current = self.status();
        let reached = self.history.changes().iter().find(|change| change.status == current);
        reached.map_or(self.created_at, |change| change.at)
    }

    /// Returns the time by which it is listed among the mails with its status: when it entered the status, and
    /// for a mail that waits, when it was last put back. So the sweep comes to each before it comes to one again.
    pub fn listed_since(&self) -> Timestamp {
        let last =
            self.history.changes().iter().rev().find(|change| change.status == EmailStatus::Queued);
        match (self.status(), last) {
            (EmailStatus::Queued, Some(change)) => change.at,
            _ => self.status_since(),
        }
    }
}

impl Recipient {
    /// Returns the recipient for a contact; `None` without an address.
    pub fn of(contact: &Contact) -> Option<Self> {
        contact.email.as_ref().map(|address| Self {
            address: address.clone(),
            first_name: contact.first_name.clone(),
            locale: contact.locale.clone(),
        })
    }
}
