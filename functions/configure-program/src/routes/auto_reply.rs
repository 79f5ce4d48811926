//! The automatic reply to bad ratings: what it says, and whether it is on.

use puntos_api::ProblemBody;
use puntos_domain::auto_reply::{AutoReplyRequest, AutoReplySettings};
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call};
use puntos_store::{StoreError, pause};

/// How often the settings are written again because somebody else was faster.
const TRIES_MAX: u32 = 20;

#[utoipa::path(
    get, path = "/v1/settings/auto-reply", tag = "Ratings",
    description = "Shows what is replied by itself to a rating of 6 or less without a comment, and whether it is on.",
    responses(
        (status = 200, description = "The settings", body = AutoReplySettings),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn show(call: &Call) -> Result<Answer, Failure> {
    let stored = call.store.auto_reply().await?;
    Ok(Answer::ok(stored.settings))
}

#[utoipa::path(
    put, path = "/v1/settings/auto-reply", tag = "Ratings", request_body = AutoReplyRequest,
    description = "Replaces the automatic reply whole. Where it is on it needs a subject and a body. Ratings from before it was turned on get none; those that wait get none once it is turned off.",
    responses(
        (status = 200, description = "The settings of now", body = AutoReplySettings),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn replace(call: &Call) -> Result<Answer, Failure> {
    let asked = call.request.body::<AutoReplyRequest>()?.checked()?;
    let stamp = call.stamp()?;
    for attempt in 0..TRIES_MAX {
        pause(attempt).await;
        let before = call.store.auto_reply().await?;
        let settings = asked.clone().following(&before.settings, call.now);
        let is_same = before.version > 0 && settings == before.settings;
        if is_same || call.store.put_auto_reply(&before, &settings, &stamp).await? {
            return Ok(Answer::ok(settings));
        }
    }
    Err(StoreError::Busy.into())
}
