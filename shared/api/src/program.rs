//! The programme: the routes and their shapes.

use jiff::Timestamp;
use puntos_domain::field::FieldError;
use puntos_domain::program::{
    Program, ProgramVersion, VERSIONS_MAX, Warning, WithdrawalRefused, WrittenVersion,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{KeyRule, Parameter, Problem, Reply, Role, Route, Shape, body};

/// Shows the newest version of the programme that was not withdrawn.
pub const SHOW: Route = Route {
    key: "GET /v1/program",
    operation_id: "get_program",
    tag: "Programme",
    summary: "Show the programme",
    description: "Shows the newest version of the programme that was not withdrawn.",
    roles: &[Role::Agent, Role::Supervisor, Role::Admin],
    idempotency: KeyRule::Ignored,
    query: &[],
    request: None,
    answers: &[Reply::new::<ProgramAnswer>(200, "The programme")],
    problems: &[(404, &["not_found"])],
};

/// Replaces the programme by a new version.
pub const REPLACE: Route = Route {
    key: "PUT /v1/program",
    operation_id: "replace_program",
    tag: "Programme",
    summary: "Replace the programme",
    description: "Replaces the whole programme by a new version. The same programme again makes \
        no new version. Read-only fields are ignored, so what GET gives can be PUT back. A programme \
        that cannot be kept is refused with each place and reason: gaps, windows that end before they \
        start, promotions that can never apply. A table that earns less for more money is refused with \
        `warnings`; `acknowledge` accepts them.",
    roles: &[Role::Admin],
    idempotency: KeyRule::Ignored,
    query: &[],
    request: Some(Shape::of::<ProgramBody>()),
    answers: &[Reply::new::<ProgramAnswer>(200, "The newest version")],
    problems: &[(409, &["too_many_versions"]), (422, &["program_warnings"])],
};

/// Lists the versions of the programme.
pub const VERSIONS: Route = Route {
    key: "GET /v1/program/versions",
    operation_id: "list_program_versions",
    tag: "Programme",
    summary: "List the versions of the programme",
    description: "Newest first: when each begins, who wrote it, and whether it was withdrawn.",
    roles: &[Role::Agent, Role::Supervisor, Role::Admin],
    idempotency: KeyRule::Ignored,
    query: &[Parameter::LIMIT, Parameter::CURSOR],
    request: None,
    answers: &[Reply::page::<ProgramVersionAnswer>(200, "The versions")],
    problems: &[(400, &["cursor_mismatch"])],
};

/// Withdraws a version that has not begun.
pub const WITHDRAW: Route = Route {
    key: "DELETE /v1/program/versions/{version}",
    operation_id: "withdraw_program_version",
    tag: "Programme",
    summary: "Withdraw a version that has not begun",
    description: "The version never comes into force, and its number is not used again. The version \
        in force cannot be withdrawn, nor can the only one. Withdrawing twice is the same as once.",
    roles: &[Role::Admin],
    idempotency: KeyRule::Ignored,
    query: &[],
    request: None,
    answers: &[Reply::new::<ProgramVersionAnswer>(200, "Withdrawn, now or before")],
    problems: &[(404, &["not_found"]), (409, &["version_begun"])],
};

/// The programme as an admin writes it, and the warnings that the admin accepts.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct ProgramBody {
    /// The settings and rules.
    #[serde(flatten)]
    pub program: Program,
    /// The warnings that are accepted.
    #[serde(default)]
    pub acknowledge: Vec<Warning>,
}

/// The body of [`REPLACE`], not yet checked.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct ProgramRequest(Map<String, Value>);

impl ProgramRequest {
    /// Returns the request with these fields.
    pub fn of(fields: Map<String, Value>) -> Self {
        Self(fields)
    }

    /// Returns the programme without the read-only fields.
    ///
    /// # Errors
    /// Refuses unknown fields, every field that does not fit, and warnings that are not accepted.
    pub fn command(mut self, now: Timestamp) -> Result<Program, Problem> {
        self.0.remove("version");
        let accepted = self.0.remove("acknowledge").unwrap_or(Value::Null);
        let accepted: Option<Vec<Warning>> = serde_json::from_value(accepted).map_err(|_| {
            let detail = format!("must be a list of warnings, such as [\"{}\"]", Warning::NAME);
            Problem::invalid_field("acknowledge", &detail)
        })?;
        let mut settings = Value::Object(self.0);
        drop_nulls(&mut settings);
        let program: Program =
            body::parse(settings.to_string().as_bytes(), Some(&Shape::of::<Program>()))?;
        let program = program.checked(now)?;
        let warnings = program.warnings();
        let is_accepted = |(warning, _): &(Warning, FieldError)| {
            accepted.as_ref().is_some_and(|accepted| accepted.contains(warning))
        };
        match warnings.iter().all(is_accepted) {
            true => Ok(program),
            false => Err(not_acknowledged(warnings)),
        }
    }
}

/// Returns the refusal of a programme with warnings that nobody accepted.
fn not_acknowledged(warnings: Vec<(Warning, FieldError)>) -> Problem {
    let (warnings, places): (Vec<Warning>, Vec<FieldError>) = warnings.into_iter().unzip();
    let detail = "`acknowledge` must accept the warnings";
    Problem::new(422, "program_warnings", detail)
        .with_errors(places)
        .with("warnings", serde_json::json!(warnings))
}

/// Null is the same as absent: a field with a default gets its default.
fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

/// Returns the refusal of a version beyond the limit.
pub fn too_many_versions() -> Problem {
    let detail = format!("a programme has at most {VERSIONS_MAX} versions");
    Problem::conflict("too_many_versions", detail)
}

/// Returns the problem of a version that cannot be withdrawn.
pub fn not_withdrawn(refusal: WithdrawalRefused) -> Problem {
    match refusal {
        WithdrawalRefused::Unknown => Problem::not_found(),
        WithdrawalRefused::Begun => Problem::conflict("version_begun", refusal.to_string()),
    }
}

/// A version of the programme, without its rules.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProgramVersionAnswer {
    /// Counts up from 1, withdrawn versions included.
    pub version: u32,
    /// When it begins.
    #[schema(value_type = String, format = "date-time")]
    pub effective_from: Timestamp,
    /// When it was written.
    #[schema(value_type = String, format = "date-time")]
    pub written_at: Timestamp,
    /// Who wrote it.
    pub actor: String,
    /// The id under which the request is logged.
    pub request_id: String,
    /// Whether it was withdrawn before it began.
    pub withdrawn: bool,
    /// When it was withdrawn.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub withdrawn_at: Option<Timestamp>,
    /// Who withdrew it.
    pub withdrawn_by: Option<String>,
}

impl From<WrittenVersion> for ProgramVersionAnswer {
    fn from(found: WrittenVersion) -> Self {
        Self {
            version: found.version,
            effective_from: found.effective_from,
            written_at: found.written.at,
            actor: found.written.actor,
            request_id: found.written.request_id,
            withdrawn: found.withdrawn.is_some(),
            withdrawn_at: found.withdrawn.as_ref().map(|withdrawn| withdrawn.at),
            withdrawn_by: found.withdrawn.map(|withdrawn| withdrawn.actor),
        }
    }
}

/// A version of the programme.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProgramAnswer {
    /// Counts up from 1.
    pub version: u32,
    /// The settings and rules.
    #[serde(flatten)]
    pub program: Program,
}

impl From<&ProgramVersion> for ProgramAnswer {
    fn from(version: &ProgramVersion) -> Self {
        Self { version: version.version, program: version.program.clone() }
    }
}
