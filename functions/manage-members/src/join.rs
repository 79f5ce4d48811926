//! Gives codes with which people join a member, and lets them join.

use puntos_api::joining::{
    JoinAnswer, JoinCodeAnswer, JoinRequest, caller_has_joined, join_refused, member_has_joined,
};
use puntos_api::merges::member_merged;
use puntos_api::{Problem, Role};
use puntos_domain::id::MemberId;
use puntos_domain::join_code::{JoinCode, JoinRefusal, Joining, PendingCode, join as decide};
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::SignInState;

use crate::ManageMembers;

pub(crate) async fn give_code(_: &ManageMembers, call: &Call) -> Result<Answer, Failure> {
    let member_id: MemberId = call.request.path_id("member_id")?;
    call.request.no_body()?;
    let answer = call.decide(|_| give(call, &member_id)).await?;
    Ok(Answer::created(answer))
}

async fn give(call: &Call, member_id: &MemberId) -> Result<Option<JoinCodeAnswer>, Failure> {
    let member = call.store.profile(member_id).await?.ok_or_else(Problem::not_found)?;
    if let Some(merged_into) = &member.merged_into {
        return Err(member_merged(merged_into).into());
    }
    let replaced = call.store.subject_of(member_id).await?;
    if replaced.is_some() && !call.request.caller()?.is(Role::Supervisor) {
        return Err(member_has_joined().into());
    }
    let code = JoinCode::issue(call.environment.random());
    let pending = PendingCode::new(member_id, &code, call.now);
    let (replaced, stamp) = (replaced.as_deref(), call.stamp()?);
    let is_given = call.store.put_join_code(member_id, &pending, replaced, &stamp).await?;
    Ok(is_given.then(|| JoinCodeAnswer::new(&code, &pending, replaced.is_some())))
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
        Ok(Joining::Exists) => Ok(Some(Ok(member_id))),
        Ok(Joining::Write { code: pending, replaced }) => {
            let (code, replaced, stamp) = (&pending, replaced.as_deref(), call.stamp()?);
            let joined = call.store.join_subject(subject, &member_id, code, replaced, &stamp);
            Ok(joined.await?.then_some(Ok(member_id)))
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
