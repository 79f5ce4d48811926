//! Attaches a receipt: a purchase without a member earns for one member, under the rules of its own
//! day.

use puntos_api::Problem;
use puntos_api::purchases::{PurchaseAnswer, ReceiptRequest};
use puntos_domain::account::MemberAccount;
use puntos_domain::accrual::{self, Accrual, Credit, Earned, Receipt};
use puntos_domain::claim::{Claim, Today};
use puntos_domain::id::{MemberId, PurchaseId};
use puntos_domain::language::Language;
use puntos_domain::outcome::Outcome;
use puntos_domain::program::ProgramHead;
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::{AttachedReceipt, EarnedPoints, PurchaseOutcome, PurchaseWrite};

use crate::AdjustPoints;

type Attached = Outcome<PurchaseAnswer, Problem>;

/// A parsed request, ready to be decided.
struct Request {
    purchase_id: PurchaseId,
    member_id: MemberId,
    shown: ReceiptRequest,
    by_member: bool,
}

/// What is decided on.
struct Basis {
    receipt: Receipt,
    credit: Option<Credit>,
    account: MemberAccount,
    head: ProgramHead,
}

pub(crate) async fn attach_receipt(_: &AdjustPoints, call: &Call) -> Result<Answer, Failure> {
    let request = parse(call).await?;
    let outcome = call.decide(|_| attempt(call, &request)).await?;
    let answered = Answer::of_outcome(200, outcome);
    Ok(answered.map_err(|problem| match problem.status() {
        // A member who guesses receipts must not learn how a guess failed.
        409 if request.by_member => Problem::not_found(),
        _ => problem,
    })?)
}

async fn parse(call: &Call) -> Result<Request, Failure> {
    let shown: ReceiptRequest = call.request.body()?;
    let purchase_id = call.request.path_id("purchase_id")?;
    let member_id = shown.member_id()?;
    call.only_own(&member_id).await?;
    let by_member = call.request.caller()?.is_only_member();
    Ok(Request { purchase_id, member_id, shown, by_member })
}

async fn attempt(call: &Call, request: &Request) -> Result<Option<Attached>, Failure> {
    let basis = load(call, request).await?;
    if let Some(earned) = &basis.receipt.earned {
        return replayed(call, request, &basis, earned).await.map(Some);
    }
    let purchased_at = basis.receipt.purchase.purchased_at;
    let terms = call.store.terms(&basis.head, purchased_at, call.now).await?;
    if !accrual::can_be_claimed(purchased_at, &terms.rating, call.now) {
        let detail = "the time to claim these points is over";
        return Ok(Some(Outcome::Refused(Problem::conflict("claim_window_closed", detail))));
    }
    let credited = Credit::points_for(basis.credit.as_ref(), &basis.account.member_id);
    let account = basis.account.account.clone();
    let accrual = accrual::decide(
        &basis.receipt.purchase,
        &basis.receipt.returned,
        account,
        &terms,
        credited,
        call.now,
    )?;
    commit(call, &basis, &accrual).await
}

/// Reads the invoice before the account, so that the balance of a replay includes the first request.
async fn load(call: &Call, request: &Request) -> Result<Basis, Failure> {
    let invoice =
        call.store.purchase(&request.purchase_id).await?.ok_or_else(Problem::not_found)?;
    let receipt = invoice.receipt.ok_or_else(Problem::not_found)?;
    if request.by_member && !request.shown.shows(&receipt) {
        return Err(Problem::not_found().into());
    }
    let (account, head) = call.store.account_and_program(Some(&request.member_id)).await?;
    let account = account
        .ok_or_else(|| Problem::not_found_field("member_id", "no member is enrolled with it"))?;
    let head = head.ok_or_else(Problem::program_missing)?;
    let credit = call.store.current_credit(invoice.credit, Some(&account.member_id)).await?;
    Ok(Basis { receipt, credit, account, head })
}

async fn commit(
    call: &Call,
    basis: &Basis,
    accrual: &Accrual,
) -> Result<Option<Attached>, Failure> {
    let receipt = &basis.receipt;
    let rules = call.store.program_at(&basis.head, call.now).await?;
    let today = Today::of(&rules, call.now);
    let earner = &basis.account.member_id;
    let claim = basis.credit.as_ref().and_then(|credit| {
        Claim::of_double_credit(credit, &receipt.purchase, earner, &today, call.now)
    });
    let write = PurchaseWrite {
        purchase: &receipt.purchase,
        earned: Some(EarnedPoints { account: &basis.account, accrual }),
        fingerprint: receipt.fingerprint.clone(),
        credit: basis.credit.as_ref(),
        attached_receipt: Some(AttachedReceipt { key: Some(call.request.key()), receipt }),
        claim: claim.as_ref(),
        reservation: None,
        // The purchase is too old to start a care cycle.
        starts_cycle: false,
        invitation_due: None,
    };
    Ok(match call.store.record_purchase(&write, &call.stamp()?).await? {
        PurchaseOutcome::Recorded => {
            let earned = Earned::new(&basis.account.member_id, accrual, call.now);
            let balance = Some(accrual.balance.clone());
            let locale = basis.account.contact.locale.as_deref();
            let language =
                Language::of_reader(call.request.language(), locale, &rules.program.locale);
            let (purchase, earned) = (&receipt.purchase, Some(&earned));
            let answer = PurchaseAnswer::new(purchase, earned, balance, call.now, language);
            Some(Outcome::Done(answer))
        }
        PurchaseOutcome::Exists(_) | PurchaseOutcome::Outdated => None,
    })
}

async fn replayed(
    call: &Call,
    request: &Request,
    basis: &Basis,
    earned: &Earned,
) -> Result<Attached, Failure> {
    let same_key = earned.claim_key.as_deref() == Some(call.request.key());
    let theirs = [&request.member_id, &basis.account.member_id];
    if !theirs.contains(&&earned.member_id) {
        let detail = "these points belong to a member already";
        let taken = Outcome::Refused(Problem::conflict("already_claimed", detail));
        return Ok(if same_key { Outcome::Conflict } else { taken });
    }
    let balance = Some(basis.account.account.balance(call.now));
    let language = call.language(basis.account.contact.locale.as_deref()).await?;
    let (purchase, earned) = (&basis.receipt.purchase, Some(earned));
    let answer = PurchaseAnswer::new(purchase, earned, balance, call.now, language);
    Ok(if same_key { Outcome::Replayed(answer) } else { Outcome::Done(answer) })
}
