//! Work that a commit causes: a mail, or a care cycle that starts with a purchase.

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
}

/// A purchase that starts a care cycle, as its queue message has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CycleStart {
    pub purchase_id: String,
    pub member_id: MemberId,
    /// When it was made.
    pub purchased_at: Timestamp,
}

impl Outbox {
    /// Returns the mail request; `None` if there is no address, or if the commit causes no mail.
    pub fn mail_request(&self, composer: &Composer<'_>) -> Option<MailRequest> {
        match self {
            Self::Redemption(redemption) => composer.coupon(redemption),
            Self::Reversal(reversal) => composer.reversal(reversal),
            Self::Email(email) => Some(MailRequest { email: (**email).clone(), stored: true }),
            Self::Purchase(_) => None,
        }
    }
}
