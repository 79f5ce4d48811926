//! The route of `score-rating`.

use puntos_api::merges::member_merged;
use puntos_api::ratings::rate::{RatingAnswer, RatingRequest};
use puntos_api::{MemberNamed, Problem};
use puntos_domain::auto_reply::{ReplyTiming, may_write_to, on_rating};
use puntos_domain::calendar::local_date;
use puntos_domain::fingerprint;
use puntos_domain::id::{MemberId, PurchaseId, RatingId};
use puntos_domain::invitation::{ORDER_BRANCH, is_used_up};
use puntos_domain::invoice::Invoice;
use puntos_domain::mail::{Composer, Email};
use puntos_domain::member::Member;
use puntos_domain::outcome::Outcome;
use puntos_domain::program::ProgramVersion;
use puntos_domain::rating::{self, RateVisit, Rating, RecordedRating, VisitName};
use puntos_domain::stamp::Stamp;
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::{RatingBasis, RatingOutcome, RatingWrite, StoreError};

use crate::ScoreRating;

type Rated = Outcome<RatingAnswer, Problem>;

/// A parsed rating, ready to be decided.
pub(crate) struct Request<'a> {
    pub(crate) rating_id: RatingId,
    pub(crate) visit: RateVisit,
    pub(crate) fingerprint: String,
    pub(crate) by: Rater,
    /// The idempotency key, or `None` if the invoice identifies the visit.
    pub(crate) key: Option<&'a str>,
    pub(crate) stamp: Stamp,
}

/// Who rates.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rater {
    Till,
    /// Their visit must be known by its purchase, or is the only one of its day.
    Member,
    /// A member with the link of an invitation.
    Invited,
}

/// What a request did, and whether the visit had no rating before.
pub(crate) struct Attempted {
    pub(crate) is_first: bool,
    pub(crate) outcome: Rated,
}

pub(crate) async fn rate(function: &ScoreRating, call: &Call) -> Result<Answer, Failure> {
    let request = parse(call).await?;
    let attempted = call.decide(|_| attempt(function, call, &request)).await?;
    Ok(Answer::of_outcome(201, attempted.outcome)?)
}

async fn parse(call: &Call) -> Result<Request<'_>, Failure> {
    let request = call.request.body::<RatingRequest>()?;
    let key = match request.invoice_number {
        Some(_) => None,
        None => Some(call.request.needed_key()?),
    };
    let (visit, member_id) = match command(call, request).await {
        Ok(command) => command,
        Err(failure) => return Err(failure.unless_key_used(is_key_used(call, key)).await),
    };
    let by_member = call.request.caller()?.is_only_member();
    let name = match key {
        Some(_) if by_member => {
            let rules = call.store.program_in_force(call.now).await?;
            let zone = rules.ok_or_else(Problem::not_found)?.zone();
            VisitName::Day(local_date(visit.visited_at, &zone))
        }
        key => VisitName::Key(key.unwrap_or_default()),
    };
    let rating_id = visit.rating_id(name, &member_id);
    let fingerprint = fingerprint::rating(&visit, &member_id);
    let by = if by_member { Rater::Member } else { Rater::Till };
    Ok(Request { rating_id, visit, fingerprint, by, key, stamp: call.stamp()? })
}

async fn command(call: &Call, request: RatingRequest) -> Result<(RateVisit, MemberId), Failure> {
    let command = request.command(call.now)?;
    Ok((command.visit, call.named_member(&command.member).await?.member_id))
}

async fn is_key_used(call: &Call, key: Option<&str>) -> Result<bool, StoreError> {
    match key {
        Some(key) => call.store.is_rating_key_taken(key).await,
        None => Ok(false),
    }
}

/// Loads, decides and commits. Returns `None` if another write came first.
pub(crate) async fn attempt(
    function: &ScoreRating,
    call: &Call,
    request: &Request<'_>,
) -> Result<Option<Attempted>, Failure> {
    let purchase_id = request.purchase_to_check();
    let basis =
        call.store.rating_basis(&request.rating_id, request.key, purchase_id.as_ref()).await?;
    let is_first = basis.rating.is_none();
    if let Some(outcome) = replayed(&basis, request) {
        return Ok(Some(Attempted { is_first, outcome }));
    }
    if purchase_id.is_some() && !is_visit_known(&basis, request) {
        return Err(unknown_purchase().into());
    }
    let before = basis.rating.as_ref().map(|before| &before.rating);
    if request.by == Rater::Invited && before.is_some_and(is_used_up) {
        return Err(Problem::not_found().into());
    }
    let member = basis.profile.as_ref().ok_or_else(unknown_member)?;
    if let Some(merged_into) = &member.merged_into {
        return Err(match request.by {
            // Who opens a link can do nothing about it.
            Rater::Invited => Problem::not_found(),
            Rater::Till | Rater::Member => member_merged(merged_into),
        }
        .into());
    }
    let head = basis.program.as_ref().ok_or_else(Problem::not_found)?;
    let rules = call.store.program_at(head, call.now).await?;
    let rating = rating::decide(
        before.cloned(),
        &request.visit,
        &request.rating_id,
        &member.profile.name,
        &rules,
        call.now,
    )?;
    let (rating, mail) = with_reply(function, request, rating, &basis, member, &rules);
    let branch = rating.branch.clone();
    let Some(outcome) = commit(call, request, &basis, rating, mail.as_ref()).await? else {
        return Ok(None);
    };
    // Also a branch that the programme lists: the list by branch has it once the programme drops it. Orders have none.
    if branch != ORDER_BRANCH {
        call.store.meet_branch(&branch, call.now).await;
    }
    Ok(Some(Attempted { is_first, outcome }))
}

impl Request<'_> {
    /// Returns the purchase that a member's rating names. Tills are trusted.
    fn purchase_to_check(&self) -> Option<PurchaseId> {
        let number = self.visit.invoice_number.as_ref().filter(|_| self.by == Rater::Member)?;
        Some(Invoice::new(&self.visit.branch, number).purchase_id())
    }
}

/// Returns whether the purchase of the visit is the member's, or the visit was rated before.
fn is_visit_known(basis: &RatingBasis, request: &Request<'_>) -> bool {
    let member_id = request.rating_id.member_id();
    let purchase = basis.purchase.as_ref();
    basis.rating.is_some() || purchase.is_some_and(|purchase| purchase.is_purchase_of(&member_id))
}

/// Returns the outcome of a repeated request, or `None` for a new or a changed rating.
fn replayed(basis: &RatingBasis, request: &Request<'_>) -> Option<Rated> {
    let replay = |first: &RecordedRating| Outcome::Replayed(RatingAnswer::new(&first.rating));
    if let Some((rating_id, fingerprint)) = &basis.rating_of_key {
        let is_same = *rating_id == request.rating_id && *fingerprint == request.fingerprint;
        let first = basis.rating.as_ref().filter(|_| is_same);
        return Some(first.map_or(Outcome::Conflict, replay));
    }
    basis.rating.as_ref().filter(|first| first.fingerprint == request.fingerprint).map(replay)
}

/// Decides on the automatic reply. Without a wait, the mail is requested at once.
fn with_reply(
    function: &ScoreRating,
    request: &Request<'_>,
    rating: Rating,
    basis: &RatingBasis,
    member: &Member,
    rules: &ProgramVersion,
) -> (Rating, Option<Email>) {
    let (settings, profile) = (&basis.auto_reply.settings, &member.profile);
    let stamp = &request.stamp;
    let timing = on_rating(&rating, Some(settings), may_write_to(profile), stamp.at);
    let composer = Composer { program: rules, brand: &function.brand };
    let mail = match timing {
        ReplyTiming::Now => composer.auto_reply(settings, &rating, profile, stamp),
        ReplyTiming::Never | ReplyTiming::At(_) => None,
    };
    (timing.applied(rating), mail)
}

async fn commit(
    call: &Call,
    request: &Request<'_>,
    basis: &RatingBasis,
    rating: Rating,
    mail: Option<&Email>,
) -> Result<Option<Rated>, Failure> {
    let before = basis.rating.as_ref();
    let recorded = match before {
        Some(before) => before.recorded.clone(),
        None => request.stamp.clone(),
    };
    let fingerprint = request.fingerprint.clone();
    let after = RecordedRating { rating, fingerprint, recorded, version: 0 };
    let write = RatingWrite { before, after: &after, key: request.key, mail };
    Ok(match call.store.record_rating(&write).await? {
        RatingOutcome::Saved(saved) => Some(Outcome::Done(RatingAnswer::new(&saved.rating))),
        RatingOutcome::Outdated => None,
    })
}

/// Returns the refusal of an invoice that is not the member's, or that nobody knows: they look the same.
fn unknown_purchase() -> Problem {
    Problem::not_found_field("invoice_number", "you have no purchase with it at this branch")
}

fn unknown_member() -> Problem {
    MemberNamed::Id(String::new()).not_found()
}
