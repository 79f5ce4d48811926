//! The branches: the route.

use puntos_domain::program::Branch;

use crate::{KeyRule, Reply, Role, Route};

/// Lists the branches.
pub const LIST: Route = Route {
    key: "GET /v1/branches",
    operation_id: "list_branches",
    tag: "Programme",
    summary: "List the branches",
    description: "The branches of the programme; if it lists none, those that purchases and ratings \
        named, up to 1,000.",
    roles: &[Role::Pos, Role::Agent, Role::Supervisor, Role::Admin, Role::Member],
    idempotency: KeyRule::Ignored,
    query: &[],
    request: None,
    answers: &[Reply::page::<Branch>(200, "All branches")],
    problems: &[],
};
