//! Work that a commit causes: a mail, a care cycle that starts with a purchase, or a new address in the user pool.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::MemberId;
use crate::mail::{Composer, Email, MailRequest};
use crate::redemption::Redemption;
use crate::reversal::Reversal;

/// A commit that causes work.
pub enum Outbox {
    Redemption(Box<Redemption>),
    Reversal(Box<Reversal>),
    /// A mail that is sent after the commit.
    Email(Box<Email>),
    /// A purchase that starts a care cycle.
    Purchase(CycleStart),
    /// An address of a member that the user pool has to get.
    Address(AddressChange),
}

/// A purchase that starts a care cycle, as its queue message has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CycleStart {
    pub purchase_id: String,
    pub member_id: MemberId,
    /// When it was made.
    pub purchased_at: Timestamp,
}

/// A changed address of a member, as its queue message has it. It names no address: the profile has the newest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressChange {
    pub member_id: MemberId,
    /// The version of the profile after the change.
    pub version: u64,
}

impl Outbox {
    /// Returns whether the commit causes other work than a mail.
    pub fn is_no_mail(&self) -> bool {
        matches!(self, Self::Purchase(_) | Self::Address(_))
    }

    /// Returns the mail request; `None` if there is no address, or if the commit causes no mail.
    pub fn mail_request(&self, composer: &Composer<'_>) -> Option<MailRequest> {
        match self {
            Self::Redemption(redemption) => composer.coupon(redemption),
            Self::Reversal(reversal) => composer.reversal(reversal),
            Self::Email(email) => Some(MailRequest { email: (**email).clone(), stored: true }),
            Self::Purchase(_) | Self::Address(_) => None,
        }
    }
}
