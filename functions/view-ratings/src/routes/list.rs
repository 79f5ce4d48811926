//! The list: one row for each rating, in the order asked for.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use puntos_api::ProblemBody;
use puntos_domain::id::{MemberId, RatingId};
use puntos_domain::page::Page;
use puntos_domain::rating::{Category, Color, Rating};
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call};
use puntos_store::RatingQuery;
use serde::Serialize;

use crate::event::{Visits, branch, name, sorting};

/// A rating as a list shows it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RatingRow {
    /// Its id.
    #[schema(value_type = String)]
    pub rating_id: RatingId,
    /// Who rated.
    #[schema(value_type = String)]
    pub member_id: MemberId,
    /// The member's name when the rating was given.
    pub name: String,
    /// The score.
    pub score: u8,
    /// What the score makes of its member.
    pub category: Category,
    /// The colour of the category.
    pub color: Color,
    /// Whether it has a comment.
    pub has_comment: bool,
    /// Whether nobody has opened it since something new was said.
    pub unread: bool,
    /// How often it was replied to.
    pub replies: u32,
    /// Where the visit was.
    pub branch: String,
    /// The invoice of the visit.
    pub invoice_number: Option<String>,
    /// When the visit was.
    #[schema(value_type = String, format = "date-time")]
    pub visited_at: Timestamp,
    /// When the rating was first given.
    #[schema(value_type = String, format = "date-time")]
    pub created_at: Timestamp,
}

#[utoipa::path(
    get, path = "/v1/ratings", tag = "Ratings",
    params(
        ("from" = Option<String>, Query), ("to" = Option<String>, Query),
        ("branch" = Option<String>, Query), ("name" = Option<String>, Query),
        ("sort" = Option<String>, Query), ("order" = Option<String>, Query),
        ("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query),
    ),
    description = "Lists ratings: newest visits first, or sorted by date, score, name or unread, asc or desc. Within a score or a mark the newest visits come first. from and to speak of the visit: dates of the programme's zone, both included, or instants, the last one excluded. name is the beginning of any word of a customer's name, or of several, accents and case ignored: up to 60 customers found are sorted as one, more follow after them on further pages. A page may be short and still carry a cursor.",
    responses(
        (status = 200, description = "The ratings", body = Page<RatingRow>),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn list(call: &Call) -> Result<Answer, Failure> {
    let visits = Visits::of(&call.request)?;
    let (sort, ascending) = sorting(&call.request)?;
    let (branch, name) = (branch(&call.request)?, name(&call.request)?);
    let page = call.request.page()?;
    let zone = match visits.need_zone() {
        true => super::zone(call).await?,
        false => TimeZone::UTC,
    };
    let (from, until) = visits.instants(&zone)?;
    let query = RatingQuery { from, until, branch, name, sort, ascending };
    let (ratings, next_cursor) = call.store.ratings(&query, &page).await?;
    let data: Vec<RatingRow> =
        ratings.into_iter().map(|stored| RatingRow::of(stored.rating)).collect();
    Ok(Answer::ok(Page { data, next_cursor }))
}

impl RatingRow {
    fn of(rating: Rating) -> Self {
        Self {
            score: rating.score,
            category: rating.category(),
            color: rating.category().color(),
            rating_id: rating.rating_id,
            member_id: rating.member_id,
            name: rating.member_name,
            has_comment: rating.comment.is_some(),
            unread: rating.unread,
            replies: rating.replies,
            branch: rating.branch,
            invoice_number: rating.invoice_number,
            visited_at: rating.visited_at,
            created_at: rating.rated_at,
        }
    }
}
