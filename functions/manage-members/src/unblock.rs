//! A supervisor unblocks an address: first our block, then SES's suppression list.

use puntos_api::Problem;
use puntos_api::members::{UnblockRequest, no_address};
use puntos_api::merges::member_merged;
use puntos_domain::id::MemberId;
use puntos_domain::mail::EmailAddress;
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_runtime::mailer::Mailer;

use crate::{ManageMembers, answer};

/// An unblocking that is committed.
struct Unblocked {
    replayed: bool,
    /// The address to take off SES's list, if nothing happened to it since.
    suppressed: Option<EmailAddress>,
}

pub(crate) async fn unblock(_: &ManageMembers, call: &Call) -> Result<Answer, Failure> {
    let member_id: MemberId = call.request.path_id("member_id")?;
    let reason = call.request.body::<UnblockRequest>()?.checked()?;
    let unblocked = call.decide(|_| attempt(call, &member_id, &reason)).await?;
    if let Some(email) = &unblocked.suppressed {
        unsuppress(call, email).await?;
    }
    Ok(answer(call, &member_id).await?.replayed(unblocked.replayed))
}

async fn attempt(
    call: &Call,
    member_id: &MemberId,
    reason: &str,
) -> Result<Option<Unblocked>, Failure> {
    let state = call.store.member(member_id).await?.ok_or_else(Problem::not_found)?;
    let member = state.member;
    let key = call.request.key();
    if let Some(is_same) = call.store.made_unblocking(member_id, key, reason).await? {
        return match is_same {
            true => replayed(call, member.profile.email, key).await.map(Some),
            false => Err(Problem::key_reused().into()),
        };
    }
    if let Some(merged_into) = &member.merged_into {
        return Err(member_merged(merged_into).into());
    }
    let email = member.profile.email.clone().ok_or_else(no_address)?;
    let address = email.normalized();
    let block = call.store.address_block(address).await?;
    let stamp = call.stamp()?;
    let is_written =
        call.store.unblock(&member, address, block.as_ref(), reason, key, &stamp).await?;
    Ok(is_written.then_some(Unblocked { replayed: false, suppressed: Some(email) }))
}

/// Returns the first answer again. A repeated request completes one that failed at SES, and lifts nothing that
/// came later: a newer block, or the block of another address.
async fn replayed(
    call: &Call,
    email: Option<EmailAddress>,
    key: &str,
) -> Result<Unblocked, Failure> {
    let Some(email) = email else { return Ok(Unblocked { replayed: true, suppressed: None }) };
    let state = call.store.address_record(email.normalized()).await?;
    let is_last = state.block.is_none() && state.unblocked_key.as_deref() == Some(key);
    Ok(Unblocked { replayed: true, suppressed: is_last.then_some(email) })
}

async fn unsuppress(call: &Call, email: &EmailAddress) -> Result<(), Failure> {
    let ses = call.environment.clients().ses();
    Mailer::unsuppress(ses, email).await.map_err(|error| {
        tracing::error!(%error, "SES did not take an address off its suppression list");
        let detail = "the address is unblocked here, but SES did not answer: try again";
        Problem::new(503, "unavailable", detail).into()
    })
}
