//! A message of a thread: the desk's goes out as a mail, the member's comes in unread.

use puntos_api::{Problem, ProblemBody};
use puntos_domain::auto_reply;
use puntos_domain::id::{EmailId, MessageId, RatingId};
use puntos_domain::mail::Composer;
use puntos_domain::mail::Email;
use puntos_domain::mail::{MailKind, MailVariables};
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call};
use puntos_store::{
    MESSAGES_MAX, MessageOutcome, Sender, StoreError, StoredMessage, StoredRating, ThreadState,
    pause,
};

use crate::answer::MessageAnswer;
use crate::event::MessageRequest;

/// How often a message is decided again because another write moved the rating.
const TRIES_MAX: u32 = 60;
/// The most messages of one thread that its member writes: the desk finds room to answer.
const MEMBER_MESSAGES_MAX: u32 = 150;

#[utoipa::path(
    post, path = "/v1/ratings/{rating_id}/messages", tag = "Ratings", request_body = MessageRequest,
    params(("rating_id" = String, Path), ("Idempotency-Key" = String, Header)),
    description = "Writes into the thread of a rating, with or without a comment there. What the desk writes marks the rating as read and is mailed to the member, where they have an address; what the member writes makes it unread. Either keeps a waiting automatic reply back.",
    responses(
        (status = 201, description = "Written, or written before with this key (Idempotency-Replayed: true)", body = MessageAnswer),
        (status = 409, description = "thread_full: of its 200 messages, or of the 150 that the member may write", body = ProblemBody),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn write(call: &Call, brand: &str) -> Result<Answer, Failure> {
    let rating_id: RatingId = call.request.path_id("rating_id")?;
    call.only_own(&rating_id.member_id()).await?;
    let text = call.request.body::<MessageRequest>()?.checked()?;
    let message_id = MessageId::from_key(&rating_id, call.request.key());
    let by_member = call.request.caller()?.is_only_member();
    let stamp = call.stamp()?;
    let mut message = StoredMessage {
        message_id: message_id.clone(),
        rating_id: rating_id.clone(),
        sender: if by_member { Sender::Member } else { Sender::Agent },
        text,
        email_id: None,
        at: call.now,
        actor: stamp.actor.clone(),
    };
    for attempt in 0..TRIES_MAX {
        pause(attempt).await;
        let state = call.store.thread_state(&rating_id, &message_id).await?;
        let state = state.ok_or_else(Problem::not_found)?;
        if let Some(first) = state.message {
            return replay(first, &message);
        }
        // Every message moves the rating, so the write holds only where nobody wrote since this count.
        let written = call.store.message_count(&rating_id).await?;
        if written >= MESSAGES_MAX {
            let detail = format!("a thread has at most {MESSAGES_MAX} messages");
            return Err(Problem::conflict("thread_full", detail).into());
        }
        let before = &state.rating;
        // What is no reply is the member's. A reply that comes between the two reads counts as one more
        // of theirs: too strict for a moment, never too lax.
        let of_member = written.saturating_sub(before.rating.replies);
        if by_member && of_member >= MEMBER_MESSAGES_MAX {
            let detail =
                format!("a member writes at most {MEMBER_MESSAGES_MAX} messages of a thread");
            return Err(Problem::conflict("thread_full", detail).into());
        }
        let rating = match message.sender {
            Sender::Member => before.rating.clone().messaged(),
            Sender::Agent => auto_reply::answered(before.rating.clone()),
        };
        let after = StoredRating { rating, ..before.clone() };
        let mail = match message.sender {
            Sender::Member => None,
            Sender::Agent => mail(call, brand, &state, &message).await?,
        };
        message.email_id = mail.as_ref().map(|mail| mail.email_id.clone());
        let moved = (before, &after);
        match call.store.record_message(&message, moved, mail.as_ref(), &stamp).await? {
            MessageOutcome::Recorded => {
                return Ok(Answer::created(MessageAnswer::new(message, !by_member)));
            }
            MessageOutcome::Exists(first) => return replay(*first, &message),
            MessageOutcome::Moved => {}
        }
    }
    Err(StoreError::Busy.into())
}

fn replay(first: StoredMessage, message: &StoredMessage) -> Result<Answer, Failure> {
    if first.sender != message.sender || first.text != message.text {
        return Err(Problem::key_reused().into());
    }
    let shows_actor = first.sender == Sender::Agent;
    Ok(Answer::created(MessageAnswer::new(first, shows_actor)).replayed(true))
}

async fn mail(
    call: &Call,
    brand: &str,
    state: &ThreadState,
    message: &StoredMessage,
) -> Result<Option<Email>, Failure> {
    let program = call.store.program_at(&state.head, call.now).await?;
    let rating = &state.rating.rating;
    let variables = MailVariables {
        message: Some(message.text.clone()),
        branch: Some(rating.branch.clone()),
        visited_on: Some(rating.day),
        ..MailVariables::default()
    };
    let cause = ["reply", message.message_id.as_str()];
    let email_id = EmailId::of_cause(&cause, &rating.member_id);
    let context = Composer { program: &program, brand };
    let profile = &state.profile.profile;
    Ok(context.email(MailKind::Reply, email_id, profile, variables, &call.stamp()?))
}
