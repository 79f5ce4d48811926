//! Records that an agent looks at a rating.

use puntos_api::Problem;
use puntos_api::ratings::viewing::{ViewerAnswer, ViewingAnswer};
use puntos_domain::id::RatingId;
use puntos_runtime::http::{Answer, Call, Failure};

use crate::AnswerRating;

pub(crate) async fn view(_: &AnswerRating, call: &Call) -> Result<Answer, Failure> {
    let rating_id: RatingId = call.request.path_id("rating_id")?;
    call.request.no_body()?;
    let answer = call.decide(|_| attempt(call, &rating_id)).await?;
    Ok(Answer::ok(answer))
}

async fn attempt(call: &Call, rating_id: &RatingId) -> Result<Option<ViewingAnswer>, Failure> {
    let subject = call.request.caller()?.subject.as_str();
    let found = call.store.rating_and_agent(rating_id, subject).await?;
    let (before, name) = found.ok_or_else(Problem::not_found)?;
    let name = name.as_deref().unwrap_or(subject);
    let after = before.rating.clone().viewed_by(subject, name, call.now);
    let is_written = call.store.record_viewers(&before, &after).await?;
    let viewers = ViewerAnswer::of(&after, true, call.now);
    Ok(is_written.then(|| ViewingAnswer { rating_id: rating_id.clone(), viewers }))
}
