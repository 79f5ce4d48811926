//! The route of `redeem`.

use puntos_api::shape::{CouponAnswer, RedemptionAnswer};
use puntos_api::{Problem, ProblemBody};
use puntos_domain::account::MemberAccount;
use puntos_domain::coupon::CouponCode;
use puntos_domain::id::{MemberId, RedemptionId, digest};
use puntos_domain::redemption::Redemption;
use puntos_domain::redemption::{self, Decision, Refusal};
use puntos_domain::reward::Reward;
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call};
use puntos_store::{RedemptionOutcome, RedemptionWrite, StoreError, pause};

use crate::event::{Command, RedemptionRequest, command, unknown_reward};

/// How often a redemption is decided again because another write moved what it was decided on.
const TRIES_MAX: u32 = 60;

#[utoipa::path(
    post, path = "/v1/redemptions", tag = "Redemptions", request_body = RedemptionRequest,
    params(("Idempotency-Key" = String, Header)),
    description = "Spends points on a reward: points go down and a coupon exists, or neither. The coupon is mailed where the member has an address.",
    responses(
        (status = 201, description = "Redeemed, or redeemed before with this key (Idempotency-Replayed: true)", body = RedemptionAnswer),
        (status = 409, description = "insufficient_points (with missing_points), out_of_stock, limit_reached, reward_inactive, reward_not_redeemable", body = ProblemBody),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn redeem(call: &Call) -> Result<Answer, Failure> {
    let request = call.request.body::<RedemptionRequest>()?;
    let (Command { member, reward_id }, member_id) = match named(call, request).await {
        Ok(named) => named,
        Err(problem) => return Err(unless_key_reused(call, problem).await?),
    };
    let redemption_id = RedemptionId::from_key(call.request.key(), &member_id);
    let content = digest(&[member_id.as_str(), &reward_id]);
    let stamp = call.stamp()?;
    let code = CouponCode::issue(call.environment.random(), call.now);
    for attempt in 0..TRIES_MAX {
        pause(attempt).await;
        // The first read may lag by moments. The points, the stock and the limit are conditions of the
        // write, and a refusal is never decided on it; a price may still be the one of a moment ago.
        let strongly = attempt > 0;
        let (account, reward) =
            call.store.account_and_reward(&member_id, &reward_id, strongly).await?;
        let decided = decide(account.as_ref(), reward.as_ref(), code.clone(), call);
        let (account, reward, decision) = match (decided, account, reward) {
            (Ok(decision), Some(account), Some(reward)) => (account, reward, decision),
            _ if !strongly => continue,
            (_, account, reward) => {
                return refuse_or_replay(call, &member, account, reward, &content, code).await;
            }
        };
        let write = RedemptionWrite {
            redemption_id: &redemption_id,
            account: &account,
            reward_id: &reward_id,
            reward: &reward,
            decision: &decision,
            content: &content,
        };
        match call.store.record_redemption(&write, &stamp).await? {
            RedemptionOutcome::Recorded => {
                let coupon = CouponAnswer::new(&decision.coupon, call.now);
                let has_mail = account.contact.email.is_some();
                let answer = RedemptionAnswer {
                    redemption_id: redemption_id.clone(),
                    member_id,
                    reward_id: reward_id.clone(),
                    reward_name: reward.name.clone(),
                    points_spent: decision.points_spent,
                    balance: Some(decision.balance.clone()),
                    coupon,
                    email_id: has_mail.then(|| redemption_id.coupon_email_id()),
                    created_at: call.now,
                };
                return Ok(Answer::created(answer));
            }
            RedemptionOutcome::Exists(first) => {
                return replay(call, &first, &content, Some(&account));
            }
            RedemptionOutcome::LimitReached if strongly => return Err(limit_reached().into()),
            RedemptionOutcome::LimitReached => {}
            RedemptionOutcome::Moved => {}
        }
    }
    Err(StoreError::Busy.into())
}

async fn named(call: &Call, request: RedemptionRequest) -> Result<(Command, MemberId), Failure> {
    let command = command(request)?;
    let member_id = call.named_member(&command.member).await?;
    Ok((command, member_id))
}

/// The key is judged before what the body names: one that was used came with something that exists.
async fn unless_key_reused(call: &Call, problem: Failure) -> Result<Failure, Failure> {
    let first = call.store.redemption_by_key(call.request.key()).await?;
    Ok(first.map_or(problem, |_| Problem::key_reused().into()))
}

fn decide(
    account: Option<&MemberAccount>,
    reward: Option<&Reward>,
    code: CouponCode,
    call: &Call,
) -> Result<Decision, Option<Refusal>> {
    let (Some(account), Some(reward)) = (account, reward) else { return Err(None) };
    redemption::decide(account.account.clone(), reward, code, call.now).map_err(Some)
}

/// A retry must answer as the first request did, also when by now the points are spent: so a refusal
/// looks for the key first.
async fn refuse_or_replay(
    call: &Call,
    member: &puntos_api::MemberNamed,
    account: Option<MemberAccount>,
    reward: Option<Reward>,
    content: &str,
    code: CouponCode,
) -> Result<Answer, Failure> {
    if let Some(first) = call.store.redemption_by_key(call.request.key()).await? {
        return replay(call, &first, content, account.as_ref());
    }
    let refusal = match decide(account.as_ref(), reward.as_ref(), code, call) {
        Err(Some(refusal)) => refusal,
        _ if account.is_none() => return Err(member.not_found().into()),
        _ => return Err(unknown_reward().into()),
    };
    let detail = refusal.to_string();
    Err(match refusal {
        Refusal::NotOffered => Problem::conflict("reward_inactive", detail).into(),
        Refusal::NotRedeemable => Problem::conflict("reward_not_redeemable", detail).into(),
        Refusal::InsufficientPoints { missing } => {
            Problem::conflict("insufficient_points", detail).with("missing_points", missing).into()
        }
        Refusal::OutOfStock => Problem::conflict("out_of_stock", detail).into(),
        Refusal::LimitReached => limit_reached().into(),
    })
}

fn limit_reached() -> Problem {
    Problem::conflict("limit_reached", Refusal::LimitReached.to_string())
}

/// Same key and content: the first facts again, with the balance of now. Other content is refused.
fn replay(
    call: &Call,
    first: &Redemption,
    content: &str,
    account: Option<&MemberAccount>,
) -> Result<Answer, Failure> {
    if first.content != content {
        return Err(Problem::key_reused().into());
    }
    let balance = account.map(|account| account.account.balance(call.now));
    Ok(Answer::created(RedemptionAnswer::stored(first, balance, call.now)).replayed(true))
}
