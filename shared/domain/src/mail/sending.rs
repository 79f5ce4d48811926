//! The sender's part of a mail's status: locked, sent, and the result of each failure.
//!
//! SES has no idempotency token, so a mail that may have been sent is never sent again.

use jiff::Timestamp;

use super::{AddressBlock, Email, EmailStatus, MailRequest, StatusChange};

/// What is known after a send that SES did not confirm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSent {
    /// SES does not send this mail, now or later.
    Refused,
    /// Nothing was sent; SES may send it later.
    Later,
    /// Nothing was sent, and nothing will be until somebody mends the set-up of SES.
    SetUp,
    /// It is not known whether the mail was sent.
    Unknown,
}

/// What a sender does with a mail that exists already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// It waits: lock it.
    Waits,
    /// Another sender locked it and may have died: it becomes uncertain.
    Locked,
    /// It was handled before.
    Handled,
}

/// What SES says about a part of the set-up, also under the codes that it has for bad mails. Each phrase has a
/// space, so no address that SES quotes contains it.
const SET_UP_PHRASES: [&str; 6] = [
    "is not verified",
    "not authorized",
    "configuration set",
    "contact list",
    "sending paused",
    "sending is paused",
];

impl NotSent {
    /// Returns what a refusal of SES means, by its code and its text.
    ///
    /// Only a refusal of this very mail is final. SES uses `MessageRejected` both for a bad mail and for an
    /// identity that is not verified, so the text decides.
    pub fn of_refusal(code: &str, text: &str) -> Self {
        let text = text.to_lowercase();
        let is_set_up = SET_UP_PHRASES.iter().any(|phrase| text.contains(phrase));
        match code {
            "MessageRejected" | "BadRequestException" if !is_set_up => Self::Refused,
            "MessageRejected"
            | "BadRequestException"
            | "AccessDeniedException"
            | "AccountSuspendedException"
            | "MailFromDomainNotVerifiedException"
            | "NotFoundException"
            | "SendingPausedException" => Self::SetUp,
            // Throttled, credentials that expired, and codes that SES may add.
            _ => Self::Later,
        }
    }

    /// Returns the status that the mail gets; `None` puts it back, so that it is sent later.
    pub fn status(self) -> Option<EmailStatus> {
        match self {
            Self::Refused => Some(EmailStatus::Rejected),
            Self::Later | Self::SetUp => None,
            Self::Unknown => Some(EmailStatus::Uncertain),
        }
    }
}

impl Found {
    /// Returns what a sender does with a mail that has this status.
    pub fn of(status: EmailStatus) -> Self {
        match status {
            EmailStatus::Queued => Self::Waits,
            EmailStatus::Sending => Self::Locked,
            EmailStatus::Uncertain
            | EmailStatus::Blocked
            | EmailStatus::Sent
            | EmailStatus::Delayed
            | EmailStatus::Delivered
            | EmailStatus::Rejected
            | EmailStatus::Bounced
            | EmailStatus::Complained => Self::Handled,
        }
    }
}

impl MailRequest {
    /// Returns the mail with a change, to be written; its first write is version 0.
    pub fn changed(&self, change: StatusChange) -> Email {
        let mut changed = self.email.changed(change);
        if !self.stored {
            changed.version = 0;
        }
        changed
    }

    /// Returns the mail that is not sent because its address is blocked.
    pub fn blocked(&self, block: &AddressBlock, at: Timestamp) -> Email {
        let change = StatusChange::new(EmailStatus::Blocked, at);
        self.changed(change.with_detail(block.reason.to_string()))
    }
}

impl Email {
    /// Returns the mail with a further change, to be written over the version read.
    #[must_use]
    pub fn changed(&self, change: StatusChange) -> Self {
        let mut changed = self.clone();
        changed.history.record(change);
        changed.version += 1;
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_mail_that_was_certainly_not_sent_is_sent_later() {
        assert_eq!(NotSent::Refused.status(), Some(EmailStatus::Rejected));
        assert_eq!(NotSent::Unknown.status(), Some(EmailStatus::Uncertain));
        assert_eq!(NotSent::Later.status(), None);
        assert_eq!(NotSent::SetUp.status(), None);
    }

    #[test]
    fn only_a_refusal_of_this_very_mail_is_final() {
        use NotSent::{Later, Refused, SetUp};
        let unverified = "Email address is not verified. The following identities failed the check \
            in region US-EAST-1: ana@example.com";
        let table = [
            ("MessageRejected", unverified, SetUp),
            ("MessageRejected", "Sending paused for this account.", SetUp),
            ("MessageRejected", "Message contains a virus", Refused),
            ("MessageRejected", "", Refused),
            ("BadRequestException", "Configuration set <mail> does not exist.", SetUp),
            ("BadRequestException", "Contact list mail does not exist.", SetUp),
            ("BadRequestException", "Illegal address: sending-paused@example.com", Refused),
            ("AccessDeniedException", "User is not authorized to perform ses:SendEmail", SetUp),
            ("AccountSuspendedException", "", SetUp),
            ("MailFromDomainNotVerifiedException", "", SetUp),
            ("NotFoundException", "", SetUp),
            ("SendingPausedException", "", SetUp),
            ("TooManyRequestsException", "Maximum sending rate exceeded.", Later),
            ("LimitExceededException", "Daily message quota exceeded", Later),
            ("ExpiredTokenException", "The security token is expired", Later),
            ("UnheardException", "", Later),
        ];
        for (code, text, expected) in table {
            assert_eq!(NotSent::of_refusal(code, text), expected, "{code}: {text}");
        }
    }

    #[test]
    fn only_a_waiting_mail_is_locked() {
        for status in EmailStatus::ALL {
            let expected = match status {
                EmailStatus::Queued => Found::Waits,
                EmailStatus::Sending => Found::Locked,
                _ => Found::Handled,
            };
            assert_eq!(Found::of(*status), expected, "{status}");
        }
    }
}
