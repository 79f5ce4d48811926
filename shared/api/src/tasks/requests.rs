//! Requests about tasks: filters of lists, and the note of a completed task.

use jiff::civil::Date;
use puntos_domain::field::{NOTE_MAX_CHARS, optional_text};
use puntos_domain::task::{TaskKind, TaskStatus};
use serde::Deserialize;

use crate::Problem;

/// The length of a local date as the contract writes it.
const DAY_CHARS: usize = "YYYY-MM-DD".len();

/// The completion of a task.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompleteRequest {
    /// A note for colleagues.
    pub note: Option<String>,
}

impl CompleteRequest {
    /// Returns the note.
    ///
    /// # Errors
    /// Refuses a note that does not fit.
    pub fn checked(self) -> Result<Option<String>, Problem> {
        Ok(optional_text("note", self.note, NOTE_MAX_CHARS)?)
    }
}

/// The number of days in the list of upcoming tasks: the default and the limit.
const AHEAD_DEFAULT_DAYS: i32 = 7;
const AHEAD_MAX_DAYS: i32 = 31;

/// Returns the number of days in the parameter `days`.
///
/// # Errors
/// Refuses a number that is not from 1 to 31.
pub fn days_ahead(days: Option<&str>) -> Result<i32, Problem> {
    match days {
        None => Ok(AHEAD_DEFAULT_DAYS),
        Some(text) => text
            .parse()
            .ok()
            .filter(|days| (1..=AHEAD_MAX_DAYS).contains(days))
            .ok_or_else(|| Problem::invalid_field("days", "must be from 1 to 31")),
    }
}

/// The filters of a day's list of tasks.
#[derive(Debug)]
pub struct DayListRequest {
    /// The local day; today by default.
    pub day: Option<Date>,
    /// Only of this kind.
    pub kind: Option<TaskKind>,
    /// Only with this status.
    pub status: Option<TaskStatus>,
}

impl DayListRequest {
    /// Returns the parsed parameters of the query.
    ///
    /// # Errors
    /// Refuses the parameter that does not fit.
    pub fn of<'a>(query: impl Fn(&str) -> Option<&'a str>) -> Result<Self, Problem> {
        let bad =
            |name: &'static str, detail: &'static str| move || Problem::invalid_field(name, detail);
        let day = query("day").map(|text| {
            let whole = Some(text).filter(|text| text.len() == DAY_CHARS);
            whole.and_then(|text| text.parse().ok()).ok_or_else(bad("day", "must be YYYY-MM-DD"))
        });
        let kind = query("kind")
            .map(|name| name.parse().map_err(|_| bad("kind", "is not a kind of task")()));
        let status = query("status").map(|name| {
            name.parse::<TaskStatus>()
                .ok()
                .ok_or_else(bad("status", "must be open, completed or lapsed"))
        });
        Ok(Self { day: day.transpose()?, kind: kind.transpose()?, status: status.transpose()? })
    }
}
