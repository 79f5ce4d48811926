//! Claims as they are: one, those of a member, and those that wait for somebody.

use puntos_api::{Problem, ProblemBody};
use puntos_domain::claim::ClaimStatus;
use puntos_domain::id::MemberId;
use puntos_domain::page::Page;
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call};

use super::named_claim;
use crate::answer::ClaimAnswer;

#[utoipa::path(
    get, path = "/v1/claims", tag = "Claims",
    params(
        ("member_id" = Option<String>, Query), ("status" = Option<ClaimStatus>, Query),
        ("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query),
    ),
    description = "Lists claims. Those of a member come newest first, by strong read; a member sees their own. Without a member: those with the status, or all that are not resolved, longest open first; resolved and rejected ones newest first. A page may be short and still carry a cursor.",
    responses(
        (status = 200, description = "The claims", body = Page<ClaimAnswer>),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn list(call: &Call) -> Result<Answer, Failure> {
    let status = call.request.query("status").map(status_of).transpose()?;
    let page = call.request.page()?;
    let for_member = call.request.caller()?.is_only_member();
    let member_id = match call.request.query("member_id") {
        None if for_member => Some(call.own_member_id().await?),
        None => None,
        Some(id) => {
            let member_id: MemberId = id.parse().map_err(|_| Problem::not_found())?;
            call.only_own(&member_id).await?;
            Some(member_id)
        }
    };
    let (claims, next_cursor) = match (&member_id, status) {
        (Some(member_id), status) => call.store.member_claims(member_id, status, &page).await?,
        (None, Some(status)) => call.store.claims_with(&[status], &page).await?,
        (None, None) => call.store.claims_with(&ClaimStatus::UNRESOLVED, &page).await?,
    };
    let data = claims.iter().map(|stored| ClaimAnswer::new(&stored.claim, for_member)).collect();
    Ok(Answer::ok(Page { data, next_cursor }))
}

#[utoipa::path(
    get, path = "/v1/claims/{claim_id}", tag = "Claims", params(("claim_id" = String, Path)),
    description = "Shows a claim with every step. A member sees no fix, no names and no internal notes.",
    responses(
        (status = 200, description = "The claim", body = ClaimAnswer),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn show(call: &Call) -> Result<Answer, Failure> {
    let claim_id = named_claim(call).await?;
    let stored = call.store.claim(&claim_id).await?.ok_or_else(Problem::not_found)?;
    let for_member = call.request.caller()?.is_only_member();
    Ok(Answer::ok(ClaimAnswer::new(&stored.claim, for_member)))
}

fn status_of(name: &str) -> Result<ClaimStatus, Problem> {
    let unknown = || Problem::invalid_field("status", "must be a status of claims");
    ClaimStatus::from_name(name).ok_or_else(unknown)
}
