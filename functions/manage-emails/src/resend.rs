//! A resend: a new mail with the same words, to the member's address of now, linked to the first.
//!
//! One at a time: the first mail names its newest resend, and its item guards the write.

use jiff::SignedDuration;
use puntos_aws::http::shape::EmailAnswer;
use puntos_aws::http::{Answer, Call, Problem, ProblemBody};
use puntos_aws::store::{StoreError, StoredEmail, pause};
use puntos_domain::id::EmailId;
use puntos_domain::mail::{EmailStatus, Language, StatusHistory};

use crate::routes::{answer, find};

/// How often a resend is decided again because the first mail moved.
const TRIES_MAX: u32 = 20;
/// How long SES has to tell of a mail whose sending is uncertain, before it is offered for resend.
const UNCERTAIN_FOR: SignedDuration = SignedDuration::from_hours(1);

#[utoipa::path(
    post, path = "/v1/emails/{email_id}/resend", tag = "E-mails",
    params(("email_id" = String, Path), ("Idempotency-Key" = String, Header)),
    description = "Sends a mail once more, to the member's address of now. The new mail is linked to the first.",
    responses(
        (status = 201, description = "Ordered, or ordered before with this key (Idempotency-Replayed: true)", body = EmailAnswer),
        (status = 409, description = "address_blocked, resend_pending, no_address", body = ProblemBody),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn resend(call: &Call, brand: &str) -> Result<Answer, Problem> {
    let named: EmailId = call.request.path_id("email_id")?;
    call.request.no_body()?;
    for attempt in 0..TRIES_MAX {
        pause(attempt).await;
        let named = find(call, brand, &named).await?.ok_or_else(Problem::not_found)?;
        let first = match &named.resend_of {
            None => named,
            Some(first_id) => call.store.email(first_id).await?.ok_or_else(Problem::not_found)?,
        };
        let resend_id = first.email_id.resend(call.request.key());
        if let Some(before) = call.store.email(&resend_id).await? {
            return Ok(Answer::created(answer(&before)?).replayed(true));
        }
        let newest = match &first.last_resend_id {
            None => None,
            Some(id) => call.store.email(id).await?,
        };
        if on_its_way(newest.as_ref().unwrap_or(&first), call.now) {
            return Err(Problem::conflict("resend_pending", "the mail before is still on its way"));
        }
        let resend = renewed(call, &first, resend_id).await?;
        let mut linked = first.clone();
        linked.last_resend_id = Some(resend.email_id.clone());
        linked.version += 1;
        if call.store.record_resend(&resend, &linked).await? {
            tracing::info!(actor = call.request.caller()?.actor(), email_id = %resend.email_id, "resend ordered");
            return Ok(Answer::created(answer(&resend)?));
        }
    }
    Err(StoreError::Busy.into())
}

/// A mail is on its way until SES took it or gave up; one whose sending is uncertain for an hour.
fn on_its_way(email: &StoredEmail, now: jiff::Timestamp) -> bool {
    match email.status() {
        EmailStatus::Queued | EmailStatus::Sending | EmailStatus::Delayed => true,
        EmailStatus::Uncertain => now.duration_since(email.status_since()) < UNCERTAIN_FOR,
        _ => false,
    }
}

async fn renewed(
    call: &Call,
    first: &StoredEmail,
    email_id: EmailId,
) -> Result<StoredEmail, Problem> {
    let member = call.store.member(&first.member_id).await?.ok_or_else(Problem::not_found)?;
    let profile = member.0.profile;
    let to = profile
        .email
        .clone()
        .ok_or_else(|| Problem::conflict("no_address", "the member has no e-mail address"))?;
    if call.store.address_block(to.normalized()).await?.is_some() {
        return Err(Problem::conflict("address_blocked", "the member's address is blocked"));
    }
    let stamp = call.stamp()?;
    let mut variables = first.variables.clone();
    variables.name = Some(profile.first_name());
    Ok(StoredEmail {
        email_id,
        to,
        variables,
        language: profile.locale.as_deref().map_or(first.language, Language::of_locale),
        history: StatusHistory::queued(call.now),
        resend_of: Some(first.email_id.clone()),
        last_resend_id: None,
        message_id: None,
        created_at: call.now,
        ordered_by: Some((stamp.actor, stamp.request_id)),
        version: 0,
        ..first.clone()
    })
}
