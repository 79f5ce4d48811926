//! The catalogue of rewards: the routes and their shapes.

use puntos_domain::money::Money;
use puntos_domain::reward::{Discount, Reward, RewardKind};
use serde::Serialize;

use crate::{KeyRule, Parameter, Reply, Role, Route, Shape};

const EVERYONE: &[Role] = &[Role::Pos, Role::Agent, Role::Supervisor, Role::Admin, Role::Member];

/// Lists the catalogue.
pub const LIST: Route = Route {
    key: "GET /v1/rewards",
    operation_id: "list_rewards",
    tag: "Rewards",
    summary: "List the rewards",
    description: "Lists the catalogue by id.",
    roles: EVERYONE,
    idempotency: KeyRule::Ignored,
    query: &[Parameter::LIMIT, Parameter::CURSOR],
    request: None,
    answers: &[Reply::page::<RewardAnswer>(200, "The rewards")],
    problems: &[(400, &["cursor_mismatch"])],
};

/// Shows a reward.
pub const SHOW: Route = Route {
    key: "GET /v1/rewards/{reward_id}",
    operation_id: "get_reward",
    tag: "Rewards",
    summary: "Show a reward",
    description: "Shows a reward with the units left.",
    roles: EVERYONE,
    idempotency: KeyRule::Ignored,
    query: &[],
    request: None,
    answers: &[Reply::new::<RewardAnswer>(200, "The reward")],
    problems: &[(404, &["not_found"])],
};

/// Writes a reward.
pub const REPLACE: Route = Route {
    key: "PUT /v1/rewards/{reward_id}",
    operation_id: "replace_reward",
    tag: "Rewards",
    summary: "Create or replace a reward",
    description: "Writes the whole reward. Its stock becomes the units left.",
    roles: &[Role::Admin],
    idempotency: KeyRule::Ignored,
    query: &[],
    request: Some(Shape::of::<Reward>()),
    answers: &[Reply::new::<RewardAnswer>(200, "The reward")],
    problems: &[],
};

/// A reward with its id.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RewardAnswer {
    /// The id, which an admin chooses.
    pub reward_id: String,
    /// What members read.
    pub name: String,
    /// What is given for the coupon.
    pub kind: RewardKind,
    /// How many points it costs.
    pub points_cost: i64,
    /// The points given, for the kind `points`.
    pub points: Option<i64>,
    /// The discount given, for the kind `discount`.
    pub discount: Option<DiscountAnswer>,
    /// For how many times 24 hours the coupon can be used.
    pub valid_days: u16,
    /// How many units are left now; null is without limit.
    pub stock: Option<i64>,
    /// How many of it one member can redeem; null is without limit.
    pub per_member_limit: Option<i64>,
    /// Whether it can be redeemed now.
    pub active: bool,
}

/// A discount: in percent, or fixed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum DiscountAnswer {
    /// In percent.
    Percent {
        /// Percent.
        percent: i64,
    },
    /// A fixed amount.
    Amount {
        /// The amount.
        amount: Money,
    },
}

impl RewardAnswer {
    /// Returns a reward with its id.
    pub fn new(reward_id: String, reward: Reward) -> Self {
        Self {
            reward_id,
            name: reward.name,
            kind: reward.kind,
            points_cost: reward.points_cost,
            points: reward.points,
            discount: reward.discount.and_then(DiscountAnswer::of),
            valid_days: reward.valid_days,
            stock: reward.stock,
            per_member_limit: reward.per_member_limit,
            active: reward.active,
        }
    }
}

impl DiscountAnswer {
    /// Returns a discount; a checked one has exactly one of the two.
    pub fn of(discount: Discount) -> Option<Self> {
        let percent = discount.percent.map(|percent| Self::Percent { percent });
        percent.or(discount.amount.map(|amount| Self::Amount { amount }))
    }
}
