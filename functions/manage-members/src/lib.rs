//! Members are enrolled, found, changed, unblocked and merged, their new addresses are confirmed, and people join them
//! with a code.

mod change;
mod confirm;
mod enrol;
mod join;
mod merge;
mod search;
mod unblock;

use puntos_api::{Problem, email_confirmations, joining, members, merges};
use puntos_domain::id::MemberId;
use puntos_domain::mail::PagesUrl;
use puntos_runtime::http::{Answer, Call, Failure, Http, HttpFunction};
use puntos_runtime::{Environment, StartError, routes};

pub type Function = Http<ManageMembers>;

/// The settings of the function.
pub struct ManageMembers {
    contact_list: String,
    brand: String,
    /// Without an address of the pages nobody could confirm an address, so no mail asks for it.
    pages: Option<PagesUrl>,
}

impl HttpFunction for ManageMembers {
    routes! {
        members::ENROL => enrol::enrol,
        members::SEARCH => search::search,
        members::CHANGE => change::change,
        email_confirmations::CONFIRM => confirm::confirm,
        members::UNBLOCK => unblock::unblock,
        joining::GIVE_CODE => join::give_code,
        joining::JOIN => join::join,
        merges::MERGE => merge::merge,
        merges::UNMERGE => merge::unmerge,
    }

    fn new(environment: &Environment) -> Result<Self, StartError> {
        Ok(Self {
            contact_list: environment.setting("CONTACT_LIST")?.to_owned(),
            brand: environment.setting("BRAND_NAME")?.to_owned(),
            pages: environment.pages_url(),
        })
    }
}

/// Answers with the member after a change.
async fn answer(call: &Call, member_id: &MemberId) -> Result<Answer, Failure> {
    let state = call.store.member(member_id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::ok(call.member_answer(&state).await?))
}
