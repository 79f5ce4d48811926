//! The routes of `use-coupon`.

use puntos_api::Problem;
use puntos_api::coupons::{TillCoupon, UseCommand, UseRequest, not_unused, not_usable};
use puntos_domain::coupon::{
    CouponCode, CouponStatus, CouponUnuse, CouponUse, GrantedCoupon, Repeat,
};
use puntos_domain::invoice::Invoice;
use puntos_domain::outcome::Outcome;
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::{UnuseOutcome, UseOutcome};

use crate::UseCoupon;

pub(crate) async fn show(_: &UseCoupon, call: &Call) -> Result<Answer, Failure> {
    Ok(Answer::ok(TillCoupon::new(&load(call).await?, call.now)))
}

pub(crate) async fn use_once(_: &UseCoupon, call: &Call) -> Result<Answer, Failure> {
    let requested = parse(call)?;
    let coupon = load(call).await?;
    let is_new = coupon.repeat_of_use(&requested).is_none();
    let outcome = match coupon.coupon.status(call.now) {
        CouponStatus::Issued if is_new => commit(call, coupon, requested).await?,
        _ => replayed_or_refused(call, &coupon, &requested),
    };
    Ok(Answer::of_outcome(200, outcome)?)
}

pub(crate) async fn unuse(_: &UseCoupon, call: &Call) -> Result<Answer, Failure> {
    let UseCommand { branch, invoice_number } = call.request.body::<UseRequest>()?.command()?;
    let stamp = call.stamp()?;
    let requested = CouponUnuse {
        purchase_id: Invoice::new(&branch, &invoice_number).purchase_id(),
        at: stamp.at,
        key: call.request.key().to_owned(),
        actor: stamp.actor,
        request_id: stamp.request_id,
    };
    let code: CouponCode = call.request.path_id("code")?;
    let outcome = match call.store.unuse_coupon(&code, &requested).await? {
        None => return Err(Problem::not_found().into()),
        Some(UnuseOutcome::Unused(coupon)) => Outcome::Done(TillCoupon::new(&coupon, call.now)),
        Some(UnuseOutcome::Unchanged(coupon)) => match coupon.judge_unuse(&requested) {
            Ok(Repeat::Same) => Outcome::Replayed(TillCoupon::new(&coupon, call.now)),
            Ok(Repeat::KeyReused) => Outcome::Conflict,
            Err(refusal) => Outcome::Refused(not_unused(refusal)),
        },
    };
    Ok(Answer::of_outcome(200, outcome)?)
}

fn parse(call: &Call) -> Result<CouponUse, Problem> {
    let UseCommand { branch, invoice_number } = call.request.body::<UseRequest>()?.command()?;
    Ok(CouponUse::new(branch, invoice_number, call.request.key().to_owned(), call.stamp()?))
}

async fn load(call: &Call) -> Result<GrantedCoupon, Failure> {
    let code: CouponCode = call.request.path_id("code")?;
    Ok(call.store.coupon_by_code(&code, call.now).await?.ok_or_else(Problem::not_found)?)
}

/// A lost race is final: a coupon that another write changed can no longer be used.
async fn commit(
    call: &Call,
    coupon: GrantedCoupon,
    requested: CouponUse,
) -> Result<Outcome<TillCoupon, Problem>, Failure> {
    Ok(match call.store.use_coupon(&coupon, &requested).await? {
        UseOutcome::Used => {
            let mut used = GrantedCoupon { used: Some(requested), ..coupon };
            used.coupon.written = CouponStatus::Used;
            Outcome::Done(TillCoupon::new(&used, call.now))
        }
        UseOutcome::Changed(current) => replayed_or_refused(call, &current, &requested),
    })
}

/// The same request again gets the first answer; the same key for another use is refused.
fn replayed_or_refused(
    call: &Call,
    coupon: &GrantedCoupon,
    requested: &CouponUse,
) -> Outcome<TillCoupon, Problem> {
    match coupon.repeat_of_use(requested) {
        None => Outcome::Refused(not_usable(coupon.coupon.status(call.now))),
        Some(Repeat::Same) => Outcome::Replayed(TillCoupon::new(coupon, call.now)),
        Some(Repeat::KeyReused) => Outcome::Conflict,
    }
}
