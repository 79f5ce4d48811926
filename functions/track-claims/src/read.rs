//! Reads claims: one, those of a member, and those with a status.

use puntos_api::Problem;
use puntos_api::claims::{self, ClaimAnswer};
use puntos_domain::claim::ClaimStatus;
use puntos_domain::page::Page;
use puntos_runtime::http::{Answer, Call, Failure};

use crate::TrackClaims;
use crate::context::named_claim;

pub(crate) async fn list(_: &TrackClaims, call: &Call) -> Result<Answer, Failure> {
    let status = call.request.query("status").map(claims::status).transpose()?;
    let page = call.request.page()?;
    let for_member = call.request.caller()?.is_only_member();
    let member_id = call.filtered_member().await?;
    let (found, next_cursor) = match (&member_id, status) {
        (Some(member_id), status) => call.store.member_claims(member_id, status, &page).await?,
        (None, Some(status)) => call.store.claims_with(&[status], &page).await?,
        (None, None) => call.store.claims_with(&ClaimStatus::UNRESOLVED, &page).await?,
    };
    let language = match &member_id {
        Some(member_id) => call.language_for(member_id).await?,
        None => call.language(None).await?,
    };
    let shown = found.iter().map(|stored| ClaimAnswer::new(&stored.claim, for_member, language));
    Ok(Answer::ok(Page { data: shown.collect(), next_cursor }))
}

pub(crate) async fn show(_: &TrackClaims, call: &Call) -> Result<Answer, Failure> {
    let claim_id = named_claim(call).await?;
    let stored = call.store.claim(&claim_id).await?.ok_or_else(Problem::not_found)?;
    let for_member = call.request.caller()?.is_only_member();
    let language = call.language_for(&claim_id.member_id()).await?;
    Ok(Answer::ok(ClaimAnswer::new(&stored.claim, for_member, language)))
}
