//! What the list is asked for, and what is said of a task that is done, parsed.

use jiff::civil::Date;
use puntos_api::Problem;
use puntos_domain::field::{NOTE_MAX_CHARS, optional_text};
use puntos_domain::task::{TaskKind, TaskStatus};
use puntos_runtime::http::Request;
use serde::Deserialize;

/// The length of a local date as the contract writes it.
const DAY_CHARS: usize = "YYYY-MM-DD".len();

/// What is said of a task that is done.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompleteRequest {
    /// A note for colleagues.
    pub note: Option<String>,
}

impl CompleteRequest {
    /// Returns what a request says; it may say nothing.
    ///
    /// # Errors
    /// Refuses the field that does not fit.
    pub fn of(request: &Request) -> Result<Self, Problem> {
        let asked: Self = match request.no_body() {
            Ok(()) => Self::default(),
            Err(_) => request.body()?,
        };
        Ok(Self { note: optional_text("note", asked.note, NOTE_MAX_CHARS)? })
    }
}

/// How many days ahead the list of what comes looks, where it is not told, and at most.
const AHEAD_DEFAULT_DAYS: i32 = 7;
const AHEAD_MAX_DAYS: i32 = 31;

/// Returns how many days ahead a request looks.
///
/// # Errors
/// Refuses a number that is not from 1 to 31.
pub fn days_ahead(request: &Request) -> Result<i32, Problem> {
    match request.query("days") {
        None => Ok(AHEAD_DEFAULT_DAYS),
        Some(text) => text
            .parse()
            .ok()
            .filter(|days| (1..=AHEAD_MAX_DAYS).contains(days))
            .ok_or_else(|| Problem::invalid_field("days", "must be from 1 to 31")),
    }
}

/// Which tasks are asked for.
#[derive(Debug)]
pub struct ListRequest {
    /// The local day; none is today.
    pub day: Option<Date>,
    /// Only of this kind.
    pub kind: Option<TaskKind>,
    /// Only with this status.
    pub status: Option<TaskStatus>,
}

impl ListRequest {
    /// Returns what the parameters of a request ask for.
    ///
    /// # Errors
    /// Refuses the parameter that does not fit.
    pub fn of(request: &Request) -> Result<Self, Problem> {
        let bad =
            |name: &'static str, detail: &'static str| move || Problem::invalid_field(name, detail);
        let day = request.query("day").map(|text| {
            let whole = Some(text).filter(|text| text.len() == DAY_CHARS);
            whole.and_then(|text| text.parse().ok()).ok_or_else(bad("day", "must be YYYY-MM-DD"))
        });
        let kind = request
            .query("kind")
            .map(|name| name.parse().map_err(|_| bad("kind", "is not a kind of task")()));
        let status = request.query("status").map(|name| {
            name.parse::<TaskStatus>()
                .ok()
                .ok_or_else(bad("status", "must be open, completed or lapsed"))
        });
        Ok(Self { day: day.transpose()?, kind: kind.transpose()?, status: status.transpose()? })
    }
}
