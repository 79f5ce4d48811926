//! What a redemption is asked with, parsed.

use puntos_api::{MemberNamed, Problem};
use puntos_domain::reward::reward_id;
use serde::Deserialize;

/// A redemption as the till, the agent or the shopper asks for it.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedemptionRequest {
    /// The member, by id.
    pub member_id: Option<String>,
    /// The member, by card.
    pub card_number: Option<String>,
    /// The reward.
    pub reward_id: String,
}

/// A parsed redemption.
pub struct Command {
    /// The member.
    pub member: MemberNamed,
    /// The reward.
    pub reward_id: String,
}

/// Returns what a request asks for.
///
/// # Errors
/// Refuses a request that names no member, or two; a reward id that cannot be one is not found.
pub fn command(request: RedemptionRequest) -> Result<Command, Problem> {
    let member = MemberNamed::of(request.member_id, request.card_number)?;
    let member = member
        .ok_or_else(|| Problem::invalid_field("member_id", "give member_id or card_number"))?;
    reward_id(&request.reward_id).map_err(|_| unknown_reward())?;
    Ok(Command { member, reward_id: request.reward_id })
}

/// Returns the refusal of a reward that is not there.
pub fn unknown_reward() -> Problem {
    Problem::not_found_field("reward_id", "there is no such reward")
}
