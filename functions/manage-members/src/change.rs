//! A change of a profile. An address that an agent enters gets mail at once; one that the member enters waits until it
//! is confirmed by the link that is mailed to it. Entering it again sends a new link.
//! The old address stays blocked. A member who asks for optional mails again is subscribed again at SES too.

use puntos_api::Problem;
use puntos_api::members::{ProfilePatch, already_enrolled};
use puntos_api::merges::member_merged;
use puntos_domain::calendar::local_date;
use puntos_domain::email_confirmation::{EmailConfirmation, valid_until};
use puntos_domain::id::MemberId;
use puntos_domain::mail::{Composer, EmailAddress, PagePath};
use puntos_domain::member::{Member, Profile};
use puntos_domain::program::ProgramHead;
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_runtime::mailer::Mailer;
use puntos_store::{ConfirmationMail, PatchOutcome, TokenUse};

use crate::{ManageMembers, answer};

/// Why a member may enter no more addresses for now.
const TOO_MANY_ADDRESSES: &str = "too many addresses were entered today";
/// When a member who entered too many may try again, in seconds.
const RETRY_AFTER_S: u32 = 3_600;

pub(crate) async fn change(function: &ManageMembers, call: &Call) -> Result<Answer, Failure> {
    let member_id: MemberId = call.request.path_id("member_id")?;
    call.only_own(&member_id).await?;
    let patch: ProfilePatch = call.request.body()?;
    let after = call.decide(|_| attempt(function, call, &member_id, &patch)).await?;
    // Also if nothing changed here: a repeated request must complete an earlier one that failed at SES. Never for
    // an address that waits: it may be somebody else's.
    if let Some(email) = after.email.filter(|_| patch.asks_for_mails()) {
        resubscribe(call, &function.contact_list, &email).await?;
    }
    answer(call, &member_id).await
}

async fn attempt(
    function: &ManageMembers,
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
    let (after, mut changed) = patch.applied(&before.profile, by_member, call.now)?;
    let has_link = patch.asks_to_confirm(&after) && function.pages.is_some();
    if changed.is_empty() {
        if !has_link {
            return Ok(Some(after));
        }
        changed.push("email_pending");
    }
    let fields = changed.join(", ");
    let care = match after.agent_id == before.profile.agent_id {
        true => None,
        false => Some(call.store.hand_over(&before).await?),
    };
    let mail = match state.head.as_ref().filter(|_| has_link) {
        Some(head) => confirmation(function, call, &before, &after, head).await?,
        None => None,
    };
    let (care, mail, stamp) = (care.as_ref(), mail.as_ref(), call.stamp()?);
    match call.store.change_profile(&before, &after, &fields, care, mail, &stamp).await? {
        PatchOutcome::Changed => Ok(Some(after)),
        PatchOutcome::Taken(fields) => Err(already_enrolled(&fields).into()),
        PatchOutcome::TooMany => Err(Problem::throttled(TOO_MANY_ADDRESSES, RETRY_AFTER_S).into()),
        PatchOutcome::Outdated => Ok(None),
    }
}

/// Returns the mail that asks to confirm the address that waits.
async fn confirmation(
    function: &ManageMembers,
    call: &Call,
    before: &Member,
    after: &Profile,
    head: &ProgramHead,
) -> Result<Option<ConfirmationMail>, Failure> {
    let Some(address) = after.email_pending.as_ref() else { return Ok(None) };
    let program = call.store.program_at(head, call.now).await?;
    let key = call.store.token_key_or(call.environment.random()).await?;
    let link = EmailConfirmation::new(before.member_id.clone(), address);
    let token = key.sign(TokenUse::ConfirmEmail, &link.to_string(), valid_until(call.now));
    let composer = Composer { program: &program, brand: &function.brand };
    let page = PagePath::confirm(&token);
    let mail = composer.email_confirmation(before, after, page, &call.stamp()?);
    let today = local_date(call.now, &program.zone());
    Ok(mail.map(|mail| ConfirmationMail { mail, today }))
}

async fn resubscribe(call: &Call, contact_list: &str, email: &EmailAddress) -> Result<(), Failure> {
    let ses = call.environment.clients().ses();
    Mailer::resubscribe(ses, contact_list, email).await.map_err(|error| {
        tracing::error!(%error, "SES did not subscribe an address again");
        let detail = "the profile is changed here, but SES did not answer: try again";
        Problem::new(503, "unavailable", detail).into()
    })
}
