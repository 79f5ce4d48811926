//! The routes of `use-coupon`: look, take.

use jiff::Timestamp;
use puntos_api::redemptions::CouponAnswer;
use puntos_api::{Problem, ProblemBody};
use puntos_domain::coupon::CouponUse;
use puntos_domain::coupon::{CouponCode, CouponStatus};
use puntos_domain::id::{GiftId, MemberId, RedemptionId};
use puntos_domain::reward::{Discount, RewardKind};
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call};
use puntos_store::{CouponSource, StoredCoupon, UseOutcome};
use serde::Serialize;

use crate::event::UseRequest;

/// A coupon as the till sees it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TillCoupon {
    /// The coupon.
    #[serde(flatten)]
    pub coupon: CouponAnswer,
    /// The redemption that it came from; null where it was a gift.
    #[schema(value_type = Option<String>)]
    pub redemption_id: Option<RedemptionId>,
    /// The gift that it came from; null where it was redeemed.
    #[schema(value_type = Option<String>)]
    pub gift_id: Option<GiftId>,
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
    /// The reward; null where a gift was made up.
    pub reward_id: Option<String>,
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
pub(crate) async fn look(call: &Call) -> Result<Answer, Failure> {
    let coupon = found(call).await?;
    Ok(Answer::ok(answer(&coupon, call.now)))
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
pub(crate) async fn take(call: &Call) -> Result<Answer, Failure> {
    let request = call.request.body::<UseRequest>()?.checked()?;
    let mut coupon = found(call).await?;
    let stamp = call.stamp()?;
    let taken = CouponUse {
        branch: request.branch,
        invoice_number: request.invoice_number,
        at: call.now,
        key: call.request.key().to_owned(),
        actor: stamp.actor,
        request_id: stamp.request_id,
    };
    if coupon.coupon.status(call.now) == CouponStatus::Issued {
        match call.store.use_coupon(&coupon, &taken).await? {
            UseOutcome::Used => {
                coupon.coupon.written = CouponStatus::Used;
                coupon.used = Some(taken);
                return Ok(Answer::ok(answer(&coupon, call.now)));
            }
            UseOutcome::Changed(now) => coupon = *now,
        }
    }
    refuse_or_replay(call, &coupon, &taken)
}

/// The same request again is answered as the first time; the same key for another use is refused.
fn refuse_or_replay(
    call: &Call,
    coupon: &StoredCoupon,
    taken: &CouponUse,
) -> Result<Answer, Failure> {
    if let Some(first) = coupon.used.as_ref().filter(|first| first.key == taken.key) {
        if first.branch == taken.branch && first.invoice_number == taken.invoice_number {
            return Ok(Answer::ok(answer(coupon, call.now)).replayed(true));
        }
        return Err(Problem::key_reused().into());
    }
    Err(match coupon.coupon.status(call.now) {
        CouponStatus::Cancelled => {
            Problem::conflict("coupon_cancelled", "the redemption was reversed").into()
        }
        CouponStatus::Used => Problem::conflict("coupon_used", "the coupon was used").into(),
        CouponStatus::Expired | CouponStatus::Issued => {
            Problem::conflict("coupon_expired", "the coupon expired").into()
        }
    })
}

async fn found(call: &Call) -> Result<StoredCoupon, Failure> {
    let code: CouponCode = call.request.path("code").parse().map_err(|_| Problem::not_found())?;
    Ok(call.store.coupon_by_code(&code).await?.ok_or_else(Problem::not_found)?)
}

fn answer(stored: &StoredCoupon, now: Timestamp) -> TillCoupon {
    let used = stored.used.as_ref();
    let (redemption_id, gift_id) = match &stored.source {
        CouponSource::Redemption(redemption_id) => (Some(redemption_id.clone()), None),
        CouponSource::Gift(_, gift_id) => (None, Some(gift_id.clone())),
    };
    TillCoupon {
        coupon: CouponAnswer::new(&stored.coupon, now),
        redemption_id,
        gift_id,
        member_id: stored.member_id.clone(),
        reward: TillReward {
            reward_id: stored.reward_id.clone(),
            name: stored.reward_name.clone(),
            kind: stored.reward_kind,
            discount: stored.discount.clone(),
        },
        branch: used.map(|used| used.branch.clone()),
        invoice_number: used.map(|used| used.invoice_number.clone()),
        used_at: used.map(|used| used.at),
    }
}
