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

impl NotSent {
    /// Returns the status that the mail gets; `None` unlocks it, so that it is sent later.
    pub fn status(self) -> Option<EmailStatus> {
        match self {
            Self::Refused => Some(EmailStatus::Rejected),
            Self::Later => None,
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
