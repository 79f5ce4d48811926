//! Shows re-rates and previews, and stops them.

use puntos_api::Problem;
use puntos_api::comparisons::{
    PreviewReportAnswer, PreviewStateAnswer, RerateReportAnswer, RerateStateAnswer,
};
use puntos_domain::comparison::{Comparison, ComparisonId};
use puntos_domain::id::{PreviewId, RerateId};
use puntos_domain::walk::WalkStatus;
use puntos_runtime::http::{Answer, Call, Failure};

use crate::{ReratePurchases, sheet};

pub(crate) async fn rerate(_: &ReratePurchases, call: &Call) -> Result<Answer, Failure> {
    let rerate_id: RerateId = call.request.path_id("rerate_id")?;
    let found = found(call, &ComparisonId::Rerate(rerate_id.clone())).await?;
    let answer = RerateReportAnswer::new(rerate_id, found);
    if call.request.prefers_csv() {
        return Ok(Answer::csv(sheet::of_rerate(&answer)));
    }
    Ok(Answer::ok(answer))
}

pub(crate) async fn preview(_: &ReratePurchases, call: &Call) -> Result<Answer, Failure> {
    let preview_id: PreviewId = call.request.path_id("preview_id")?;
    let found = found(call, &ComparisonId::Preview(preview_id.clone())).await?;
    let answer = PreviewReportAnswer { preview_id, comparison: found.into() };
    if call.request.prefers_csv() {
        return Ok(Answer::csv(sheet::of_preview(&answer)));
    }
    Ok(Answer::ok(answer))
}

pub(crate) async fn stop_rerate(_: &ReratePurchases, call: &Call) -> Result<Answer, Failure> {
    let rerate_id: RerateId = call.request.path_id("rerate_id")?;
    let status = stopped(call, &ComparisonId::Rerate(rerate_id.clone())).await?;
    Ok(Answer::ok(RerateStateAnswer { rerate_id, status }))
}

pub(crate) async fn stop_preview(_: &ReratePurchases, call: &Call) -> Result<Answer, Failure> {
    let preview_id: PreviewId = call.request.path_id("preview_id")?;
    let status = stopped(call, &ComparisonId::Preview(preview_id.clone())).await?;
    Ok(Answer::ok(PreviewStateAnswer { preview_id, status }))
}

async fn found(call: &Call, id: &ComparisonId) -> Result<Comparison, Failure> {
    Ok(call.store.comparison(id).await?.ok_or_else(Problem::not_found)?)
}

/// Stops a walk unless it has ended. Returns how it ended.
async fn stopped(call: &Call, id: &ComparisonId) -> Result<WalkStatus, Failure> {
    call.request.no_body()?;
    call.decide(|_| attempt_stop(call, id)).await
}

async fn attempt_stop(call: &Call, id: &ComparisonId) -> Result<Option<WalkStatus>, Failure> {
    let read = found(call, id).await?;
    if !read.walk.is_running() {
        return Ok(Some(read.walk.status));
    }
    let stopped = read.clone().stopped();
    let moved = call.store.save_comparison(&read.walk, &stopped).await?;
    Ok(moved.is_none().then_some(WalkStatus::Stopped))
}
