//! Members in answers: complete, and in the short form for a till.

use jiff::Timestamp;
use puntos_domain::account::{Balance, MemberAccount};
use puntos_domain::id::MemberId;
use puntos_domain::mail::{AddressBlock, BlockReason};
use puntos_domain::member::Member;
use puntos_domain::standing::TierAnswer;
use serde::Serialize;

/// A member.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MemberAnswer {
    /// The id.
    #[schema(value_type = String)]
    pub member_id: MemberId,
    /// The member who has the points since the two were merged; null if it is this one.
    #[schema(value_type = Option<String>)]
    pub merged_into: Option<MemberId>,
    /// The full name.
    pub name: String,
    /// The e-mail address.
    pub email: Option<String>,
    /// Whether mail goes there.
    pub email_status: EmailStatusAnswer,
    /// The address that the member entered and that waits to be confirmed.
    pub email_pending: Option<String>,
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
    /// The agent who cares for the member; null for nobody.
    pub agent_id: Option<String>,
    /// What the member has.
    pub balance: Balance,
    /// The tier; null where the programme has none.
    pub tier: Option<TierAnswer>,
    /// When the member was enrolled.
    #[schema(value_type = String, format = "date-time")]
    pub created_at: Timestamp,
}

/// Whether mail goes to a member.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct EmailStatusAnswer {
    /// Whether mail goes there.
    pub state: AddressState,
    /// Why it is blocked.
    pub reason: Option<BlockReason>,
    /// Since when it is blocked.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub since: Option<Timestamp>,
}

/// Whether mail goes to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AddressState {
    /// It does.
    Ok,
    /// The address is blocked.
    Blocked,
    /// There is no address.
    None,
}

impl EmailStatusAnswer {
    /// Returns the status of an address.
    pub fn new(has_address: bool, block: Option<&AddressBlock>) -> Self {
        let state = match (has_address, block) {
            (false, _) => AddressState::None,
            (true, None) => AddressState::Ok,
            (true, Some(_)) => AddressState::Blocked,
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
        tier: Option<TierAnswer>,
        now: Timestamp,
    ) -> Self {
        let profile = &stored.profile;
        Self {
            member_id: stored.member_id.clone(),
            merged_into: stored.merged_into.clone(),
            name: profile.name.clone(),
            email: profile.email.as_ref().map(|email| email.as_given().to_owned()),
            email_status: EmailStatusAnswer::new(profile.email.is_some(), block),
            email_pending: profile.email_pending.as_ref().map(|email| email.as_given().to_owned()),
            phone: profile.phone.clone(),
            document: profile.document.clone(),
            card_number: profile.card_number.clone(),
            locale: profile.locale.clone(),
            birth_date: profile.birth_date,
            optional_emails: profile.optional_emails,
            agent_id: profile.agent_id.clone(),
            balance: account.account.balance(now),
            tier,
            created_at: stored.created_at,
        }
    }
}

/// A member as the caller may see them.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum ShownMember {
    /// Everything.
    Whole(Box<MemberAnswer>),
    /// What a till sees.
    ForTill(TillMember),
}

/// What a till sees of a member.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TillMember {
    /// The id.
    #[schema(value_type = String)]
    pub member_id: MemberId,
    /// The first word of the name.
    pub first_name: String,
    /// What the member has.
    pub balance: Balance,
}

impl TillMember {
    /// Returns an account as it is at an instant.
    pub fn new(account: &MemberAccount, now: Timestamp) -> Self {
        Self {
            member_id: account.member_id.clone(),
            first_name: account.contact.first_name.clone(),
            balance: account.account.balance(now),
        }
    }
}
