//! Who looks at a rating: the route and its shapes.

use jiff::Timestamp;
use puntos_domain::id::RatingId;
use puntos_domain::rating::{Rating, Viewer};
use serde::Serialize;

use super::AGENTS;
use crate::{KeyRule, Reply, Route};

/// Says that the caller looks at a rating.
pub const VIEW: Route = Route {
    key: "POST /v1/ratings/{rating_id}/viewing",
    operation_id: "view_rating",
    tag: "Ratings",
    summary: "Say that you look at a rating",
    description: "Shows the caller to colleagues as a viewer of the rating, here and in the list, for a \
        minute. A page repeats it while the rating is open. At most ten viewers are kept.",
    roles: AGENTS,
    idempotency: KeyRule::Ignored,
    query: &[],
    request: None,
    answers: &[Reply::new::<ViewingAnswer>(200, "The viewers")],
    problems: &[(404, &["not_found"])],
};

/// The viewers of a rating.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ViewingAnswer {
    /// The rating.
    #[schema(value_type = String)]
    pub rating_id: RatingId,
    /// The agents who look at it, the caller too.
    pub viewers: Vec<ViewerAnswer>,
}

/// An agent who looks at a rating.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ViewerAnswer {
    /// The subject of the agent's token.
    pub agent_id: String,
    /// What colleagues read.
    pub name: String,
    /// Since when.
    #[schema(value_type = String, format = "date-time")]
    pub since: Timestamp,
}

impl ViewerAnswer {
    /// Returns who looks at a rating at an instant, in the order in which they came. A member sees nobody.
    pub fn of(rating: &Rating, by_agent: bool, now: Timestamp) -> Vec<Self> {
        rating.viewers_at(now).filter(|_| by_agent).map(Self::new).collect()
    }

    fn new(viewer: &Viewer) -> Self {
        let Viewer { subject, name, since, .. } = viewer.clone();
        Self { agent_id: subject, name, since }
    }
}
