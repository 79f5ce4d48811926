//! Requests about tasks: filters of lists, and the note of a completed task.

use jiff::Span;
use jiff::civil::Date;
use puntos_domain::field::{NAME_MAX_CHARS, NOTE_MAX_CHARS, optional_text};
use puntos_domain::task::{TaskAgent, TaskFilter, TaskKind, TaskStatus};
use serde::Deserialize;

use crate::Problem;
use crate::agents::named;

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

/// An assignment of a task.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignRequest {
    /// The agent, by the subject of their token; `me` is the caller, and `none` is nobody.
    pub agent_id: String,
}

impl AssignRequest {
    /// Returns the agent; `None` is nobody.
    ///
    /// # Errors
    /// Refuses an id that does not fit.
    pub fn command(self, caller: &str) -> Result<Option<String>, Problem> {
        Ok(match named("agent_id", self.agent_id, caller)? {
            TaskAgent::Nobody => None,
            TaskAgent::Agent(agent_id) => Some(agent_id),
        })
    }
}

/// Returns the filter of a list by agent and by customer.
///
/// # Errors
/// Refuses the parameter that does not fit.
pub fn filter<'a>(
    query: impl Fn(&str) -> Option<&'a str>,
    caller: &str,
) -> Result<TaskFilter, Problem> {
    let agent = query("agent").map(|id| named("agent", id.to_owned(), caller)).transpose()?;
    let customer = optional_text("name", query("name").map(str::to_owned), NAME_MAX_CHARS)?;
    Ok(TaskFilter { agent, customer })
}

/// The most days of a trend, and how many it has by default.
const TREND_DAYS_MAX: i32 = 31;
const TREND_DAYS: i32 = 14;

/// Returns the first and the last day of a trend: without an end until today, without a start a fortnight.
///
/// # Errors
/// Refuses more than 31 days.
pub fn trend_days(
    (from, to): (Option<Date>, Option<Date>),
    today: Date,
) -> Result<(Date, Date), Problem> {
    let to = to.unwrap_or(today);
    let before = |days: i32| to.saturating_sub(Span::new().days(days - 1));
    let from = from.unwrap_or_else(|| before(TREND_DAYS));
    if from > to {
        return Err(Problem::invalid_field("from", "must not be after the last day"));
    }
    match from < before(TREND_DAYS_MAX) {
        true => Err(Problem::invalid_field("from", "must be at most 31 days before the end")),
        false => Ok((from, to)),
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
