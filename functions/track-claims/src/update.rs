//! Adds a step to a claim: a note, a status, a promise, evidence, or the customer's answer.

use puntos_api::Problem;
use puntos_api::claims::{UpdateRequest, refused};
use puntos_domain::claim::{self, Claim, Party, Update};
use puntos_domain::fingerprint;
use puntos_domain::id::ClaimId;
use puntos_domain::mail::Composer;
use puntos_domain::outcome::Outcome;
use puntos_domain::program::ProgramHead;
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::ClaimChange;

use crate::TrackClaims;
use crate::context::{
    Rules, Settled, act, head_of, language, named_claim, replayed, request, rules, save_step,
};
use crate::look_up::{Lookup, is_looked_up};

/// A parsed request, ready to be decided.
struct Request {
    claim_id: ClaimId,
    update: Update,
    named: claim::Request,
    for_member: bool,
}

pub(crate) async fn update(function: &TrackClaims, call: &Call) -> Result<Answer, Failure> {
    let claim_id = named_claim(call).await?;
    let for_member = call.request.caller()?.is_only_member();
    let update = call.request.body::<UpdateRequest>()?.command(for_member, call.now)?;
    let named = request(call, fingerprint::claim_update(&update));
    let request = Request { claim_id, update, named, for_member };
    let outcome = call.decide(|_| attempt(function, call, &request)).await?;
    Ok(Answer::of_outcome(201, outcome)?)
}

async fn attempt(
    function: &TrackClaims,
    call: &Call,
    request: &Request,
) -> Result<Option<Settled>, Failure> {
    let Request { claim_id, update, named, for_member } = request;
    let sources = call.store.claim_sources(claim_id, None, None).await?;
    let before = sources.claim.as_ref().ok_or_else(Problem::not_found)?;
    let language = language(call, &sources).await?;
    if let Some(settled) = replayed(&before.claim, named, *for_member, language) {
        return Ok(Some(settled));
    }
    let head = head_of(&sources)?;
    let rules = rules(call, head).await?;
    let act = act(call, Some(named.clone()))?;
    let after = match before.claim.update(update, &act, &rules.today) {
        Ok(after) => looked_up_again(call, after, update, head, &rules).await?,
        Err(refusal) => return Ok(Some(Outcome::Refused(refused(refusal, *for_member)))),
    };
    let composer = Composer { program: &rules.program, brand: &function.brand };
    let stamp = call.stamp()?;
    let member = call.store.current(sources.profile).await?;
    let mail = member.and_then(|member| composer.claim(&after, &member.profile, &stamp));
    let change = ClaimChange {
        mail: mail.as_ref(),
        ..ClaimChange::new(Some(before), &after, rules.today.date)
    };
    save_step(call, change, &rules, language).await
}

/// Looks up the invoice again where the update brings evidence of it. A claim that the system opened
/// keeps its finding.
async fn looked_up_again(
    call: &Call,
    after: Claim,
    update: &Update,
    head: &ProgramHead,
    rules: &Rules,
) -> Result<Claim, Failure> {
    let asks = update.evidence.is_some()
        && is_looked_up(after.kind)
        && after.opened_by != Party::System
        && !after.is_ended();
    if !asks {
        return Ok(after);
    }
    let purchase = match after.evidence.invoice() {
        Some(invoice) => call.store.purchase(&invoice.purchase_id()).await?,
        None => None,
    };
    let lookup = Lookup { call, head, program: &rules.program };
    lookup.looked_up(after, purchase.as_ref()).await
}
