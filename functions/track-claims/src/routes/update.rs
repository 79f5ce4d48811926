//! A step of a claim: something said, moved on, promised, confirmed or not agreed to.

use puntos_api::{Problem, ProblemBody};
use puntos_domain::claim::{Claim, ClaimKind, Party, Update, check};
use puntos_domain::id::PurchaseId;
use puntos_domain::mail::Composer;
use puntos_domain::program::ProgramHead;
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call};
use puntos_store::{ClaimChange, StoreError, StoredClaim, pause};

use super::{TRIES_MAX, act, head_of, named_claim, refused, request, rules};
use crate::answer::ClaimAnswer;
use crate::event::UpdateRequest;
use crate::telling::news;

#[utoipa::path(
    post, path = "/v1/claims/{claim_id}/updates", tag = "Claims", request_body = UpdateRequest,
    params(("claim_id" = String, Path), ("Idempotency-Key" = String, Header)),
    description = "Adds a step. Agents move the claim on; a member adds a note or evidence, confirms, or says with a note that they do not agree, which opens a closed claim again. A claim is resolved in the end when the customer confirms or a bank reference stands: until then follow-ups go on. What a member may know is told by mail, unless it is internal.",
    responses(
        (status = 201, description = "The claim, or the claim as it is now where this key came before (Idempotency-Replayed: true)", body = ClaimAnswer),
        (status = 403, description = "forbidden: a field that is not the member's", body = ProblemBody),
        (status = 409, description = "claim_ended, claim_full", body = ProblemBody),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn update(call: &Call, brand: &str) -> Result<Answer, Failure> {
    let claim_id = named_claim(call).await?;
    let for_member = call.request.caller()?.is_only_member();
    let update = call.request.body::<UpdateRequest>()?.checked(for_member, call.now)?;
    let named = request(call, &[&format!("{update:?}")]);
    let stamp = call.stamp()?;
    for attempt in 0..TRIES_MAX {
        pause(attempt).await;
        let sources = call.store.claim_sources(&claim_id, None, None).await?;
        let before = sources.claim.as_ref().ok_or_else(Problem::not_found)?;
        if let Some(step) = before.claim.step_of(&named.key) {
            if step.request.as_ref() != Some(&named) {
                return Err(Problem::key_reused().into());
            }
            let body = ClaimAnswer::new(&before.claim, for_member);
            return Ok(Answer::created(body).replayed(true));
        }
        let head = head_of(&sources)?;
        let (program, today) = rules(call, head).await?;
        let act = act(call, Some(named.clone()))?;
        let after = before
            .claim
            .update(&update, &act, &today)
            .map_err(|refusal| refused(refusal, for_member))?;
        let after = looked_up_anew(call, before, after, &update, head).await?;
        let context = Composer { program: &program, brand };
        let mail = news(&after, sources.profile.as_ref(), &context, &stamp);
        let change = ClaimChange {
            mail: mail.as_ref(),
            ..ClaimChange::new(Some(before), &after, today.date)
        };
        if call.store.save_claim(&change, &stamp).await? {
            return Ok(Answer::created(ClaimAnswer::new(&after, for_member)));
        }
    }
    Err(StoreError::Busy.into())
}

/// Looks up the invoice again where somebody gave evidence of it. What the system found is left alone.
async fn looked_up_anew(
    call: &Call,
    before: &StoredClaim,
    after: Claim,
    update: &Update,
    head: &ProgramHead,
) -> Result<Claim, Failure> {
    let asks = update.evidence.is_some()
        && after.kind == ClaimKind::MissingPoints
        && after.opened_by != Party::System
        && !after.is_ended();
    let Some(invoice) = after.evidence.invoice().filter(|_| asks) else { return Ok(after) };
    let purchase_id = PurchaseId::from_invoice(invoice.0, invoice.1);
    let purchase = call.store.purchase(&purchase_id).await?;
    let asked_at = before.claim.created_at;
    let found = call.store.invoice_of(invoice, purchase.as_ref(), head, asked_at).await?;
    Ok(after.checked(check(&after.claim_id.member_id(), found), call.now))
}
