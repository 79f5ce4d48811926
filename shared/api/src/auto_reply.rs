//! The settings of the automatic reply: the routes. The shapes are in the domain.

use puntos_domain::auto_reply::{AutoReplyRequest, AutoReplySettings};

use crate::{KeyRule, Reply, Role, Route, Shape};

/// Shows the settings of the automatic reply.
pub const SHOW: Route = Route {
    key: "GET /v1/settings/auto-reply",
    operation_id: "get_auto_reply",
    tag: "Ratings",
    summary: "Show the automatic reply",
    description: "Shows the mail to a rating of 6 or less without a comment, and whether it is on.",
    roles: &[Role::Agent, Role::Supervisor, Role::Admin],
    idempotency: KeyRule::Ignored,
    query: &[],
    request: None,
    answers: &[Reply::new::<AutoReplySettings>(200, "The settings")],
    problems: &[],
};

/// Replaces the settings of the automatic reply.
pub const REPLACE: Route = Route {
    key: "PUT /v1/settings/auto-reply",
    operation_id: "replace_auto_reply",
    tag: "Ratings",
    summary: "Replace the automatic reply",
    description: "Replaces all settings. While it is on, it needs a subject and a body. A rating \
        from before it was turned on gets no reply. A reply that still waits is cancelled when it \
        is turned off.",
    roles: &[Role::Supervisor, Role::Admin],
    idempotency: KeyRule::Ignored,
    query: &[],
    request: Some(Shape::of::<AutoReplyRequest>()),
    answers: &[Reply::new::<AutoReplySettings>(200, "The settings")],
    problems: &[],
};
