//! Work that follows from a commit: a mail, or a care cycle that starts with a purchase.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::MemberId;
use crate::mail::{Composer, Email, MailRequest};
use crate::redemption::Redemption;
use crate::reversal::Reversal;

/// A commit from which work follows.
pub enum Outbox {
    /// A redemption.
    Redemption(Box<Redemption>),
    /// A reversal.
    Reversal(Box<Reversal>),
    /// A mail that was written to be sent.
    Email(Box<Email>),
    /// A purchase with which a care cycle starts.
    Purchase(CycleStart),
}

/// A purchase with which a care cycle starts, as the queue carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CycleStart {
    /// The purchase.
    pub purchase_id: String,
    /// Who bought.
    pub member_id: MemberId,
    /// When.
    pub purchased_at: Timestamp,
}

impl Outbox {
    /// Returns the mail request; `None` if there is no address, or where no mail follows.
    pub fn mail_request(&self, composer: &Composer<'_>) -> Option<MailRequest> {
        match self {
            Self::Redemption(redemption) => composer.coupon(redemption),
            Self::Reversal(reversal) => composer.reversal(reversal),
            Self::Email(email) => Some(MailRequest { email: (**email).clone(), stored: true }),
            Self::Purchase(_) => None,
        }
    }
}
