//! Records a purchase and the points it earns.

use puntos_api::purchases::{PurchaseAnswer, PurchaseCommand, PurchaseRequest, invoice_conflict};
use puntos_api::{MemberNamed, Problem};
use puntos_domain::account::MemberAccount;
use puntos_domain::accrual::{self, Accrual, Credit, Earned, Receipt, RecordedInvoice};
use puntos_domain::field::FieldError;
use puntos_domain::fingerprint;
use puntos_domain::id::MemberId;
use puntos_domain::outcome::Outcome;
use puntos_domain::program::ProgramVersion;
use puntos_domain::stamp::Stamp;
use puntos_runtime::Deadline;
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::keys::OwnerKind;
use puntos_store::{PurchaseOutcome, PurchaseWrite, Store};

use crate::AccruePoints;

type Recorded = Outcome<PurchaseAnswer, Problem>;

/// A purchase ready to be decided.
struct Request<'a> {
    store: &'a Store,
    command: PurchaseCommand,
    member_id: Option<MemberId>,
    fingerprint: String,
    stamp: &'a Stamp,
}

/// What an accrual is decided on.
pub(crate) struct Basis {
    account: Option<MemberAccount>,
    pub(crate) rules: ProgramVersion,
    starts_cycle: bool,
}

pub(crate) async fn record(_: &AccruePoints, call: &Call) -> Result<Answer, Failure> {
    let command = call.request.body::<PurchaseRequest>()?.command(call.now)?;
    let outcome = accrue(&call.store, command, &call.stamp()?, call.deadline).await?;
    Ok(Answer::of_outcome(201, outcome)?)
}

/// Loads, decides and commits a purchase.
pub(crate) async fn accrue(
    store: &Store,
    command: PurchaseCommand,
    stamp: &Stamp,
    deadline: Deadline,
) -> Result<Recorded, Failure> {
    let member_id = member_of(store, command.member.as_ref()).await?;
    let fingerprint = fingerprint::purchase(&command.purchase, member_id.as_ref());
    let request = Request { store, command, member_id, fingerprint, stamp };
    puntos_runtime::decide(deadline, |lost| attempt(&request, lost > 0)).await
}

/// The first attempt expects a new invoice. Only after a lost race does it read the recorded purchase.
async fn attempt(request: &Request<'_>, is_known: bool) -> Result<Option<Recorded>, Failure> {
    let credit = if is_known {
        let purchase_id = request.command.purchase.id();
        request.store.purchase(&purchase_id).await?.and_then(|invoice| invoice.credit)
    } else {
        None
    };
    let basis = load(request.store, &request.command, request.member_id.as_ref()).await?;
    let accrual = decide(&basis, credit.as_ref(), request)?;
    commit(request, &basis, credit.as_ref(), accrual.as_ref()).await
}

/// Reads the account and the rules of the day of the purchase.
pub(crate) async fn load(
    store: &Store,
    command: &PurchaseCommand,
    member_id: Option<&MemberId>,
) -> Result<Basis, Failure> {
    let (account, head) = store.account_and_program(member_id).await?;
    if let Some(named) = command.member.as_ref().filter(|_| account.is_none()) {
        return Err(named.not_found().into());
    }
    let head = head.ok_or_else(Problem::program_missing)?;
    let rules = store.program_at(&head, command.purchase.purchased_at).await?;
    let starts_cycle = head.newest.program.care.purchases_start_cycles;
    Ok(Basis { account, rules, starts_cycle })
}

/// Returns the points that the purchase earns: none without a member. The currency is checked in any case.
fn decide(
    basis: &Basis,
    credit: Option<&Credit>,
    request: &Request<'_>,
) -> Result<Option<Accrual>, FieldError> {
    let (purchase, rules) = (&request.command.purchase, &basis.rules);
    let Some(account) = &basis.account else {
        return accrual::rate(purchase, rules).map(|_| None);
    };
    let credited = Credit::points_for(credit, &account.member_id);
    let now = request.stamp.at;
    accrual::decide(purchase, account.account.clone(), rules, credited, now).map(Some)
}

async fn commit(
    request: &Request<'_>,
    basis: &Basis,
    credit: Option<&Credit>,
    accrual: Option<&Accrual>,
) -> Result<Option<Recorded>, Failure> {
    let purchase = &request.command.purchase;
    let earned = basis.account.as_ref().zip(accrual);
    let write = PurchaseWrite {
        purchase,
        earned: earned
            .map(|(account, accrual)| (&account.member_id, account.account.version, accrual)),
        content: request.fingerprint.clone(),
        credit,
        claim: None,
        starts_cycle: basis.starts_cycle,
    };
    match request.store.record_purchase(&write, request.stamp).await? {
        PurchaseOutcome::Recorded => {
            let now = request.stamp.at;
            let points = earned.map(|(account, accrual)| {
                (Earned::new(&account.member_id, accrual, now), accrual.balance.clone())
            });
            let (earned, balance) = points.unzip();
            let answer = PurchaseAnswer::new(purchase, earned.as_ref(), balance, now);
            Ok(Some(Outcome::Done(answer)))
        }
        PurchaseOutcome::Exists(invoice) => replay(request, *invoice).await,
        PurchaseOutcome::AccountMoved => Ok(None),
    }
}

/// Answers a purchase that is recorded already. The account is read again: the first request may have
/// been under way when this one read it. A credit that waits for the purchase is netted off by the
/// next attempt.
async fn replay(
    request: &Request<'_>,
    invoice: RecordedInvoice,
) -> Result<Option<Recorded>, Failure> {
    let Some(Receipt { purchase, content, earned, .. }) = invoice.receipt else { return Ok(None) };
    if content != request.fingerprint {
        let detail = "this invoice came before with other content";
        return Ok(Some(Outcome::Refused(invoice_conflict(&invoice.purchase_id, detail))));
    }
    let account = match &request.member_id {
        Some(member_id) => request.store.account(member_id).await?,
        None => None,
    };
    let now = request.stamp.at;
    let balance = account.map(|account| account.account.balance(now));
    Ok(Some(Outcome::Replayed(PurchaseAnswer::new(&purchase, earned.as_ref(), balance, now))))
}

pub(crate) async fn member_of(
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
