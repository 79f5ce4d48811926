//! Members: enrolled, found, changed and unblocked. The routes and their shapes.

mod answer;
mod change;

use jiff::Timestamp;
use puntos_domain::field::{FieldError, NOTE_MAX_CHARS, text};
use puntos_domain::fingerprint;
use puntos_domain::member::{Profile, ProfileRequest, TakenValue};
use serde::Deserialize;

use crate::{KeyRule, MemberNamed, Parameter, Problem, Reply, Role, Route, Shape};

pub use answer::{AddressState, EmailStatusAnswer, MemberAnswer, ShownMember, TillMember};
pub use change::ProfilePatch;

/// Enrols a member.
pub const ENROL: Route = Route {
    key: "POST /v1/members",
    operation_id: "enrol_member",
    tag: "Members",
    summary: "Enrol a member",
    description: "A document, a card and an address have one owner each: `already_enrolled` names \
        the fields at fault. A till sees the id, the first name and the balance, also on a replay.",
    roles: &[Role::Pos, Role::Agent, Role::Admin],
    idempotency: KeyRule::Required,
    query: &[],
    request: Some(Shape::of::<ProfileRequest>()),
    answers: &[Reply::new::<MemberAnswer>(201, "Enrolled, or enrolled before with this key")
        .or_for_till::<TillMember>()],
    problems: &[
        (409, &["already_enrolled", "card_replaced"]),
        (422, &["invalid_field", "unknown_field"]),
    ],
};

/// Searches for members.
pub const SEARCH: Route = Route {
    key: "GET /v1/members",
    operation_id: "search_members",
    tag: "Members",
    summary: "Find members by one filter",
    description: "`name` is the beginning of any word, or of several, accents and case ignored: \
        write more of it where there are more members than `limit`. A till finds by card only, and \
        sees the id, the first name and the balance; a card that another one replaced is refused there, \
        and finds its member for people.",
    roles: &[Role::Pos, Role::Agent, Role::Supervisor],
    idempotency: KeyRule::Ignored,
    query: &[
        Parameter::optional::<String>("document", "The number of an identity document"),
        Parameter::optional::<String>("email", "The e-mail address"),
        Parameter::optional::<String>("card_number", "The number of the loyalty card"),
        Parameter::optional::<String>("name", "The beginning of words of the name"),
        Parameter::LIMIT,
    ],
    request: None,
    answers: &[
        Reply::page::<MemberAnswer>(200, "The members found").or_page_for_till::<TillMember>()
    ],
    problems: &[(403, &["forbidden"]), (409, &["card_replaced"]), (422, &["invalid_field"])],
};

/// Changes a profile.
pub const CHANGE: Route = Route {
    key: "PATCH /v1/members/{member_id}",
    operation_id: "change_member",
    tag: "Members",
    summary: "Change a profile",
    description: "A merge patch: absent is unchanged, null removes. `already_enrolled` names the \
        fields at fault. A new card replaces the old one, which is refused with `card_replaced` from \
        then on; only the same member may take it back. An address that a member enters waits as `email_pending`, \
        and `email` stays, until it is confirmed by the link that is mailed to it, or an agent enters it. `throttled`: the \
        member entered too many addresses today.",
    roles: &[Role::Agent, Role::Supervisor, Role::Member],
    idempotency: KeyRule::Ignored,
    query: &[],
    request: Some(Shape::of::<ProfilePatch>()),
    answers: &[Reply::new::<MemberAnswer>(200, "The member after the change")],
    problems: &[
        (403, &["forbidden"]),
        (404, &["not_found"]),
        (409, &["already_enrolled", "card_replaced", "member_merged"]),
        (422, &["invalid_field", "unknown_field"]),
        (429, &["throttled"]),
        (503, &["unavailable"]),
    ],
};

/// Unblocks an address.
pub const UNBLOCK: Route = Route {
    key: "POST /v1/members/{member_id}/email-unblock",
    operation_id: "unblock_email",
    tag: "Members",
    summary: "Unblock a member's address",
    description: "Lets mail go to the member's address again, also at SES. An address that is not \
        blocked stays so.",
    roles: &[Role::Supervisor],
    idempotency: KeyRule::Required,
    query: &[],
    request: Some(Shape::of::<UnblockRequest>()),
    answers: &[Reply::new::<MemberAnswer>(200, "The member, whose address is not blocked")],
    problems: &[
        (404, &["not_found"]),
        (409, &["member_merged", "no_address"]),
        (422, &["idempotency_key_reused", "invalid_field", "unknown_field"]),
        (503, &["unavailable"]),
    ],
};

/// A parsed enrolment.
#[derive(Debug)]
pub struct EnrolCommand {
    /// Who the member is.
    pub profile: Profile,
    /// The fingerprint of the request.
    pub fingerprint: String,
}

impl EnrolCommand {
    /// Returns the parsed enrolment.
    ///
    /// # Errors
    /// Refuses fields that do not fit.
    pub fn new(request: ProfileRequest, now: Timestamp) -> Result<Self, Problem> {
        let fingerprint = fingerprint::enrolment(&request);
        Ok(Self { profile: Profile::checked(request, now)?, fingerprint })
    }
}

/// What members are searched by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter<'a> {
    /// The number of an identity document.
    Document(&'a str),
    /// The e-mail address.
    Email(&'a str),
    /// The number of the loyalty card.
    Card(&'a str),
    /// The beginning of words of the name.
    Name(&'a str),
}

impl<'a> Filter<'a> {
    /// Returns the one filter among the parameters of a query.
    ///
    /// # Errors
    /// Refuses a query without a filter or with several, and a till that searches by anything but the card.
    pub fn of(
        parameter: impl Fn(&'static str) -> Option<&'a str>,
        is_till: bool,
    ) -> Result<Self, Problem> {
        let given = [
            parameter("document").map(Self::Document),
            parameter("email").map(Self::Email),
            parameter("card_number").map(Self::Card),
            parameter("name").map(Self::Name),
        ];
        let mut given = given.into_iter().flatten();
        match (given.next(), given.next()) {
            (Some(Self::Card(number)), None) => Ok(Self::Card(number)),
            (Some(_), None) if is_till => {
                Err(Problem::forbidden("a till finds members by card_number only"))
            }
            (Some(filter), None) => Ok(filter),
            _ => Err(Problem::invalid_field(
                "document",
                "give exactly one of document, email, card_number, name",
            )),
        }
    }
}

/// Why a supervisor unblocks an address.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnblockRequest {
    /// Why.
    pub reason: String,
}

impl UnblockRequest {
    /// Returns the reason if it fits.
    ///
    /// # Errors
    /// Refuses a blank or too long one.
    pub fn checked(self) -> Result<String, FieldError> {
        text("reason", self.reason, NOTE_MAX_CHARS)
    }
}

/// Returns the refusal of values that another member has. It is that of a replaced card if nothing else is taken.
pub fn already_enrolled(taken: &[TakenValue]) -> Problem {
    let errors = taken.iter().map(|taken| match taken.is_replaced_card {
        true => FieldError::card_replaced("another card of a member replaced it"),
        false => FieldError {
            field: taken.field.to_owned(),
            code: "already_enrolled".to_owned(),
            detail: "a member is enrolled with it already".to_owned(),
        },
    });
    let problem = match taken {
        [only] if only.is_replaced_card => MemberNamed::card_replaced(),
        several => {
            let fields: Vec<&str> = several.iter().map(|taken| taken.field).collect();
            let detail = format!("a member is enrolled already with this {}", fields.join(", "));
            Problem::conflict("already_enrolled", detail)
        }
    };
    problem.with_errors(errors.collect())
}

/// Returns the refusal of a member without an address.
pub fn no_address() -> Problem {
    Problem::conflict("no_address", "the member has no e-mail address")
}
