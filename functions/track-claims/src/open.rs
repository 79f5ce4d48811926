//! Opens a claim. If points are missing, its invoice is looked up at once.

use puntos_api::claims::{ClaimAnswer, OpenCommand, OpenRequest, too_many};
use puntos_api::merges::member_merged;
use puntos_api::{MemberNamed, Problem};
use puntos_domain::claim::{Claim, ClaimKind, Evidence, Party};
use puntos_domain::fingerprint;
use puntos_domain::id::{ClaimId, MemberId};
use puntos_domain::invoice::Invoice;
use puntos_domain::language::Language;
use puntos_domain::mail::Composer;
use puntos_domain::money::Money;
use puntos_domain::outcome::Outcome;
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::{CLAIMS_MAX, ClaimChange, ClaimSources, PaymentWrite};

use crate::TrackClaims;
use crate::context::{Settled, act, head_of, language, rules, save_step};
use crate::look_up::{Lookup, is_looked_up};

/// A parsed request, ready to be decided.
struct Request {
    claim_id: ClaimId,
    member_id: MemberId,
    kind: ClaimKind,
    amount: Option<Money>,
    method: Option<String>,
    evidence: Evidence,
    fingerprint: String,
    for_member: bool,
}

pub(crate) async fn open(function: &TrackClaims, call: &Call) -> Result<Answer, Failure> {
    let request = parse(call).await?;
    let outcome = call.decide(|_| attempt(function, call, &request)).await?;
    Ok(Answer::of_outcome(201, outcome)?)
}

async fn parse(call: &Call) -> Result<Request, Failure> {
    let command = call.request.body::<OpenRequest>()?.command(call.now)?;
    let OpenCommand { member_id, kind, amount, method, evidence } = command;
    let member_id = claimant(call, member_id).await?;
    let (money, paid_by) = (amount.as_ref(), method.as_deref());
    Ok(Request {
        claim_id: ClaimId::from_key(call.request.key(), &member_id),
        fingerprint: fingerprint::claim(&member_id, kind, money, paid_by, &evidence),
        kind,
        amount,
        method,
        evidence,
        for_member: call.request.caller()?.is_only_member(),
        member_id,
    })
}

/// Returns whose claim it is: members may leave themselves out, everybody else names a member.
async fn claimant(call: &Call, member_id: Option<String>) -> Result<MemberId, Failure> {
    match member_id {
        Some(id) => Ok(call.named_member(&MemberNamed::Id(id)).await?.member_id),
        None if call.request.caller()?.is_only_member() => call.current_member_id().await,
        None => Err(Problem::invalid_field("member_id", "must be given").into()),
    }
}

async fn attempt(
    function: &TrackClaims,
    call: &Call,
    request: &Request,
) -> Result<Option<Settled>, Failure> {
    let key = call.request.key();
    let purchase_id = request.invoice().map(Invoice::purchase_id);
    let sources =
        call.store.claim_sources(&request.claim_id, Some(key), purchase_id.as_ref()).await?;
    let language = language(call, &sources).await?;
    if let Some(first) = &sources.first_fingerprint {
        return Ok(Some(request.replayed(first, &sources, language)));
    }
    let Some(member) = &sources.profile else {
        return Err(MemberNamed::Id(request.member_id.to_string()).not_found().into());
    };
    if let Some(merged_into) = &member.merged_into {
        return Err(member_merged(merged_into).into());
    }
    let head = head_of(&sources)?;
    let rules = rules(call, head).await?;
    let claims = call.store.claims_of(&request.member_id).await?;
    let by_people = claims.iter().filter(|record| record.claim.opened_by != Party::System);
    if by_people.count() >= CLAIMS_MAX {
        return Ok(Some(Outcome::Refused(too_many(CLAIMS_MAX))));
    }
    let (claim_id, evidence) = (request.claim_id.clone(), request.evidence.clone());
    let claim = Claim {
        amount: request.amount.clone(),
        method: request.method.clone(),
        ..Claim::open(claim_id, request.kind, evidence, &act(call, None)?, &rules.today)
    };
    let lookup = Lookup { call, head, program: &rules.program };
    let mut claim = match is_looked_up(claim.kind) {
        true => lookup.looked_up(claim, sources.purchase.as_ref()).await?,
        false => claim,
    };
    let mut money = match claim.evidence.order_id.as_deref() {
        Some(order_id) => Some(call.store.payment(&request.member_id, order_id).await?),
        None => None,
    };
    let is_adopted =
        money.as_mut().is_some_and(|money| money.payment.adopt(&mut claim, &rules.today, call.now));
    let payment = money.as_ref().filter(|_| is_adopted).map(|money| PaymentWrite {
        payment: &money.payment,
        read_version: money.version,
        due_at: None,
        claim: None,
    });
    let composer = Composer { program: &rules.program, brand: &function.brand };
    let stamp = call.stamp()?;
    let mail = composer.claim(&claim, &member.profile, &stamp);
    let change = ClaimChange {
        mail: mail.as_ref(),
        request: Some((key, &request.fingerprint)),
        payment: payment.as_ref(),
        ..ClaimChange::new(None, &claim, rules.today.date)
    };
    save_step(call, change, &rules, language).await
}

impl Request {
    /// Returns the invoice to look up.
    fn invoice(&self) -> Option<Invoice<'_>> {
        self.evidence.invoice().filter(|_| is_looked_up(self.kind))
    }

    fn replayed(&self, first: &str, sources: &ClaimSources, language: Language) -> Settled {
        match &sources.claim {
            Some(stored) if first == self.fingerprint => {
                Outcome::Replayed(ClaimAnswer::new(&stored.claim, self.for_member, language))
            }
            _ => Outcome::Conflict,
        }
    }
}
