//! The branches: the route and its answer.

use puntos_domain::money::Currency;
use puntos_domain::program::Branch;
use serde::Serialize;

use crate::{KeyRule, Reply, Role, Route};

/// Lists the branches.
pub const LIST: Route = Route {
    key: "GET /v1/branches",
    operation_id: "list_branches",
    tag: "Programme",
    summary: "List the branches",
    description: "The branches of the programme; if it lists none, those that purchases and ratings \
        named, up to 1,000. With them the time zone of their clocks and the currency of their receipts.",
    roles: &[Role::Pos, Role::Agent, Role::Supervisor, Role::Admin, Role::Member],
    idempotency: KeyRule::Ignored,
    query: &[],
    request: None,
    answers: &[Reply::new::<BranchList>(200, "All branches")],
    problems: &[],
};

/// All branches, and what their receipts are written in.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BranchList {
    /// The branches.
    pub data: Vec<Branch>,
    /// Always null: the list is whole.
    pub next_cursor: Option<String>,
    /// The time zone of the times on receipts, an IANA name; null while there is no programme.
    pub time_zone: Option<String>,
    /// The currency of receipts, ISO 4217; null while there is no programme.
    #[schema(value_type = Option<String>)]
    pub currency: Option<Currency>,
}
