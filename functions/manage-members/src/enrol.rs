//! Enrolment: a member with an empty account, who alone has their document, card and address.

use puntos_api::members::{EnrolCommand, ShownMember, TillMember, already_enrolled};
use puntos_api::{Problem, Role};
use puntos_domain::id::MemberId;
use puntos_domain::outcome::Outcome;
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::EnrolOutcome;

use crate::ManageMembers;

pub(crate) async fn enrol(_: &ManageMembers, call: &Call) -> Result<Answer, Failure> {
    let EnrolCommand { profile, fingerprint } = EnrolCommand::new(call.request.body()?, call.now)?;
    let member_id = MemberId::from_key(call.request.key());
    let enrolled = call.store.enrol(&member_id, &profile, &fingerprint, &call.stamp()?).await?;
    let settled = match enrolled {
        EnrolOutcome::Enrolled => Outcome::Done,
        EnrolOutcome::Exists(first) if first.fingerprint == fingerprint => Outcome::Replayed,
        EnrolOutcome::Exists(_) => return Err(Problem::key_reused().into()),
        EnrolOutcome::Taken(fields) => return Err(already_enrolled(&fields).into()),
    };
    let shown = shown(call, &member_id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of_outcome(201, settled(shown))?)
}

/// Returns the member as they are now, as the caller may see them.
async fn shown(call: &Call, member_id: &MemberId) -> Result<Option<ShownMember>, Failure> {
    if call.request.caller()?.role() == Role::Pos {
        let account = call.store.account(member_id).await?;
        let for_till = |account| ShownMember::ForTill(TillMember::new(&account, call.now));
        return Ok(account.map(for_till));
    }
    let Some(state) = call.store.member(member_id).await? else { return Ok(None) };
    let whole = call.member_answer(&state).await?;
    Ok(Some(ShownMember::Whole(Box::new(whole))))
}
