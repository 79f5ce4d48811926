//! Shows a rating with its thread, and marks it as read.

use std::collections::HashMap;

use puntos_api::Problem;
use puntos_api::ratings::thread::{ReadAnswer, ThreadAnswer};
use puntos_domain::auto_reply;
use puntos_domain::id::{EmailId, RatingId};
use puntos_domain::language::Language;
use puntos_domain::mail::{Email, EmailStatus};
use puntos_domain::rating::Rating;
use puntos_runtime::http::{Answer, Call, Failure};

use crate::AnswerRating;

/// The most mails that one request reads.
const BATCH_MAX: usize = 100;

pub(crate) async fn show(_: &AnswerRating, call: &Call) -> Result<Answer, Failure> {
    let rating_id: RatingId = call.request.path_id("rating_id")?;
    let member_id = rating_id.member_id();
    call.only_own(&member_id).await?;
    let by_agent = !call.request.caller()?.is_only_member();
    let mut recorded = call.store.rating(&rating_id).await?.ok_or_else(Problem::not_found)?;
    if by_agent {
        // If another write came first, the rating stays unread.
        recorded = call.store.open_rating(&recorded).await?;
    }
    let rating = recorded.rating;
    let messages = match has_messages(&rating) {
        true => call.store.messages(&rating_id).await?,
        false => Vec::new(),
    };
    let gifts = call.store.gifts(&member_id).await?;
    // Only gifts have words of ours.
    let language = match gifts.is_empty() {
        true => Language::En,
        false => call.language_for(&member_id).await?,
    };
    let last_score = call.store.last_score(&rating).await?;
    let rated = (rating, last_score);
    let mut answer = ThreadAnswer::new(rated, messages, gifts, by_agent, call.now, language);
    fill_in_mails(call, &mut answer).await?;
    Ok(Answer::ok(answer))
}

/// Returns whether the thread has messages to read. The automatic reply is only sent to a thread without any.
fn has_messages(rating: &Rating) -> bool {
    let automatic = auto_reply::message_id(&rating.rating_id);
    rating.newest_message.as_ref().is_some_and(|newest| *newest != automatic)
}

pub(crate) async fn mark_read(_: &AnswerRating, call: &Call) -> Result<Answer, Failure> {
    let rating_id: RatingId = call.request.path_id("rating_id")?;
    call.request.no_body()?;
    let answer = call.decide(|_| attempt(call, &rating_id)).await?;
    Ok(Answer::ok(answer))
}

async fn attempt(call: &Call, rating_id: &RatingId) -> Result<Option<ReadAnswer>, Failure> {
    let recorded = call.store.rating(rating_id).await?.ok_or_else(Problem::not_found)?;
    let opened = call.store.open_rating(&recorded).await?;
    let answer = ReadAnswer { rating_id: rating_id.clone(), unread: false };
    Ok((!opened.rating.unread).then_some(answer))
}

/// Fills in the status of each mail, and adds the automatic reply to the messages; a few requests read all mails.
async fn fill_in_mails(call: &Call, answer: &mut ThreadAnswer) -> Result<(), Failure> {
    let mails = answer.mails();
    let ids: Vec<EmailId> = mails.iter().map(|(id, _)| (*id).clone()).collect();
    let mut found: HashMap<EmailId, Email> = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(BATCH_MAX) {
        let emails = call.store.emails(chunk).await?;
        found.extend(emails.into_iter().map(|email| (email.email_id.clone(), email)));
    }
    for (id, status) in mails {
        // A mail is written together with its message or gift; only a read that lags misses it.
        *status = Some(found.get(id).map_or(EmailStatus::Queued, Email::status));
    }
    let automatic = answer.auto_reply.email_id.as_ref().and_then(|id| found.get(id));
    if let Some(mail) = automatic {
        answer.add_auto_reply(mail);
    }
    Ok(())
}
