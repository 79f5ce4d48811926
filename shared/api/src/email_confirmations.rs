//! The confirmation of an address that a member entered, with the token of the link that was mailed to it.

use puntos_domain::mail::EmailAddress;
use serde::Serialize;

use crate::{KeyRule, Reply, Route};

/// Confirms an address.
pub const CONFIRM: Route = Route {
    key: "POST /v1/email-confirmations/{token}",
    operation_id: "confirm_email",
    tag: "Members",
    summary: "Confirm a member's new address",
    description: "The token of the mailed link is all that is needed. It makes `email_pending` the `email` of the \
        member, once; again it answers the same while the address stays the member's. A token that is altered or \
        expired, or of an address that does not wait any more, is not found. `already_enrolled`: another member has \
        the address by now.",
    roles: &[],
    idempotency: KeyRule::Ignored,
    query: &[],
    request: None,
    answers: &[Reply::new::<ConfirmedEmail>(200, "Confirmed, or confirmed before")],
    problems: &[(404, &["not_found"]), (409, &["already_enrolled"]), (422, &["unknown_field"])],
};

/// The address that counts from now on.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ConfirmedEmail {
    email: String,
}

impl ConfirmedEmail {
    /// Returns the answer with an address.
    pub fn new(email: &EmailAddress) -> Self {
        Self { email: email.as_given().to_owned() }
    }
}
