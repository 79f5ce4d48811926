//! What a visit is rated with, parsed.

use jiff::Timestamp;
use puntos_api::Problem;
use puntos_domain::field::{FieldErrors, LABEL_MAX_CHARS, optional_text, prose, text};
use puntos_domain::purchase::not_ahead;
use puntos_domain::rating::{COMMENT_MAX_CHARS, score};
use serde::Deserialize;

/// A rating as the till or the shopper gives it.
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
    /// The invoice of the visit: with it, a further rating is a changed mind.
    pub invoice_number: Option<String>,
    /// When the visit was.
    #[schema(value_type = String, format = "date-time")]
    pub visited_at: Timestamp,
}

/// A parsed rating; whether the score is within the programme's bounds is not judged yet.
pub struct Command {
    /// Who rates, as named.
    pub member_id: String,
    /// The score.
    pub score: u8,
    /// The comment.
    pub comment: Option<String>,
    /// Where the visit was.
    pub branch: String,
    /// The invoice of the visit.
    pub invoice_number: Option<String>,
    /// When the visit was.
    pub visited_at: Timestamp,
}

/// Returns the rating that a request gives.
///
/// # Errors
/// Refuses every field that does not fit.
pub fn command(request: RatingRequest, now: Timestamp) -> Result<Command, Problem> {
    let mut errors = FieldErrors::default();
    let score = errors.keep(score(request.score, 0));
    let comment = request.comment.filter(|comment| !comment.trim().is_empty());
    let comment = comment.map(|comment| prose("comment", comment, COMMENT_MAX_CHARS)).transpose();
    let comment = errors.keep(comment).flatten();
    let branch = errors.keep(text("branch", request.branch, LABEL_MAX_CHARS));
    let invoice = optional_text("invoice_number", request.invoice_number, LABEL_MAX_CHARS);
    let invoice_number = errors.keep(invoice).flatten();
    errors.keep(not_ahead("visited_at", request.visited_at, now));
    let command = score.zip(branch).map(|(score, branch)| Command {
        member_id: request.member_id,
        score,
        comment,
        branch,
        invoice_number,
        visited_at: request.visited_at,
    });
    Ok(errors.into_result(command)?)
}
