//! The programme: the routes and their shapes.

use jiff::Timestamp;
use puntos_domain::field::FieldError;
use puntos_domain::program::{Program, ProgramVersion, VERSIONS_MAX, Warning};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{KeyRule, Problem, Reply, Role, Route, Shape, body};

/// Shows the newest version of the programme.
pub const SHOW: Route = Route {
    key: "GET /v1/program",
    operation_id: "get_program",
    tag: "Programme",
    summary: "Show the programme",
    description: "Shows the newest version of the programme.",
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
