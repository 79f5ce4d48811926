//! Answers the newest finished run, as JSON or as a sheet.

use puntos_api::Problem;
use puntos_api::reports::{LiabilityAnswer, MovementsAnswer, ReconcileAnswer};
use puntos_domain::report::Run;
use puntos_runtime::http::{Answer, Call, Failure};

use crate::{RunReports, sheet};

pub(crate) async fn reconcile(_: &RunReports, call: &Call) -> Result<Answer, Failure> {
    Ok(Answer::ok(ReconcileAnswer::new(newest(call).await?)))
}

/// The liability in the money of the programme in force: a new estimate needs no new run.
pub(crate) async fn liability(_: &RunReports, call: &Call) -> Result<Answer, Failure> {
    let run = newest(call).await?;
    let rules = call.store.program_in_force(call.now).await?.ok_or_else(Problem::not_found)?;
    let report = LiabilityAnswer::new(run, &rules.program);
    Ok(match call.request.prefers_csv() {
        true => Answer::csv(sheet::liability(&report)),
        false => Answer::ok(report),
    })
}

pub(crate) async fn movements(_: &RunReports, call: &Call) -> Result<Answer, Failure> {
    let run = newest(call).await?;
    let rules = call.store.program_in_force(run.as_of).await?.ok_or_else(Problem::not_found)?;
    let months = call.store.movements(&run).await?;
    let report = MovementsAnswer::new(&run, months, &rules.zone());
    Ok(match call.request.prefers_csv() {
        true => Answer::csv(sheet::movements(&report)),
        false => Answer::ok(report),
    })
}

async fn newest(call: &Call) -> Result<Run, Failure> {
    let newest = call.store.newest_run().await?;
    Ok(newest.ok_or_else(|| Problem::new(404, "not_found", "no run has finished yet"))?)
}
