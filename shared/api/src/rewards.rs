//! The catalogue of rewards: the routes and their shapes.

use jiff::Timestamp;
use puntos_domain::field::FieldError;
use puntos_domain::money::Money;
use puntos_domain::points::Points;
use puntos_domain::reward::{Discount, Listing, Reward, RewardChanged, RewardKind, RewardVersion};
use serde::{Deserialize, Serialize};

use crate::{KeyRule, Parameter, Problem, Reply, Role, Route, Shape};

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

/// Lists the versions of a reward.
pub const VERSIONS: Route = Route {
    key: "GET /v1/rewards/{reward_id}/versions",
    operation_id: "list_reward_versions",
    tag: "Rewards",
    summary: "List the versions of a reward",
    description: "Newest first: what the reward was, and who wrote it, when, and under which request.",
    roles: &[Role::Admin],
    idempotency: KeyRule::Ignored,
    query: &[Parameter::LIMIT, Parameter::CURSOR],
    request: None,
    answers: &[Reply::page::<RewardVersionAnswer>(200, "The versions")],
    problems: &[(400, &["cursor_mismatch"]), (404, &["not_found"])],
};

/// Writes a reward.
pub const REPLACE: Route = Route {
    key: "PUT /v1/rewards/{reward_id}",
    operation_id: "replace_reward",
    tag: "Rewards",
    summary: "Create or replace a reward",
    description: "Writes the whole reward. `stock` is how many units there are in all: units that were \
        taken stay taken. Units that are given while there is no limit are not counted. The same reward \
        again makes no new version. Read-only fields are ignored, so what GET gives can be PUT back: \
        its `version` then refuses the change with `reward_changed` if another came first.",
    roles: &[Role::Admin],
    idempotency: KeyRule::Ignored,
    query: &[],
    request: Some(Shape::of::<RewardRequest>()),
    answers: &[Reply::new::<RewardAnswer>(200, "The reward")],
    problems: &[(409, &["reward_changed"])],
};

/// A reward as an admin writes it.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RewardRequest {
    /// What members read.
    pub name: String,
    /// What is given for the coupon.
    pub kind: RewardKind,
    /// How many points it costs.
    pub points_cost: Points,
    /// The points given, for the kind `points`.
    pub points: Option<Points>,
    /// The discount given, for the kind `discount`.
    pub discount: Option<Discount>,
    /// For how many times 24 hours the coupon can be used.
    pub valid_days: u16,
    /// How many units there are in all; null is without limit.
    pub stock: Option<i64>,
    /// How many of it one member can redeem; null is without limit.
    pub per_member_limit: Option<i64>,
    /// Whether it can be redeemed now.
    pub active: bool,
    /// What it is worth, in the programme's currency: it counts against the agents' limits when it is given.
    pub worth: Option<Money>,
    /// The version that the change starts from; null for any. 0 is a reward that does not exist.
    pub version: Option<u32>,
    /// Read-only: ignored.
    pub reward_id: Option<String>,
    /// Read-only: ignored.
    pub units_left: Option<i64>,
}

/// A parsed reward.
#[derive(Debug)]
pub struct RewardCommand {
    pub reward: Reward,
    /// The version that the change starts from.
    pub version: Option<u32>,
}

impl RewardRequest {
    /// Returns the parsed reward.
    ///
    /// # Errors
    /// Returns every field that is refused.
    pub fn command(self) -> Result<RewardCommand, Vec<FieldError>> {
        let reward = Reward {
            name: self.name,
            kind: self.kind,
            points_cost: self.points_cost,
            points: self.points,
            discount: self.discount,
            valid_days: self.valid_days,
            stock: self.stock,
            per_member_limit: self.per_member_limit,
            active: self.active,
            worth: self.worth,
        };
        Ok(RewardCommand { reward: reward.checked()?, version: self.version })
    }
}

/// Returns the problem of an edit that starts from an older version.
pub fn refused(refusal: RewardChanged) -> Problem {
    Problem::conflict("reward_changed", refusal.to_string())
}

/// A reward of the catalogue.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RewardAnswer {
    /// The id, which an admin chooses.
    pub reward_id: String,
    /// What members read.
    pub name: String,
    /// What is given for the coupon.
    pub kind: RewardKind,
    /// How many points it costs.
    pub points_cost: Points,
    /// The points given, for the kind `points`.
    pub points: Option<Points>,
    /// The discount given, for the kind `discount`.
    pub discount: Option<DiscountAnswer>,
    /// For how many times 24 hours the coupon can be used.
    pub valid_days: u16,
    /// How many units there are in all; null is without limit.
    pub stock: Option<i64>,
    /// How many of it one member can redeem; null is without limit.
    pub per_member_limit: Option<i64>,
    /// Whether it can be redeemed now.
    pub active: bool,
    /// Its value to the member in minor units of the programme's currency, for the limits of agents.
    pub worth: Option<Money>,
    /// How many units are left of the stock; null is without limit.
    pub units_left: Option<i64>,
    /// Counts the edits.
    pub version: u32,
}

/// A discount: in percent, or fixed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum DiscountAnswer {
    /// A part of the price.
    Percent {
        /// How much less the member pays, from 1 to 100.
        percent: i64,
    },
    /// A fixed amount.
    Amount {
        /// How much less the member pays.
        amount: Money,
    },
}

impl DiscountAnswer {
    /// Returns a discount; a checked one has exactly one of the two.
    pub fn of(discount: Discount) -> Option<Self> {
        let percent = discount.percent.map(|percent| Self::Percent { percent });
        percent.or(discount.amount.map(|amount| Self::Amount { amount }))
    }
}

impl RewardAnswer {
    /// Returns a reward of the catalogue.
    pub fn new(reward_id: String, listing: Listing) -> Self {
        let (units_left, version, reward) = (listing.units_left(), listing.version, listing.reward);
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
            worth: reward.worth,
            units_left,
            version,
        }
    }
}

/// A reward as an admin wrote it at one time.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RewardVersionAnswer {
    /// Its number.
    pub version: u32,
    /// What members read.
    pub name: String,
    /// What is given for the coupon.
    pub kind: RewardKind,
    /// How many points it costs.
    pub points_cost: Points,
    /// The points given, for the kind `points`.
    pub points: Option<Points>,
    /// The discount given, for the kind `discount`.
    pub discount: Option<DiscountAnswer>,
    /// For how many times 24 hours the coupon can be used.
    pub valid_days: u16,
    /// How many units there are in all; null is without limit.
    pub stock: Option<i64>,
    /// How many of it one member can redeem; null is without limit.
    pub per_member_limit: Option<i64>,
    /// Whether it can be redeemed now.
    pub active: bool,
    /// Its value to the member in minor units of the programme's currency, for the limits of agents.
    pub worth: Option<Money>,
    /// When it was written.
    #[schema(value_type = String, format = "date-time")]
    pub at: Timestamp,
    /// Who wrote it.
    pub actor: String,
    /// The id under which the request is logged.
    pub request_id: String,
}

impl From<RewardVersion> for RewardVersionAnswer {
    fn from(found: RewardVersion) -> Self {
        let (reward, written) = (found.reward, found.written);
        Self {
            version: found.version,
            name: reward.name,
            kind: reward.kind,
            points_cost: reward.points_cost,
            points: reward.points,
            discount: reward.discount.and_then(DiscountAnswer::of),
            valid_days: reward.valid_days,
            stock: reward.stock,
            per_member_limit: reward.per_member_limit,
            active: reward.active,
            worth: reward.worth,
            at: written.at,
            actor: written.actor,
            request_id: written.request_id,
        }
    }
}
