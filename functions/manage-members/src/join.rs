//! Gives codes with which people join a member, and lets them join.

use puntos_api::Problem;
use puntos_api::joining::{
    JoinAnswer, JoinCodeAnswer, JoinRequest, caller_has_joined, join_refused, member_has_joined,
};
use puntos_api::merges::member_merged;
use puntos_domain::id::MemberId;
use puntos_domain::join_code::{JoinCode, JoinRefusal, PendingCode, join as decide};
use puntos_domain::sign_in::Linking;
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::SignInState;

use crate::ManageMembers;

pub(crate) async fn give_code(_: &ManageMembers, call: &Call) -> Result<Answer, Failure> {
    let member_id: MemberId = call.request.path_id("member_id")?;
    call.request.no_body()?;
    let member = call.store.profile(&member_id).await?.ok_or_else(Problem::not_found)?;
    if let Some(merged_into) = &member.merged_into {
        return Err(member_merged(merged_into).into());
    }
    let code = JoinCode::issue(call.environment.random());
    let pending = PendingCode::new(&member_id, &code, call.now);
    match call.store.put_join_code(&member_id, &pending).await? {
        true => Ok(Answer::created(JoinCodeAnswer::new(&code, &pending))),
        false => Err(member_has_joined().into()),
    }
}

pub(crate) async fn join(_: &ManageMembers, call: &Call) -> Result<Answer, Failure> {
    let (card, code) = call.request.body::<JoinRequest>()?.checked()?;
    let joined = call.decide(|_| attempt(call, &card, &code)).await?;
    Ok(Answer::ok(JoinAnswer::new(joined?)))
}

async fn attempt(
    call: &Call,
    card: &str,
    code: &JoinCode,
) -> Result<Option<Result<MemberId, Problem>>, Failure> {
    let subject = &call.request.caller()?.subject;
    let holder = call.store.card_holder(card).await?;
    let holder = holder.filter(|holder| holder.replaced_at.is_none());
    // The holder of a card that nobody has has no code.
    let member_id = holder.map_or_else(MemberId::unknown, |holder| holder.member_id);
    let SignInState { mut links, code: pending } = call.store.sign_in(subject, &member_id).await?;
    if links.member_of_subject.is_some() {
        links.member_of_subject = Some(call.current_member_id().await?);
    }
    match decide(subject, &member_id, &links, pending.as_ref(), code, call.now) {
        Ok(Linking::Exists) => Ok(Some(Ok(member_id))),
        Ok(Linking::Write) => {
            let linked = call.store.link_subject(subject, &member_id, pending.as_ref()).await?;
            Ok(linked.then_some(Ok(member_id)))
        }
        Err(JoinRefusal::SubjectIsLinked) => Ok(Some(Err(caller_has_joined()))),
        Err(JoinRefusal::Wrong { counts }) => {
            let is_counted = match pending.filter(|_| counts) {
                Some(pending) => call.store.count_wrong_try(&member_id, &pending).await?,
                None => true,
            };
            Ok(is_counted.then(|| Err(join_refused())))
        }
    }
}
