//! A resend by an agent: decided by `puntos_runtime::resend`, written with the first mail that names it.

use puntos_api::shape::EmailAnswer;
use puntos_api::{Problem, ProblemBody};
use puntos_domain::id::EmailId;
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call};
use puntos_runtime::resend::{Resend, decide, find};
use puntos_store::{StoreError, pause};

use crate::routes::answer;

/// How often a resend is decided again because the first mail moved.
const TRIES_MAX: u32 = 20;

#[utoipa::path(
    post, path = "/v1/emails/{email_id}/resend", tag = "E-mails",
    params(("email_id" = String, Path), ("Idempotency-Key" = String, Header)),
    description = "Sends a mail once more, to the member's address of now. The new mail is linked to the first.",
    responses(
        (status = 201, description = "Ordered, or ordered before with this key (Idempotency-Replayed: true)", body = EmailAnswer),
        (status = 409, description = "address_blocked, resend_pending, no_address; unsubscribed: an optional mail to a member who wants none", body = ProblemBody),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn resend(call: &Call, brand: &str) -> Result<Answer, Failure> {
    let named: EmailId = call.request.path_id("email_id")?;
    call.request.no_body()?;
    let stamp = call.stamp()?;
    for attempt in 0..TRIES_MAX {
        pause(attempt).await;
        let found = find(&call.store, brand, &named, call.now).await?;
        let found = found.ok_or_else(Problem::not_found)?;
        let ordered = match decide(&call.store, found, call.request.key(), &stamp).await? {
            Resend::Before(before) => return Ok(Answer::created(answer(&before)?).replayed(true)),
            Resend::Ordered(ordered) => ordered,
        };
        if call.store.record_resend(&ordered).await? {
            let resend = ordered.first().ok_or_else(Problem::not_found)?;
            tracing::info!(actor = call.request.caller()?.actor(), email_id = %resend.email_id, "resend ordered");
            return Ok(Answer::created(answer(resend)?));
        }
    }
    Err(StoreError::Busy.into())
}
