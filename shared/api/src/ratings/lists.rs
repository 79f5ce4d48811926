//! The list of ratings: the route and its shapes.

use jiff::Timestamp;
use puntos_domain::field::{LABEL_MAX_CHARS, NAME_MAX_CHARS, optional_text};
use puntos_domain::id::{MemberId, RatingId};
use puntos_domain::invoice::BranchKey;
use puntos_domain::rating::{Category, Color, Rating, RatingSort};
use serde::Serialize;

use super::READERS;
use super::viewing::ViewerAnswer;
use crate::period::Period;
use crate::{KeyRule, Parameter, Problem, Reply, Route};

/// Lists ratings.
pub const LIST: Route = Route {
    key: "GET /v1/ratings",
    operation_id: "list_ratings",
    tag: "Ratings",
    summary: "List ratings",
    description: "The newest visits come first, or the list is sorted by date, score, name, unread or \
        branch. Ratings with the same score, unread flag or branch come with the newest visits first; \
        branches are sorted as they compare. A name matches the beginning of any word of a customer's \
        name, or of several words; accents and case are ignored. Up to 60 customers found are sorted as \
        one; more follow on further pages. A member sees their own ratings only, also without \
        member_id. At most 1,000 ratings of a member are listed. A page may be short and still carry a \
        cursor.",
    roles: READERS,
    idempotency: KeyRule::Ignored,
    query: &[
        Parameter::optional::<String>(
            "from",
            "The first visit: a date in the programme's zone, or an instant",
        ),
        Parameter::optional::<String>(
            "to",
            "The end of the visits: a date, included, or an instant, excluded",
        ),
        Parameter::optional::<String>("branch", "Only visits to this branch"),
        Parameter::optional::<String>("member_id", "Only ratings of this member"),
        Parameter::optional::<String>("name", "Beginnings of words of the customer's name"),
        Parameter::optional::<RatingSort>("sort", "The field to sort by; date by default"),
        Parameter::optional::<SortOrder>(
            "order",
            "The direction; desc by default, asc for names and branches",
        ),
        Parameter::LIMIT,
        Parameter::CURSOR,
    ],
    request: None,
    answers: &[Reply::page::<RatingRow>(200, "The ratings")],
    problems: &[(400, &["cursor_mismatch"]), (404, &["not_found"]), (422, &["invalid_field"])],
};

/// The filters and the sort of a list of ratings.
#[derive(Debug)]
pub struct RatingListRequest {
    /// The bounds of the visits.
    pub visits: Period,
    /// The branch.
    pub branch: Option<BranchKey>,
    /// Prefixes of words of the customer's name.
    pub name: Option<String>,
    /// The field to sort by.
    pub sort: RatingSort,
    /// Whether the lowest comes first.
    pub ascending: bool,
}

/// The direction of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SortOrder {
    /// The lowest first.
    Asc,
    /// The highest first.
    Desc,
}

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
    /// The category of the score.
    pub category: Category,
    /// The colour of the category.
    pub color: Color,
    /// Whether it has a comment, or the member wrote a message in its thread.
    pub has_comment: bool,
    /// Whether an agent still has to read it.
    pub unread: bool,
    /// How often it was replied to.
    pub replies: u32,
    /// The agents who look at it; a member sees none.
    pub viewers: Vec<ViewerAnswer>,
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

impl RatingListRequest {
    /// Returns the parsed parameters of the query.
    ///
    /// # Errors
    /// Refuses the parameter that does not fit.
    pub fn of<'a>(query: impl Fn(&str) -> Option<&'a str>) -> Result<Self, Problem> {
        let visits = Period::of(&query)?;
        let (sort, ascending) = sorting(&query)?;
        let branch = branch(&query)?;
        let name = query("name").map(str::to_owned);
        let name = optional_text("name", name, NAME_MAX_CHARS)?;
        Ok(Self { visits, branch, name, sort, ascending })
    }
}

impl RatingRow {
    /// Returns a rating as a list shows it at an instant.
    pub fn new(rating: Rating, by_agent: bool, now: Timestamp) -> Self {
        Self {
            score: rating.score,
            category: rating.category(),
            color: rating.category().color(),
            has_comment: rating.has_comment(),
            viewers: ViewerAnswer::of(&rating, by_agent, now),
            rating_id: rating.rating_id,
            member_id: rating.member_id,
            name: rating.member_name,
            unread: rating.unread,
            replies: rating.replies,
            branch: rating.branch,
            invoice_number: rating.invoice_number,
            visited_at: rating.visited_at,
            created_at: rating.rated_at,
        }
    }
}

/// Returns the branch in the query.
pub(super) fn branch<'a>(
    query: impl Fn(&str) -> Option<&'a str>,
) -> Result<Option<BranchKey>, Problem> {
    let branch = query("branch").map(str::to_owned);
    let branch = optional_text("branch", branch, LABEL_MAX_CHARS)?;
    Ok(branch.as_deref().map(BranchKey::of))
}

/// Returns the field to sort by, and whether the lowest comes first.
fn sorting<'a>(query: impl Fn(&str) -> Option<&'a str>) -> Result<(RatingSort, bool), Problem> {
    let sort = query("sort").map(|name| {
        name.parse().map_err(|_| {
            let names = RatingSort::NAMES.join(", ");
            Problem::invalid_field("sort", &format!("must be one of {names}"))
        })
    });
    let sort = sort.transpose()?.unwrap_or(RatingSort::Date);
    let ascending = match query("order") {
        None => matches!(sort, RatingSort::Name | RatingSort::Branch),
        Some("asc") => true,
        Some("desc") => false,
        Some(_) => return Err(Problem::invalid_field("order", "must be asc or desc")),
    };
    Ok((sort, ascending))
}
