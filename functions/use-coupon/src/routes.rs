//! The routes of `use-coupon`: look, take.

use jiff::Timestamp;
use puntos_aws::http::shape::CouponAnswer;
use puntos_aws::http::{Answer, Call, Problem, ProblemBody};
use puntos_aws::store::{CouponUse, StoredRedemption, UseOutcome};
use puntos_domain::coupon::{CouponCode, CouponStatus};
use puntos_domain::id::{MemberId, RedemptionId};
use puntos_domain::reward::{Discount, RewardKind};
use serde::Serialize;

use crate::event::UseRequest;

/// A coupon as the till sees it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TillCoupon {
    /// The coupon.
    #[serde(flatten)]
    pub coupon: CouponAnswer,
    /// The redemption that it came from.
    #[schema(value_type = String)]
    pub redemption_id: RedemptionId,
    /// Whose it is.
    #[schema(value_type = String)]
    pub member_id: MemberId,
    /// What to give for it.
    pub reward: TillReward,
    /// Where it was used.
    pub branch: Option<String>,
    /// On which invoice it was used.
    pub invoice_number: Option<String>,
    /// When it was used.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub used_at: Option<Timestamp>,
}

/// What to give for a coupon.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TillReward {
    /// The reward.
    pub reward_id: String,
    /// Its name as it was.
    pub name: String,
    /// What it is.
    pub kind: RewardKind,
    /// The discount, for that kind.
    pub discount: Option<Discount>,
}

#[utoipa::path(
    get, path = "/v1/coupons/{code}", tag = "Coupons", params(("code" = String, Path)),
    description = "Shows a coupon. A code may be written in any case, with or without hyphens; a wrong and a foreign code answer the same.",
    responses(
        (status = 200, description = "The coupon", body = TillCoupon),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn look(call: &Call) -> Result<Answer, Problem> {
    let redemption = found(call).await?;
    Ok(Answer::ok(answer(&redemption, call.now)))
}

#[utoipa::path(
    post, path = "/v1/coupons/{code}/use", tag = "Coupons", request_body = UseRequest,
    params(("code" = String, Path), ("Idempotency-Key" = String, Header)),
    description = "Uses a coupon, once.",
    responses(
        (status = 200, description = "Used, or used before by this very request (Idempotency-Replayed: true)", body = TillCoupon),
        (status = 409, description = "coupon_used, coupon_expired, coupon_cancelled", body = ProblemBody),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn take(call: &Call) -> Result<Answer, Problem> {
    let request = call.request.body::<UseRequest>()?.checked()?;
    let mut redemption = found(call).await?;
    let stamp = call.stamp()?;
    let taken = CouponUse {
        branch: request.branch,
        invoice_number: request.invoice_number,
        at: call.now,
        key: call.request.key().to_owned(),
        actor: stamp.actor,
        request_id: stamp.request_id,
    };
    if redemption.coupon.status(call.now) == CouponStatus::Issued {
        match call.store.use_coupon(&redemption, &taken).await? {
            UseOutcome::Used => {
                redemption.coupon.written = CouponStatus::Used;
                redemption.used = Some(taken);
                return Ok(Answer::ok(answer(&redemption, call.now)));
            }
            UseOutcome::Changed(now) => redemption = *now,
        }
    }
    refuse_or_replay(call, &redemption, &taken)
}

/// The same request again is answered as the first time; the same key for another use is refused.
fn refuse_or_replay(
    call: &Call,
    redemption: &StoredRedemption,
    taken: &CouponUse,
) -> Result<Answer, Problem> {
    if let Some(first) = redemption.used.as_ref().filter(|first| first.key == taken.key) {
        if first.branch == taken.branch && first.invoice_number == taken.invoice_number {
            return Ok(Answer::ok(answer(redemption, call.now)).replayed(true));
        }
        return Err(Problem::key_reused());
    }
    Err(match redemption.coupon.status(call.now) {
        CouponStatus::Cancelled => {
            Problem::conflict("coupon_cancelled", "the redemption was reversed")
        }
        CouponStatus::Used => Problem::conflict("coupon_used", "the coupon was used"),
        CouponStatus::Expired | CouponStatus::Issued => {
            Problem::conflict("coupon_expired", "the coupon expired")
        }
    })
}

async fn found(call: &Call) -> Result<StoredRedemption, Problem> {
    let code: CouponCode = call.request.path("code").parse().map_err(|_| Problem::not_found())?;
    call.store.redemption_by_code(&code).await?.ok_or_else(Problem::not_found)
}

fn answer(redemption: &StoredRedemption, now: Timestamp) -> TillCoupon {
    let used = redemption.used.as_ref();
    TillCoupon {
        coupon: CouponAnswer::new(&redemption.coupon, now),
        redemption_id: redemption.redemption_id.clone(),
        member_id: redemption.member_id.clone(),
        reward: TillReward {
            reward_id: redemption.reward_id.clone(),
            name: redemption.reward_name.clone(),
            kind: redemption.reward_kind,
            discount: redemption.discount.clone(),
        },
        branch: used.map(|used| used.branch.clone()),
        invoice_number: used.map(|used| used.invoice_number.clone()),
        used_at: used.map(|used| used.at),
    }
}
