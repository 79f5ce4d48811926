//! A change of a profile. Another address re-enables mail at once; the old one stays blocked.

use puntos_aws::http::shape::MemberAnswer;
use puntos_aws::http::{Answer, Call, Problem, ProblemBody};
use puntos_aws::store::{PatchOutcome, StoreError, pause};
use puntos_domain::id::MemberId;

use super::enrol::already_enrolled;
use crate::event::ProfilePatch;

/// How often a change is made again because another one was faster.
const TRIES_MAX: u32 = 20;

#[utoipa::path(
    patch, path = "/v1/members/{member_id}", tag = "Members", request_body = ProfilePatch,
    params(("member_id" = String, Path)),
    description = "Changes a profile by merge patch: absent is unchanged, null removes. A member changes their own email, phone and locale.",
    responses(
        (status = 200, description = "The member after the change", body = MemberAnswer),
        (status = 409, description = "already_enrolled: the fields at fault are named", body = ProblemBody),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn change(call: &Call) -> Result<Answer, Problem> {
    let member_id: MemberId = call.request.path_id("member_id")?;
    call.only_own(&member_id).await?;
    let stamp = call.stamp()?;
    for attempt in 0..TRIES_MAX {
        pause(attempt).await;
        let patch: ProfilePatch = call.request.body()?;
        let (before, _) = call.store.member(&member_id).await?.ok_or_else(Problem::not_found)?;
        let (after, changed) = patch.applied(&before.profile, call.request.caller()?, call.now)?;
        if changed.is_empty() {
            return answer(call, &member_id).await;
        }
        match call.store.change_profile(&before, &after, &changed.join(", "), &stamp).await? {
            PatchOutcome::Changed => return answer(call, &member_id).await,
            PatchOutcome::Taken(fields) => return Err(already_enrolled(&fields)),
            PatchOutcome::Moved => {}
        }
    }
    Err(StoreError::Busy.into())
}

/// Answers with the member as it is now.
pub(super) async fn answer(call: &Call, member_id: &MemberId) -> Result<Answer, Problem> {
    let (stored, account) = call.store.member(member_id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::ok(call.member_answer(&stored, &account).await?))
}
