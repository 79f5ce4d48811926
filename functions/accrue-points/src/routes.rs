//! The routes of `accrue-points`: record, quote, find.

use jiff::Timestamp;
use puntos_api::{MemberNamed, Problem, ProblemBody};
use puntos_domain::account::MemberAccount;
use puntos_domain::accrual;
use puntos_domain::id::{MemberId, PurchaseId};
use puntos_domain::page::Page;
use puntos_domain::program::ProgramHead;
use puntos_domain::purchase::Purchase;
use puntos_domain::stamp::Stamp;
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call};
use puntos_store::keys::OwnerKind;
use puntos_store::{Credit, PurchaseOutcome, PurchaseWrite, Store, StoredPurchase, pause};

use crate::answer::{PurchaseAnswer, QuoteAnswer};
use crate::event::{Command, PurchaseRequest, command};

/// How often an accrual is decided again because another write moved the account.
const TRIES_MAX: u32 = 60;

/// What became of a purchase.
pub(crate) struct Recorded {
    pub(crate) answer: PurchaseAnswer,
    pub(crate) replayed: bool,
}

#[utoipa::path(
    post, path = "/v1/purchases", tag = "Purchases", request_body = PurchaseRequest,
    description = "Records a purchase; with a member, it earns points. (branch, invoice_number) is unique for ever: a retry answers the first ids and points again, other content is refused.",
    responses(
        (status = 201, description = "Recorded, or recorded before (Idempotency-Replayed: true)", body = PurchaseAnswer),
        (status = 409, description = "invoice_conflict: the invoice came before with other content", body = ProblemBody),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn record(call: &Call) -> Result<Answer, Failure> {
    let command = command(call.request.body::<PurchaseRequest>()?, call.now)?;
    let recorded = record_once(&call.store, command, &call.stamp()?).await?;
    Ok(Answer::created(recorded.answer).replayed(recorded.replayed))
}

#[utoipa::path(
    post, path = "/v1/purchases/quote", tag = "Purchases", request_body = PurchaseRequest,
    description = "Says what a purchase would earn, by the same decision, and writes nothing.",
    responses(
        (status = 200, description = "The points and why", body = QuoteAnswer),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn quote(call: &Call) -> Result<Answer, Failure> {
    let command = command(call.request.body::<PurchaseRequest>()?, call.now)?;
    let member_id = member_of(&call.store, command.member.as_ref()).await?;
    let (account, head) = call.store.account_and_program(member_id.as_ref()).await?;
    if let Some(named) = command.member.as_ref().filter(|_| account.is_none()) {
        return Err(named.not_found().into());
    }
    let head = head.ok_or_else(no_program)?;
    let rules = call.store.program_at(&head, command.purchase.purchased_at).await?;
    let explanation = accrual::rate(&command.purchase, &rules)?;
    Ok(Answer::ok(QuoteAnswer {
        points: explanation.points(),
        explanation: explanation.for_people(),
    }))
}

#[utoipa::path(
    get, path = "/v1/purchases", tag = "Purchases",
    params(("branch" = String, Query), ("invoice_number" = String, Query)),
    description = "Answers whether a purchase arrived: a list of none or one, by strong read.",
    responses(
        (status = 200, description = "None or one", body = Page<PurchaseAnswer>),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn find(call: &Call) -> Result<Answer, Failure> {
    let needed = |name: &'static str| {
        call.request.query(name).ok_or_else(|| Problem::invalid_field(name, "must be given"))
    };
    let purchase_id = PurchaseId::from_invoice(needed("branch")?, needed("invoice_number")?);
    let stored = call.store.purchase(&purchase_id).await?;
    let found = stored.as_ref().and_then(|stored| PurchaseAnswer::stored(stored, None));
    Ok(Answer::ok(Page { data: Vec::from_iter(found), next_cursor: None }))
}

/// Loads, decides and commits, again when another write was faster.
pub(crate) async fn record_once(
    store: &Store,
    command: Command,
    stamp: &Stamp,
) -> Result<Recorded, Failure> {
    let purchase = &command.purchase;
    let member_id = member_of(store, command.member.as_ref()).await?;
    let content = purchase.content_digest(member_id.as_ref().map(MemberId::as_str));
    let mut credit = None;
    for attempt in 0..TRIES_MAX {
        pause(attempt).await;
        let (account, head) = store.account_and_program(member_id.as_ref()).await?;
        if let Some(named) = command.member.as_ref().filter(|_| account.is_none()) {
            return Err(named.not_found().into());
        }
        let head = head.ok_or_else(no_program)?;
        let decided = match &account {
            None => {
                check_currency(store, &head, purchase).await?;
                None
            }
            Some(account) => {
                let rules = store.program_at(&head, purchase.purchased_at).await?;
                let credited = Credit::points_for(credit.as_ref(), &account.member_id);
                Some(accrual::decide(
                    purchase,
                    account.account.clone(),
                    &rules,
                    credited,
                    stamp.at,
                )?)
            }
        };
        let earned = account.as_ref().zip(decided.as_ref());
        let write = PurchaseWrite {
            purchase,
            earned: earned
                .map(|(account, accrual)| (&account.member_id, account.account.version, accrual)),
            content: content.clone(),
            credit: credit.as_ref(),
            claim: None,
            starts_cycle: head.newest.program.care.purchases_start_cycles,
        };
        match store.record_purchase(&write, stamp).await? {
            PurchaseOutcome::Recorded => {
                let earned = earned.map(|(account, accrual)| (&account.member_id, accrual));
                let answer = PurchaseAnswer::recorded(purchase, earned, stamp.at);
                return Ok(Recorded { answer, replayed: false });
            }
            PurchaseOutcome::Exists(first) if first.receipt.is_some() => {
                return replay(&first, &content, account.as_ref(), stamp.at);
            }
            PurchaseOutcome::Exists(waiting) => credit = waiting.credit,
            PurchaseOutcome::AccountMoved => {}
        }
    }
    Err(puntos_store::StoreError::Busy.into())
}

async fn member_of(
    store: &Store,
    named: Option<&MemberNamed>,
) -> Result<Option<MemberId>, Failure> {
    match named {
        None => Ok(None),
        Some(named @ MemberNamed::Id(id)) => Ok(Some(id.parse().map_err(|_| named.not_found())?)),
        Some(named @ MemberNamed::Card(card)) => {
            let owner = store.owner(OwnerKind::Card, card).await?;
            Ok(Some(owner.ok_or_else(|| named.not_found())?))
        }
    }
}

async fn check_currency(
    store: &Store,
    head: &ProgramHead,
    purchase: &Purchase,
) -> Result<(), Failure> {
    let rules = store.program_at(head, purchase.purchased_at).await?;
    accrual::rate(purchase, &rules)?;
    Ok(())
}

/// Same content: the first ids, points and explanation, with the balance of now. Other content is
/// refused and names the first purchase.
fn replay(
    first: &StoredPurchase,
    content: &str,
    account: Option<&MemberAccount>,
    now: Timestamp,
) -> Result<Recorded, Failure> {
    let receipt = first.receipt.as_ref().filter(|receipt| receipt.content == content);
    if receipt.is_none() {
        let problem =
            Problem::conflict("invoice_conflict", "this invoice came before with other content");
        return Err(problem.with("purchase_id", first.purchase_id.as_str()).into());
    }
    let balance = account.map(|account| account.account.balance(now));
    let answer = PurchaseAnswer::stored(first, balance).ok_or_else(Problem::not_found)?;
    Ok(Recorded { answer, replayed: true })
}

fn no_program() -> Problem {
    Problem::conflict("program_missing", "no programme is set up yet: PUT /v1/program")
}
