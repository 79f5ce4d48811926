//! Joining a member with a code: the routes and their shapes.

use jiff::Timestamp;
use puntos_domain::field::{FieldError, FieldErrors, LABEL_MAX_CHARS, text};
use puntos_domain::id::MemberId;
use puntos_domain::join_code::{JoinCode, PendingCode};
use serde::{Deserialize, Serialize};

use crate::{KeyRule, Problem, Reply, Role, Route, Shape};

/// Gives a code for a member.
pub const GIVE_CODE: Route = Route {
    key: "POST /v1/members/{member_id}/join-code",
    operation_id: "give_join_code",
    tag: "Members",
    summary: "Give a code with which a person joins a member",
    description: "For a member without an e-mail on file, who signed up by themselves: with card and code they reach \
        their member. The code works once and for 24 hours. Each request gives a new code, and the one before is \
        void. `already_joined`: somebody signs in as this member. A supervisor gives a code even then, for a person who \
        lost their sign-in: once it is used, the earlier sign-in ends.",
    roles: &[Role::Agent, Role::Supervisor, Role::Pos],
    idempotency: KeyRule::Ignored,
    query: &[],
    request: None,
    answers: &[Reply::new::<JoinCodeAnswer>(201, "The code")],
    problems: &[
        (404, &["not_found"]),
        (409, &["already_joined", "member_merged"]),
        (422, &["unknown_field"]),
    ],
};

/// Joins a member.
pub const JOIN: Route = Route {
    key: "POST /v1/members/join",
    operation_id: "join_member",
    tag: "Members",
    summary: "Join a member with card and code",
    description: "Who signs in and reaches no member yet joins with the number of the card and the code that an agent \
        or a till gave. Joining again answers the same. `join_refused`: card and code do not belong together, or the \
        code is void, after a day or five wrong tries. `already_joined`: the caller reaches another member.",
    roles: &[Role::Member],
    idempotency: KeyRule::Ignored,
    query: &[],
    request: Some(Shape::of::<JoinRequest>()),
    answers: &[Reply::new::<JoinAnswer>(200, "Joined, now or before")],
    problems: &[(409, &["already_joined", "join_refused"])],
};

/// A code that was given.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct JoinCodeAnswer {
    /// Eight digits.
    code: String,
    /// From when on the code is void.
    #[schema(value_type = String, format = "date-time")]
    expires_at: Timestamp,
    /// Whether somebody signs in as the member now. Their sign-in ends once the code is used.
    replaces_sign_in: bool,
}

impl JoinCodeAnswer {
    /// Returns the answer with a code.
    pub fn new(code: &JoinCode, pending: &PendingCode, replaces_sign_in: bool) -> Self {
        let code = code.as_str().to_owned();
        Self { code, expires_at: pending.expires_at, replaces_sign_in }
    }
}

/// What a person joins with.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinRequest {
    /// The number of the member's card.
    pub card_number: String,
    /// The code, with or without spaces and hyphens.
    pub code: String,
}

impl JoinRequest {
    /// Returns the number of the card, and the code.
    ///
    /// # Errors
    /// Refuses fields that do not fit.
    pub fn checked(self) -> Result<(String, JoinCode), Vec<FieldError>> {
        let mut errors = FieldErrors::default();
        let card = errors.keep(text("card_number", self.card_number, LABEL_MAX_CHARS));
        let code = JoinCode::parse(&self.code)
            .ok_or_else(|| FieldError::invalid("code", "must be eight digits"));
        let code = errors.keep(code);
        errors.into_result(card.zip(code))
    }
}

/// The member whom a person reaches.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct JoinAnswer {
    #[schema(value_type = String)]
    member_id: MemberId,
}

impl JoinAnswer {
    /// Returns the answer with a member.
    pub fn new(member_id: MemberId) -> Self {
        Self { member_id }
    }
}

/// Returns the refusal of a code for a member whom somebody reaches.
pub fn member_has_joined() -> Problem {
    let detail =
        "somebody signs in as this member: a supervisor can give a code that replaces them";
    Problem::conflict("already_joined", detail)
}

/// Returns the refusal of a caller who reaches another member.
pub fn caller_has_joined() -> Problem {
    Problem::conflict("already_joined", "you sign in as another member")
}

/// Returns the refusal of a card and a code that do not belong together. A wrong card and a wrong code look alike.
pub fn join_refused() -> Problem {
    Problem::conflict("join_refused", "card and code do not belong together, or the code is void")
}
