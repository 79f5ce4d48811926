//! Rates the visit of an invitation. The token of its link names the visit, so nobody has to sign in.

use puntos_api::Problem;
use puntos_api::ratings::invited::InvitedRatingRequest;
use puntos_domain::fingerprint;
use puntos_domain::invitation::Invitation;
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::TokenUse;

use crate::ScoreRating;
use crate::rate::{Rater, Request, attempt};

pub(crate) async fn rate(function: &ScoreRating, call: &Call) -> Result<Answer, Failure> {
    let invitation: Invitation = call.signed(TokenUse::RateVisit).await?;
    let (score, comment) = call.request.body::<InvitedRatingRequest>()?.checked()?;
    let visit = call.store.visit(&invitation.visit_id).await?;
    // The purchase may be another member's by now.
    let visit = visit.filter(|visit| visit.member_id == invitation.member_id);
    let visit = visit.ok_or_else(Problem::not_found)?;
    let rated = visit.rated(score, comment);
    let request = Request {
        rating_id: visit.rating_id(),
        fingerprint: fingerprint::rating(&rated, &visit.member_id),
        visit: rated,
        by: Rater::Invited,
        key: None,
        stamp: call.stamp_of_link(&visit.member_id),
    };
    let attempted = call.decide(|_| attempt(function, call, &request)).await?;
    let status = if attempted.is_first { 201 } else { 200 };
    Ok(Answer::of_outcome(status, attempted.outcome)?)
}
