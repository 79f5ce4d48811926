//! The catalogue of rewards: the routes and their shapes.

use puntos_domain::reward::Reward;
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
    /// The reward; `stock` is the units left now.
    #[serde(flatten)]
    pub reward: Reward,
}
