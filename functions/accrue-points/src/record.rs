//! Records a purchase and the points it earns.

use jiff::Timestamp;
use puntos_api::purchases::{PurchaseAnswer, PurchaseCommand, PurchaseRequest, invoice_conflict};
use puntos_api::reservations::{not_paid, unknown_reservation};
use puntos_api::{MemberNamed, Problem};
use puntos_domain::account::MemberAccount;
use puntos_domain::accrual::{
    self, Accrual, Credit, Earned, Receipt, RecordedInvoice, Repeat, Terms,
};
use puntos_domain::claim::{Claim, Today};
use puntos_domain::fingerprint;
use puntos_domain::id::MemberId;
use puntos_domain::invitation;
use puntos_domain::language::Language;
use puntos_domain::outcome::Outcome;
use puntos_domain::program::{InvitedAfter, ProgramVersion};
use puntos_domain::purchase::Purchase;
use puntos_domain::reservation::{self, Reservation};
use puntos_domain::returns::Returned;
use puntos_domain::stamp::Stamp;
use puntos_runtime::Deadline;
use puntos_runtime::http::{Answer, Call, Failure, Message, reader_language};
use puntos_store::{
    AttachedReceipt, EarnedPoints, PurchaseBasis, PurchaseOutcome, PurchaseWrite, Store,
};

use crate::AccruePoints;

/// The outcome, and its status if it is no refusal.
struct Recorded {
    status: u16,
    outcome: Outcome<PurchaseAnswer, Problem>,
}

/// A purchase ready to be decided.
struct Request<'a> {
    store: &'a Store,
    command: PurchaseCommand,
    member_id: Option<MemberId>,
    /// Whether another card replaced the one that it names before it was made.
    is_card_replaced: bool,
    /// The language that the till asks for.
    language: Option<Language>,
    stamp: &'a Stamp,
}

/// What an accrual is decided on.
pub(crate) struct Basis {
    pub(crate) account: Option<MemberAccount>,
    pub(crate) terms: Terms,
    /// The member's reservation that pays a part.
    pub(crate) reservation: Option<Reservation>,
}

/// What is recorded for the invoice, and the purchase that earns.
struct Found<'a> {
    purchase: &'a Purchase,
    /// The same purchase without a member.
    kept: Option<&'a Receipt>,
    credit: Option<&'a Credit>,
}

impl Basis {
    /// Returns when the invitation to rate a purchase is due: none without an address.
    fn invitation_due(&self, purchase: &Purchase, now: Timestamp) -> Option<Timestamp> {
        let contact = self.account.as_ref().map(|account| &account.contact);
        contact.filter(|contact| contact.email.is_some())?;
        let program = &self.terms.current.program;
        invitation::due_at(program, InvitedAfter::Purchase, purchase.purchased_at, now)
    }
}

impl Recorded {
    fn into_answer(self) -> Result<Answer, Problem> {
        Answer::of_outcome(self.status, self.outcome)
    }
}

impl Basis {
    /// Returns the language of the answer.
    pub(crate) fn language(&self, asked: Option<Language>) -> Language {
        let contact = self.account.as_ref().map(|account| &account.contact);
        let locale = contact.and_then(|contact| contact.locale.as_deref());
        Language::of_reader(asked, locale, &self.terms.current.program.locale)
    }
}

impl Request<'_> {
    fn fingerprint(&self) -> String {
        fingerprint::purchase(&self.command.purchase, self.member_id.as_ref())
    }

    fn compare(&self, receipt: &Receipt) -> Repeat {
        receipt.compare(&self.command.purchase, self.member_id.as_ref())
    }
}

pub(crate) async fn record(_: &AccruePoints, call: &Call) -> Result<Answer, Failure> {
    let command = call.request.body::<PurchaseRequest>()?.command(call.now)?;
    let (stamp, language) = (call.stamp()?, call.request.language());
    let recorded = accrue(&call.store, command, &stamp, language, call.deadline).await?;
    Ok(recorded.into_answer()?)
}

/// Records the purchase of a queue message.
pub(crate) async fn of_message(message: &Message) -> Result<(), Failure> {
    let command = message.body::<PurchaseRequest>()?.command(message.stamp.at)?;
    let recorded = accrue(&message.store, command, &message.stamp, None, message.deadline).await?;
    Ok(recorded.into_answer().map(drop)?)
}

/// Loads, decides and commits a purchase.
async fn accrue(
    store: &Store,
    command: PurchaseCommand,
    stamp: &Stamp,
    language: Option<Language>,
    deadline: Deadline,
) -> Result<Recorded, Failure> {
    let (named, made_at) = (command.member.as_ref(), command.purchase.purchased_at);
    let (member_id, is_card_replaced) = member_of(store, named, made_at).await?;
    let request = Request { store, command, member_id, is_card_replaced, language, stamp };
    puntos_runtime::decide(deadline, |lost| attempt(&request, lost > 0)).await
}

/// The first attempt expects a new invoice. Only after a lost race does it read what is recorded.
async fn attempt(request: &Request<'_>, is_known: bool) -> Result<Option<Recorded>, Failure> {
    let (store, command) = (request.store, &request.command);
    if request.is_card_replaced {
        return replay_or(request, None, MemberNamed::card_replaced()).await;
    }
    let invoice = if is_known { store.purchase(&command.purchase.id()).await? } else { None };
    let (receipt, credit) =
        invoice.map_or((None, None), |invoice| (invoice.receipt, invoice.credit));
    // A purchase that was recorded without a member earns as it was recorded.
    let kept = receipt.filter(|receipt| request.compare(receipt) == Repeat::NowWithMember);
    let purchase = kept.as_ref().map_or(&command.purchase, |receipt| &receipt.purchase);
    let member_id = request.member_id.as_ref();
    let times = (purchase.purchased_at, request.stamp.at);
    let basis = load(store, command, times, member_id).await?;
    let language = Some(basis.language(request.language));
    let earner = basis.account.as_ref().map(|account| &account.member_id);
    let credit = store.current_credit(credit, earner).await?;
    if kept.is_none()
        && let Err(refusal) = accrual::check_branch(purchase, &basis.terms)
    {
        return replay_or(request, language, refusal.into()).await;
    }
    let returned = kept.as_ref().map(|receipt| receipt.returned.clone()).unwrap_or_default();
    let accrual = decide(&basis, purchase, &returned, credit.as_ref(), request.stamp.at);
    let accrual = match accrual {
        Ok(accrual) => accrual,
        Err(problem) => return replay_or(request, language, problem).await,
    };
    let found = Found { purchase, kept: kept.as_ref(), credit: credit.as_ref() };
    commit(request, &basis, &found, accrual.as_ref()).await
}

/// Reads the account and the rules of the day of the purchase.
pub(crate) async fn load(
    store: &Store,
    command: &PurchaseCommand,
    (purchased_at, now): (Timestamp, Timestamp),
    member_id: Option<&MemberId>,
) -> Result<Basis, Failure> {
    let reservation_id = command.reservation_id.as_ref();
    let PurchaseBasis { account, head, reservation } =
        store.purchase_basis(member_id, reservation_id).await?;
    if let Some(named) = command.member.as_ref().filter(|_| account.is_none()) {
        return Err(named.not_found().into());
    }
    // A key names the reservation of one member.
    let reservation = reservation.filter(|found| {
        Some(&found.reservation_id) == reservation_id
            && Some(&found.reservation_id.member_id()) == member_id
    });
    if reservation.is_none() && reservation_id.is_some() {
        return Err(unknown_reservation().into());
    }
    let head = head.ok_or_else(Problem::program_missing)?;
    let terms = store.terms(&head, purchased_at, now).await?;
    Ok(Basis { account, terms, reservation })
}

/// Returns the points that the purchase earns: none without a member. The currency is checked in any case.
fn decide(
    basis: &Basis,
    purchase: &Purchase,
    returned: &Returned,
    credit: Option<&Credit>,
    now: Timestamp,
) -> Result<Option<Accrual>, Problem> {
    let terms = &basis.terms;
    let Some(account) = &basis.account else {
        accrual::check_currency(purchase, &terms.rating)?;
        return Ok(None);
    };
    let credited = Credit::points_for(credit, &account.member_id);
    let account = account.account.clone();
    Ok(Some(match &basis.reservation {
        None => accrual::decide(purchase, returned, account, terms, credited, now)?,
        Some(reservation) => {
            reservation::confirm(reservation, purchase, account, terms, credited, now)
                .map_err(not_paid)?
        }
    }))
}

/// A retry answers as the first request did, also when its reservation has lapsed or its branch is no longer
/// listed: so a refusal looks for the purchase first.
async fn replay_or(
    request: &Request<'_>,
    language: Option<Language>,
    problem: Problem,
) -> Result<Option<Recorded>, Failure> {
    let first = request.store.purchase(&request.command.purchase.id()).await?;
    match first.filter(|invoice| invoice.receipt.is_some()) {
        Some(first) => replay(request, language, first).await,
        None => Err(problem.into()),
    }
}

async fn commit(
    request: &Request<'_>,
    basis: &Basis,
    found: &Found<'_>,
    accrual: Option<&Accrual>,
) -> Result<Option<Recorded>, Failure> {
    let Found { purchase, kept, credit } = *found;
    let (store, now, language) =
        (request.store, request.stamp.at, basis.language(request.language));
    let earned = basis.account.as_ref().zip(accrual);
    let earner = earned.map(|(account, _)| &account.member_id);
    let claim = double_credit(&basis.terms.current, purchase, credit.zip(earner), now);
    let write = PurchaseWrite {
        purchase,
        earned: earned.map(|(account, accrual)| EarnedPoints { account, accrual }),
        fingerprint: kept
            .map_or_else(|| request.fingerprint(), |receipt| receipt.fingerprint.clone()),
        credit,
        attached_receipt: kept.map(|receipt| AttachedReceipt { key: None, receipt }),
        claim: claim.as_ref(),
        reservation: basis.reservation.as_ref(),
        // The relay sees new items only.
        starts_cycle: kept.is_none() && basis.terms.current.program.care.purchases_start_cycles,
        invitation_due: basis.invitation_due(purchase, now).filter(|_| kept.is_none()),
    };
    match store.record_purchase(&write, request.stamp).await? {
        PurchaseOutcome::Recorded => {
            meet_branch(store, &purchase.branch, &basis.terms.current, now).await;
            let points = earned.map(|(account, accrual)| {
                (Earned::new(&account.member_id, accrual, now), accrual.balance.clone())
            });
            let (earned, balance) = points.unzip();
            let answer = PurchaseAnswer::new(purchase, earned.as_ref(), balance, now, language);
            let status = if kept.is_some() { 200 } else { 201 };
            Ok(Some(Recorded { status, outcome: Outcome::Done(answer) }))
        }
        PurchaseOutcome::Exists(invoice) => {
            meet_branch(store, &purchase.branch, &basis.terms.current, now).await;
            replay(request, Some(language), *invoice).await
        }
        PurchaseOutcome::Outdated => Ok(None),
    }
}

/// Writes down the branch of a purchase, unless the programme lists its branches.
async fn meet_branch(store: &Store, branch: &str, rules: &ProgramVersion, now: Timestamp) {
    if !rules.lists_branches() {
        store.meet_branch(branch, now).await;
    }
}

/// Returns the claim to open if an agent credited the invoice to another member than the one who earns it.
fn double_credit(
    settings: &ProgramVersion,
    purchase: &Purchase,
    parties: Option<(&Credit, &MemberId)>,
    now: Timestamp,
) -> Option<Claim> {
    let (credit, earner) = parties?;
    Claim::of_double_credit(credit, purchase, earner, &Today::of(settings, now), now)
}

/// Answers a purchase that is recorded already. The account is read again: the first request may have
/// been under way when this one read it. A credit that waits for the purchase, and a purchase that gets its
/// member now, are decided by the next attempt.
async fn replay(
    request: &Request<'_>,
    language: Option<Language>,
    invoice: RecordedInvoice,
) -> Result<Option<Recorded>, Failure> {
    let Some(receipt) = invoice.receipt else { return Ok(None) };
    let status = match request.compare(&receipt) {
        Repeat::NowWithMember if request.is_card_replaced => {
            return Err(MemberNamed::card_replaced().into());
        }
        Repeat::NowWithMember => return Ok(None),
        Repeat::Same => 201,
        Repeat::WithItsMember => 200,
        Repeat::Other => {
            let detail = "this invoice came before with other content";
            let refused = Outcome::Refused(invoice_conflict(&invoice.purchase_id, detail));
            return Ok(Some(Recorded { status: 409, outcome: refused }));
        }
    };
    let account = match &request.member_id {
        Some(member_id) => request.store.account(member_id).await?,
        None => None,
    };
    let now = request.stamp.at;
    let locale = account.as_ref().and_then(|account| account.contact.locale.as_deref());
    let asked = language.or(request.language);
    let language = reader_language(request.store, asked, locale, now).await?;
    let balance = account.as_ref().map(|account| account.account.balance(now));
    let earned = receipt.earned.as_ref();
    let answer = PurchaseAnswer::new(&receipt.purchase, earned, balance, now, language);
    Ok(Some(Recorded { status, outcome: Outcome::Replayed(answer) }))
}

/// Returns the member that a purchase of an instant names, and whether another card had replaced theirs by then.
pub(crate) async fn member_of(
    store: &Store,
    named: Option<&MemberNamed>,
    made_at: Timestamp,
) -> Result<(Option<MemberId>, bool), Failure> {
    match named {
        None => Ok((None, false)),
        Some(named @ MemberNamed::Id(id)) => {
            Ok((Some(id.parse().map_err(|_| named.not_found())?), false))
        }
        Some(named @ MemberNamed::Card(card)) => {
            let holder = store.card_holder(card).await?.ok_or_else(|| named.not_found())?;
            let is_replaced = holder.at(made_at).is_err();
            Ok((Some(holder.member_id), is_replaced))
        }
    }
}
