//! Writes a message into a thread: an agent's is mailed, a member's is unread.

use puntos_api::Problem;
use puntos_api::ratings::thread::{MessageAnswer, MessageRequest, refused};
use puntos_domain::auto_reply;
use puntos_domain::id::{MessageId, RatingId};
use puntos_domain::mail::{Composer, Email, auto_reply_email_id};
use puntos_domain::outcome::Outcome;
use puntos_domain::rating::{Rating, RecordedRating};
use puntos_domain::thread::{self, Message, Refusal, Seen, Sender};
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::{MessageOutcome, ThreadState};

use crate::AnswerRating;

type Written = Outcome<MessageAnswer, Problem>;

pub(crate) async fn write(function: &AnswerRating, call: &Call) -> Result<Answer, Failure> {
    let (message, seen) = parse(call).await?;
    let outcome = call.decide(|_| attempt(function, call, &message, seen.as_ref())).await?;
    Ok(Answer::of_outcome(201, outcome)?)
}

/// Returns the message and what its writer saw. Which mail carries it is not decided yet.
async fn parse(call: &Call) -> Result<(Message, Option<Seen>), Failure> {
    let rating_id: RatingId = call.request.path_id("rating_id")?;
    call.only_own(&rating_id.member_id()).await?;
    let (text, seen) = call.request.body::<MessageRequest>()?.checked()?;
    let caller = call.request.caller()?;
    let message = Message {
        message_id: MessageId::from_key(&rating_id, call.request.key()),
        rating_id,
        sender: if caller.is_only_member() { Sender::Member } else { Sender::Agent },
        text,
        email_id: None,
        at: call.now,
        actor: caller.actor(),
    };
    Ok((message, seen))
}

async fn attempt(
    function: &AnswerRating,
    call: &Call,
    message: &Message,
    seen: Option<&Seen>,
) -> Result<Option<Written>, Failure> {
    let state = call.store.thread_state(&message.rating_id, &message.message_id).await?;
    let state = state.ok_or_else(Problem::not_found)?;
    if let Some(first) = state.message {
        return Ok(Some(replayed(first, message)));
    }
    // Every message changes the rating, so the write fails where another came after this count.
    let written = call.store.message_count(&message.rating_id).await?;
    match thread::decide(state.rating.rating.clone(), message, seen, written) {
        Ok(rating) => commit(function, call, message.clone(), &state, rating).await,
        Err(refusal) => {
            let newest = match refusal {
                Refusal::NewerMessage => newest_message(call, &state.rating.rating).await?,
                Refusal::ThreadFull | Refusal::MemberFull => None,
            };
            Ok(Some(Outcome::Refused(refused(refusal, newest))))
        }
    }
}

/// Reads the newest message of a thread.
async fn newest_message(call: &Call, rating: &Rating) -> Result<Option<MessageAnswer>, Failure> {
    let Some(message_id) = &rating.newest_message else { return Ok(None) };
    if *message_id == auto_reply::message_id(&rating.rating_id) {
        let mail = call.store.email(&auto_reply_email_id(rating)).await?;
        return Ok(mail.map(|mail| MessageAnswer::automatic(&rating.rating_id, &mail)));
    }
    let by_agent = !call.request.caller()?.is_only_member();
    let message = call.store.message(&rating.rating_id, message_id).await?;
    Ok(message.map(|message| MessageAnswer::new(message, by_agent)))
}

async fn commit(
    function: &AnswerRating,
    call: &Call,
    mut message: Message,
    state: &ThreadState,
    rating: Rating,
) -> Result<Option<Written>, Failure> {
    let mail = match message.sender {
        Sender::Member => None,
        Sender::Agent => mail(function, call, state, &message).await?,
    };
    message.email_id = mail.as_ref().map(|mail| mail.email_id.clone());
    let before = &state.rating;
    let after = RecordedRating { rating, ..before.clone() };
    let changed = (before, &after);
    let written =
        call.store.record_message(&message, changed, mail.as_ref(), &call.stamp()?).await?;
    Ok(match written {
        MessageOutcome::Recorded => Some(Outcome::Done(answer(message))),
        MessageOutcome::Exists(first) => Some(replayed(*first, &message)),
        MessageOutcome::Outdated => None,
    })
}

async fn mail(
    function: &AnswerRating,
    call: &Call,
    state: &ThreadState,
    message: &Message,
) -> Result<Option<Email>, Failure> {
    let program = call.store.program_at(&state.head, call.now).await?;
    let composer = Composer { program: &program, brand: &function.brand };
    let (rating, profile) = (&state.rating.rating, &state.profile.profile);
    Ok(composer.reply(message, rating, profile, &call.stamp()?))
}

fn replayed(first: Message, message: &Message) -> Written {
    match first.is_repeated_by(message) {
        true => Outcome::Replayed(answer(first)),
        false => Outcome::Conflict,
    }
}

/// Returns the caller's own message. An agent's message shows its actor, a member's does not.
fn answer(message: Message) -> MessageAnswer {
    let shows_actor = message.sender == Sender::Agent;
    MessageAnswer::new(message, shows_actor)
}
