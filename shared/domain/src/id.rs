//! Ids: a prefix for the kind, and Crockford base-32 characters of a SHA-256 digest.
//!
//! Ids are derived and not random: a purchase's from (branch, invoice), a redemption's from its idempotency
//! key. So a caller that knows the key can look the item up by primary key.

use std::fmt;
use std::str::FromStr;

use crate::invoice::number_key;
use crate::member::comparable;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::invoice::{BranchKey, Invoice};

/// How many characters one digest has: 80 bits in base 32.
pub const DIGEST_CHARS: usize = 16;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Returns 80 bits of the SHA-256 of the parts as 16 lower-case Crockford characters.
///
/// Each part is preceded by its length, so that ("ab", "c") and ("a", "bc") differ.
pub fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let bytes = hash.finalize();
    base32(&bytes[..10])
}

/// Returns bytes as lower-case Crockford base-32 characters, five bits each, the first bits first.
pub fn base32(bytes: &[u8]) -> String {
    let mut characters = String::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut buffer, mut bits) = (0_u32, 0_u32);
    for byte in bytes {
        buffer = (buffer << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            characters.push(char::from(ALPHABET[(buffer >> bits & 31) as usize]));
        }
        buffer &= (1 << bits) - 1;
    }
    characters
}

/// Replaces each character by its counterpart from the other end of the alphabet. Twice gives the original.
fn mirrored(characters: &str) -> String {
    let counterpart = |byte: u8| {
        let place = ALPHABET.iter().position(|letter| *letter == byte).unwrap_or(0);
        char::from(ALPHABET[ALPHABET.len() - 1 - place])
    };
    characters.bytes().map(counterpart).collect()
}

fn is_digest(text: &str) -> bool {
    text.len() == DIGEST_CHARS && text.bytes().all(|byte| ALPHABET.contains(&byte))
}

/// The text is not an id of the kind asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id of this kind")]
pub struct NotAnId;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal + $digests:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Returns the id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Returns the characters after the prefix.
            pub fn digest(&self) -> &str {
                &self.0[$prefix.len()..]
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let rest = text.strip_prefix($prefix).ok_or(NotAnId)?;
                let whole = rest.len() == DIGEST_CHARS * $digests && rest.is_ascii();
                if whole && rest.as_bytes().chunks(DIGEST_CHARS).all(|chunk| {
                    std::str::from_utf8(chunk).is_ok_and(is_digest)
                }) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(NotAnId)
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotAnId;

            fn try_from(text: String) -> Result<Self, NotAnId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    )+};
}

// A kind of id is one line: its name, its prefix, and how many digests follow.
ids! {
    /// Names a member.
    MemberId = "mbr_" + 1;
    /// Names a purchase: derived from its branch and invoice number.
    PurchaseId = "pur_" + 1;
    /// Names a redemption: the digest of its idempotency key, then its member's digest, so that one
    /// read fetches the redemption and the account.
    RedemptionId = "rdm_" + 2;
    /// Names a mail: a digest of what caused it, then its member's digest.
    EmailId = "eml_" + 2;
    /// Names an entry of a member's timeline.
    EntryId = "ent_" + 1;
    /// Names an adjustment by hand: derived from its idempotency key.
    AdjustmentId = "adj_" + 1;
    /// Names a rating: the digest of its visit (or of its idempotency key), then its member's digest.
    RatingId = "rat_" + 2;
    /// Names a message of a rating's thread: derived from the rating and its idempotency key.
    MessageId = "msg_" + 1;
    /// Names a gift for a rating: derived from the rating and its idempotency key.
    GiftId = "gft_" + 1;
    /// Names an event of an order: derived from the id that the shop gave it.
    OrderEventId = "oev_" + 1;
    /// Names a care task: the digest of what it is about, then its member's digest.
    TaskId = "tsk_" + 2;
    /// Names a reservation of points: the digest of its idempotency key, then its member's digest.
    ReservationId = "rsv_" + 2;
    /// Names a return: derived from its branch and return number.
    ReturnId = "rtn_" + 1;
    /// Names a claim: the digest of what opened it, then its member's digest.
    ClaimId = "clm_" + 2;
    /// Names an attachment of a claim: derived from the claim and its idempotency key.
    AttachmentId = "att_" + 1;
    /// Names a run of the reports: derived from its idempotency key or its day.
    RunId = "run_" + 1;
    /// Names a re-rate of the purchases of a period: derived from its idempotency key.
    RerateId = "rrt_" + 1;
    /// Names a preview of a programme: derived from its idempotency key.
    PreviewId = "prv_" + 1;
}

impl AttachmentId {
    /// Derives the id from the idempotency key of the request that attaches it, and the claim.
    pub fn from_key(idempotency_key: &str, claim_id: &ClaimId) -> Self {
        Self(format!("att_{}", digest(&["attachment", claim_id.as_str(), idempotency_key])))
    }
}

impl RerateId {
    /// Derives the id from the idempotency key of the request that starts the re-rate.
    pub fn from_key(idempotency_key: &str) -> Self {
        Self(format!("rrt_{}", digest(&["rerate", idempotency_key])))
    }
}

impl PreviewId {
    /// Derives the id from the idempotency key of the request that starts the preview.
    pub fn from_key(idempotency_key: &str) -> Self {
        Self(format!("prv_{}", digest(&["preview", idempotency_key])))
    }
}

impl RunId {
    /// Derives the id from the idempotency key of the request that starts the run.
    pub fn from_key(idempotency_key: &str) -> Self {
        Self(format!("run_{}", digest(&["run", idempotency_key])))
    }

    /// Derives the id of the run of a day.
    pub fn of_day(day: Date) -> Self {
        Self(format!("run_{}", digest(&["run-day", &day.to_string()])))
    }
}

impl MemberId {
    /// The member of a claim without a known member, which the system opened for a purchase that names nobody
    /// we know.
    pub fn unknown() -> Self {
        Self("mbr_0000000000000000".to_owned())
    }

    /// Returns whether this is a real member.
    pub fn is_known(&self) -> bool {
        *self != Self::unknown()
    }

    /// Derives the id of the member that the holder of this idempotency key enrolled.
    pub fn from_key(idempotency_key: &str) -> Self {
        Self(format!("mbr_{}", digest(&["member", idempotency_key])))
    }
}

impl ReturnId {
    /// Derives the id of the return with this number.
    pub fn from_number(branch: &str, return_number: &str) -> Self {
        Self(format!(
            "rtn_{}",
            digest(&["return", &comparable(branch), &number_key(return_number)])
        ))
    }
}

impl PurchaseId {
    /// Derives the id of the purchase with this invoice.
    pub fn of_invoice(invoice: Invoice<'_>) -> Self {
        let (branch, number) = (invoice.branch_key(), invoice.number_key());
        Self(format!("pur_{}", digest(&["purchase", branch.as_str(), &number])))
    }
}

impl RedemptionId {
    /// Derives the id from the idempotency key of the redemption and its member.
    pub fn from_key(idempotency_key: &str, member_id: &MemberId) -> Self {
        Self(format!("rdm_{}{}", Self::key_digest_of(idempotency_key), member_id.digest()))
    }

    /// Returns the digest under which a redemption with this key is stored.
    pub fn key_digest_of(idempotency_key: &str) -> String {
        digest(&["redemption", idempotency_key])
    }

    /// Returns the part that comes from the idempotency key: the primary key.
    pub fn key_digest(&self) -> &str {
        &self.digest()[..DIGEST_CHARS]
    }

    /// Returns the member whose points were spent.
    pub fn member_id(&self) -> MemberId {
        MemberId(format!("mbr_{}", &self.digest()[DIGEST_CHARS..]))
    }

    /// Returns the id of the mail with the coupon.
    pub fn coupon_email_id(&self) -> EmailId {
        EmailId(format!("eml_{}", self.digest()))
    }

    /// Returns the id of the mail about the reversal: the mirrored digest, so that both mails of a redemption
    /// lead back to it.
    pub fn reversal_email_id(&self) -> EmailId {
        EmailId(format!("eml_{}{}", mirrored(self.key_digest()), self.member_id().digest()))
    }
}

impl RatingId {
    /// Derives the id of a member's rating of the visit with this invoice.
    pub fn of_visit(invoice: Invoice<'_>, member_id: &MemberId) -> Self {
        let (branch, number) = (invoice.branch_key(), invoice.number_key());
        Self::of_cause(&digest(&["visit", branch.as_str(), &number]), member_id)
    }

    /// Derives the id of a member's rating of their visit to a branch on a local day.
    pub fn of_day(branch: &BranchKey, day: Date, member_id: &MemberId) -> Self {
        Self::of_cause(&digest(&["visit-day", branch.as_str(), &day.to_string()]), member_id)
    }

    /// Derives the id of a rating of a visit without an invoice from its idempotency key.
    pub fn from_key(idempotency_key: &str, member_id: &MemberId) -> Self {
        Self::of_cause(&digest(&["rating", idempotency_key]), member_id)
    }
}

macro_rules! of_member {
    ($($name:ident $prefix:literal),*) => {
        $(impl $name {
            /// Puts the id together from the digest of its cause and its member.
            pub fn of_cause(cause: &str, member_id: &MemberId) -> Self {
                Self(format!(concat!($prefix, "{}{}"), cause, member_id.digest()))
            }

            /// Returns the digest of its cause: the sort key of the item under its member.
            pub fn cause(&self) -> &str {
                &self.digest()[..DIGEST_CHARS]
            }

            pub fn member_id(&self) -> MemberId {
                MemberId(format!("mbr_{}", &self.digest()[DIGEST_CHARS..]))
            }
        })*
    };
}

of_member!(RatingId "rat_", TaskId "tsk_", ClaimId "clm_", ReservationId "rsv_");

impl ReservationId {
    /// Derives the id from the idempotency key of the reservation and its member.
    pub fn from_key(idempotency_key: &str, member_id: &MemberId) -> Self {
        Self::of_cause(&digest(&["reservation", idempotency_key]), member_id)
    }
}

impl ClaimId {
    /// Derives the id from the idempotency key of the request that opened the claim.
    pub fn from_key(idempotency_key: &str, member_id: &MemberId) -> Self {
        Self::of_cause(&Self::key_digest_of(idempotency_key), member_id)
    }

    /// Returns the cause of a claim that was opened with this key.
    pub fn key_digest_of(idempotency_key: &str) -> String {
        digest(&["claim", idempotency_key])
    }
}

impl MessageId {
    /// Derives the id of a message from its rating and the idempotency key of the request.
    pub fn from_key(rating_id: &RatingId, idempotency_key: &str) -> Self {
        Self(format!("msg_{}", digest(&["message", rating_id.as_str(), idempotency_key])))
    }
}

impl GiftId {
    /// Derives the id of a gift from its rating and the idempotency key of the request.
    pub fn from_key(rating_id: &RatingId, idempotency_key: &str) -> Self {
        Self(format!("gft_{}", digest(&["gift", rating_id.as_str(), idempotency_key])))
    }
}

impl OrderEventId {
    /// Derives the id from the id that the shop gave the event.
    pub fn of_event(event_id: &str) -> Self {
        Self(format!("oev_{}", digest(&["order-event", event_id])))
    }
}

impl EmailId {
    /// Derives the id of a mail from its cause and its member.
    pub fn of_cause(cause: &[&str], member_id: &MemberId) -> Self {
        Self(format!("eml_{}{}", digest(cause), member_id.digest()))
    }

    /// Derives the id of a resend of this mail from the idempotency key of the request.
    pub fn resend(&self, idempotency_key: &str) -> Self {
        let cause = digest(&["resend", self.as_str(), idempotency_key]);
        Self(format!("eml_{cause}{}", self.member_id().digest()))
    }

    /// Returns the member to whom the mail is written.
    pub fn member_id(&self) -> MemberId {
        MemberId(format!("mbr_{}", &self.digest()[DIGEST_CHARS..]))
    }

    /// Returns the redemption whose coupon this mail delivers, if it is a first coupon mail.
    pub fn coupon_redemption_id(&self) -> RedemptionId {
        RedemptionId(format!("rdm_{}", self.digest()))
    }

    /// Returns the redemption whose reversal this mail reports, if it is such a mail.
    pub fn reversed_redemption_id(&self) -> RedemptionId {
        let key_digest = mirrored(&self.digest()[..DIGEST_CHARS]);
        RedemptionId(format!("rdm_{key_digest}{}", self.member_id().digest()))
    }
}

impl AdjustmentId {
    /// Derives the id from the idempotency key of the adjustment.
    pub fn from_key(idempotency_key: &str) -> Self {
        Self(format!("adj_{}", digest(&["adjustment", idempotency_key])))
    }
}

impl EntryId {
    /// Derives the id of the entry that an object of this kind caused.
    pub fn of(kind: &str, id: &str) -> Self {
        Self(format!("ent_{}", digest(&[kind, id])))
    }
}

#[cfg(test)]
mod tests;
