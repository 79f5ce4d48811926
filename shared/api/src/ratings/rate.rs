//! Rating a visit: the route and its shapes.

use jiff::Timestamp;
use puntos_domain::field::{FieldError, FieldErrors, LABEL_MAX_CHARS, optional_text, prose, text};
use puntos_domain::id::{MemberId, RatingId};
use puntos_domain::purchase::not_ahead;
use puntos_domain::rating::{COMMENT_MAX_CHARS, Category, Color, RateVisit, Rating, score};
use serde::{Deserialize, Serialize};

use crate::{KeyRule, MemberNamed, Problem, Reply, Role, Route, Shape};

/// Rates a visit.
pub const RATE: Route = Route {
    key: "POST /v1/ratings",
    operation_id: "rate_visit",
    tag: "Ratings",
    summary: "Rate a visit",
    description: "With an invoice there is one rating for the visit and no key is needed: another \
        score or comment changes that rating, which keeps its id, its first visited_at and its \
        history. Without an invoice an Idempotency-Key is needed. A member names the invoice of a \
        purchase of theirs, or else rates one visit for each branch and local day: a further rating of \
        that day changes the first.",
    roles: &[Role::Pos, Role::Member],
    idempotency: KeyRule::Natural,
    query: &[],
    request: Some(Shape::of::<RatingRequest>()),
    answers: &[Reply::new::<RatingAnswer>(201, "Rated, or rated so before")],
    problems: &[(404, &["not_found"]), (409, &["member_merged"])],
};

/// A rating as the till or the member gives it.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RatingRequest {
    /// Who rates.
    pub member_id: String,
    /// The score, from the programme's lowest to 10.
    #[schema(minimum = 0, maximum = 10)]
    pub score: i64,
    /// A comment of up to 1,000 characters in any number of lines; a blank one is none.
    pub comment: Option<String>,
    /// Where the visit was.
    pub branch: String,
    /// The invoice of the visit: with it, a further rating changes the first.
    pub invoice_number: Option<String>,
    /// When the visit was.
    #[schema(value_type = String, format = "date-time")]
    pub visited_at: Timestamp,
}

/// A parsed rating.
#[derive(Debug)]
pub struct RatingCommand {
    /// Who rates.
    pub member: MemberNamed,
    /// The rating.
    pub visit: RateVisit,
}

/// A rating.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RatingAnswer {
    /// Its id.
    #[schema(value_type = String)]
    pub rating_id: RatingId,
    /// Who rated.
    #[schema(value_type = String)]
    pub member_id: MemberId,
    /// The score.
    pub score: u8,
    /// The category of the score.
    pub category: Category,
    /// The colour of the category.
    pub color: Color,
    /// The comment.
    pub comment: Option<String>,
    /// Where the visit was.
    pub branch: String,
    /// The invoice of the visit.
    pub invoice_number: Option<String>,
    /// When the visit was, as first given.
    #[schema(value_type = String, format = "date-time")]
    pub visited_at: Timestamp,
    /// When the rating was first given.
    #[schema(value_type = String, format = "date-time")]
    pub created_at: Timestamp,
}

impl RatingRequest {
    /// Returns the parsed rating.
    ///
    /// # Errors
    /// Refuses every field that does not fit.
    pub fn command(self, now: Timestamp) -> Result<RatingCommand, Problem> {
        let mut errors = FieldErrors::default();
        let score = errors.keep(score(self.score, 0));
        let comment = errors.keep(comment(self.comment)).flatten();
        let branch = errors.keep(text("branch", self.branch, LABEL_MAX_CHARS));
        let invoice = optional_text("invoice_number", self.invoice_number, LABEL_MAX_CHARS);
        let invoice_number = errors.keep(invoice).flatten();
        let visited_at = self.visited_at;
        errors.keep(not_ahead("visited_at", visited_at, now));
        let visit = score.zip(branch).map(|(score, branch)| RateVisit {
            score,
            comment,
            branch,
            invoice_number,
            visited_at,
        });
        let visit = errors.into_result(visit)?;
        Ok(RatingCommand { member: MemberNamed::Id(self.member_id), visit })
    }
}

/// Returns a comment that fits; a blank one is none.
///
/// # Errors
/// Refuses a comment that is too long.
pub(super) fn comment(given: Option<String>) -> Result<Option<String>, FieldError> {
    let given = given.filter(|comment| !comment.trim().is_empty());
    given.map(|comment| prose("comment", comment, COMMENT_MAX_CHARS)).transpose()
}

impl RatingAnswer {
    /// Returns a rating as it is now.
    pub fn new(rating: &Rating) -> Self {
        let rating = rating.clone();
        Self {
            score: rating.score,
            category: rating.category(),
            color: rating.category().color(),
            rating_id: rating.rating_id,
            member_id: rating.member_id,
            comment: rating.comment,
            branch: rating.branch,
            invoice_number: rating.invoice_number,
            visited_at: rating.visited_at,
            created_at: rating.rated_at,
        }
    }
}
