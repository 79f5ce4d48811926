//! The branches: those of the programme, else those that were met.

use puntos_domain::page::Page;
use puntos_runtime::http::{Answer, Call, Failure};

use crate::ConfigureProgram;

pub(crate) async fn list(_: &ConfigureProgram, call: &Call) -> Result<Answer, Failure> {
    let rules = call.store.program_in_force(call.now).await?;
    let data = match rules.filter(|rules| rules.lists_branches()) {
        Some(rules) => rules.program.branches.clone(),
        None => call.store.branches_met().await?,
    };
    Ok(Answer::ok(Page { data, next_cursor: None }))
}
