//! A supervisor unblocks an address: first our block, then SES's suppression list.

use puntos_api::Problem;
use puntos_api::enrolment::{UnblockRequest, no_address};
use puntos_domain::id::MemberId;
use puntos_domain::mail::EmailAddress;
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_runtime::mailer::Mailer;

use crate::{ManageMembers, answer};

/// An unblocking that is committed.
struct Unblocked {
    email: EmailAddress,
    replayed: bool,
    is_blocked_again: bool,
}

pub(crate) async fn unblock(_: &ManageMembers, call: &Call) -> Result<Answer, Failure> {
    let member_id: MemberId = call.request.path_id("member_id")?;
    let reason = call.request.body::<UnblockRequest>()?.checked()?;
    let unblocked = call.decide(|_| attempt(call, &member_id, &reason)).await?;
    // Also on a replay: a repeated request must complete an earlier one that failed at SES.
    if !unblocked.is_blocked_again {
        unsuppress(call, &unblocked.email).await?;
    }
    Ok(answer(call, &member_id).await?.replayed(unblocked.replayed))
}

async fn attempt(
    call: &Call,
    member_id: &MemberId,
    reason: &str,
) -> Result<Option<Unblocked>, Failure> {
    let (member, _) = call.store.member(member_id).await?.ok_or_else(Problem::not_found)?;
    let email = member.profile.email.clone().ok_or_else(no_address)?;
    let key = call.request.key();
    let state = call.store.address_state(email.normalized()).await?;
    let block = state.block.as_ref();
    if let Some(first) = state.unblocking.as_ref().filter(|first| first.key == key) {
        if first.reason != reason {
            return Err(Problem::key_reused().into());
        }
        let is_blocked_again = block.is_some();
        return Ok(Some(Unblocked { email, replayed: true, is_blocked_again }));
    }
    let stamp = call.stamp()?;
    let address = email.normalized();
    let is_written = call.store.unblock(&member, address, block, reason, key, &stamp).await?;
    Ok(is_written.then_some(Unblocked { email, replayed: false, is_blocked_again: false }))
}

async fn unsuppress(call: &Call, email: &EmailAddress) -> Result<(), Failure> {
    let ses = call.environment.clients().ses();
    Mailer::unsuppress(ses, email).await.map_err(|error| {
        tracing::error!(%error, "SES did not take an address off its suppression list");
        let detail = "the address is unblocked here, but SES did not answer: try again";
        Problem::new(503, "unavailable", detail).into()
    })
}
