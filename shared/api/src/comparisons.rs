//! Re-rates of the purchases of a period, and previews of a programme: the routes and their requests.

mod answer;

use puntos_domain::field::{FieldErrors, NOTE_MAX_CHARS, text};
use puntos_domain::fingerprint;
use puntos_domain::program::Warning;
use puntos_domain::rerating::OverCredit;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::openapi::schema::{AnyOfBuilder, Type};
use utoipa::openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat};

pub use answer::{
    ComparisonAnswer, PreviewReportAnswer, PreviewStateAnswer, RerateReportAnswer,
    RerateStateAnswer,
};

use crate::period::Period;
use crate::program::ProgramRequest;
use crate::{KeyRule, Problem, Reply, Role, Route, Shape};

const ROLES: &[Role] = &[Role::Admin];

/// Starts a re-rate.
pub const RERATE: Route = Route {
    key: "POST /v1/program/rerates",
    operation_id: "start_rerate",
    tag: "Programme",
    summary: "Rate the purchases of a period again",
    description: "Starts a walk over all members that rates their purchases of a period under one \
        version of the programme, and corrects each difference by a new entry, up or down. A dry run \
        corrects nothing and says what would change. The period goes by `purchased_at`: two local \
        dates, both included, or instants, the last excluded. It takes minutes to hours. Rating again \
        under the same version changes nothing.",
    roles: ROLES,
    idempotency: KeyRule::Required,
    query: &[],
    request: Some(Shape::of::<ProgramRerateRequest>()),
    answers: &[Reply::new::<RerateStateAnswer>(202, "The re-rate")],
    problems: &[(409, &["program_missing"])],
};

/// Shows a re-rate.
pub const SHOW_RERATE: Route = Route {
    key: "GET /v1/program/rerates/{rerate_id}",
    operation_id: "get_rerate",
    tag: "Programme",
    summary: "Show a re-rate",
    description: "Shows what the purchases of the period earned (`points_now`, with corrections and \
        returns) and what they earn under the version (`points_then`). While it runs, and after it \
        was stopped, these are the purchases that were rated so far. `more` and `less` count members \
        by what all their purchases of the period change. `given - clawed - forgiven - let_go` is \
        `points_then - points_now`. With `Accept: text/csv` it is a sheet.",
    roles: ROLES,
    idempotency: KeyRule::Ignored,
    query: &[],
    request: None,
    answers: &[Reply::new::<RerateReportAnswer>(200, "The re-rate").or_csv()],
    problems: &[(404, &["not_found"])],
};

/// Stops a re-rate.
pub const STOP_RERATE: Route = Route {
    key: "POST /v1/program/rerates/{rerate_id}/stop",
    operation_id: "stop_rerate",
    tag: "Programme",
    summary: "Stop a re-rate",
    description: "No further segment begins. What was corrected stays corrected, and a new re-rate of \
        the same period corrects the rest. A re-rate that has ended stays as it is.",
    roles: ROLES,
    idempotency: KeyRule::Required,
    query: &[],
    request: None,
    answers: &[Reply::new::<RerateStateAnswer>(200, "The re-rate")],
    problems: &[(404, &["not_found"])],
};

/// Starts a preview.
pub const PREVIEW: Route = Route {
    key: "POST /v1/program/preview",
    operation_id: "preview_program",
    tag: "Programme",
    summary: "Preview a programme",
    description: "Says what the purchases of a period would have earned under a programme that is not \
        written yet. The programme is checked as `PUT /v1/program` checks it, and `acknowledge` \
        accepts its warnings. Nothing of the members changes.",
    roles: ROLES,
    idempotency: KeyRule::Required,
    query: &[],
    request: Some(Shape::of::<PreviewRequest>()),
    answers: &[Reply::new::<PreviewStateAnswer>(202, "The preview")],
    problems: &[(422, &["program_warnings"])],
};

/// Shows a preview.
pub const SHOW_PREVIEW: Route = Route {
    key: "GET /v1/program/previews/{preview_id}",
    operation_id: "get_preview",
    tag: "Programme",
    summary: "Show a preview",
    description: "Shows what the purchases of the period earned (`points_now`, with corrections and \
        returns) and what they would have earned (`points_then`), as for a re-rate. With `Accept: \
        text/csv` it is a sheet.",
    roles: ROLES,
    idempotency: KeyRule::Ignored,
    query: &[],
    request: None,
    answers: &[Reply::new::<PreviewReportAnswer>(200, "The preview").or_csv()],
    problems: &[(404, &["not_found"])],
};

/// Stops a preview.
pub const STOP_PREVIEW: Route = Route {
    key: "POST /v1/program/previews/{preview_id}/stop",
    operation_id: "stop_preview",
    tag: "Programme",
    summary: "Stop a preview",
    description: "No further segment begins. A preview that has ended stays as it is.",
    roles: ROLES,
    idempotency: KeyRule::Required,
    query: &[],
    request: None,
    answers: &[Reply::new::<PreviewStateAnswer>(200, "The preview")],
    problems: &[(404, &["not_found"])],
};

/// What is rated again, and how.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProgramRerateRequest {
    /// Whether nothing is corrected.
    pub dry_run: bool,
    /// The first local date or instant of the period.
    #[schema(schema_with = date_or_instant)]
    pub from: String,
    /// The last local date of the period, or the first instant after it.
    #[schema(schema_with = date_or_instant)]
    pub to: String,
    /// The version that rates; the newest one unless told otherwise.
    pub version: Option<u32>,
    /// What happens to points too many: they are taken back unless told otherwise.
    pub over_credit: Option<OverCredit>,
    /// Why, for members and for colleagues.
    pub reason: Option<String>,
}

/// The draft of a programme, and the purchases that it is tried on.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewRequest {
    /// The programme as it would be written.
    #[schema(value_type = puntos_domain::program::Program)]
    pub program: Map<String, Value>,
    /// The first local date or instant of the period.
    #[schema(schema_with = date_or_instant)]
    pub from: String,
    /// The last local date of the period, or the first instant after it.
    #[schema(schema_with = date_or_instant)]
    pub to: String,
    /// The warnings that are accepted.
    pub acknowledge: Option<Vec<Warning>>,
}

impl ProgramRerateRequest {
    /// Returns the fingerprint of the request.
    pub fn fingerprint(&self) -> String {
        fingerprint::rerate(&fingerprint::RerateForm {
            dry_run: self.dry_run,
            from: &self.from,
            to: &self.to,
            version: self.version,
            over_credit: self.over_credit.unwrap_or_default(),
            reason: self.reason.as_deref(),
        })
    }

    /// Returns the period and the reason.
    ///
    /// # Errors
    /// Refuses each that does not fit.
    pub fn checked(&self) -> Result<(Period, Option<String>), Problem> {
        let period = period(&self.from, &self.to)?;
        let mut errors = FieldErrors::default();
        let reason = self.reason.clone().map(|reason| text("reason", reason, NOTE_MAX_CHARS));
        let reason = reason.and_then(|reason| errors.keep(reason));
        Ok(errors.into_result(Some((period, reason)))?)
    }
}

impl PreviewRequest {
    /// Returns the fingerprint of the request.
    pub fn fingerprint(&self) -> String {
        // The fields of an object are sorted, so that their order makes no other request.
        let accepted = self.acknowledge.as_ref().map(|accepted| json!(accepted).to_string());
        let program = Value::Object(self.program.clone()).to_string();
        fingerprint::preview(&program, &self.from, &self.to, accepted.as_deref())
    }

    /// Returns the period and the request of the programme.
    ///
    /// # Errors
    /// Refuses a period that does not fit.
    pub fn parts(mut self) -> Result<(Period, ProgramRequest), Problem> {
        let period = period(&self.from, &self.to)?;
        if let Some(accepted) = self.acknowledge {
            self.program.insert("acknowledge".to_owned(), json!(accepted));
        }
        Ok((period, ProgramRequest::of(self.program)))
    }
}

fn period(from: &str, to: &str) -> Result<Period, Problem> {
    Period::of(|name| Some(if name == "from" { from } else { to }))
}

/// Returns the refusal of a version that cannot rate.
pub fn no_such_version() -> Problem {
    Problem::invalid_field("version", "the programme has no such version, or it was withdrawn")
}

/// A local date or an instant.
fn date_or_instant() -> RefOr<Schema> {
    let text = |format| {
        let format = Some(SchemaFormat::KnownFormat(format));
        ObjectBuilder::new().schema_type(Type::String).format(format)
    };
    let either = AnyOfBuilder::new()
        .item(text(KnownFormat::Date))
        .item(text(KnownFormat::DateTime))
        .examples([json!("2026-03-01")]);
    either.into()
}
