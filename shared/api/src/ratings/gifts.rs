//! Gifts for a rating: the route and its shapes.

use jiff::Timestamp;
use puntos_domain::field::FieldError;
use puntos_domain::fingerprint;
use puntos_domain::gift::{self, GIFTS_MAX, GiftStatus, GivenGift, Refusal, Terms};
use puntos_domain::id::{EmailId, GiftId, MemberId, RatingId};
use puntos_domain::language::Language;
use puntos_domain::mail::EmailStatus;
use puntos_domain::money::Money;
use puntos_domain::points::Points;
use puntos_domain::reward::{Discount, Reward, RewardKind, reward_id};
use serde::{Deserialize, Serialize};

use super::AGENTS;
use crate::redemptions::CouponAnswer;
use crate::rewards::DiscountAnswer;
use crate::{KeyRule, Problem, Reply, Route, Shape};

/// Gives something for a rating.
pub const GIVE: Route = Route {
    key: "POST /v1/ratings/{rating_id}/gifts",
    operation_id: "give_gift",
    tag: "Ratings",
    summary: "Give a gift for a rating",
    description: "Points are credited at once. Anything else comes as a coupon that the till accepts \
        and that expires. Points, the cost of a reward, and the worth of a gift count against the \
        programme's agent_limits, above which a supervisor is needed. The worth is the amount of the \
        discount or the stated one, whichever is higher; without both, the programme's gift_worth. \
        Amounts are in the programme's currency. The gift is mailed where the member has an address.",
    roles: AGENTS,
    idempotency: KeyRule::Required,
    query: &[],
    request: Some(Shape::of::<GiftRequest>()),
    answers: &[Reply::new::<GiftAnswer>(201, "Given, or given before with this key")],
    problems: &[
        (403, &["forbidden"]),
        (404, &["not_found"]),
        (409, &["reward_inactive", "out_of_stock", "gifts_full"]),
    ],
};

/// A gift for a rating.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GiftRequest {
    /// What to give.
    pub gift: GiftChoice,
}

/// What to give: a reward of the catalogue by its id, or something made up by its kind.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GiftChoice {
    /// A reward of the catalogue; nothing else is given with it.
    pub reward_id: Option<String>,
    /// What is made up.
    pub kind: Option<MadeUpKind>,
    /// The points, for that kind: they are credited at once.
    pub points: Option<Points>,
    /// What the member reads; needed but for points.
    pub name: Option<String>,
    /// The discount, for that kind.
    pub discount: Option<Discount>,
    /// For how many times 24 hours the coupon can be used; needed but for points.
    pub valid_days: Option<u16>,
    /// Its value to the member, for the limits of agents.
    pub worth: Option<Money>,
}

/// What kind of thing can be made up.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MadeUpKind {
    /// Points.
    Points,
    /// A product of the assortment.
    Product,
    /// A discount on a purchase.
    Discount,
}

/// A parsed gift.
#[derive(Debug, Clone)]
pub enum Offer {
    /// A reward of the catalogue, by its id.
    Catalogued(String),
    /// A gift outside the catalogue.
    MadeUp(Box<Reward>),
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
    /// The status; points are redeemed at once.
    pub status: GiftStatus,
    /// The reward of the catalogue that it is.
    pub reward_id: Option<String>,
    /// The points credited.
    pub points: Option<Points>,
    /// The discount, for that kind.
    pub discount: Option<DiscountAnswer>,
    /// The coupon; points come without one.
    pub coupon: Option<CouponAnswer>,
    /// The mail that brings it; null without an address.
    #[schema(value_type = Option<String>)]
    pub email_id: Option<EmailId>,
    /// The status of that mail.
    pub email_status: Option<EmailStatus>,
    /// When it was given.
    #[schema(value_type = String, format = "date-time")]
    pub created_at: Timestamp,
}

impl GiftRequest {
    /// Returns the parsed gift.
    ///
    /// # Errors
    /// Refuses fields that do not fit, alone or together.
    pub fn checked(self) -> Result<Offer, Problem> {
        let GiftChoice { reward_id, kind, points, name, discount, valid_days, worth } = self.gift;
        match (reward_id, kind) {
            (Some(reward_id), None) => {
                let others = [
                    ("gift.points", points.is_some()),
                    ("gift.name", name.is_some()),
                    ("gift.discount", discount.is_some()),
                    ("gift.valid_days", valid_days.is_some()),
                    ("gift.worth", worth.is_some()),
                ];
                match others.into_iter().find(|(_, is_given)| *is_given) {
                    None => Ok(Offer::Catalogued(reward_id)),
                    Some((field, _)) => {
                        Err(FieldError::invalid(field, "is the reward's own").into())
                    }
                }
            }
            (None, Some(kind)) => {
                let terms = Terms { name, points, discount, valid_days, worth };
                let made = gift::made_up(kind.into(), terms)?;
                Ok(Offer::MadeUp(Box::new(made)))
            }
            _ => Err(Problem::invalid_field("gift.kind", "give either kind or reward_id")),
        }
    }
}

impl Offer {
    /// Returns the reward to read; `None` for an id that no reward can have.
    pub fn reward_id(&self) -> Option<&str> {
        match self {
            Self::Catalogued(id) => reward_id(id).ok(),
            Self::MadeUp(_) => None,
        }
    }

    /// Returns the fingerprint.
    pub fn fingerprint(&self) -> String {
        match self {
            Self::Catalogued(reward_id) => fingerprint::catalogue_gift(reward_id),
            Self::MadeUp(reward) => fingerprint::made_up_gift(reward),
        }
    }
}

impl From<MadeUpKind> for RewardKind {
    fn from(kind: MadeUpKind) -> Self {
        match kind {
            MadeUpKind::Points => Self::Points,
            MadeUpKind::Product => Self::Product,
            MadeUpKind::Discount => Self::Discount,
        }
    }
}

impl GiftAnswer {
    /// Returns a gift as it is at an instant.
    pub fn new(given: GivenGift, now: Timestamp, language: Language) -> Self {
        let gift = given.gift;
        Self {
            gift_id: given.gift_id,
            member_id: given.rating_id.member_id(),
            rating_id: given.rating_id,
            kind: gift.kind,
            status: gift.status(now),
            name: gift.in_words().in_language(language),
            reward_id: gift.reward_id,
            points: gift.points,
            discount: gift.discount.and_then(DiscountAnswer::of),
            coupon: gift.coupon.as_ref().map(|coupon| CouponAnswer::new(coupon, now)),
            email_id: given.email_id,
            email_status: None,
            created_at: given.created_at,
        }
    }
}

/// Returns the refusal of a missing reward.
pub fn unknown_reward() -> Problem {
    Problem::not_found_field("gift.reward_id", "there is no such reward")
}

/// Returns the problem that a refused gift is answered with.
pub fn refused(refusal: Refusal) -> Problem {
    let detail = refusal.to_string();
    match refusal {
        Refusal::NotOffered => Problem::conflict("reward_inactive", detail),
        Refusal::OutOfStock => Problem::conflict("out_of_stock", detail),
    }
}

/// Returns the refusal of a gift for a member who has the most gifts.
pub fn gifts_full() -> Problem {
    Problem::conflict("gifts_full", format!("a member is given at most {GIFTS_MAX} gifts"))
}
