//! The keys of the table: every string that addresses an item is written here and nowhere else.
//!
//! `infra/TABLE.md` lists them; a test holds the two against each other.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use jiff::civil::Date;
use puntos_domain::coupon::{CouponCode, hour_prefix};
use puntos_domain::id::{AdjustmentId, EmailId, MemberId, PurchaseId, RedemptionId};
use puntos_domain::mail::EmailStatus;

/// The index of a member's timeline.
pub const TIMELINE_INDEX: &str = "timeline";
/// The index of coupons by hour and code, and of mails by SES message id.
pub const LOOKUP_INDEX: &str = "lookup";
/// The index of mails by status.
pub const WORK_INDEX: &str = "work";

/// The primary key of one item.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// The partition.
    pub pk: String,
    /// The place in the partition.
    pub sk: String,
}

impl Key {
    /// Returns a key of its two parts.
    pub fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: sk.into() }
    }

    /// Who a member is.
    pub fn profile(member_id: &MemberId) -> Self {
        Self::new(member_id.as_str(), "profile")
    }

    /// What a member has, and where mail to them goes.
    pub fn account(member_id: &MemberId) -> Self {
        Self::new(member_id.as_str(), "account")
    }

    /// One change of a profile.
    pub fn profile_change(member_id: &MemberId, version: u64) -> Self {
        Self::new(member_id.as_str(), format!("change#{version:08}"))
    }

    /// How many of a limited reward a member has redeemed.
    pub fn reward_limit(member_id: &MemberId, reward_id: &str) -> Self {
        Self::new(member_id.as_str(), format!("limit#{reward_id}"))
    }

    /// Who has a card, a document, an e-mail address or a token's subject.
    pub fn owner(kind: OwnerKind, value: &str) -> Self {
        Self::new(format!("{}#{value}", kind.prefix()), "owner")
    }

    /// Whether mail to a (normalised) address is blocked.
    pub fn address_block(address: &str) -> Self {
        Self::new(format!("email#{address}"), "block")
    }

    /// One word of a member's name, for the search by prefix.
    pub fn name_word(word: &str, member_id: &MemberId) -> Self {
        Self::new(name_partition(word), format!("{word}#{member_id}"))
    }

    /// A purchase, or the credit by hand that waits for it.
    pub fn purchase(purchase_id: &PurchaseId) -> Self {
        Self::new(purchase_id.as_str(), "purchase")
    }

    /// A redemption with its coupon.
    pub fn redemption(redemption_id: &RedemptionId) -> Self {
        Self::redemption_of_digest(redemption_id.key_digest())
    }

    /// A redemption by its idempotency key.
    pub fn redemption_of_key(idempotency_key: &str) -> Self {
        Self::redemption_of_digest(&RedemptionId::key_digest_of(idempotency_key))
    }

    fn redemption_of_digest(digest: &str) -> Self {
        Self::new(format!("rdm_{digest}"), "redemption")
    }

    /// The reversal of a redemption.
    pub fn reversal(redemption_id: &RedemptionId) -> Self {
        Self::new(format!("rdm_{}", redemption_id.key_digest()), "reversal")
    }

    /// An adjustment by hand.
    pub fn adjustment(adjustment_id: &AdjustmentId) -> Self {
        Self::new(adjustment_id.as_str(), "adjustment")
    }

    /// How many points an agent adjusted on a local day.
    pub fn agent_day(subject: &str, day: Date) -> Self {
        Self::new(format!("agent#{subject}"), format!("day#{day}"))
    }

    /// A reward of the catalogue.
    pub fn reward(reward_id: &str) -> Self {
        Self::new("rewards", reward_id)
    }

    /// The newest version of the programme and when each version began.
    pub fn program_head() -> Self {
        Self::new("program", "head")
    }

    /// One version of the programme.
    pub fn program_version(version: u32) -> Self {
        Self::new("program", format!("version#{version:06}"))
    }

    /// A mail.
    pub fn email(email_id: &EmailId) -> Self {
        Self::new(email_id.as_str(), "email")
    }

    /// Returns the key as the SDK wants it.
    pub fn attributes(&self) -> HashMap<String, AttributeValue> {
        HashMap::from([
            ("pk".to_owned(), AttributeValue::S(self.pk.clone())),
            ("sk".to_owned(), AttributeValue::S(self.sk.clone())),
        ])
    }
}

/// What can have only one owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnerKind {
    /// The number of an identity document.
    Document,
    /// The number of a loyalty card.
    Card,
    /// An e-mail address.
    Email,
    /// The subject of a member's token.
    Subject,
}

impl OwnerKind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Card => "card",
            Self::Email => "email",
            Self::Subject => "subject",
        }
    }
}

/// Returns the partition in which the words with this first letter are searched.
pub fn name_partition(word: &str) -> String {
    format!("name#{}", word.chars().next().unwrap_or_default())
}

/// Returns the place of an entry in its member's timeline: its time, then the account's version, so
/// that two entries of one instant keep their order.
pub fn timeline_at(at: Timestamp, version: u64) -> String {
    format!("{}#{version:08}", instant(at))
}

/// Returns an instant as text of one length, so that text order is time order.
pub fn instant(at: Timestamp) -> String {
    format!("{at:.6}")
}

/// Returns the partition of the lookup index that holds the coupons of an hour.
pub fn coupon_partition(hour: &str) -> String {
    format!("coupon#{hour}")
}

/// Returns where the lookup index holds a coupon.
pub fn coupon_lookup(code: &CouponCode) -> (String, String) {
    (coupon_partition(code.hour()), code.as_str().to_owned())
}

/// Returns the partition of the lookup index that holds the reversals of an hour.
pub fn reversal_partition(at: Timestamp) -> String {
    format!("reversal#{}", hour_prefix(at))
}

/// Returns the partition of the lookup index that holds the mail with this SES message id.
pub fn message_lookup(message_id: &str) -> String {
    format!("message#{message_id}")
}

/// Returns the partition of the work index that holds the mails with this status.
pub fn email_queue(status: EmailStatus) -> String {
    format!("email#{}", status.as_str())
}
