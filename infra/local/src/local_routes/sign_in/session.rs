//! The session of a person who signed in: a cookie that only the sign-in gets. It outlives a restart if the
//! stack keeps its data.

use axum::http::{HeaderMap, header};
use jsonwebtoken::get_current_timestamp;
use serde::{Deserialize, Serialize};

use super::Choice;
use super::words::Mistake;
use crate::gateway::tokens::{Sealed, Use};
use crate::identity;
use crate::stack::Parts;

const COOKIE: &str = "puntos_session";

/// The paths of the cookie: signing in, and signing out. The pages and the API never get it.
const PATHS: [&str; 2] = ["/local/oauth2", "/local/logout"];

/// How long a session and its refresh tokens last.
pub(super) const LIFETIME_SECONDS: u64 = 12 * 60 * 60;

/// The roles of people.
pub(super) const ROLES: [&str; 4] = ["agent", "supervisor", "admin", "member"];

/// Somebody who signed in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Person {
    pub role: String,
    pub member_id: Option<String>,
    /// The id of the session.
    pub session: String,
}

/// The content of a code.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Code {
    pub person: Person,
    pub redirect_uri: String,
    pub challenge: String,
}

impl Person {
    /// Returns the person of a choice, or what is wrong with it.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub(super) async fn choose(
        parts: &Parts,
        choice: &Choice,
    ) -> anyhow::Result<Result<Self, Mistake>> {
        if !ROLES.contains(&choice.role.as_str()) {
            return Ok(Err(Mistake::NoRole));
        }
        let session = identity::fresh();
        let role = choice.role.clone();
        if role != "member" {
            return Ok(Ok(Self { role, member_id: None, session }));
        }
        let member_id = choice.member_id.trim();
        if member_id.is_empty() {
            return Ok(Ok(Self { role, member_id: None, session }));
        }
        if !parts.has_member(member_id).await? {
            return Ok(Err(Mistake::UnknownMember));
        }
        Ok(Ok(Self { role, member_id: Some(member_id.to_owned()), session }))
    }

    /// Returns the subject of the person's tokens: always the same.
    pub(super) fn subject(&self) -> String {
        format!("local-{}", self.member_id.as_ref().unwrap_or(&self.role))
    }
}

/// Begins a session. Returns its cookies.
pub(super) fn begin(parts: &Parts, person: &Person) -> anyhow::Result<Vec<String>> {
    let ends_at = get_current_timestamp() + LIFETIME_SECONDS;
    let session = parts.tokens.seal(Use::Session, &person.subject(), ends_at, person)?;
    Ok(cookies(&session, LIFETIME_SECONDS))
}

/// Returns the person whose session a request belongs to, while it lasts.
pub(super) fn of(parts: &Parts, headers: &HeaderMap) -> Option<Person> {
    let person = sealed(parts, headers)?.content;
    (!parts.spent.has(&person.session)).then_some(person)
}

/// Ends the session that a request belongs to.
pub(super) fn end(parts: &Parts, headers: &HeaderMap) {
    if let Some(sealed) = sealed(parts, headers) {
        // Its refresh tokens last longer than the cookie where they are younger.
        parts.spent.spend(&sealed.content.session, sealed.ends_at + LIFETIME_SECONDS);
    }
}

/// Returns the cookies that remove those of a session.
pub(super) fn cleared() -> Vec<String> {
    cookies("", 0)
}

fn sealed(parts: &Parts, headers: &HeaderMap) -> Option<Sealed<Person>> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut cookies =
        values.flat_map(|value| value.split(';')).filter_map(|one| one.split_once('='));
    let (_, session) = cookies.find(|(name, _)| name.trim() == COOKIE)?;
    parts.tokens.open(Use::Session, session.trim())
}

fn cookies(value: &str, seconds: u64) -> Vec<String> {
    let cookie =
        |path| format!("{COOKIE}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Lax");
    PATHS.into_iter().map(cookie).collect()
}
