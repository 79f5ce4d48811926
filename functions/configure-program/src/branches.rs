//! The branches: those of the programme, else those that were met.

use puntos_api::branches::BranchList;
use puntos_runtime::http::{Answer, Call, Failure};

use crate::ConfigureProgram;

pub(crate) async fn list(_: &ConfigureProgram, call: &Call) -> Result<Answer, Failure> {
    let rules = call.store.program_in_force(call.now).await?;
    let data = match rules.as_ref().filter(|rules| rules.lists_branches()) {
        Some(rules) => rules.program.branches.clone(),
        None => call.store.branches_met().await?,
    };
    let program = rules.as_ref().map(|rules| &rules.program);
    Ok(Answer::ok(BranchList {
        data,
        next_cursor: None,
        time_zone: program.map(|program| program.time_zone.clone()),
        currency: program.map(|program| program.currency),
    }))
}
