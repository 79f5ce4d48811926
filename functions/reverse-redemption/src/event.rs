//! What a reversal is asked with, parsed.

use puntos_api::{Problem, Role};
use puntos_domain::field::{NOTE_MAX_CHARS, optional_text, text};
use puntos_runtime::http::Caller;
use serde::Deserialize;

/// A reversal as the agent asks for it.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReversalRequest {
    /// Why.
    pub reason: String,
    /// Reverses although the coupon was used or expired: a supervisor's word, with a note.
    pub r#override: Option<bool>,
    /// Why the override is right.
    pub note: Option<String>,
}

/// A parsed reversal.
pub struct Command {
    /// Why.
    pub reason: String,
    /// Whether a used or expired coupon is no obstacle.
    pub overridden: bool,
    /// Why the override is right.
    pub note: Option<String>,
}

/// Returns what a request asks for.
///
/// # Errors
/// Refuses texts that do not fit, an override by an agent, and one without a note.
pub fn command(request: ReversalRequest, caller: &Caller) -> Result<Command, Problem> {
    let overridden = request.r#override.unwrap_or(false);
    if overridden && !caller.is(Role::Supervisor) {
        return Err(Problem::forbidden("an override needs a supervisor"));
    }
    let reason = text("reason", request.reason, NOTE_MAX_CHARS)?;
    let note = optional_text("note", request.note, NOTE_MAX_CHARS)?;
    if overridden && note.is_none() {
        return Err(Problem::invalid_field("note", "an override needs a note"));
    }
    Ok(Command { reason, overridden, note })
}
