//! The route of `redeem`.

use puntos_api::Problem;
use puntos_api::redemptions::{
    RedemptionAnswer, RedemptionCommand, RedemptionRequest, refused, unknown_reward,
};
use puntos_domain::account::MemberAccount;
use puntos_domain::coupon::CouponCode;
use puntos_domain::fingerprint;
use puntos_domain::id::{MemberId, RedemptionId};
use puntos_domain::outcome::Outcome;
use puntos_domain::redemption::{self, Decision, Redemption, Refusal};
use puntos_domain::reward::Listing;
use puntos_runtime::http::{Answer, Call, Failure, NamedMember};
use puntos_store::{RedemptionOutcome, RedemptionWrite, StoreError};

use crate::Redeem;

type Redeemed = Outcome<RedemptionAnswer, Problem>;

/// A parsed redemption, ready to be decided.
struct Request {
    member_id: MemberId,
    command: RedemptionCommand,
    fingerprint: String,
    code: CouponCode,
    /// Why it is refused if it is new.
    refusal: Option<Problem>,
}

/// What a redemption is decided on.
struct Basis {
    account: Option<MemberAccount>,
    listing: Option<Listing>,
}

pub(crate) async fn redeem(_: &Redeem, call: &Call) -> Result<Answer, Failure> {
    let request = match parse(call).await {
        Ok(request) => request,
        Err(failure) => return Err(failure.unless_key_used(is_key_used(call)).await),
    };
    let outcome = call.decide(|lost| attempt(call, &request, lost > 0)).await?;
    Ok(Answer::of_outcome(201, outcome)?)
}

async fn parse(call: &Call) -> Result<Request, Failure> {
    let command = call.request.body::<RedemptionRequest>()?.command()?;
    let NamedMember { member_id, refusal } = call.named_member(&command.member).await?;
    Ok(Request {
        fingerprint: fingerprint::redemption(&member_id, &command.reward_id),
        code: CouponCode::issue(call.environment.random(), call.now),
        command,
        member_id,
        refusal,
    })
}

async fn is_key_used(call: &Call) -> Result<bool, StoreError> {
    let Ok(key) = call.request.needed_key() else { return Ok(false) };
    Ok(call.store.redemption_by_key(key).await?.is_some())
}

/// The first read may lag by moments. The points, the stock and the limit are conditions of the
/// write, and a refusal needs a strong read. Only a price may be some moments old.
async fn attempt(
    call: &Call,
    request: &Request,
    strongly: bool,
) -> Result<Option<Redeemed>, Failure> {
    if let Some(problem) = &request.refusal {
        return replay_or(call, request, problem.clone()).await.map(Some);
    }
    let (account, listing) = call
        .store
        .account_and_reward(&request.member_id, &request.command.reward_id, strongly)
        .await?;
    let basis = Basis { account, listing };
    match decide(&basis, request, call) {
        Ok(decision) => commit(call, request, &basis, &decision, strongly).await,
        Err(_) if !strongly => Ok(None),
        Err(problem) => replay_or(call, request, problem).await.map(Some),
    }
}

fn decide(basis: &Basis, request: &Request, call: &Call) -> Result<Decision, Problem> {
    let account = basis.account.as_ref().ok_or_else(|| request.command.member.not_found())?;
    let listing = basis.listing.as_ref().ok_or_else(unknown_reward)?;
    let decided =
        redemption::decide(account.account.clone(), listing, request.code.clone(), call.now);
    decided.map_err(|refusal| refused(&refusal))
}

async fn commit(
    call: &Call,
    request: &Request,
    basis: &Basis,
    decision: &Decision,
    strongly: bool,
) -> Result<Option<Redeemed>, Failure> {
    let (Some(account), Some(listing)) = (&basis.account, &basis.listing) else { return Ok(None) };
    // Of the member who has the points, which since a merge is another one than the request names.
    let redemption_id = RedemptionId::from_key(call.request.key(), &account.member_id);
    let write = RedemptionWrite {
        redemption_id: &redemption_id,
        account,
        reward_id: &request.command.reward_id,
        reward: &listing.reward,
        decision,
        fingerprint: &request.fingerprint,
    };
    Ok(match call.store.record_redemption(&write, &call.stamp()?).await? {
        RedemptionOutcome::Recorded(redemption) => {
            let balance = Some(decision.balance.clone());
            Some(Outcome::Done(RedemptionAnswer::new(&redemption, balance, call.now)))
        }
        RedemptionOutcome::Exists(first) => Some(replay(call, request, &first).await?),
        RedemptionOutcome::LimitReached if strongly => {
            Some(Outcome::Refused(refused(&Refusal::LimitReached)))
        }
        RedemptionOutcome::LimitReached | RedemptionOutcome::Outdated => None,
    })
}

/// A retry answers as the first request did, also when the points are spent by now: so a refusal
/// looks for the key first.
async fn replay_or(call: &Call, request: &Request, problem: Problem) -> Result<Redeemed, Failure> {
    match call.store.redemption_by_key(call.request.key()).await? {
        Some(first) => replay(call, request, &first).await,
        None => Ok(Outcome::Refused(problem)),
    }
}

/// Reads the account again: the first request may have been under way when this one read it.
async fn replay(call: &Call, request: &Request, first: &Redemption) -> Result<Redeemed, Failure> {
    if first.fingerprint != request.fingerprint {
        return Ok(Outcome::Conflict);
    }
    let account = call.store.account(&first.member_id).await?;
    let balance = account.map(|account| account.account.balance(call.now));
    Ok(Outcome::Replayed(RedemptionAnswer::new(first, balance, call.now)))
}
