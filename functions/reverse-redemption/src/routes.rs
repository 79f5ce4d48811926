//! The route of `reverse-redemption`.

use puntos_api::{Problem, ProblemBody};
use puntos_domain::account::Balance;
use puntos_domain::coupon::CouponStatus;
use puntos_domain::id::{EmailId, RedemptionId, digest};
use puntos_domain::reversal::Reversal;
use puntos_domain::reversal::{self, Refusal};
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call};
use puntos_store::{ReversalOutcome, ReversalState, ReversalWrite, StoreError, pause};
use serde::Serialize;

use crate::event::{Command, ReversalRequest, command};

/// How often a reversal is decided again because another write moved what it was decided on.
const TRIES_MAX: u32 = 60;

/// A reversal.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReversalAnswer {
    /// The redemption that was undone.
    #[schema(value_type = String)]
    pub redemption_id: RedemptionId,
    /// The points that can be spent again.
    pub points_restored: i64,
    /// The points whose lots had expired meanwhile.
    pub points_expired: i64,
    /// What the member has now.
    pub balance: Balance,
    /// The coupon, cancelled.
    pub coupon: CancelledCoupon,
    /// The mail that tells of it; null without an address.
    #[schema(value_type = Option<String>)]
    pub email_id: Option<EmailId>,
}

/// A cancelled coupon.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CancelledCoupon {
    /// The code, in groups to be read aloud.
    pub code: String,
    /// `cancelled`.
    pub status: CouponStatus,
}

#[utoipa::path(
    post, path = "/v1/redemptions/{redemption_id}/reversal", tag = "Redemptions", request_body = ReversalRequest,
    params(("redemption_id" = String, Path), ("Idempotency-Key" = String, Header)),
    description = "Undoes a redemption: the very lots come back with their own expiry, the coupon is cancelled, the unit goes back to the stock and the limit. Once: again answers 200 with the same facts.",
    responses(
        (status = 201, description = "Reversed", body = ReversalAnswer),
        (status = 200, description = "Reversed before", body = ReversalAnswer),
        (status = 409, description = "coupon_used, coupon_expired: a supervisor may override", body = ProblemBody),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn reverse(call: &Call) -> Result<Answer, Failure> {
    let redemption_id: RedemptionId = call.request.path_id("redemption_id")?;
    let command = command(call.request.body::<ReversalRequest>()?, call.request.caller()?)?;
    let content = content_of(&command);
    let stamp = call.stamp()?;
    for attempt in 0..TRIES_MAX {
        pause(attempt).await;
        let state =
            call.store.reversal_state(&redemption_id).await?.ok_or_else(Problem::not_found)?;
        if let Some(first) = &state.reversal {
            return replay(call, &state, first, &content);
        }
        let rules = call.store.program_at(&state.head, call.now).await?;
        let decision = reversal::decide(
            state.account.account.clone(),
            &state.redemption.coupon,
            &state.redemption.allocations,
            rules.program.reversal_grace_days,
            command.overridden,
            call.now,
        )
        .map_err(refused)?;
        let write = ReversalWrite {
            state: &state,
            decision: &decision,
            reason: &command.reason,
            note: command.note.as_deref(),
            key: call.request.key(),
            content: &content,
        };
        match call.store.record_reversal(&write, &stamp).await? {
            ReversalOutcome::Recorded => {
                let restored = (decision.points_restored, decision.points_expired);
                let has_mail = state.account.contact.email.is_some();
                return Ok(Answer::created(answer(&state, restored, decision.balance, has_mail)));
            }
            ReversalOutcome::Moved => {}
        }
    }
    Err(StoreError::Busy.into())
}

fn refused(refusal: Refusal) -> Problem {
    let detail = refusal.to_string();
    match refusal {
        Refusal::CouponUsed => Problem::conflict("coupon_used", detail),
        Refusal::CouponExpired => Problem::conflict("coupon_expired", detail),
    }
}

/// Twice is once: the same facts, with the balance of now. The same key with another request is
/// refused.
fn replay(
    call: &Call,
    state: &ReversalState,
    first: &Reversal,
    content: &str,
) -> Result<Answer, Failure> {
    let same_key = first.key == call.request.key();
    if same_key && first.content != content {
        return Err(Problem::key_reused().into());
    }
    let restored = (first.points_restored, first.points_expired);
    let balance = state.account.account.balance(call.now);
    let body = answer(state, restored, balance, first.mail.is_some());
    Ok(Answer::ok(body).replayed(same_key))
}

fn answer(
    state: &ReversalState,
    restored: (i64, i64),
    balance: Balance,
    has_mail: bool,
) -> ReversalAnswer {
    let redemption = &state.redemption;
    ReversalAnswer {
        redemption_id: redemption.redemption_id.clone(),
        points_restored: restored.0,
        points_expired: restored.1,
        balance,
        coupon: CancelledCoupon {
            code: redemption.coupon.code.to_string(),
            status: CouponStatus::Cancelled,
        },
        email_id: has_mail.then(|| redemption.redemption_id.reversal_email_id()),
    }
}

fn content_of(command: &Command) -> String {
    let overridden = if command.overridden { "override" } else { "" };
    digest(&[&command.reason, overridden, command.note.as_deref().unwrap_or_default()])
}
