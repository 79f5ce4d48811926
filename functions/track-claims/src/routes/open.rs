//! A new claim: received, promised, and where points are missing, its invoice looked up at once.

use puntos_api::{MemberNamed, Problem, ProblemBody};
use puntos_domain::claim::{Checked, Claim, ClaimKind, Evidence, check};
use puntos_domain::id::{ClaimId, MemberId, PurchaseId, digest};
use puntos_domain::mail::Composer;
use puntos_domain::program::ProgramHead;
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call};
use puntos_store::{CLAIMS_MAX, ClaimChange, ClaimSources, StoreError, pause};

use super::{TRIES_MAX, act, head_of, rules};
use crate::answer::ClaimAnswer;
use crate::event::{EvidenceRequest, OpenRequest};
use crate::telling::news;

#[utoipa::path(
    post, path = "/v1/claims", tag = "Claims", request_body = OpenRequest,
    params(("Idempotency-Key" = String, Header)),
    description = "Opens a claim. For missing points with branch and invoice_number the invoice is looked up at once: the finding says what is there, and an agent sees the fix. To a member, somebody else's receipt and a wrong guess look the same.",
    responses(
        (status = 201, description = "Opened, or opened before with this key (Idempotency-Replayed: true)", body = ClaimAnswer),
        (status = 409, description = "too_many_claims", body = ProblemBody),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn open(call: &Call, brand: &str) -> Result<Answer, Failure> {
    let request: OpenRequest = call.request.body()?;
    let evidence =
        request.evidence.map(|evidence: EvidenceRequest| evidence.checked(call.now)).transpose()?;
    let evidence = evidence.unwrap_or_default();
    let member_id = claimant(call, request.member_id).await?;
    let key = call.request.key();
    let claim_id = ClaimId::from_key(key, &member_id);
    let content = content_of(&member_id, request.kind, &evidence);
    let invoice = evidence.invoice().filter(|_| request.kind == ClaimKind::MissingPoints);
    let purchase_id = invoice.map(|(branch, number)| PurchaseId::from_invoice(branch, number));
    let stamp = call.stamp()?;
    let for_member = call.request.caller()?.is_only_member();
    for attempt in 0..TRIES_MAX {
        pause(attempt).await;
        let sources = call.store.claim_sources(&claim_id, Some(key), purchase_id.as_ref()).await?;
        if let Some((_, first)) = &sources.keyed {
            let before = sources.claim.as_ref().filter(|_| *first == content);
            let before = before.ok_or_else(Problem::key_reused)?;
            let body = ClaimAnswer::new(&before.claim, for_member);
            return Ok(Answer::created(body).replayed(true));
        }
        if sources.profile.is_none() {
            return Err(MemberNamed::Id(member_id.to_string()).not_found().into());
        }
        let head = head_of(&sources)?;
        let (program, today) = rules(call, head).await?;
        if call.store.claims_of(&member_id).await?.len() >= CLAIMS_MAX {
            let detail = format!("a member has at most {CLAIMS_MAX} claims");
            return Err(Problem::conflict("too_many_claims", detail).into());
        }
        let checked = looked_up(call, &sources, head, &member_id, invoice).await?;
        let evidence = evidence.clone();
        let act = act(call, None)?;
        let claim = Claim::open(claim_id.clone(), request.kind, evidence, checked, &act, &today);
        let context = Composer { program: &program, brand };
        let mail = news(&claim, sources.profile.as_ref(), &context, &stamp);
        let change = ClaimChange {
            mail: mail.as_ref(),
            request: Some((key, &content)),
            ..ClaimChange::new(None, &claim, today.date)
        };
        if call.store.save_claim(&change, &stamp).await? {
            return Ok(Answer::created(ClaimAnswer::new(&claim, for_member)));
        }
    }
    Err(StoreError::Busy.into())
}

/// A member claims for themselves; everybody else names somebody.
async fn claimant(call: &Call, member_id: Option<String>) -> Result<MemberId, Failure> {
    match member_id {
        Some(id) => call.named_member(&MemberNamed::Id(id)).await,
        None if call.request.caller()?.is_only_member() => call.own_member_id().await,
        None => Err(Problem::invalid_field("member_id", "must be given").into()),
    }
}

async fn looked_up(
    call: &Call,
    sources: &ClaimSources,
    head: &ProgramHead,
    member_id: &MemberId,
    invoice: Option<(&str, &str)>,
) -> Result<Checked, Failure> {
    let Some(invoice) = invoice else { return Ok(Checked::default()) };
    let purchase = sources.purchase.as_ref();
    let found = call.store.invoice_of(invoice, purchase, head, call.now).await?;
    Ok(check(member_id, found))
}

fn content_of(member_id: &MemberId, kind: ClaimKind, evidence: &Evidence) -> String {
    let evidence = serde_json::to_string(evidence).unwrap_or_default();
    digest(&[member_id.as_str(), kind.as_str(), &evidence])
}
