//! The route of `score-rating`.

use jiff::Timestamp;
use puntos_api::{MemberNamed, Problem, ProblemBody};
use puntos_domain::auto_reply::{Leaves, may_write_to, on_rating};
use puntos_domain::calendar::local_date;
use puntos_domain::id::{MemberId, RatingId, digest};
use puntos_domain::mail::Composer;
use puntos_domain::mail::Email;
use puntos_domain::member::Member;
use puntos_domain::program::ProgramVersion;
use puntos_domain::rating::{AutoReply, Category, Color, Rating, score};
use puntos_domain::stamp::Stamp;
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call};
use puntos_store::{RatingBasis, RatingOutcome, RatingWrite, StoreError, StoredRating, pause};
use serde::Serialize;

use crate::event::{Command, RatingRequest, command};

/// How often a rating is decided again because another write moved it.
const TRIES_MAX: u32 = 60;

/// A rating.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RatingAnswer {
    /// Its id.
    #[schema(value_type = String)]
    pub rating_id: RatingId,
    /// Who rated.
    #[schema(value_type = String)]
    pub member_id: MemberId,
    /// The score.
    pub score: u8,
    /// What the score makes of its member.
    pub category: Category,
    /// The colour of the category.
    pub color: Color,
    /// The comment.
    pub comment: Option<String>,
    /// Where the visit was.
    pub branch: String,
    /// The invoice of the visit.
    pub invoice_number: Option<String>,
    /// When the visit was, as first told.
    #[schema(value_type = String, format = "date-time")]
    pub visited_at: Timestamp,
    /// When the rating was first given.
    #[schema(value_type = String, format = "date-time")]
    pub created_at: Timestamp,
}

#[utoipa::path(
    post, path = "/v1/ratings", tag = "Ratings", request_body = RatingRequest,
    params(("Idempotency-Key" = Option<String>, Header)),
    description = "Rates a visit. With an invoice there is one rating for the visit and no key is needed: other content is a changed mind, which keeps the id, the first visited_at and the history. Without an invoice an Idempotency-Key is needed.",
    responses(
        (status = 201, description = "Rated, or rated so before (Idempotency-Replayed: true)", body = RatingAnswer),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn rate(call: &Call, brand: &str) -> Result<Answer, Failure> {
    let request = call.request.body::<RatingRequest>()?;
    let key = match request.invoice_number {
        Some(_) => None,
        None => Some(call.request.needed_key()?),
    };
    let (command, member_id) = match named(call, request).await {
        Ok(named) => named,
        Err(problem) => return Err(unless_key_reused(call, key, problem).await?),
    };
    let rating_id = match (key, &command.invoice_number) {
        (None, Some(invoice)) => RatingId::of_visit(&command.branch, invoice, &member_id),
        _ => RatingId::from_key(key.unwrap_or_default(), &member_id),
    };
    let content = content_of(&member_id, &command);
    let stamp = call.stamp()?;
    for attempt in 0..TRIES_MAX {
        pause(attempt).await;
        let basis = call.store.rating_basis(&rating_id, key).await?;
        if basis.rating_of_key.as_ref().is_some_and(|taken| *taken != rating_id) {
            return Err(Problem::key_reused().into());
        }
        match &basis.rating {
            Some(first) if first.content == content => {
                return Ok(Answer::created(RatingAnswer::of(&first.rating)).replayed(true));
            }
            Some(_) if key.is_some() => return Err(Problem::key_reused().into()),
            _ => {}
        }
        let profile = basis.profile.as_ref().ok_or_else(unknown_member)?;
        let head = basis.program.as_ref().ok_or_else(Problem::not_found)?;
        let rules = call.store.program_at(head, call.now).await?;
        score(command.score.into(), rules.program.lowest_score)?;
        let rating = match &basis.rating {
            Some(found) => {
                found.rating.clone().changed(command.score, command.comment.clone(), call.now)
            }
            None => first(rating_id.clone(), &command, profile, &rules, call.now),
        };
        let context = Composer { program: &rules, brand };
        let (rating, mail) = with_reply(rating, &basis, profile, &context, &stamp);
        let before = basis.rating.as_ref();
        let after = StoredRating {
            rating,
            content: content.clone(),
            recorded: before.map_or_else(|| stamp.clone(), |before| before.recorded.clone()),
            version: 0,
        };
        let write = RatingWrite { before, after: &after, key, mail: mail.as_ref() };
        match call.store.record_rating(&write).await? {
            RatingOutcome::Saved(saved) => {
                return Ok(Answer::created(RatingAnswer::of(&saved.rating)));
            }
            RatingOutcome::Moved => {}
        }
    }
    Err(StoreError::Busy.into())
}

/// Decides on the automatic reply; one that does not wait is a mail at once.
fn with_reply(
    rating: Rating,
    basis: &RatingBasis,
    profile: &Member,
    context: &Composer<'_>,
    stamp: &Stamp,
) -> (Rating, Option<Email>) {
    let settings = &basis.auto_reply.settings;
    let may_write = may_write_to(&profile.profile);
    let leaves = on_rating(&rating, Some(settings), may_write, stamp.at);
    let mail = match leaves {
        Leaves::Now => context.auto_reply(settings, &rating, &profile.profile, stamp),
        Leaves::Never | Leaves::At(_) => None,
    };
    (leaves.applied(rating), mail)
}

fn first(
    rating_id: RatingId,
    command: &Command,
    profile: &Member,
    rules: &ProgramVersion,
    now: Timestamp,
) -> Rating {
    Rating {
        member_id: rating_id.member_id(),
        rating_id,
        member_name: profile.profile.name.clone(),
        branch: command.branch.clone(),
        invoice_number: command.invoice_number.clone(),
        visited_at: command.visited_at,
        day: local_date(command.visited_at, &rules.zone()),
        score: command.score,
        comment: command.comment.clone(),
        unread: true,
        replies: 0,
        rated_at: now,
        changed_at: None,
        earlier: Vec::new(),
        auto_reply: AutoReply::None,
    }
}

async fn named(call: &Call, request: RatingRequest) -> Result<(Command, MemberId), Failure> {
    let command = command(request, call.now)?;
    let member_id = call.named_member(&MemberNamed::Id(command.member_id.clone())).await?;
    Ok((command, member_id))
}

/// The key is judged before what the body names: one that was used came with something that exists.
async fn unless_key_reused(
    call: &Call,
    key: Option<&str>,
    problem: Failure,
) -> Result<Failure, Failure> {
    let Some(key) = key else { return Ok(problem) };
    let is_taken = call.store.is_rating_key_taken(key).await?;
    Ok(if is_taken { Problem::key_reused().into() } else { problem })
}

fn unknown_member() -> Problem {
    MemberNamed::Id(String::new()).not_found()
}

/// When the visit was is not part of it: a retry may tell another time.
fn content_of(member_id: &MemberId, command: &Command) -> String {
    let score = command.score.to_string();
    let comment = command.comment.as_deref().unwrap_or_default();
    let invoice = command.invoice_number.as_deref().unwrap_or_default();
    digest(&[member_id.as_str(), &score, comment, &command.branch, invoice])
}

impl RatingAnswer {
    fn of(rating: &Rating) -> Self {
        let rating = rating.clone();
        Self {
            score: rating.score,
            category: rating.category(),
            color: rating.category().color(),
            rating_id: rating.rating_id,
            member_id: rating.member_id,
            comment: rating.comment,
            branch: rating.branch,
            invoice_number: rating.invoice_number,
            visited_at: rating.visited_at,
            created_at: rating.rated_at,
        }
    }
}
