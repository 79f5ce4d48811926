//! The keys of the table. Every string that addresses an item is built here and nowhere else.
//!
//! `infra/TABLE.md` lists them. A test compares the two.

mod care;
mod lists;
mod settings;
mod walks;

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use jiff::civil::Date;
use puntos_domain::coupon::{CouponCode, hour_prefix};
use puntos_domain::id::{
    AdjustmentId, DIGEST_CHARS, EmailId, GiftId, MemberId, MessageId, PurchaseId, RatingId,
    RedemptionId, ReservationId, ReturnId, digest,
};
use puntos_domain::invoice::BranchKey;
use puntos_domain::mail::EmailStatus;

pub use lists::{
    address_order, branch_rating_partition, claim_due_order, claim_queue, due_order, due_queue,
    due_shard_queue, expiry_queue, expiry_shard_queue, invitation_queue, invitation_shard_queue,
    payment_due_order, rating_name_order, rating_order, rating_partition, task_order, task_queue,
};
pub use walks::REPORT_MONTH_PREFIX;

/// The index of a member's timeline.
pub const TIMELINE_INDEX: &str = "timeline";
/// The index of coupons by hour and code, and of mails by SES message id.
pub const LOOKUP_INDEX: &str = "lookup";
/// The index of mails by status, of tasks by kind, and of due items.
pub const WORK_INDEX: &str = "work";
/// The index of all ratings by unread flag, score and visit.
pub const RATINGS_INDEX: &str = "ratings";
/// The index of a branch's ratings by unread flag, score and visit.
pub const BRANCH_RATINGS_INDEX: &str = "branch_ratings";
/// The index of all ratings by the customer's name.
pub const RATING_NAMES_INDEX: &str = "rating_names";
/// The partition of the work index that holds the automatic replies that wait.
pub const AUTO_REPLY_QUEUE: &str = "auto-reply";
/// The partition of the work index that holds the changed addresses that the user pool does not have yet.
pub const ADDRESS_QUEUE: &str = "addresses";
/// The partition of the work index that holds the payments that wait for their orders.
pub const PAYMENT_QUEUE: &str = "payments";
/// The partition of the work index that holds the runs of the reports that have not finished.
pub const REPORT_QUEUE: &str = "reports";
/// The partition of the work index that holds the re-rates and previews that have not ended.
pub const COMPARISON_QUEUE: &str = "comparisons";
/// The partition of the index of ratings by name.
pub const NAME_LIST: &str = "ratings";
/// The number of partitions that share the due dates of members.
pub const DUE_SHARDS: u8 = 8;
/// The number of items that share the counters of all branches.
pub const COUNT_SHARDS: u8 = 4;
/// The partition of the names of agents.
pub const AGENTS: &str = "agents";
/// The partition of the branches that were met.
pub const BRANCHES: &str = "branches";
/// The prefix of the sort keys of a member's due warnings of expiries.
pub const EXPIRY_WARNING_PREFIX: &str = "expiry#";
/// The prefix of the sort keys of a member's gifts.
pub const GIFT_PREFIX: &str = "gift#";

/// The primary key of one item: its partition and its sort key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    pub pk: String,
    pub sk: String,
}

impl Key {
    /// Returns a key from its two parts.
    pub fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: sk.into() }
    }

    pub fn profile(member_id: &MemberId) -> Self {
        Self::new(member_id.as_str(), "profile")
    }

    /// The account of a member, with the contact for mails.
    pub fn account(member_id: &MemberId) -> Self {
        Self::new(member_id.as_str(), "account")
    }

    pub fn profile_change(member_id: &MemberId, version: u64) -> Self {
        Self::new(member_id.as_str(), format!("change#{version:08}"))
    }

    /// An unblocking of a member's address, by the idempotency key of its request.
    pub fn unblocking(member_id: &MemberId, idempotency_key: &str) -> Self {
        Self::new(member_id.as_str(), format!("unblock#{}", digest(&[idempotency_key])))
    }

    /// The entry about the sign-in of a member, by its cause: the request, or the version of the profile whose address
    /// the user pool did not take.
    pub fn sign_in_change(member_id: &MemberId, cause: &str) -> Self {
        Self::new(member_id.as_str(), format!("sign-in#{}", digest(&[cause])))
    }

    /// The entry of a merge of two members, or of its end, for one of them, by the request.
    pub fn merge(member_id: &MemberId, request: &str) -> Self {
        Self::new(member_id.as_str(), format!("merge#{}", digest(&[request])))
    }

    /// The subject that reaches a member, or the code for it.
    pub fn sign_in(member_id: &MemberId) -> Self {
        Self::new(member_id.as_str(), "sign_in")
    }

    /// How many of a limited reward a member has redeemed.
    pub fn reward_limit(member_id: &MemberId, reward_id: &str) -> Self {
        Self::new(member_id.as_str(), format!("limit#{reward_id}"))
    }

    /// Who has a card, a document, an e-mail address or a token's subject.
    pub fn owner(kind: OwnerKind, value: &str) -> Self {
        Self::new(format!("{}#{value}", kind.prefix()), "owner")
    }

    /// The block of a normalised address.
    pub fn address_block(address: &str) -> Self {
        Self::new(format!("email#{address}"), "block")
    }

    /// One word of a member's name, for the search by prefix.
    pub fn name_word(word: &str, member_id: &MemberId) -> Self {
        Self::new(name_partition(word), format!("{word}#{member_id}"))
    }

    /// A purchase, or the credit that waits for it.
    pub fn purchase(purchase_id: &PurchaseId) -> Self {
        Self::new(purchase_id.as_str(), "purchase")
    }

    /// The correction of a purchase by what caused it: an idempotency key or a run.
    pub fn correction(purchase_id: &PurchaseId, cause: &str) -> Self {
        Self::new(purchase_id.as_str(), format!("correction#{}", digest(&[cause])))
    }

    /// The entry of the member who gives a purchase up, by the idempotency key of the move.
    pub fn move_out(purchase_id: &PurchaseId, idempotency_key: &str) -> Self {
        let place = format!("move-out#{}", digest(&[idempotency_key]));
        Self::new(purchase_id.as_str(), place)
    }

    /// The entry of the member who gets a purchase.
    pub fn move_in(purchase_id: &PurchaseId, idempotency_key: &str) -> Self {
        Self::new(purchase_id.as_str(), format!("move-in#{}", digest(&[idempotency_key])))
    }

    pub fn purchase_return(return_id: &ReturnId) -> Self {
        Self::new(return_id.as_str(), "return")
    }

    /// A reservation, by its idempotency key, so that one key reserves once over all members.
    pub fn reservation(reservation_id: &ReservationId) -> Self {
        Self::new(format!("rsv_{}", reservation_id.cause()), "reservation")
    }

    /// A redemption with its coupon.
    pub fn redemption(redemption_id: &RedemptionId) -> Self {
        Self::redemption_of_digest(redemption_id.key_digest())
    }

    pub fn redemption_of_key(idempotency_key: &str) -> Self {
        Self::redemption_of_digest(&RedemptionId::key_digest_of(idempotency_key))
    }

    fn redemption_of_digest(digest: &str) -> Self {
        Self::new(format!("rdm_{digest}"), "redemption")
    }

    pub fn reversal(redemption_id: &RedemptionId) -> Self {
        Self::new(format!("rdm_{}", redemption_id.key_digest()), "reversal")
    }

    /// An adjustment by hand.
    pub fn adjustment(adjustment_id: &AdjustmentId) -> Self {
        Self::new(adjustment_id.as_str(), "adjustment")
    }

    pub fn agent(subject: &str) -> Self {
        Self::new(AGENTS, subject)
    }

    /// A branch that a purchase or a rating named.
    pub fn branch(branch: &BranchKey) -> Self {
        Self::new(BRANCHES, branch.as_str())
    }

    /// How many points, and what worth, an agent gave or took on a local day.
    pub fn agent_day(subject: &str, day: Date) -> Self {
        Self::new(format!("agent#{subject}"), format!("day#{day}"))
    }

    /// How many claims a member opened and updated on a local day.
    pub fn member_day(member_id: &MemberId, day: Date) -> Self {
        Self::new(member_id.as_str(), format!("day#{day}"))
    }

    /// A reward of the catalogue.
    pub fn reward(reward_id: &str) -> Self {
        Self::new("rewards", reward_id)
    }

    pub fn reward_version(reward_id: &str, version: u32) -> Self {
        Self::new(format!("reward#{reward_id}"), format!("version#{version:06}"))
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

    /// A member's rating of a visit.
    pub fn rating(rating_id: &RatingId) -> Self {
        Self::new(rating_id.member_id().as_str(), format!("rating#{}", rating_id.cause()))
    }

    /// Maps an idempotency key to its rating, so that one key rates once over all members.
    pub fn rating_key(idempotency_key: &str) -> Self {
        let rating_id = RatingId::from_key(idempotency_key, &MemberId::unknown());
        Self::new(format!("rat_{}", rating_id.cause()), "key")
    }

    /// A message of a rating's thread.
    pub fn message(rating_id: &RatingId, message_id: &MessageId) -> Self {
        let place = format!("{}{}", message_prefix(rating_id), message_id.digest());
        Self::new(rating_id.member_id().as_str(), place)
    }

    pub fn gift(rating_id: &RatingId, gift_id: &GiftId) -> Self {
        let place = format!("{GIFT_PREFIX}{}#{}", rating_id.cause(), gift_id.digest());
        Self::new(rating_id.member_id().as_str(), place)
    }

    /// The counters of a branch's ratings of one local day.
    pub fn branch_counts(branch: &BranchKey, day: Date) -> Self {
        Self::new(branch_counts_partition(branch), day.to_string())
    }

    /// One shard of the counters of all ratings of one local day.
    pub fn total_counts(shard: u8, day: Date) -> Self {
        Self::new(total_counts_partition(shard), day.to_string())
    }

    /// The due warning of an expiry of a member.
    pub fn expiry_warning(member_id: &MemberId, expires_at: Timestamp) -> Self {
        let second = expires_at.as_second();
        Self::new(member_id.as_str(), format!("{EXPIRY_WARNING_PREFIX}{second}"))
    }

    /// Returns the key in the form that the SDK takes.
    pub fn attributes(&self) -> HashMap<String, AttributeValue> {
        HashMap::from([
            ("pk".to_owned(), AttributeValue::S(self.pk.clone())),
            ("sk".to_owned(), AttributeValue::S(self.sk.clone())),
        ])
    }
}

/// A value that only one member can have.
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
    /// Returns the field of a profile that holds it.
    pub(crate) fn field(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Card => "card_number",
            Self::Email => "email",
            Self::Subject => "subject",
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::Card => "card",
            other => other.field(),
        }
    }
}

/// Returns the partition in which the words with this first letter are searched.
pub fn name_partition(word: &str) -> String {
    format!("name#{}", word.chars().next().unwrap_or_default())
}

/// Returns the prefix of the sort keys of the messages of a rating's thread.
pub fn message_prefix(rating_id: &RatingId) -> String {
    format!("message#{}#", rating_id.cause())
}

/// Returns the sort key of an entry in its member's timeline: its time, then the account's version, so that
/// two entries of one instant keep their order.
pub fn timeline_at(at: Timestamp, version: u64) -> String {
    format!("{}#{version:08}", instant(at))
}

/// Returns an instant as text of fixed length, so that text order is time order.
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

/// Returns the partition of the lookup index that holds the purchases of an hour that start a care cycle.
pub fn cycle_partition(recorded_at: Timestamp) -> String {
    format!("order#{}", &instant(recorded_at)[..13])
}

/// Returns the sort key of a purchase that starts a care cycle: when it was recorded, then the purchase.
pub fn cycle_order(recorded_at: Timestamp, purchase_id: &PurchaseId) -> String {
    format!("{}#{purchase_id}", instant(recorded_at))
}

/// Returns the partition of the lookup index that holds the mail with this SES message id.
pub fn message_lookup(message_id: &str) -> String {
    format!("message#{message_id}")
}

/// Returns the partition of the work index that holds the mails with this status.
pub fn email_queue(status: EmailStatus) -> String {
    format!("email#{status}")
}

/// Returns the sort key of a mail among those with its status: the time of the status, then the cause.
pub fn email_order(since: Timestamp, email_id: &EmailId) -> String {
    format!("{}#{}", instant(since), &email_id.digest()[..DIGEST_CHARS])
}

/// Returns the partition of the table that holds a branch's counters by day.
pub fn branch_counts_partition(branch: &BranchKey) -> String {
    format!("counts#branch#{branch}")
}

/// Returns the partition of the table that holds one shard of all counters by day.
pub fn total_counts_partition(shard: u8) -> String {
    format!("counts#all#{shard}")
}
