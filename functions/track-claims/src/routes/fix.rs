//! The fix that an agent confirms: done together with the claim that it ends, or ordered until it is
//! proven.

use puntos_api::{Problem, ProblemBody};
use puntos_domain::claim::{Act, Claim, Fix, Today, check};
use puntos_domain::id::PurchaseId;
use puntos_domain::mail::Composer;
use puntos_domain::member::Member;
use puntos_domain::program::ProgramHead;
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call};
use puntos_runtime::queue::Queue;
use puntos_store::{ClaimChange, FixOutcome, StoreError, StoredClaim, StoredPurchase, pause};

use super::{TRIES_MAX, act, head_of, named_claim, refused, request, rules};
use crate::answer::ClaimAnswer;
use crate::event::FixRequest;
use crate::telling::news;

mod mail;
mod points;

/// What a fix works on.
struct Repair<'a> {
    call: &'a Call,
    before: &'a StoredClaim,
    profile: Option<&'a Member>,
    head: &'a ProgramHead,
    context: Composer<'a>,
    request: &'a FixRequest,
    act: Act,
    today: Today,
}

/// What became of a fix: the claim afterwards, or none where something moved and it is to be decided again.
type Repaired = Result<Option<Claim>, Failure>;

/// What stands under the invoice of a fix that is still the right one.
struct Still {
    purchase: Option<StoredPurchase>,
}

#[utoipa::path(
    post, path = "/v1/claims/{claim_id}/fix", tag = "Claims", request_body = FixRequest,
    params(("claim_id" = String, Path), ("Idempotency-Key" = String, Header)),
    description = "Does what is proposed. Points are given with the same write that ends the claim, proven. A mail or a purchase is ordered; the claim waits on the system and ends by itself when it is there, or proposes a fix again.",
    responses(
        (status = 200, description = "The claim, or the claim as it is now where this key came before (Idempotency-Replayed: true)", body = ClaimAnswer),
        (status = 403, description = "forbidden: above the agent's limits", body = ProblemBody),
        (status = 409, description = "no_fix, claim_ended, claim_full, finding_changed (look at the claim again), address_blocked, no_address, resend_pending, unsubscribed", body = ProblemBody),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn fix(call: &Call, brand: &str, purchases: &Queue) -> Result<Answer, Failure> {
    let claim_id = named_claim(call).await?;
    let asked = call.request.body::<FixRequest>()?;
    let points = asked.points.unwrap_or_default().to_string();
    let named = request(call, &[&points]);
    for attempt in 0..TRIES_MAX {
        pause(attempt).await;
        let sources = call.store.claim_sources(&claim_id, None, None).await?;
        let before = sources.claim.as_ref().ok_or_else(Problem::not_found)?;
        if let Some(step) = before.claim.step_of(&named.key) {
            if step.request.as_ref() != Some(&named) {
                return Err(Problem::key_reused().into());
            }
            return Ok(Answer::ok(ClaimAnswer::new(&before.claim, false)).replayed(true));
        }
        let head = head_of(&sources)?;
        let (program, today) = rules(call, head).await?;
        let repair = Repair {
            call,
            before,
            profile: sources.profile.as_ref(),
            head,
            context: Composer { program: &program, brand },
            request: &asked,
            act: act(call, Some(named.clone()))?,
            today,
        };
        let fix = before.claim.fix().map_err(|refusal| refused(refusal, false))?.clone();
        let repaired = match &fix {
            Fix::CreditPoints { branch, invoice_number } => {
                repair.credit_points(&fix, (branch, invoice_number)).await?
            }
            Fix::ClaimPoints { .. } => repair.claim_points(&fix).await?,
            Fix::Resend { email_id } => repair.resend(email_id).await?,
            Fix::OrderMail { email_id } => repair.order_mail(email_id).await?,
            Fix::Redrive => repair.redrive(purchases).await?,
        };
        if let Some(claim) = repaired {
            return Ok(Answer::ok(ClaimAnswer::new(&claim, false)));
        }
    }
    Err(StoreError::Busy.into())
}

impl Repair<'_> {
    /// Reads what stands under the invoice, where the fix is still the right one for it. Another finding is
    /// written and the fix refused; none where the claim moved meanwhile, so that it is decided again.
    async fn check_still(
        &self,
        fix: &Fix,
        (branch, invoice_number): (&str, &str),
    ) -> Result<Option<Still>, Failure> {
        let purchase_id = PurchaseId::from_invoice(branch, invoice_number);
        let purchase = self.call.store.purchase(&purchase_id).await?;
        let (claim, store) = (&self.before.claim, &self.call.store);
        let invoice = (branch, invoice_number);
        let found =
            store.invoice_of(invoice, purchase.as_ref(), self.head, claim.created_at).await?;
        let checked = check(&claim.claim_id.member_id(), found);
        if checked.fix.as_ref() == Some(fix) {
            return Ok(Some(Still { purchase }));
        }
        let after = claim.checked(checked, self.call.now);
        let change = ClaimChange::new(Some(self.before), &after, self.today.date);
        if !store.save_claim(&change, &self.call.stamp()?).await? {
            return Ok(None);
        }
        let detail = "another thing stands under the invoice by now: look at the claim again";
        Err(Problem::conflict("finding_changed", detail).into())
    }

    /// Puts a purchase that could not be recorded back into its queue. What comes twice is recorded once.
    async fn redrive(&self, purchases: &Queue) -> Repaired {
        self.request.no_points()?;
        let store = &self.call.store;
        let body = store.claim_body(&self.before.claim.claim_id).await?;
        let body = body
            .ok_or_else(|| Problem::conflict("no_fix", "the purchase was too large to be kept"))?;
        purchases.send_text(&body).await.map_err(|error| {
            tracing::error!(%error, "a purchase could not be put back");
            StoreError::unavailable(error)
        })?;
        let after = self.before.claim.fix_ordered(Fix::Redrive, &self.act);
        let change = ClaimChange::new(Some(self.before), &after, self.today.date);
        let is_saved = store.save_claim(&change, &self.call.stamp()?).await?;
        Ok(is_saved.then_some(after))
    }

    fn settled(&self, outcome: FixOutcome, after: Claim) -> Repaired {
        match outcome {
            FixOutcome::Done => Ok(Some(after)),
            FixOutcome::Moved => Ok(None),
            FixOutcome::DayFull => Err(points::above_limits().into()),
        }
    }
}
