//! The programme: the routes and their shapes.

use puntos_domain::program::{Program, ProgramVersion, VERSIONS_MAX};
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
        no new version. Read-only fields are ignored, so what GET gives can be PUT back.",
    roles: &[Role::Admin],
    idempotency: KeyRule::Ignored,
    query: &[],
    request: Some(Shape::of::<Program>()),
    answers: &[Reply::new::<ProgramAnswer>(200, "The newest version")],
    problems: &[(409, &["too_many_versions"])],
};

/// The programme as an admin writes it.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct ProgramRequest(Map<String, Value>);

impl ProgramRequest {
    /// Returns the programme without the read-only fields.
    ///
    /// # Errors
    /// Refuses unknown fields, and every field that does not fit.
    pub fn command(mut self) -> Result<Program, Problem> {
        self.0.remove("version");
        let mut settings = Value::Object(self.0);
        drop_nulls(&mut settings);
        let program: Program =
            body::parse(settings.to_string().as_bytes(), Some(&Shape::of::<Program>()))?;
        Ok(program.checked()?)
    }
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

impl From<ProgramVersion> for ProgramAnswer {
    fn from(version: ProgramVersion) -> Self {
        Self { version: version.version, program: version.program }
    }
}
