//! The route of `score-rating`.

use puntos_api::merges::member_merged;
use puntos_api::ratings::rate::{RatingAnswer, RatingRequest};
use puntos_api::{MemberNamed, Problem};
use puntos_domain::auto_reply::{ReplyTiming, may_write_to, on_rating};
use puntos_domain::calendar::local_date;
use puntos_domain::fingerprint;
use puntos_domain::id::{MemberId, PurchaseId, RatingId};
use puntos_domain::invoice::Invoice;
use puntos_domain::mail::{Composer, Email};
use puntos_domain::member::Member;
use puntos_domain::outcome::Outcome;
use puntos_domain::program::ProgramVersion;
use puntos_domain::rating::{self, RateVisit, Rating, RecordedRating, VisitName};
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::{RatingBasis, RatingOutcome, RatingWrite};

use crate::ScoreRating;

type Rated = Outcome<RatingAnswer, Problem>;

/// A parsed rating, ready to be decided.
struct Request<'a> {
    rating_id: RatingId,
    visit: RateVisit,
    fingerprint: String,
    /// Whether a member rates. A member's visit must be known by its purchase, or is the only one of its day.
    by_member: bool,
    /// The idempotency key, or `None` if the invoice identifies the visit.
    key: Option<&'a str>,
}

pub(crate) async fn rate(function: &ScoreRating, call: &Call) -> Result<Answer, Failure> {
    let request = parse(call).await?;
    let outcome = call.decide(|_| attempt(function, call, &request)).await?;
    Ok(Answer::of_outcome(201, outcome)?)
}

async fn parse(call: &Call) -> Result<Request<'_>, Failure> {
    let request = call.request.body::<RatingRequest>()?;
    let key = match request.invoice_number {
        Some(_) => None,
        None => Some(call.request.needed_key()?),
    };
    let (visit, member_id) = match command(call, request).await {
        Ok(command) => command,
        Err(failure) => return Err(unless_key_reused(call, key, failure).await?),
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
    Ok(Request { rating_id, visit, fingerprint, by_member, key })
}

async fn command(call: &Call, request: RatingRequest) -> Result<(RateVisit, MemberId), Failure> {
    let command = request.command(call.now)?;
    Ok((command.visit, call.named_member(&command.member).await?.member_id))
}

/// Checks the key before the things that the body names: the first request of a used key named things
/// that existed.
async fn unless_key_reused(
    call: &Call,
    key: Option<&str>,
    failure: Failure,
) -> Result<Failure, Failure> {
    let Some(key) = key else { return Ok(failure) };
    let is_taken = call.store.is_rating_key_taken(key).await?;
    Ok(if is_taken { Problem::key_reused().into() } else { failure })
}

async fn attempt(
    function: &ScoreRating,
    call: &Call,
    request: &Request<'_>,
) -> Result<Option<Rated>, Failure> {
    let purchase_id = request.purchase_to_check();
    let basis =
        call.store.rating_basis(&request.rating_id, request.key, purchase_id.as_ref()).await?;
    if let Some(outcome) = replayed(&basis, request) {
        return Ok(Some(outcome));
    }
    if purchase_id.is_some() && !is_visit_known(&basis, request) {
        return Err(unknown_purchase().into());
    }
    let member = basis.profile.as_ref().ok_or_else(unknown_member)?;
    if let Some(merged_into) = &member.merged_into {
        return Err(member_merged(merged_into).into());
    }
    let head = basis.program.as_ref().ok_or_else(Problem::not_found)?;
    let rules = call.store.program_at(head, call.now).await?;
    let rating = rating::decide(
        basis.rating.as_ref().map(|before| before.rating.clone()),
        &request.visit,
        &request.rating_id,
        &member.profile.name,
        &rules,
        call.now,
    )?;
    let (rating, mail) = with_reply(function, call, rating, &basis, member, &rules)?;
    let branch = rating.branch.clone();
    let rated = commit(call, request, &basis, rating, mail.as_ref()).await?;
    if rated.is_some() {
        // Also a branch that the programme lists: the list by branch has it once the programme drops it.
        call.store.meet_branch(&branch, call.now).await;
    }
    Ok(rated)
}

impl Request<'_> {
    /// Returns the purchase that a member's rating names. Tills are trusted.
    fn purchase_to_check(&self) -> Option<PurchaseId> {
        let number = self.visit.invoice_number.as_ref().filter(|_| self.by_member)?;
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
    call: &Call,
    rating: Rating,
    basis: &RatingBasis,
    member: &Member,
    rules: &ProgramVersion,
) -> Result<(Rating, Option<Email>), Problem> {
    let (settings, profile) = (&basis.auto_reply.settings, &member.profile);
    let timing = on_rating(&rating, Some(settings), may_write_to(profile), call.now);
    let composer = Composer { program: rules, brand: &function.brand };
    let mail = match timing {
        ReplyTiming::Now => composer.auto_reply(settings, &rating, profile, &call.stamp()?),
        ReplyTiming::Never | ReplyTiming::At(_) => None,
    };
    Ok((timing.applied(rating), mail))
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
        None => call.stamp()?,
    };
    let fingerprint = request.fingerprint.clone();
    let after = RecordedRating { rating, fingerprint, recorded, version: 0 };
    let write = RatingWrite { before, after: &after, key: request.key, mail };
    Ok(match call.store.record_rating(&write).await? {
        RatingOutcome::Saved(saved) => Some(Outcome::Done(RatingAnswer::new(&saved.rating))),
        RatingOutcome::Moved => None,
    })
}

/// Returns the refusal of an invoice that is not the member's, or that nobody knows: they look the same.
fn unknown_purchase() -> Problem {
    Problem::not_found_field("invoice_number", "you have no purchase with it at this branch")
}

fn unknown_member() -> Problem {
    MemberNamed::Id(String::new()).not_found()
}
