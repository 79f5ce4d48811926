//! The programme: replaced whole, in immutable versions.

use puntos_api::{Problem, ProblemBody};
use puntos_domain::program::{Program, ProgramVersion, VERSIONS_MAX};
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call};
use puntos_store::{StoreError, pause};
use serde::Serialize;

/// How often a version is written again because another admin was faster.
const TRIES_MAX: u32 = 20;

/// A version of the programme.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProgramAnswer {
    /// Counts up from 1.
    pub version: u32,
    /// The settings and rules.
    #[serde(flatten)]
    pub program: Program,
}

#[utoipa::path(
    get, path = "/v1/program", tag = "Programme",
    description = "Shows the newest version of the programme.",
    responses(
        (status = 200, description = "The programme", body = ProgramAnswer),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn show(call: &Call) -> Result<Answer, Failure> {
    let head = call.store.program_head().await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::ok(answer(head.newest)))
}

#[utoipa::path(
    put, path = "/v1/program", tag = "Programme", request_body = Program,
    description = "Replaces the programme whole by a new version. The same programme again makes no new version.",
    responses(
        (status = 200, description = "The version now newest", body = ProgramAnswer),
        (status = "4XX", description = "Refused: the places and the reasons", body = ProblemBody),
    )
)]
pub(crate) async fn replace(call: &Call) -> Result<Answer, Failure> {
    let program = requested(call)?.checked()?;
    let stamp = call.stamp()?;
    for attempt in 0..TRIES_MAX {
        pause(attempt).await;
        let head = call.store.program_head().await?;
        if let Some(head) = head.as_ref().filter(|head| is_same(&program, &head.newest.program)) {
            return Ok(Answer::ok(answer(head.newest.clone())));
        }
        let version = head.as_ref().map_or(1, |head| head.newest.version + 1);
        if version > VERSIONS_MAX {
            let detail = format!("a programme has at most {VERSIONS_MAX} versions");
            return Err(Problem::conflict("too_many_versions", detail).into());
        }
        let effective_from = program.effective_from.unwrap_or(call.now);
        let program = Program { effective_from: Some(effective_from), ..program.clone() };
        if call.store.put_program(head.as_ref(), &program, effective_from, &stamp).await? {
            return Ok(Answer::ok(answer(ProgramVersion { version, program })));
        }
    }
    Err(StoreError::Busy.into())
}

/// Reads the programme without the read-only fields, so that unknown ones are still refused.
fn requested(call: &Call) -> Result<Program, Problem> {
    let mut settings: serde_json::Map<_, _> = call.request.body()?;
    settings.remove("version");
    let mut settings = serde_json::Value::Object(settings);
    drop_nulls(&mut settings);
    puntos_api::body::parse(settings.to_string().as_bytes())
}

/// Null equals absent: what has a default gets it.
fn drop_nulls(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(drop_nulls);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

/// Nothing changes where only the time of coming into force is left to the server.
fn is_same(asked: &Program, newest: &Program) -> bool {
    let effective_from = asked.effective_from.or(newest.effective_from);
    Program { effective_from, ..asked.clone() } == *newest
}

fn answer(version: ProgramVersion) -> ProgramAnswer {
    ProgramAnswer { version: version.version, program: version.program }
}
