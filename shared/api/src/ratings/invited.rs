//! Rating the visit of an invitation, with the token of its link instead of a user's: the route and its shape.

use puntos_domain::field::FieldErrors;
use puntos_domain::rating::score;
use serde::Deserialize;

use super::rate::{RatingAnswer, comment};
use crate::{KeyRule, Problem, Reply, Route, Shape};

/// Rates the visit of an invitation.
pub const RATE_INVITED: Route = Route {
    key: "POST /v1/invitations/{token}/rating",
    operation_id: "rate_invited_visit",
    tag: "Ratings",
    summary: "Rate the visit of an invitation",
    description: "The token of the invitation's link is all that is needed. It names the visit, so this is the same \
        rating as one with the invoice at the till: another score or comment changes it, up to 20 times. A token that \
        is altered, expired or used up, and one of a purchase that is another member's now, is not found.",
    roles: &[],
    idempotency: KeyRule::Ignored,
    query: &[],
    request: Some(Shape::of::<InvitedRatingRequest>()),
    answers: &[
        Reply::new::<RatingAnswer>(200, "Changed, or rated so before"),
        Reply::new::<RatingAnswer>(201, "Rated"),
    ],
    problems: &[(404, &["not_found"]), (409, &["member_merged"])],
};

/// A rating as the page of an invitation gives it.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitedRatingRequest {
    /// The score, from the programme's lowest to 10.
    #[schema(minimum = 0, maximum = 10)]
    score: i64,
    /// A comment of up to 1,000 characters in any number of lines; a blank one is none.
    comment: Option<String>,
}

impl InvitedRatingRequest {
    /// Returns the score and the comment.
    ///
    /// # Errors
    /// Refuses every field that does not fit.
    pub fn checked(self) -> Result<(u8, Option<String>), Problem> {
        let mut errors = FieldErrors::default();
        let score = errors.keep(score(self.score, 0));
        let comment = errors.keep(comment(self.comment)).flatten();
        Ok(errors.into_result(score.map(|score| (score, comment)))?)
    }
}
