//! The settings of the automatic reply: the routes, and the change of single settings. Other shapes are in the
//! domain.

use puntos_domain::auto_reply::{AutoReplyRequest, AutoReplySettings};
use serde::Deserialize;

use crate::body::present;
use crate::{KeyRule, Problem, Reply, Role, Route, Shape};

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

/// Changes single settings of the automatic reply.
pub const CHANGE: Route = Route {
    key: "PATCH /v1/settings/auto-reply",
    operation_id: "change_auto_reply",
    tag: "Ratings",
    summary: "Turn the automatic reply on or off",
    description: "Changes the given settings and keeps the others: turned off with `enabled` alone, it \
        keeps its subject, body and wait.",
    roles: &[Role::Supervisor, Role::Admin],
    idempotency: KeyRule::Ignored,
    query: &[],
    request: Some(Shape::of::<AutoReplyPatch>()),
    answers: &[Reply::new::<AutoReplySettings>(200, "The settings")],
    problems: &[],
};

/// A change as a merge patch (RFC 7396): absent is unchanged, null removes.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AutoReplyPatch {
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<bool>)]
    enabled: Option<Option<bool>>,
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    subject: Option<Option<String>>,
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    body: Option<Option<String>>,
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<i64>)]
    wait_minutes: Option<Option<i64>>,
}

impl AutoReplyPatch {
    /// Returns the settings after the change.
    ///
    /// # Errors
    /// Refuses fields that do not fit, alone or with those that stay.
    pub fn applied(&self, before: &AutoReplySettings) -> Result<AutoReplySettings, Problem> {
        let before = before.clone();
        let enabled = match self.enabled {
            None => before.enabled,
            Some(Some(enabled)) => enabled,
            Some(None) => return Err(Problem::invalid_field("enabled", "must be true or false")),
        };
        let request = AutoReplyRequest {
            enabled,
            subject: self.subject.clone().unwrap_or(Some(before.subject)),
            body: self.body.clone().unwrap_or(Some(before.body)),
            wait_minutes: self.wait_minutes.unwrap_or(Some(before.wait_minutes)),
            enabled_since: None,
        };
        Ok(request.checked()?)
    }
}
