//! A supervisor unblocks an address: ours first, then SES's own suppression list.

use puntos_api::shape::MemberAnswer;
use puntos_api::{Problem, ProblemBody};
use puntos_domain::id::MemberId;
use puntos_domain::mail::EmailAddress;
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call};
use puntos_runtime::mailer::Mailer;
use puntos_store::{StoreError, pause};

use super::change::answer;
use crate::event::UnblockRequest;

/// How often an unblocking is made again because the profile moved.
const TRIES_MAX: u32 = 20;

#[utoipa::path(
    post, path = "/v1/members/{member_id}/email-unblock", tag = "Members", request_body = UnblockRequest,
    params(("member_id" = String, Path), ("Idempotency-Key" = String, Header)),
    description = "Lets mail go to the member's address again, also at SES. An address that is not blocked stays so.",
    responses(
        (status = 200, description = "The member, whose address is not blocked", body = MemberAnswer),
        (status = 409, description = "no_address", body = ProblemBody),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn unblock(call: &Call) -> Result<Answer, Failure> {
    let member_id: MemberId = call.request.path_id("member_id")?;
    let reason = call.request.body::<UnblockRequest>()?.checked()?;
    let stamp = call.stamp()?;
    for attempt in 0..TRIES_MAX {
        pause(attempt).await;
        let (stored, _) = call.store.member(&member_id).await?.ok_or_else(Problem::not_found)?;
        let Some(email) = &stored.profile.email else {
            return Err(Problem::conflict("no_address", "the member has no e-mail address").into());
        };
        let key = call.request.key();
        let state = call.store.address_state(email.normalized()).await?;
        let replayed = match &state.unblocking {
            Some((before, why)) if before == key && *why != reason => {
                return Err(Problem::key_reused().into());
            }
            Some((before, _)) => before == key,
            None => false,
        };
        let (address, seen) = (email.normalized(), state.block.as_ref());
        if !replayed && !call.store.unblock(&stored, address, seen, &reason, key, &stamp).await? {
            continue;
        }
        // Also on a repetition: where SES failed, the same request mends it. Not where the address was
        // blocked again since.
        if !replayed || seen.is_none() {
            unsuppress(call, email).await?;
        }
        return Ok(answer(call, &member_id).await?.replayed(replayed));
    }
    Err(StoreError::Busy.into())
}

async fn unsuppress(call: &Call, email: &EmailAddress) -> Result<(), Failure> {
    let ses = call.environment.clients().ses();
    Mailer::unsuppress(ses, email).await.map_err(|error| {
        tracing::error!(error, "SES did not take an address off its suppression list");
        let detail = "the address is unblocked here, but SES did not answer: try again";
        Problem::new(503, "unavailable", detail).into()
    })
}
