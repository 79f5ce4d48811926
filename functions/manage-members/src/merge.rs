//! Merges two members who are one person, and undoes that.

use puntos_api::Problem;
use puntos_api::merges::{MergeAnswer, MergeRequest, OtherMember, UnmergeRequest, refused};
use puntos_domain::account::Balance;
use puntos_domain::fingerprint;
use puntos_domain::id::MemberId;
use puntos_domain::member::Profile;
use puntos_domain::merging::{self, Before, Decision, Refusal};
use puntos_domain::outcome::Outcome;
use puntos_domain::points::Points;
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::{MergeBasis, MergeParty, MergeWrite, RecordedMerge};

use crate::ManageMembers;

type Merged = Outcome<MergeAnswer, Problem>;

/// A parsed request, ready to be decided.
struct Request {
    member_id: MemberId,
    /// The other member of a merge, as the body names them; `None` ends a merge.
    into: Option<String>,
    reason: String,
    fingerprint: String,
    /// What the store knows the request by.
    name: String,
}

impl Request {
    fn new(call: &Call, into: Option<String>, reason: String) -> Result<Self, Problem> {
        let member_id: MemberId = call.request.path_id("member_id")?;
        let kind = if into.is_some() { "merge" } else { "unmerge" };
        Ok(Self {
            fingerprint: fingerprint::merge(&member_id, into.as_deref(), &reason),
            name: format!("{kind} {member_id} {}", call.request.key()),
            member_id,
            into,
            reason,
        })
    }
}

pub(crate) async fn merge(_: &ManageMembers, call: &Call) -> Result<Answer, Failure> {
    let (into, reason) = call.request.body::<MergeRequest>()?.checked()?;
    answer(call, &Request::new(call, Some(into), reason)?).await
}

pub(crate) async fn unmerge(_: &ManageMembers, call: &Call) -> Result<Answer, Failure> {
    let reason = call.request.body::<UnmergeRequest>()?.checked()?;
    answer(call, &Request::new(call, None, reason)?).await
}

async fn answer(call: &Call, request: &Request) -> Result<Answer, Failure> {
    let outcome = call.decide(|_| attempt(call, request)).await?;
    Ok(Answer::of_outcome(200, outcome)?)
}

async fn attempt(call: &Call, request: &Request) -> Result<Option<Merged>, Failure> {
    let named = match &request.into {
        Some(into) => into.parse().ok(),
        None => {
            let own = call.store.own_account(&request.member_id).await?;
            own.and_then(|own| own.merged_into)
        }
    };
    // Without another member only what the same request did before is read.
    let target_id = named.clone().unwrap_or_else(MemberId::unknown);
    let basis = call.store.merge_basis(&request.member_id, &target_id, &request.name).await?;
    if let Some(first) = &basis.first {
        return replayed(call, request, first).await.map(Some);
    }
    let MergeBasis { merged, target, head, .. } = basis;
    let merged = merged.ok_or_else(Problem::not_found)?;
    let Some(into) = &request.into else {
        return match target {
            Some(target) => end(call, request, &merged, &target).await,
            None => Ok(Some(Outcome::Refused(refused(Refusal::NotMerged, None)))),
        };
    };
    let nobody = || Problem::not_found_field("into", "no member is enrolled with it");
    let target = target.filter(|target| target.member.member_id.as_str() == into);
    let target = target.ok_or_else(nobody)?;
    let head = head.ok_or_else(Problem::program_missing)?;
    let rules = call.store.program_at(&head, call.now).await?;
    match merging::merge(&merged.account, &target.account, &rules, call.now) {
        Ok((decision, before)) => {
            let profile = merging::joined(&target.member.profile, &merged.member.profile);
            let plan = Plan { decision, before: Some(before), profile };
            commit(call, request, &merged, &target, &plan).await
        }
        Err(refusal) => {
            let of_target = target.account.merged_into.as_ref();
            let merged_into = merged.account.merged_into.as_ref().or(of_target);
            Ok(Some(Outcome::Refused(refused(refusal, merged_into))))
        }
    }
}

/// What is to be written.
struct Plan {
    decision: Decision,
    /// How both accounts were; `None` ends a merge.
    before: Option<Before>,
    /// The profile of the target afterwards.
    profile: Profile,
}

/// Ends a merge, if both ledgers and the profile of the target end with it.
async fn end(
    call: &Call,
    request: &Request,
    merged: &MergeParty,
    target: &MergeParty,
) -> Result<Option<Merged>, Failure> {
    let built_upon = || Some(Outcome::Refused(refused(Refusal::BuiltUpon, None)));
    let Some(last) = call.store.last_merge(merged, target).await? else { return Ok(built_upon()) };
    let ended = merging::unmerge(&merged.account, &target.account, last.before, call.now);
    let Ok(decision) = ended else { return Ok(built_upon()) };
    let plan = Plan { decision, before: None, profile: last.profile };
    commit(call, request, merged, target, &plan).await
}

async fn commit(
    call: &Call,
    request: &Request,
    merged: &MergeParty,
    target: &MergeParty,
    plan: &Plan,
) -> Result<Option<Merged>, Failure> {
    let write = MergeWrite {
        request: &request.name,
        merged,
        target,
        decision: &plan.decision,
        before: plan.before.as_ref(),
        profile: &plan.profile,
        reason: &request.reason,
        fingerprint: &request.fingerprint,
    };
    if !call.store.record_merge(&write, &call.stamp()?).await? {
        return Ok(None);
    }
    let (of_merged, of_target) = (&plan.decision.merged, &plan.decision.target);
    let balances = (of_merged.balance.clone(), of_target.balance.clone());
    let other = &target.member.member_id;
    Ok(Some(Outcome::Done(shown(request, other, of_merged.points, balances))))
}

/// Answers a request that did the same before, with the current balances.
async fn replayed(
    call: &Call,
    request: &Request,
    first: &RecordedMerge,
) -> Result<Merged, Failure> {
    if first.fingerprint != request.fingerprint {
        return Ok(Outcome::Conflict);
    }
    let balance = async |member_id: &MemberId| {
        let account = call.store.own_account(member_id).await?.ok_or_else(Problem::not_found)?;
        Ok::<_, Failure>(account.account.balance(call.now))
    };
    let balances = (balance(&request.member_id).await?, balance(&first.target).await?);
    Ok(Outcome::Replayed(shown(request, &first.target, first.points, balances)))
}

fn shown(
    request: &Request,
    other: &MemberId,
    points: Points,
    (balance, of_other): (Balance, Balance),
) -> MergeAnswer {
    MergeAnswer {
        member_id: request.member_id.clone(),
        merged_into: request.into.as_ref().map(|_| other.clone()),
        points,
        balance,
        other: OtherMember { member_id: other.clone(), points: -points, balance: of_other },
    }
}
