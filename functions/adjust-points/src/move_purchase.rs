//! Moves a purchase to the member whose it is.

use puntos_api::Problem;
use puntos_api::moves::{MoveAnswer, MoveRequest, MovedSide, refused};
use puntos_api::rerating::unclaimed;
use puntos_domain::account::MemberAccount;
use puntos_domain::accrual::{MemberPurchase, Terms};
use puntos_domain::explanation::Explanation;
use puntos_domain::id::{MemberId, PurchaseId};
use puntos_domain::language::Language;
use puntos_domain::outcome::Outcome;
use puntos_domain::{fingerprint, moving};
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::{MoveWrite, RecordedMove};

use crate::AdjustPoints;

type Moved = Outcome<MoveAnswer, Problem>;

/// A parsed request, ready to be decided.
struct Request {
    purchase_id: PurchaseId,
    /// The right member, as the body names them.
    member: String,
    reason: String,
    fingerprint: String,
}

pub(crate) async fn move_purchase(_: &AdjustPoints, call: &Call) -> Result<Answer, Failure> {
    let purchase_id: PurchaseId = call.request.path_id("purchase_id")?;
    let (member, reason) = call.request.body::<MoveRequest>()?.checked()?;
    let fingerprint = fingerprint::purchase_move(&purchase_id, &member, &reason);
    let request = Request { purchase_id, member, reason, fingerprint };
    let outcome = call.decide(|_| attempt(call, &request)).await?;
    Ok(Answer::of_outcome(200, outcome)?)
}

async fn attempt(call: &Call, request: &Request) -> Result<Option<Moved>, Failure> {
    let (invoice, first) =
        call.store.purchase_and_move(&request.purchase_id, call.request.key()).await?;
    if let Some(first) = first {
        return replayed(call, request, &first).await.map(Some);
    }
    let receipt = invoice.and_then(|invoice| invoice.receipt).ok_or_else(Problem::not_found)?;
    let Some(bought) = receipt.of_member() else {
        return Ok(Some(Outcome::Refused(unclaimed())));
    };
    let earned = bought.earned;
    let nobody = || Problem::not_found_field("member_id", "no member is enrolled with it");
    let to: MemberId = request.member.parse().map_err(|_| nobody())?;
    let (from, to, head) = call.store.two_accounts(&earned.member_id, &to).await?;
    let (from, to) = (from.ok_or_else(Problem::not_found)?, to.ok_or_else(nobody)?);
    let head = head.ok_or_else(Problem::program_missing)?;
    let terms = Terms {
        rating: call.store.program_version(earned.current().rule_version).await?,
        current: call.store.program_at(&head, call.now).await?,
    };
    commit(call, request, bought, (&from, &to), &terms).await
}

async fn commit(
    call: &Call,
    request: &Request,
    bought: MemberPurchase<'_>,
    (from, to): (&MemberAccount, &MemberAccount),
    terms: &Terms,
) -> Result<Option<Moved>, Failure> {
    let decision = match moving::decide(bought, from, to, terms, call.now) {
        Ok(decision) => decision,
        Err(refusal) => return Ok(Some(Outcome::Refused(refused(refusal)))),
    };
    let write = MoveWrite {
        purchase: &bought.receipt.purchase,
        read_revision: bought.receipt.revision,
        key: call.request.key(),
        from,
        to,
        decision: &decision,
        reason: &request.reason,
        fingerprint: &request.fingerprint,
    };
    if !call.store.record_move(&write, &call.stamp()?).await? {
        return Ok(None);
    }
    let (asked, locale) = (call.request.language(), to.contact.locale.as_deref());
    let language = Language::of_reader(asked, locale, &terms.current.program.locale);
    let side = |account: &MemberAccount, side: &moving::Side| {
        MovedSide::new(&account.member_id, &side.explanation, side.balance.clone(), language)
    };
    Ok(Some(Outcome::Done(MoveAnswer {
        purchase_id: request.purchase_id.clone(),
        from: side(from, &decision.from),
        to: side(to, &decision.to),
    })))
}

/// Answers a request that moved the purchase before, with the current balances.
async fn replayed(call: &Call, request: &Request, first: &RecordedMove) -> Result<Moved, Failure> {
    if first.fingerprint != request.fingerprint {
        return Ok(Outcome::Conflict);
    }
    let (from, to, _) = call.store.two_accounts(&first.from.0, &first.to.0).await?;
    let locale = to.as_ref().and_then(|account| account.contact.locale.as_deref());
    let language = call.language(locale).await?;
    let side = |account: Option<MemberAccount>, (member_id, why): &(MemberId, Explanation)| {
        let account = account.ok_or_else(Problem::not_found)?;
        let balance = account.account.balance(call.now);
        Ok::<_, Problem>(MovedSide::new(member_id, why, balance, language))
    };
    Ok(Outcome::Replayed(MoveAnswer {
        purchase_id: request.purchase_id.clone(),
        from: side(from, &first.from)?,
        to: side(to, &first.to)?,
    }))
}
