//! What the inbox answers: a rating with its thread, a message, a gift.

use jiff::Timestamp;
use puntos_api::redemptions::CouponAnswer;
use puntos_domain::gift::{GiftCounts, GiftStatus};
use puntos_domain::id::{EmailId, GiftId, MemberId, MessageId, RatingId};
use puntos_domain::mail::EmailStatus;
use puntos_domain::rating::{Category, Color};
use puntos_domain::reward::{Discount, RewardKind};
use puntos_store::{Sender, StoredGift, StoredMessage};
use serde::Serialize;

/// A rating, opened.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ThreadAnswer {
    /// Its id.
    #[schema(value_type = String)]
    pub rating_id: RatingId,
    /// Who rated.
    #[schema(value_type = String)]
    pub member_id: MemberId,
    /// Their name when they rated.
    pub name: String,
    /// The score of now.
    pub score: u8,
    /// What kind of customer it makes.
    pub category: Category,
    /// The colour of that.
    pub color: Color,
    /// The comment of now.
    pub comment: Option<String>,
    /// Where the visit was.
    pub branch: String,
    /// The invoice of the visit.
    pub invoice_number: Option<String>,
    /// When the visit was.
    #[schema(value_type = String, format = "date-time")]
    pub visited_at: Timestamp,
    /// When it was first rated.
    #[schema(value_type = String, format = "date-time")]
    pub created_at: Timestamp,
    /// Whether nobody of the desk has opened it since something new was said.
    pub unread: bool,
    /// How often the desk replied.
    pub replies: u32,
    /// Every opinion of the visit that is kept, oldest first; the last is that of now.
    pub history: Vec<OpinionAnswer>,
    /// The thread, oldest first.
    pub messages: Vec<MessageAnswer>,
    /// How many gifts the member was given for any of their ratings.
    pub gifts: GiftCounts,
    /// The gifts for this one, oldest first.
    pub gifts_of_rating: Vec<GiftAnswer>,
    /// What became of the automatic reply.
    pub auto_reply: AutoReplyAnswer,
}

/// An opinion of a visit.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OpinionAnswer {
    /// The score.
    pub score: u8,
    /// What kind of customer it makes.
    pub category: Category,
    /// The colour of that.
    pub color: Color,
    /// The comment.
    pub comment: Option<String>,
    /// When it was given.
    #[schema(value_type = String, format = "date-time")]
    pub at: Timestamp,
}

/// A message of a thread.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MessageAnswer {
    /// Its id.
    #[schema(value_type = String)]
    pub message_id: MessageId,
    /// The rating whose thread it is in.
    #[schema(value_type = String)]
    pub rating_id: RatingId,
    /// Who wrote it.
    pub from: Sender,
    /// What it says.
    pub text: String,
    /// When.
    #[schema(value_type = String, format = "date-time")]
    pub at: Timestamp,
    /// The mail that carries it; null where it carries none.
    #[schema(value_type = Option<String>)]
    pub email_id: Option<EmailId>,
    /// What became of that mail so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_status: Option<EmailStatus>,
    /// Who wrote it; a member does not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
}

/// A gift for a rating.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct GiftAnswer {
    /// Its id.
    #[schema(value_type = String)]
    pub gift_id: GiftId,
    /// The rating that it is for.
    #[schema(value_type = String)]
    pub rating_id: RatingId,
    /// Whose it is.
    #[schema(value_type = String)]
    pub member_id: MemberId,
    /// What is given.
    pub kind: RewardKind,
    /// What the member reads.
    pub name: String,
    /// What became of it; points are redeemed at once.
    pub status: GiftStatus,
    /// The reward of the catalogue that it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reward_id: Option<String>,
    /// The points credited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points: Option<i64>,
    /// The discount, for that kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discount: Option<Discount>,
    /// The coupon; points come without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coupon: Option<CouponAnswer>,
    /// The mail that brings it; null without an address.
    #[schema(value_type = Option<String>)]
    pub email_id: Option<EmailId>,
    /// What became of that mail so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_status: Option<EmailStatus>,
    /// When it was given.
    #[schema(value_type = String, format = "date-time")]
    pub created_at: Timestamp,
}

/// What became of the automatic reply to a rating.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AutoReplyAnswer {
    /// `none`, `waiting`, `sent` or `cancelled`.
    pub state: &'static str,
    /// When it leaves, while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time")]
    pub until: Option<Timestamp>,
    /// The mail that it became.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub email_id: Option<EmailId>,
    /// What became of that mail so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_status: Option<EmailStatus>,
}

/// That a rating is read.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReadAnswer {
    /// The rating.
    #[schema(value_type = String)]
    pub rating_id: RatingId,
    /// Always false.
    pub unread: bool,
}

impl MessageAnswer {
    /// Returns a message as the desk sees it, or without who wrote it.
    pub(crate) fn new(message: StoredMessage, shows_actor: bool) -> Self {
        Self {
            message_id: message.message_id,
            rating_id: message.rating_id,
            from: message.sender,
            text: message.text,
            at: message.at,
            email_id: message.email_id,
            email_status: None,
            actor: shows_actor.then_some(message.actor),
        }
    }
}

impl GiftAnswer {
    /// Returns a gift as it is at an instant.
    pub(crate) fn new(stored: StoredGift, now: Timestamp) -> Self {
        let gift = stored.gift;
        Self {
            gift_id: stored.gift_id,
            member_id: stored.rating_id.member_id(),
            rating_id: stored.rating_id,
            kind: gift.kind,
            status: gift.status(now),
            name: gift.name,
            reward_id: gift.reward_id,
            points: gift.points,
            discount: gift.discount,
            coupon: gift.coupon.as_ref().map(|coupon| CouponAnswer::new(coupon, now)),
            email_id: stored.email_id,
            email_status: None,
            created_at: stored.created_at,
        }
    }
}
