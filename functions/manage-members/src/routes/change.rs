//! A change of a profile. Another address re-enables mail at once; the old one stays blocked. Who asks for
//! optional mails again is subscribed again at SES too.

use puntos_api::shape::MemberAnswer;
use puntos_api::{Problem, ProblemBody};
use puntos_domain::id::MemberId;
use puntos_domain::mail::EmailAddress;
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call};
use puntos_runtime::mailer::Mailer;
use puntos_store::{PatchOutcome, StoreError, pause};

use super::enrol::already_enrolled;
use crate::event::ProfilePatch;

/// How often a change is made again because another one was faster.
const TRIES_MAX: u32 = 20;

#[utoipa::path(
    patch, path = "/v1/members/{member_id}", tag = "Members", request_body = ProfilePatch,
    params(("member_id" = String, Path)),
    description = "Changes a profile by merge patch: absent is unchanged, null removes. A member changes their own email, phone, locale and optional_emails.",
    responses(
        (status = 200, description = "The member after the change", body = MemberAnswer),
        (status = 409, description = "already_enrolled: the fields at fault are named", body = ProblemBody),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn change(call: &Call, contact_list: &str) -> Result<Answer, Failure> {
    let member_id: MemberId = call.request.path_id("member_id")?;
    call.only_own(&member_id).await?;
    let stamp = call.stamp()?;
    for attempt in 0..TRIES_MAX {
        pause(attempt).await;
        let patch: ProfilePatch = call.request.body()?;
        let (before, _) = call.store.member(&member_id).await?.ok_or_else(Problem::not_found)?;
        let asks = patch.asks_for_mails();
        let (after, changed) = patch.applied(&before.profile, call.request.caller()?, call.now)?;
        if !changed.is_empty() {
            match call.store.change_profile(&before, &after, &changed.join(", "), &stamp).await? {
                PatchOutcome::Changed => {}
                PatchOutcome::Taken(fields) => return Err(already_enrolled(&fields).into()),
                PatchOutcome::Moved => continue,
            }
        }
        // Also where it changed nothing here: where SES failed, the same request mends it.
        if let Some(email) = after.email.filter(|_| asks) {
            resubscribe(call, contact_list, &email).await?;
        }
        return answer(call, &member_id).await;
    }
    Err(StoreError::Busy.into())
}

async fn resubscribe(call: &Call, contact_list: &str, email: &EmailAddress) -> Result<(), Failure> {
    let ses = call.environment.clients().ses();
    Mailer::resubscribe(ses, contact_list, email).await.map_err(|error| {
        tracing::error!(error, "SES did not forget that an address is unsubscribed");
        let detail = "the profile is changed here, but SES did not answer: try again";
        Problem::new(503, "unavailable", detail).into()
    })
}

/// Answers with the member as it is now.
pub(super) async fn answer(call: &Call, member_id: &MemberId) -> Result<Answer, Failure> {
    let (stored, account) = call.store.member(member_id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::ok(call.member_answer(&stored, &account).await?))
}
