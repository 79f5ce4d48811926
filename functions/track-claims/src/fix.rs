//! Does the proposed fix: together with the write that ends the claim, or requested until it is proven.

mod mail;
mod points;

use std::sync::Arc;

use puntos_api::Problem;
use puntos_api::adjustments::above_limits;
use puntos_api::claims::{ClaimAnswer, FixRequest, finding_changed, refused};
use puntos_domain::accrual::RecordedInvoice;
use puntos_domain::agent_limits::AboveLimits;
use puntos_domain::claim::{self, Act, Claim, ClaimRecord, Fix, Today};
use puntos_domain::fingerprint;
use puntos_domain::id::ClaimId;
use puntos_domain::invoice::Invoice;
use puntos_domain::mail::{Composer, Email};
use puntos_domain::member::Member;
use puntos_domain::outcome::Outcome;
use puntos_domain::program::{ProgramHead, ProgramVersion};
use puntos_domain::stamp::Stamp;
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_runtime::queue::Queue;
use puntos_store::{ClaimChange, ClaimOutcome, StoreError};

use crate::TrackClaims;
use crate::context::{
    Rules, Settled, act, head_of, language, named_claim, replayed, request, rules,
};
use crate::look_up::Lookup;

/// A parsed request, ready to be decided.
struct Request {
    claim_id: ClaimId,
    body: FixRequest,
    named: claim::Request,
}

/// What a fix is decided on.
struct Basis<'a> {
    call: &'a Call,
    before: &'a ClaimRecord,
    /// Who gets the mail about it.
    member: Option<&'a Member>,
    head: &'a ProgramHead,
    program: &'a Arc<ProgramVersion>,
    composer: Composer<'a>,
    request: &'a FixRequest,
    act: Act,
    today: Today,
}

/// The claim after a fix; `None` if another write came first.
type Fixed = Result<Option<Claim>, Failure>;

/// The invoice of a fix, with the finding that the fix was proposed for.
struct UnchangedInvoice {
    purchase: Option<RecordedInvoice>,
}

pub(crate) async fn fix(function: &TrackClaims, call: &Call) -> Result<Answer, Failure> {
    let claim_id = named_claim(call).await?;
    let body = call.request.body::<FixRequest>()?;
    let named = request(call, fingerprint::claim_fix(&claim_id, body.points));
    let request = Request { claim_id, body, named };
    let outcome = call.decide(|_| attempt(function, call, &request)).await?;
    Ok(Answer::of_outcome(200, outcome)?)
}

async fn attempt(
    function: &TrackClaims,
    call: &Call,
    request: &Request,
) -> Result<Option<Settled>, Failure> {
    let sources = call.store.claim_sources(&request.claim_id, None, None).await?;
    let before = sources.claim.as_ref().ok_or_else(Problem::not_found)?;
    let language = language(call, &sources).await?;
    if let Some(settled) = replayed(&before.claim, &request.named, false, language) {
        return Ok(Some(settled));
    }
    let head = head_of(&sources)?;
    let Rules { program, today } = rules(call, head).await?;
    let member = call.store.current(sources.profile.clone()).await?;
    let basis = Basis {
        call,
        before,
        member: member.as_ref(),
        head,
        program: &program,
        composer: Composer { program: &program, brand: &function.brand },
        request: &request.body,
        act: act(call, Some(request.named.clone()))?,
        today,
    };
    let fix = match before.claim.fix() {
        Ok(fix) => fix,
        Err(refusal) => return Ok(Some(Outcome::Refused(refused(refusal, false)))),
    };
    let fixed = match fix {
        Fix::CreditPoints { branch, invoice_number } => {
            basis.credit_points(fix, Invoice::new(branch, invoice_number)).await?
        }
        Fix::AttachReceipt { .. } => basis.attach_receipt(fix).await?,
        Fix::Rerate { .. } => basis.rerate(fix).await?,
        Fix::Resend { email_id } => basis.resend(email_id).await?,
        Fix::RequestMail { email_id } => basis.request_mail(email_id).await?,
        Fix::TakeBackCredit { points, .. } => basis.take_back_credit(*points).await?,
        Fix::Redrive => basis.redrive(&function.purchases).await?,
    };
    Ok(fixed.map(|claim| Outcome::Done(ClaimAnswer::new(&claim, false, language))))
}

impl Basis<'_> {
    /// Reads the invoice if the fix is still the right one for it. Otherwise writes the new finding and
    /// refuses the fix; `None` if another write came first.
    async fn unchanged_invoice(
        &self,
        fix: &Fix,
        invoice: Invoice<'_>,
    ) -> Result<Option<UnchangedInvoice>, Failure> {
        let (claim, store) = (&self.before.claim, &self.call.store);
        let purchase = store.purchase(&invoice.purchase_id()).await?;
        let found = self.lookup().found(claim, invoice, purchase.as_ref()).await?;
        let checked = claim.relevant(claim.check(found));
        if checked.fix.as_ref() == Some(fix) {
            return Ok(Some(UnchangedInvoice { purchase }));
        }
        let after = claim.checked(checked, self.call.now);
        let change = ClaimChange::new(Some(self.before), &after, self.today.date);
        if !store.save_claim(&change, &self.call.stamp()?).await? {
            return Ok(None);
        }
        Err(finding_changed().into())
    }

    fn lookup(&self) -> Lookup<'_> {
        Lookup { call: self.call, head: self.head, program: self.program }
    }

    /// Puts a purchase that could not be recorded back into its queue. A purchase that comes twice is
    /// recorded once.
    async fn redrive(&self, purchases: &Queue) -> Fixed {
        self.request.no_points()?;
        let store = &self.call.store;
        let body = store.claim_body(&self.before.claim.claim_id).await?;
        let body = body
            .ok_or_else(|| Problem::conflict("no_fix", "the purchase was too large to be kept"))?;
        purchases.send_text(&body).await.map_err(|error| {
            tracing::error!(%error, "a purchase could not be put back");
            StoreError::unavailable(error)
        })?;
        let after = self.before.claim.fix_requested(Fix::Redrive, &self.act);
        let change = ClaimChange::new(Some(self.before), &after, self.today.date);
        let is_saved = store.save_claim(&change, &self.call.stamp()?).await?;
        Ok(is_saved.then_some(after))
    }

    /// Returns the mail about the claim after the fix.
    fn mail(&self, after: &Claim, stamp: &Stamp) -> Option<Email> {
        self.composer.claim(after, &self.member?.profile, stamp)
    }
}

fn written(outcome: ClaimOutcome, after: Claim) -> Fixed {
    match outcome {
        ClaimOutcome::Done => Ok(Some(after)),
        ClaimOutcome::Outdated => Ok(None),
        ClaimOutcome::DayFull => Err(above_limits(AboveLimits).into()),
    }
}
