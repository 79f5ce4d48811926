//! The programme: replaced whole, in versions that never change.

use puntos_api::Problem;
use puntos_api::program::{
    ProgramAnswer, ProgramRequest, ProgramVersionAnswer, not_withdrawn, too_many_versions,
};
use puntos_domain::page::Page;
use puntos_domain::program::{Program, ProgramHead, ProgramVersion, VERSIONS_MAX, WrittenVersion};
use puntos_runtime::http::{Answer, Call, Failure};

use crate::ConfigureProgram;

pub(crate) async fn show(_: &ConfigureProgram, call: &Call) -> Result<Answer, Failure> {
    let nothing = || Problem::new(404, "not_found", "no programme is set up yet");
    let head = call.store.program_head().await?.ok_or_else(nothing)?;
    let newest = call.store.program_version(head.newest_valid()).await?;
    Ok(Answer::ok(ProgramAnswer::from(&*newest)))
}

pub(crate) async fn versions(_: &ConfigureProgram, call: &Call) -> Result<Answer, Failure> {
    let (versions, next_cursor) = call.store.program_versions(&call.request.page()?).await?;
    let data = versions.into_iter().map(ProgramVersionAnswer::from).collect();
    Ok(Answer::ok(Page { data, next_cursor }))
}

pub(crate) async fn withdraw(_: &ConfigureProgram, call: &Call) -> Result<Answer, Failure> {
    let version: u32 = call.request.path_id("version")?;
    let withdrawn = call.decide(|_| attempt_withdrawal(call, version)).await?;
    Ok(Answer::ok(ProgramVersionAnswer::from(withdrawn)))
}

async fn attempt_withdrawal(call: &Call, version: u32) -> Result<Option<WrittenVersion>, Failure> {
    let head = call.store.program_head().await?.ok_or_else(Problem::not_found)?;
    if let Some(left) = head.without(version, call.now).map_err(not_withdrawn)? {
        let stamp = call.stamp()?;
        if !call.store.withdraw_version(&head, &left, version, &stamp).await? {
            return Ok(None);
        }
    }
    let found = call.store.written_version(&head, version).await?;
    Ok(Some(found.ok_or_else(Problem::not_found)?))
}

pub(crate) async fn replace(_: &ConfigureProgram, call: &Call) -> Result<Answer, Failure> {
    let requested = call.request.body::<ProgramRequest>()?.command(call.now)?;
    let version = call.decide(|_| attempt(call, &requested)).await?;
    Ok(Answer::ok(ProgramAnswer::from(&version)))
}

async fn attempt(call: &Call, requested: &Program) -> Result<Option<ProgramVersion>, Failure> {
    let head = call.store.program_head().await?;
    if let Some(head) = &head {
        let newest = call.store.program_version(head.newest_valid()).await?;
        let is_in_force = head.version_at(call.now) == newest.version;
        if is_same(requested, &newest.program, is_in_force) {
            return Ok(Some(ProgramVersion::clone(&newest)));
        }
    }
    let next = next_version(head.as_ref()).ok_or_else(too_many_versions)?;
    let effective_from = requested.effective_from.unwrap_or(call.now);
    let program = Program { effective_from: Some(effective_from), ..requested.clone() };
    let stamp = call.stamp()?;
    let is_done = call.store.put_program(head.as_ref(), &program, effective_from, &stamp).await?;
    Ok(is_done.then_some(ProgramVersion::new(next, program)))
}

/// Returns the number of the next version, or `None` if there are too many.
fn next_version(head: Option<&ProgramHead>) -> Option<u32> {
    let next = head.map_or(1, |head| head.newest + 1);
    (next <= VERSIONS_MAX).then_some(next)
}

/// A programme without a start equals the newest version if that is in force and all other fields are equal.
fn is_same(requested: &Program, newest: &Program, is_in_force: bool) -> bool {
    let of_newest = newest.effective_from.filter(|_| is_in_force);
    let effective_from = requested.effective_from.or(of_newest);
    Program { effective_from, ..requested.clone() } == *newest
}
