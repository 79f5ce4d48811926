//! A late claim: a purchase kept without a member earns under the rules of its own day, once.

use jiff::Timestamp;
use puntos_api::shape::PointsAnswer;
use puntos_api::{Problem, ProblemBody};
use puntos_domain::account::Balance;
use puntos_domain::accrual;
use puntos_domain::explanation::ExplanationRow;
use puntos_domain::id::{MemberId, PurchaseId};
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call};
use puntos_store::{
    Credit, Earned, PurchaseOutcome, PurchaseWrite, Receipt, StoreError, StoredPurchase, pause,
};
use serde::Serialize;

use crate::event::ClaimRequest;

/// How often a claim is decided again because another write moved the account.
const TRIES_MAX: u32 = 60;

/// A claimed purchase.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ClaimedPurchase {
    /// Its id.
    #[schema(value_type = String)]
    pub purchase_id: PurchaseId,
    /// Whose points it earned.
    #[schema(value_type = String)]
    pub member_id: MemberId,
    /// The points.
    pub points: PointsAnswer,
    /// What the member has now.
    pub balance: Balance,
    /// Why; the rows add up to the points.
    pub explanation: Vec<ExplanationRow>,
}

#[utoipa::path(
    post, path = "/v1/purchases/{purchase_id}/claim-points", tag = "Purchases", request_body = ClaimRequest,
    params(("purchase_id" = String, Path), ("Idempotency-Key" = String, Header)),
    description = "Gives an unclaimed purchase to a member. A member gives the receipt's branch, number and total; a wrong guess and somebody else's receipt look the same.",
    responses(
        (status = 200, description = "Claimed, or claimed before by this member (Idempotency-Replayed: true)", body = ClaimedPurchase),
        (status = 409, description = "already_claimed, claim_window_closed (agents only: a member sees 404)", body = ProblemBody),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn claim(call: &Call) -> Result<Answer, Failure> {
    let by_member = call.request.caller()?.is_only_member();
    let claimed = try_claim(call).await;
    match claimed {
        // Whoever guesses receipts learns nothing from how a guess fails.
        Err(Failure::Refused(problem)) if by_member && problem.status() == 409 => {
            Err(Problem::not_found().into())
        }
        other => other,
    }
}

async fn try_claim(call: &Call) -> Result<Answer, Failure> {
    let request: ClaimRequest = call.request.body()?;
    let purchase_id: PurchaseId = call.request.path_id("purchase_id")?;
    let member_id: MemberId = request.member_id.parse().map_err(|_| Problem::not_found())?;
    call.only_own(&member_id).await?;
    let stamp = call.stamp()?;
    for attempt in 0..TRIES_MAX {
        pause(attempt).await;
        let stored = call.store.purchase(&purchase_id).await?.ok_or_else(Problem::not_found)?;
        let receipt = stored.receipt.as_ref().ok_or_else(Problem::not_found)?;
        if call.request.caller()?.is_only_member() && !knows_receipt(&request, receipt) {
            return Err(Problem::not_found().into());
        }
        let (account, head) = call.store.account_and_program(Some(&member_id)).await?;
        let account = account.ok_or_else(|| {
            Problem::not_found_field("member_id", "no member is enrolled with it")
        })?;
        let head = head.ok_or_else(Problem::not_found)?;
        if let Some(earned) = &receipt.earned {
            let balance = account.account.balance(call.now);
            return replay(
                call,
                &stored,
                receipt.purchase.purchased_at,
                earned,
                &member_id,
                balance,
            );
        }
        let rules = call.store.program_at(&head, receipt.purchase.purchased_at).await?;
        if !accrual::can_be_claimed(receipt.purchase.purchased_at, &rules, call.now) {
            return Err(Problem::conflict(
                "claim_window_closed",
                "the time to claim these points is over",
            )
            .into());
        }
        let credit = stored.credit.as_ref();
        let credited = Credit::points_for(credit, &member_id);
        let accrual = accrual::decide(
            &receipt.purchase,
            account.account.clone(),
            &rules,
            credited,
            call.now,
        )?;
        let write = PurchaseWrite {
            purchase: &receipt.purchase,
            earned: Some((&member_id, account.account.version, &accrual)),
            content: receipt.content.clone(),
            credit,
            claim: Some((call.request.key(), &receipt.recorded)),
            // It is late: nobody waits for a call about it any more.
            starts_cycle: false,
        };
        match call.store.record_purchase(&write, &stamp).await? {
            PurchaseOutcome::Recorded => {
                let purchased_at = receipt.purchase.purchased_at;
                let points = PointsAnswer::new(&accrual.lot, purchased_at, call.now);
                let explanation = accrual.explanation.for_people();
                return Ok(Answer::ok(ClaimedPurchase {
                    purchase_id,
                    member_id,
                    points,
                    balance: accrual.balance,
                    explanation,
                }));
            }
            PurchaseOutcome::Exists(_) | PurchaseOutcome::AccountMoved => {}
        }
    }
    Err(StoreError::Busy.into())
}

fn knows_receipt(request: &ClaimRequest, receipt: &Receipt) -> bool {
    let purchase = &receipt.purchase;
    request.branch.as_ref() == Some(&purchase.branch)
        && request.invoice_number.as_ref() == Some(&purchase.invoice_number)
        && request.total.as_ref() == Some(&purchase.total)
}

fn replay(
    call: &Call,
    stored: &StoredPurchase,
    purchased_at: Timestamp,
    earned: &Earned,
    member_id: &MemberId,
    balance: Balance,
) -> Result<Answer, Failure> {
    let same_key = earned.claim_key.as_deref() == Some(call.request.key());
    if earned.member_id != *member_id {
        let taken = Problem::conflict("already_claimed", "these points belong to a member already");
        return Err(if same_key { Problem::key_reused().into() } else { taken.into() });
    }
    let body = ClaimedPurchase {
        purchase_id: stored.purchase_id.clone(),
        member_id: member_id.clone(),
        points: PointsAnswer::new(&earned.lot(), purchased_at, earned.at),
        balance,
        explanation: earned.explanation.for_people(),
    };
    Ok(Answer::ok(body).replayed(same_key))
}
