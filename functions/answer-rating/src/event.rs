//! What a reply and a gift are asked with, parsed.

use puntos_api::Problem;
use puntos_domain::field::{FieldError, prose};
use puntos_domain::gift;
use puntos_domain::reward::{Discount, Reward, RewardKind};
use serde::Deserialize;

/// The longest message, in characters.
const MESSAGE_MAX_CHARS: usize = 4000;

/// A message of a thread.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageRequest {
    /// What it says: up to 4,000 characters, in lines.
    pub text: String,
}

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
    pub points: Option<i64>,
    /// What the member reads; needed but for points.
    pub name: Option<String>,
    /// The discount, for that kind.
    pub discount: Option<Discount>,
    /// For how many times 24 hours the coupon can be used; needed but for points.
    pub valid_days: Option<u16>,
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
    /// Something made up.
    MadeUp(Box<Reward>),
}

impl MessageRequest {
    /// Returns what the message says.
    ///
    /// # Errors
    /// Refuses a text that says nothing, is too long, or has control characters.
    pub fn checked(self) -> Result<String, Problem> {
        Ok(prose("text", self.text, MESSAGE_MAX_CHARS)?)
    }
}

impl GiftRequest {
    /// Returns what is to be given.
    ///
    /// # Errors
    /// Refuses the fields that do not fit, or not together.
    pub fn checked(self) -> Result<Offer, Problem> {
        let GiftChoice { reward_id, kind, points, name, discount, valid_days } = self.gift;
        match (reward_id, kind) {
            (Some(reward_id), None) => {
                let others = [
                    ("gift.points", points.is_some()),
                    ("gift.name", name.is_some()),
                    ("gift.discount", discount.is_some()),
                    ("gift.valid_days", valid_days.is_some()),
                ];
                match others.into_iter().find(|(_, is_given)| *is_given) {
                    None => Ok(Offer::Catalogued(reward_id)),
                    Some((field, _)) => {
                        Err(FieldError::invalid(field, "is the reward's own").into())
                    }
                }
            }
            (None, Some(kind)) => {
                let made = gift::made_up(kind.into(), name, points, discount, valid_days)?;
                Ok(Offer::MadeUp(Box::new(made)))
            }
            _ => Err(Problem::invalid_field("gift.kind", "give either kind or reward_id")),
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
