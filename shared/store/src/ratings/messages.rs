//! Threads of ratings in the table: the messages of both sides, and the inputs for a reply or its release.
//!
//! A message, its change to the rating and its mail are one transaction.

use puntos_domain::rating::RecordedRating;
use puntos_domain::thread::MESSAGES_MAX;
use puntos_domain::thread::Message;
use puntos_domain::thread::Sender;

use jiff::Timestamp;
use puntos_domain::id::{EmailId, MessageId, RatingId};
use puntos_domain::mail::Email;
use puntos_domain::member::Member;
use puntos_domain::program::ProgramHead;
use puntos_domain::stamp::Stamp;
use serde::{Deserialize, Serialize};

use crate::keys::{AUTO_REPLY_QUEUE, Key, instant, message_prefix};
use crate::members::profiles::profile_of;
use crate::program::head_of;
use crate::ratings::rating_of;
use crate::table::{Commit, Condition, Item, Label, Transaction, from_item};
use crate::{Store, StoreError};

/// The inputs of the decision about a message.
pub struct ThreadState {
    pub rating: RecordedRating,
    pub profile: Member,
    /// The programme.
    pub head: ProgramHead,
    /// The message that exists already with this id.
    pub message: Option<Message>,
}

/// The result of writing a message.
#[derive(Debug)]
pub enum MessageOutcome {
    /// It was written.
    Recorded,
    /// Its idempotency key was used before.
    Exists(Box<Message>),
    /// Another write changed the rating first: read and decide again.
    Outdated,
}

#[derive(Serialize, Deserialize)]
struct MessageItem {
    rating_id: RatingId,
    message_id: MessageId,
    sender: Sender,
    text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email_id: Option<EmailId>,
    written_at: Timestamp,
    actor: String,
    request_id: String,
}

impl Store {
    /// Reads the inputs of the decision about a message with one request, strongly: the rating, its member,
    /// the programme, and an existing message. Returns `None` if there is no such rating.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn thread_state(
        &self,
        rating_id: &RatingId,
        message_id: &MessageId,
    ) -> Result<Option<ThreadState>, StoreError> {
        let keys = [
            Key::rating(rating_id),
            Key::profile(&rating_id.member_id()),
            Key::program_head(),
            Key::message(rating_id, message_id),
        ];
        let mut found = self.batch_get(&keys, true).await?;
        let [rating, profile, head, message] = keys.map(|key| found.remove(&(key.pk, key.sk)));
        let (Some(rating), Some(profile), Some(head)) = (rating, profile, head) else {
            return Ok(None);
        };
        Ok(Some(ThreadState {
            rating: rating_of(rating)?,
            profile: profile_of(profile)?,
            head: head_of(head)?,
            message: message.map(message_of).transpose()?,
        }))
    }

    /// Reads a thread strongly, oldest first, up to the most messages of a thread.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn messages(&self, rating_id: &RatingId) -> Result<Vec<Message>, StoreError> {
        let pk = rating_id.member_id();
        let items = self.read_prefix(pk.as_str(), &message_prefix(rating_id), MESSAGES_MAX).await?;
        let messages: Result<Vec<Message>, StoreError> =
            items.into_iter().map(message_of).collect();
        let mut messages = messages?;
        messages.sort_by(|one, other| {
            (one.at, one.message_id.as_str()).cmp(&(other.at, other.message_id.as_str()))
        });
        Ok(messages)
    }

    /// Reads one message of a thread strongly.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn message(
        &self,
        rating_id: &RatingId,
        message_id: &MessageId,
    ) -> Result<Option<Message>, StoreError> {
        self.get(&Key::message(rating_id, message_id)).await?.map(message_of).transpose()
    }

    /// Counts the messages of a thread strongly.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn message_count(&self, rating_id: &RatingId) -> Result<u32, StoreError> {
        let pk = rating_id.member_id();
        self.count_prefix(pk.as_str(), &message_prefix(rating_id), MESSAGES_MAX).await
    }

    /// Writes a message, the rating after it and its mail: all or nothing.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn record_message(
        &self,
        message: &Message,
        (before, after): (&RecordedRating, &RecordedRating),
        mail: Option<&Email>,
        stamp: &Stamp,
    ) -> Result<MessageOutcome, StoreError> {
        let key = Key::message(&message.rating_id, &message.message_id);
        let mut transaction = Transaction::default();
        transaction.put(Label::Message, key, &item_of(message, stamp), Condition::absent())?;
        transaction.put_rating(Some(before), after)?;
        if let Some(mail) = mail {
            transaction.put_mail(mail)?;
        }
        let Commit::Refused(mut refusals) = self.commit(transaction).await? else {
            return Ok(MessageOutcome::Recorded);
        };
        // If the rating has changed, a reply is decided again, even if the message exists.
        if refusals.has(Label::Rating) {
            return Ok(MessageOutcome::Outdated);
        }
        Ok(match refusals.found(Label::Message)? {
            None => MessageOutcome::Outdated,
            Some(found) => MessageOutcome::Exists(Box::new(message_of(found)?)),
        })
    }

    /// Returns the ratings whose automatic reply is due at an instant, the longest due first. The index may
    /// lag, so each rating is read again before a decision.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn due_auto_replies(
        &self,
        now: Timestamp,
        most: i32,
    ) -> Result<Vec<RatingId>, StoreError> {
        let now = instant(now);
        let items = self.first_of_queue(AUTO_REPLY_QUEUE, most).await?.into_iter();
        let is_due = |item: &Item| {
            let due = item.get("work_due").and_then(|due| due.as_s().ok());
            due.is_some_and(|due| *due <= now)
        };
        let named = |item: Item| item.get("rating_id")?.as_s().ok()?.parse().ok();
        Ok(items.take_while(is_due).filter_map(named).collect())
    }

    /// Reads a rating and its member strongly, with one request.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn rating_and_profile(
        &self,
        rating_id: &RatingId,
    ) -> Result<Option<(RecordedRating, Member)>, StoreError> {
        let keys = [Key::rating(rating_id), Key::profile(&rating_id.member_id())];
        let mut found = self.batch_get(&keys, true).await?;
        let [rating, profile] = keys.map(|key| found.remove(&(key.pk, key.sk)));
        Ok(match (rating, profile) {
            (Some(rating), Some(profile)) => Some((rating_of(rating)?, profile_of(profile)?)),
            _ => None,
        })
    }
}

fn item_of(message: &Message, stamp: &Stamp) -> MessageItem {
    MessageItem {
        rating_id: message.rating_id.clone(),
        message_id: message.message_id.clone(),
        sender: message.sender,
        text: message.text.clone(),
        email_id: message.email_id.clone(),
        written_at: message.at,
        actor: message.actor.clone(),
        request_id: stamp.request_id.clone(),
    }
}

fn message_of(item: Item) -> Result<Message, StoreError> {
    let item: MessageItem = from_item(item)?;
    Ok(Message {
        message_id: item.message_id,
        rating_id: item.rating_id,
        sender: item.sender,
        text: item.text,
        email_id: item.email_id,
        at: item.written_at,
        actor: item.actor,
    })
}
