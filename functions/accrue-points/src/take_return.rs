//! Records a return of a purchase, and what it does to the points.

use puntos_api::Problem;
use puntos_api::returns::{ReturnAnswer, ReturnCommand, ReturnRequest, refused, return_conflict};
use puntos_domain::account::MemberAccount;
use puntos_domain::accrual::{MemberPurchase, Receipt, Terms};
use puntos_domain::fingerprint;
use puntos_domain::id::{PurchaseId, ReturnId};
use puntos_domain::language::Language;
use puntos_domain::outcome::Outcome;
use puntos_domain::returns::{self, Decision, RecordedReturn};
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::{ReturnOutcome, ReturnWrite};

use crate::AccruePoints;

type Answered = Outcome<ReturnAnswer, Problem>;

/// A parsed return, ready to be decided.
struct Request {
    purchase_id: PurchaseId,
    return_id: ReturnId,
    command: ReturnCommand,
    fingerprint: String,
}

pub(crate) async fn record(_: &AccruePoints, call: &Call) -> Result<Answer, Failure> {
    let purchase_id: PurchaseId = call.request.path_id("purchase_id")?;
    let command = call.request.body::<ReturnRequest>()?.command(call.now)?;
    let request = Request {
        return_id: ReturnId::from_number(&command.branch, &command.return_number),
        fingerprint: fingerprint::purchase_return(&purchase_id, &command.goods),
        purchase_id,
        command,
    };
    let outcome = call.decide(|_| attempt(call, &request)).await?;
    Ok(Answer::of_outcome(201, outcome)?)
}

async fn attempt(call: &Call, request: &Request) -> Result<Option<Answered>, Failure> {
    let (invoice, first) =
        call.store.purchase_and_return(&request.purchase_id, &request.return_id).await?;
    if let Some(first) = first {
        return replayed(call, request, &first).await.map(Some);
    }
    let invoice = invoice.ok_or_else(Problem::not_found)?;
    let receipt = invoice.receipt.ok_or_else(Problem::not_found)?;
    let total = &receipt.purchase.total;
    if request.command.currency != total.currency {
        let field = match request.command.goods {
            returns::Goods::Amount(_) => "amount",
            returns::Goods::Lines(_) => "lines[0].amount",
        };
        return Err(Problem::invalid_field(
            &format!("{field}.currency"),
            &format!("must be {}, the currency of the purchase", total.currency),
        )
        .into());
    }
    match receipt.of_member() {
        None => without_member(call, request, &receipt).await,
        Some(bought) => of_member(call, request, bought).await,
    }
}

/// A return of a purchase that nobody earned points with: only what is left of it changes.
async fn without_member(
    call: &Call,
    request: &Request,
    receipt: &Receipt,
) -> Result<Option<Answered>, Failure> {
    let after = receipt.returned.with(&receipt.purchase, &request.command.goods);
    let after = match after {
        Ok(after) => after,
        Err(refusal) => return Ok(Some(Outcome::Refused(refused(&refusal)))),
    };
    commit(call, request, receipt, &after, None).await
}

async fn of_member(
    call: &Call,
    request: &Request,
    bought: MemberPurchase<'_>,
) -> Result<Option<Answered>, Failure> {
    let MemberPurchase { receipt, earned } = bought;
    let (account, head) = call.store.account_and_program(Some(&earned.member_id)).await?;
    let account = account.ok_or_else(Problem::not_found)?;
    let head = head.ok_or_else(Problem::program_missing)?;
    let terms = Terms {
        rating: call.store.program_version(earned.current().rule_version).await?,
        current: call.store.program_at(&head, call.now).await?,
    };
    let goods = &request.command.goods;
    let decision = returns::decide(bought, goods, account.account.clone(), &terms, call.now);
    match decision {
        Ok(decision) => {
            let (asked, locale) = (call.request.language(), account.contact.locale.as_deref());
            let language = Language::of_reader(asked, locale, &terms.current.program.locale);
            let points = Some((&account, &decision, language));
            commit(call, request, receipt, &decision.returned, points).await
        }
        Err(refusal) => Ok(Some(Outcome::Refused(refused(&refusal)))),
    }
}

async fn commit(
    call: &Call,
    request: &Request,
    receipt: &Receipt,
    returned: &returns::Returned,
    points: Option<(&MemberAccount, &Decision, Language)>,
) -> Result<Option<Answered>, Failure> {
    let write = ReturnWrite {
        return_id: request.return_id.clone(),
        purchase_id: request.purchase_id.clone(),
        read_revision: receipt.revision,
        branch: &request.command.branch,
        return_number: &request.command.return_number,
        returned_at: request.command.returned_at,
        amount_minor: returned.total_minor() - receipt.returned.total_minor(),
        returned,
        points: points.map(|(account, decision, _)| (account, decision)),
        fingerprint: &request.fingerprint,
    };
    Ok(match call.store.record_return(&write, &call.stamp()?).await? {
        ReturnOutcome::Recorded => {
            let decision = points.map(|(_, decision, _)| decision);
            let (points_clawed_back, points_given_back) = decision
                .map(|decision| (decision.points_clawed_back, decision.points_given_back))
                .unwrap_or_default();
            // Without a member there is no sentence.
            let language = points.map_or(Language::En, |(.., language)| language);
            let recorded = RecordedReturn {
                purchase_id: request.purchase_id.clone(),
                member_id: points.map(|(account, ..)| account.member_id.clone()),
                points_clawed_back,
                points_given_back,
                explanation: decision.map(|decision| decision.explanation.clone()),
                fingerprint: request.fingerprint.clone(),
            };
            let balance = decision.map(|decision| decision.balance.clone());
            let answer = ReturnAnswer::new(&request.return_id, &recorded, balance, language);
            Some(Outcome::Done(answer))
        }
        ReturnOutcome::Exists(first) => Some(replayed(call, request, &first).await?),
        ReturnOutcome::Outdated => None,
    })
}

/// Answers a return that is recorded already, with the current balance.
async fn replayed(
    call: &Call,
    request: &Request,
    first: &RecordedReturn,
) -> Result<Answered, Failure> {
    if first.fingerprint != request.fingerprint {
        return Ok(Outcome::Refused(return_conflict()));
    }
    let account = match &first.member_id {
        None => None,
        Some(member_id) => call.store.account(member_id).await?,
    };
    let locale = account.as_ref().and_then(|account| account.contact.locale.as_deref());
    let language = call.language(locale).await?;
    let balance = account.as_ref().map(|account| account.account.balance(call.now));
    Ok(Outcome::Replayed(ReturnAnswer::new(&request.return_id, first, balance, language)))
}
