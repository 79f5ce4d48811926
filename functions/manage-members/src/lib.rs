//! Members are enrolled, found, changed, unblocked and merged.

mod change;
mod enrol;
mod merge;
mod search;
mod unblock;

use puntos_api::{Problem, members, merges};
use puntos_domain::id::MemberId;
use puntos_runtime::http::{Answer, Call, Failure, Http, HttpFunction};
use puntos_runtime::{Environment, StartError, routes};

pub type Function = Http<ManageMembers>;

/// The settings of the function.
pub struct ManageMembers {
    contact_list: String,
}

impl HttpFunction for ManageMembers {
    routes! {
        members::ENROL => enrol::enrol,
        members::SEARCH => search::search,
        members::CHANGE => change::change,
        members::UNBLOCK => unblock::unblock,
        merges::MERGE => merge::merge,
        merges::UNMERGE => merge::unmerge,
    }

    fn new(environment: &Environment) -> Result<Self, StartError> {
        Ok(Self { contact_list: environment.setting("CONTACT_LIST")?.to_owned() })
    }
}

/// Answers with the member after a change.
async fn answer(call: &Call, member_id: &MemberId) -> Result<Answer, Failure> {
    let state = call.store.member(member_id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::ok(call.member_answer(&state).await?))
}
