//! Rates one purchase again under the newest rules, and corrects the difference.

use puntos_api::Problem;
use puntos_api::rerating::{RerateAnswer, RerateRequest, unclaimed};
use puntos_domain::accrual::{Credit, Earned, MemberPurchase, Terms};
use puntos_domain::fingerprint;
use puntos_domain::id::PurchaseId;
use puntos_domain::language::Language;
use puntos_domain::outcome::Outcome;
use puntos_domain::rerating::{self, OverCredit};
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::{CorrectionOutcome, CorrectionWrite, RecordedCorrection};

use crate::AdjustPoints;

type Rerated = Outcome<RerateAnswer, Problem>;

/// A parsed request, ready to be decided.
struct Request {
    purchase_id: PurchaseId,
    reason: String,
    over_credit: OverCredit,
    fingerprint: String,
}

pub(crate) async fn rerate(_: &AdjustPoints, call: &Call) -> Result<Answer, Failure> {
    let purchase_id: PurchaseId = call.request.path_id("purchase_id")?;
    let (reason, over_credit) = call.request.body::<RerateRequest>()?.checked()?;
    let fingerprint = fingerprint::rerating(&purchase_id, &reason, over_credit);
    let request = Request { purchase_id, reason, over_credit, fingerprint };
    let outcome = call.decide(|_| attempt(call, &request)).await?;
    Ok(Answer::of_outcome(200, outcome)?)
}

async fn attempt(call: &Call, request: &Request) -> Result<Option<Rerated>, Failure> {
    let invoice = call.store.purchase(&request.purchase_id).await?;
    let invoice = invoice.ok_or_else(Problem::not_found)?;
    let receipt = invoice.receipt.as_ref().ok_or_else(Problem::not_found)?;
    let bought = receipt.of_member().ok_or_else(unclaimed)?;
    if let Some(first) = call.store.correction(&request.purchase_id, call.request.key()).await? {
        return replayed(call, request, bought.earned, &first).await.map(Some);
    }
    correct(call, request, bought, invoice.credit.as_ref()).await
}

async fn correct(
    call: &Call,
    request: &Request,
    bought: MemberPurchase<'_>,
    credit: Option<&Credit>,
) -> Result<Option<Rerated>, Failure> {
    let MemberPurchase { receipt, earned } = bought;
    let (account, head) = call.store.account_and_program(Some(&earned.member_id)).await?;
    let account = account.ok_or_else(Problem::not_found)?;
    let head = head.ok_or_else(Problem::program_missing)?;
    let terms = Terms {
        rating: call.store.program_version(head.newest_valid()).await?,
        current: call.store.program_at(&head, call.now).await?,
    };
    let (asked, locale) = (call.request.language(), account.contact.locale.as_deref());
    let language = Language::of_reader(asked, locale, &terms.current.program.locale);
    let read = account.account.clone();
    let decision = rerating::decide(bought, credit, read, &terms, request.over_credit, call.now);
    let Some(decision) = decision else {
        let balance = account.account.balance(call.now);
        let answer = RerateAnswer::new(&request.purchase_id, None, balance, language);
        return Ok(Some(Outcome::Done(answer)));
    };
    let write = CorrectionWrite {
        purchase_id: &request.purchase_id,
        read_revision: receipt.revision,
        cause: call.request.key(),
        account: &account,
        decision: &decision,
        reason: &request.reason.clone().into(),
        fingerprint: &request.fingerprint,
    };
    Ok(match call.store.record_correction(&write, &call.stamp()?).await? {
        CorrectionOutcome::Recorded => {
            let explanation = Some(&decision.explanation);
            let balance = decision.balance.clone();
            let answer = RerateAnswer::new(&request.purchase_id, explanation, balance, language);
            Some(Outcome::Done(answer))
        }
        CorrectionOutcome::Exists(first) => Some(replayed(call, request, earned, &first).await?),
        CorrectionOutcome::Outdated => None,
    })
}

/// Answers a request that corrected before, with the current balance.
async fn replayed(
    call: &Call,
    request: &Request,
    earned: &Earned,
    first: &RecordedCorrection,
) -> Result<Rerated, Failure> {
    if first.fingerprint != request.fingerprint {
        return Ok(Outcome::Conflict);
    }
    let account = call.store.account(&earned.member_id).await?.ok_or_else(Problem::not_found)?;
    let balance = account.account.balance(call.now);
    let language = call.language(account.contact.locale.as_deref()).await?;
    let explanation = Some(&first.explanation);
    Ok(Outcome::Replayed(RerateAnswer::new(&request.purchase_id, explanation, balance, language)))
}
