//! The catalogue: rewards by ids that an admin chooses.

use puntos_api::Problem;
use puntos_api::rewards::{
    RewardAnswer, RewardCommand, RewardRequest, RewardVersionAnswer, refused,
};
use puntos_domain::page::Page;
use puntos_domain::reward::{Listing, reward_id};
use puntos_runtime::http::{Answer, Call, Failure};

use crate::ConfigureProgram;

pub(crate) async fn list(_: &ConfigureProgram, call: &Call) -> Result<Answer, Failure> {
    let (listings, next_cursor) = call.store.rewards(&call.request.page()?).await?;
    let rows = listings.into_iter().map(|(id, listing)| RewardAnswer::new(id, listing));
    Ok(Answer::ok(Page { data: rows.collect(), next_cursor }))
}

pub(crate) async fn show(_: &ConfigureProgram, call: &Call) -> Result<Answer, Failure> {
    let id = path_id(call)?;
    let listing = call.store.reward(id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::ok(RewardAnswer::new(id.to_owned(), listing)))
}

pub(crate) async fn versions(_: &ConfigureProgram, call: &Call) -> Result<Answer, Failure> {
    let found = call.store.reward_versions(path_id(call)?, &call.request.page()?).await?;
    let (versions, next_cursor) = found.ok_or_else(Problem::not_found)?;
    let data = versions.into_iter().map(RewardVersionAnswer::from).collect();
    Ok(Answer::ok(Page { data, next_cursor }))
}

pub(crate) async fn replace(_: &ConfigureProgram, call: &Call) -> Result<Answer, Failure> {
    let id = reward_id(call.request.path("reward_id"))?.to_owned();
    let command = call.request.body::<RewardRequest>()?.command()?;
    if let Some(rules) = call.store.program_in_force(call.now).await? {
        command.reward.check_currency(rules.program.currency)?;
    }
    let listing = call.decide(|_| attempt(call, &id, &command)).await?;
    Ok(Answer::ok(RewardAnswer::new(id, listing)))
}

async fn attempt(
    call: &Call,
    id: &str,
    command: &RewardCommand,
) -> Result<Option<Listing>, Failure> {
    let before = call.store.reward(id).await?;
    let after = Listing::edited(before.as_ref(), command.reward.clone(), command.version);
    let after = after.map_err(refused)?;
    let is_same = before.as_ref() == Some(&after);
    let is_done =
        is_same || call.store.put_reward(id, before.as_ref(), &after, &call.stamp()?).await?;
    Ok(is_done.then_some(after))
}

/// Returns the id in the path. Text that is not an id is not found.
fn path_id(call: &Call) -> Result<&str, Problem> {
    reward_id(call.request.path("reward_id")).map_err(|_| Problem::not_found())
}
