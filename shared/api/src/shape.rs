//! Answers that several functions give: the points of a purchase, a member.

use jiff::Timestamp;
use puntos_domain::account::{Balance, Lot};
use puntos_domain::id::MemberId;
use puntos_domain::mail::BlockReason;
use serde::Serialize;

use puntos_domain::account::MemberAccount;
use puntos_domain::mail::AddressBlock;
use puntos_domain::member::Member;

/// A member.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MemberAnswer {
    /// The id.
    #[schema(value_type = String)]
    pub member_id: MemberId,
    /// The full name.
    pub name: String,
    /// The e-mail address.
    pub email: Option<String>,
    /// Whether mail goes there.
    pub email_status: EmailStatusAnswer,
    /// The telephone number.
    pub phone: Option<String>,
    /// The number of an identity document.
    pub document: Option<String>,
    /// The number of the loyalty card.
    pub card_number: Option<String>,
    /// The language of mails, where the member has one of their own.
    pub locale: Option<String>,
    /// The day of birth.
    #[schema(value_type = Option<String>, format = "date")]
    pub birth_date: Option<jiff::civil::Date>,
    /// Whether mails may come that answer no act of the member.
    pub optional_emails: bool,
    /// What the member has.
    pub balance: Balance,
    /// The tier. Null: programmes have no tiers yet.
    pub tier: Option<String>,
    /// When the member was enrolled.
    #[schema(value_type = String, format = "date-time")]
    pub created_at: Timestamp,
}

/// Whether mail goes to a member.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct EmailStatusAnswer {
    /// `ok`, `blocked`, or `none` without an address.
    pub state: &'static str,
    /// Why it is blocked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<BlockReason>,
    /// Since when it is blocked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time")]
    pub since: Option<Timestamp>,
}

impl EmailStatusAnswer {
    /// Returns the status of an address.
    pub fn new(has_address: bool, block: Option<&AddressBlock>) -> Self {
        let state = match (has_address, block) {
            (false, _) => "none",
            (true, None) => "ok",
            (true, Some(_)) => "blocked",
        };
        let block = block.filter(|_| has_address);
        Self {
            state,
            reason: block.map(|block| block.reason),
            since: block.map(|block| block.since),
        }
    }
}

impl MemberAnswer {
    /// Returns a stored member as it is at an instant.
    pub fn new(
        stored: &Member,
        account: &MemberAccount,
        block: Option<&AddressBlock>,
        now: Timestamp,
    ) -> Self {
        let profile = &stored.profile;
        Self {
            member_id: stored.member_id.clone(),
            name: profile.name.clone(),
            email: profile.email.as_ref().map(|email| email.as_given().to_owned()),
            email_status: EmailStatusAnswer::new(profile.email.is_some(), block),
            phone: profile.phone.clone(),
            document: profile.document.clone(),
            card_number: profile.card_number.clone(),
            locale: profile.locale.clone(),
            birth_date: profile.birth_date,
            optional_emails: profile.optional_emails,
            balance: account.account.balance(now),
            tier: None,
            created_at: stored.created_at,
        }
    }
}

/// The points of a purchase.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PointsAnswer {
    /// How many.
    pub earned: i64,
    /// `available` or `pending`.
    pub status: &'static str,
    /// The first instant at which they can be spent.
    #[schema(value_type = String, format = "date-time")]
    pub available_at: Timestamp,
    /// The first instant at which they can no longer be used; null is never.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub expires_at: Option<Timestamp>,
}

impl PointsAnswer {
    /// Returns the points of a purchase, earned at an instant: as it was recorded, or claimed later.
    pub fn new(lot: &Lot, purchased_at: Timestamp, earned_at: Timestamp) -> Self {
        let waits = lot.available_at.is_some_and(|at| at > earned_at);
        Self {
            earned: lot.points,
            status: if waits { "pending" } else { "available" },
            available_at: lot.available_at.unwrap_or(purchased_at.min(earned_at)),
            expires_at: lot.expires_at,
        }
    }
}
