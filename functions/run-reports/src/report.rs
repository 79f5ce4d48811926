//! Answers the newest finished run.

use puntos_api::Problem;
use puntos_api::reports::ReconcileAnswer;
use puntos_runtime::http::{Answer, Call, Failure};

use crate::RunReports;

pub(crate) async fn reconcile(_: &RunReports, call: &Call) -> Result<Answer, Failure> {
    let newest = call.store.newest_run().await?;
    let newest = newest.ok_or_else(|| Problem::new(404, "not_found", "no run has finished yet"))?;
    Ok(Answer::ok(ReconcileAnswer::new(newest)))
}
