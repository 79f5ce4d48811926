//! A change of a profile. An address that an agent enters gets mail at once; one that the member enters waits.
//! The old address stays blocked. A member who asks for optional mails again is subscribed again at SES too.

use puntos_api::Problem;
use puntos_api::members::{ProfilePatch, already_enrolled};
use puntos_api::merges::member_merged;
use puntos_domain::id::MemberId;
use puntos_domain::mail::EmailAddress;
use puntos_domain::member::Profile;
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_runtime::mailer::Mailer;
use puntos_store::PatchOutcome;

use crate::{ManageMembers, answer};

pub(crate) async fn change(function: &ManageMembers, call: &Call) -> Result<Answer, Failure> {
    let member_id: MemberId = call.request.path_id("member_id")?;
    call.only_own(&member_id).await?;
    let patch: ProfilePatch = call.request.body()?;
    let after = call.decide(|_| attempt(call, &member_id, &patch)).await?;
    // Also if nothing changed here: a repeated request must complete an earlier one that failed at SES. Never for
    // an address that waits: it may be somebody else's.
    if let Some(email) = after.email.filter(|_| patch.asks_for_mails()) {
        resubscribe(call, &function.contact_list, &email).await?;
    }
    answer(call, &member_id).await
}

async fn attempt(
    call: &Call,
    member_id: &MemberId,
    patch: &ProfilePatch,
) -> Result<Option<Profile>, Failure> {
    let state = call.store.member(member_id).await?.ok_or_else(Problem::not_found)?;
    let before = state.member;
    if let Some(merged_into) = &before.merged_into {
        return Err(member_merged(merged_into).into());
    }
    let by_member = call.request.caller()?.is_only_member();
    let (after, changed) = patch.applied(&before.profile, by_member, call.now)?;
    if changed.is_empty() {
        return Ok(Some(after));
    }
    let fields = changed.join(", ");
    let care = match after.agent_id == before.profile.agent_id {
        true => None,
        false => Some(call.store.hand_over(&before).await?),
    };
    let stamp = call.stamp()?;
    match call.store.change_profile(&before, &after, &fields, care.as_ref(), &stamp).await? {
        PatchOutcome::Changed => Ok(Some(after)),
        PatchOutcome::Taken(fields) => Err(already_enrolled(&fields).into()),
        PatchOutcome::Moved => Ok(None),
    }
}

async fn resubscribe(call: &Call, contact_list: &str, email: &EmailAddress) -> Result<(), Failure> {
    let ses = call.environment.clients().ses();
    Mailer::resubscribe(ses, contact_list, email).await.map_err(|error| {
        tracing::error!(%error, "SES did not subscribe an address again");
        let detail = "the profile is changed here, but SES did not answer: try again";
        Problem::new(503, "unavailable", detail).into()
    })
}
