//! One rating with its history, thread and gifts; and the mark that somebody read it.

use puntos_runtime::http::Failure;
use std::collections::HashMap;

use puntos_api::{Problem, ProblemBody};
use puntos_domain::gift::GiftCounts;
use puntos_domain::id::{EmailId, RatingId};
use puntos_domain::mail::Email;
use puntos_domain::mail::EmailStatus;
use puntos_domain::mail::auto_reply_email_id;
use puntos_domain::rating::{AutoReply, Category, Rating};
use puntos_runtime::http::{Answer, Call};
use puntos_store::{StoreError, StoredGift, StoredMessage, StoredRating, pause};

use crate::answer::{
    AutoReplyAnswer, GiftAnswer, MessageAnswer, OpinionAnswer, ReadAnswer, ThreadAnswer,
};

/// How often a rating is marked as read again because another write moved it.
const TRIES_MAX: u32 = 20;
/// The most mails that one request asks for.
const BATCH_MAX: usize = 100;

#[utoipa::path(
    get, path = "/v1/ratings/{rating_id}", tag = "Ratings", params(("rating_id" = String, Path)),
    description = "Shows a rating with its history, its thread and its gifts. Opened by an agent or a supervisor it is read from then on. A member sees their own, and not who wrote for the desk.",
    responses(
        (status = 200, description = "The rating", body = ThreadAnswer),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn show(call: &Call) -> Result<Answer, Failure> {
    let rating_id: RatingId = call.request.path_id("rating_id")?;
    let member_id = rating_id.member_id();
    call.only_own(&member_id).await?;
    let by_desk = !call.request.caller()?.is_only_member();
    let mut stored = call.store.rating(&rating_id).await?.ok_or_else(Problem::not_found)?;
    if by_desk {
        // Whoever is faster says something new: the next opening marks that.
        stored = call.store.open_rating(&stored).await?;
    }
    let messages = call.store.messages(&rating_id).await?;
    let gifts = call.store.gifts(&member_id).await?;
    let mut answer = thread(call, stored, messages, gifts, by_desk);
    fill_email_status(call, &mut answer).await?;
    Ok(Answer::ok(answer))
}

#[utoipa::path(
    post, path = "/v1/ratings/{rating_id}/read", tag = "Ratings",
    params(("rating_id" = String, Path), ("Idempotency-Key" = String, Header)),
    description = "Marks a rating as read, as opening it does. Again changes nothing.",
    responses(
        (status = 200, description = "Read", body = ReadAnswer),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn mark_read(call: &Call) -> Result<Answer, Failure> {
    let rating_id: RatingId = call.request.path_id("rating_id")?;
    call.request.no_body()?;
    for attempt in 0..TRIES_MAX {
        pause(attempt).await;
        let stored = call.store.rating(&rating_id).await?.ok_or_else(Problem::not_found)?;
        let opened = call.store.open_rating(&stored).await?;
        if !opened.rating.unread {
            return Ok(Answer::ok(ReadAnswer { rating_id, unread: false }));
        }
    }
    Err(StoreError::Busy.into())
}

fn thread(
    call: &Call,
    stored: StoredRating,
    messages: Vec<StoredMessage>,
    mut gifts: Vec<StoredGift>,
    by_desk: bool,
) -> ThreadAnswer {
    let rating = stored.rating;
    let counts = GiftCounts::of(gifts.iter().map(|gift| gift.gift.status(call.now)));
    gifts.retain(|gift| gift.rating_id == rating.rating_id);
    gifts.sort_by_key(|gift| gift.created_at);
    let category = rating.category();
    ThreadAnswer {
        history: history(&rating),
        auto_reply: auto_reply(&rating),
        messages: messages
            .into_iter()
            .map(|message| MessageAnswer::new(message, by_desk))
            .collect(),
        gifts: counts,
        gifts_of_rating: gifts.into_iter().map(|gift| GiftAnswer::new(gift, call.now)).collect(),
        rating_id: rating.rating_id,
        member_id: rating.member_id,
        name: rating.member_name,
        score: rating.score,
        category,
        color: category.color(),
        comment: rating.comment,
        branch: rating.branch,
        invoice_number: rating.invoice_number,
        visited_at: rating.visited_at,
        created_at: rating.rated_at,
        unread: rating.unread,
        replies: rating.replies,
    }
}

fn history(rating: &Rating) -> Vec<OpinionAnswer> {
    let opinion = |score: u8, comment: &Option<String>, at| {
        let category = Category::of(score);
        OpinionAnswer { score, category, color: category.color(), comment: comment.clone(), at }
    };
    let earlier = rating.earlier.iter();
    let mut history: Vec<OpinionAnswer> =
        earlier.map(|earlier| opinion(earlier.score, &earlier.comment, earlier.at)).collect();
    history.push(opinion(rating.score, &rating.comment, rating.opinion_at()));
    history
}

fn auto_reply(rating: &Rating) -> AutoReplyAnswer {
    let (state, until) = match rating.auto_reply {
        AutoReply::None => ("none", None),
        AutoReply::Waiting { until } => ("waiting", Some(until)),
        AutoReply::Sent => ("sent", None),
        AutoReply::Cancelled => ("cancelled", None),
    };
    let is_sent = rating.auto_reply == AutoReply::Sent;
    let email_id = is_sent.then(|| auto_reply_email_id(rating));
    AutoReplyAnswer { state, until, email_id, email_status: None }
}

/// Says of each mail what became of it: those of a rating are read with a few requests at most.
async fn fill_email_status(call: &Call, answer: &mut ThreadAnswer) -> Result<(), Failure> {
    let messages = answer.messages.iter_mut().map(|one| (&one.email_id, &mut one.email_status));
    let gifts = answer.gifts_of_rating.iter_mut();
    let gifts = gifts.map(|one| (&one.email_id, &mut one.email_status));
    let reply = (&answer.auto_reply.email_id, &mut answer.auto_reply.email_status);
    let mails: Vec<(&EmailId, &mut Option<EmailStatus>)> = messages
        .chain(gifts)
        .chain([reply])
        .filter_map(|(id, status)| Some((id.as_ref()?, status)))
        .collect();
    let ids: Vec<EmailId> = mails.iter().map(|(id, _)| (*id).clone()).collect();
    let mut found: HashMap<EmailId, Email> = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(BATCH_MAX) {
        let emails = call.store.emails(chunk).await?;
        found.extend(emails.into_iter().map(|email| (email.email_id.clone(), email)));
    }
    for (id, status) in mails {
        // A mail is written with what it carries; only a read that lags does not see it yet.
        *status = Some(found.get(id).map_or(EmailStatus::Queued, Email::status));
    }
    Ok(())
}
