//! The catalogue: rewards by ids that an admin chooses.

use puntos_api::Problem;
use puntos_api::rewards::RewardAnswer;
use puntos_domain::page::Page;
use puntos_domain::reward::{Reward, reward_id};
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::StoreError;

use crate::ConfigureProgram;

/// The beginning of the catalogue's cursors, before the id of the last reward shown.
const CURSOR_PREFIX: &str = "rewards.";

pub(crate) async fn list(_: &ConfigureProgram, call: &Call) -> Result<Answer, Failure> {
    let page = call.request.page()?;
    let after = page.cursor.as_deref().map(last_shown).transpose()?;
    let rewards = call.store.rewards().await?;
    let rest = rewards.into_iter().filter(|(id, _)| after.is_none_or(|after| id.as_str() > after));
    let limit = page.limit as usize;
    let mut data: Vec<RewardAnswer> = rest
        .take(limit + 1)
        .map(|(reward_id, reward)| RewardAnswer::new(reward_id, reward))
        .collect();
    let has_more = data.len() > limit;
    data.truncate(limit);
    let last = data.last().filter(|_| has_more);
    let next_cursor = last.map(|last| format!("{CURSOR_PREFIX}{}", last.reward_id));
    Ok(Answer::ok(Page { data, next_cursor }))
}

/// Returns the id after which a page begins. The cursor of another list is refused.
fn last_shown(cursor: &str) -> Result<&str, StoreError> {
    let id = cursor.strip_prefix(CURSOR_PREFIX).and_then(|id| reward_id(id).ok());
    id.ok_or(StoreError::BadCursor)
}

pub(crate) async fn show(_: &ConfigureProgram, call: &Call) -> Result<Answer, Failure> {
    let id = reward_id(call.request.path("reward_id")).map_err(|_| Problem::not_found())?;
    let reward = call.store.reward(id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::ok(RewardAnswer::new(id.to_owned(), reward)))
}

pub(crate) async fn replace(_: &ConfigureProgram, call: &Call) -> Result<Answer, Failure> {
    let id = reward_id(call.request.path("reward_id"))?.to_owned();
    let reward = call.request.body::<Reward>()?.checked()?;
    call.store.put_reward(&id, &reward, &call.stamp()?).await?;
    Ok(Answer::ok(RewardAnswer::new(id, reward)))
}
