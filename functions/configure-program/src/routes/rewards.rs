//! The catalogue: rewards by the admin's own ids.

use puntos_api::{Problem, ProblemBody};
use puntos_domain::page::Page;
use puntos_domain::reward::{Reward, reward_id};
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call};
use puntos_store::StoreError;
use serde::Serialize;

/// What the catalogue's cursors begin with, before the id of the last reward shown.
const CURSOR_PREFIX: &str = "rewards.";

/// A reward with its id.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RewardAnswer {
    /// The admin's id of it.
    pub reward_id: String,
    /// What it is; `stock` is the units left now.
    #[serde(flatten)]
    pub reward: Reward,
}

#[utoipa::path(
    get, path = "/v1/rewards", tag = "Rewards",
    params(("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query)),
    description = "Lists the catalogue by id.",
    responses((status = 200, description = "The rewards", body = Page<RewardAnswer>), (status = "4XX", description = "Refused", body = ProblemBody))
)]
pub(crate) async fn list(call: &Call) -> Result<Answer, Failure> {
    let page = call.request.page()?;
    let rewards = call.store.rewards().await?;
    let after = page.cursor.as_deref().map(place_of).transpose()?;
    let rest = rewards.into_iter().filter(|(id, _)| after.is_none_or(|after| id.as_str() > after));
    let limit = page.limit as usize;
    let mut data: Vec<RewardAnswer> = rest
        .take(limit + 1)
        .map(|(reward_id, reward)| RewardAnswer { reward_id, reward })
        .collect();
    let has_more = data.len() > limit;
    data.truncate(limit);
    let last = data.last().filter(|_| has_more);
    let next_cursor = last.map(|last| format!("{CURSOR_PREFIX}{}", last.reward_id));
    Ok(Answer::ok(Page { data, next_cursor }))
}

/// Returns the id after which a page begins; the cursor of another list names none.
fn place_of(cursor: &str) -> Result<&str, StoreError> {
    let id = cursor.strip_prefix(CURSOR_PREFIX).and_then(|id| reward_id(id).ok());
    id.ok_or(StoreError::BadCursor)
}

#[utoipa::path(
    get, path = "/v1/rewards/{reward_id}", tag = "Rewards", params(("reward_id" = String, Path)),
    description = "Shows a reward.",
    responses((status = 200, description = "The reward", body = RewardAnswer), (status = "4XX", description = "Refused", body = ProblemBody))
)]
pub(crate) async fn show(call: &Call) -> Result<Answer, Failure> {
    let id = reward_id(call.request.path("reward_id")).map_err(|_| Problem::not_found())?;
    let reward = call.store.reward(id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::ok(RewardAnswer { reward_id: id.to_owned(), reward }))
}

#[utoipa::path(
    put, path = "/v1/rewards/{reward_id}", tag = "Rewards", request_body = Reward, params(("reward_id" = String, Path)),
    description = "Writes a reward; the units left become the stock given.",
    responses((status = 200, description = "The reward", body = RewardAnswer), (status = "4XX", description = "Refused", body = ProblemBody))
)]
pub(crate) async fn replace(call: &Call) -> Result<Answer, Failure> {
    let id = reward_id(call.request.path("reward_id"))?.to_owned();
    let reward = call.request.body::<Reward>()?.checked()?;
    call.store.put_reward(&id, &reward, &call.stamp()?).await?;
    Ok(Answer::ok(RewardAnswer { reward_id: id, reward }))
}
