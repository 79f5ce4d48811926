//! Threads of ratings: messages of agents and of the member, their limits, and what a message changes.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::auto_reply;
use crate::id::{EmailId, MessageId, RatingId};
use crate::rating::Rating;

/// The most messages of one thread.
pub const MESSAGES_MAX: u32 = 200;
/// The most messages of one thread that its member writes, so that agents always have room to answer.
pub const MEMBER_MESSAGES_MAX: u32 = 150;

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sender {
    /// The member who rated.
    Member,
    /// Somebody in the contact centre.
    Agent,
}

/// A message of a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub message_id: MessageId,
    /// The rating whose thread it is in.
    pub rating_id: RatingId,
    /// Who wrote it.
    pub sender: Sender,
    /// The text, in lines.
    pub text: String,
    /// The mail that carries it; `None` if there is none.
    pub email_id: Option<EmailId>,
    /// When it was written.
    pub at: Timestamp,
    /// Who wrote it: `agent:subject`.
    pub actor: String,
}

/// The newest message of a thread that the writer of another one saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// There was none.
    Nothing,
    /// This one.
    Message(MessageId),
}

/// Why a message is refused. The first that applies, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The thread has a newer message than the writer saw.
    #[error("the thread has a newer message")]
    NewerMessage,
    #[error("a thread has at most {MESSAGES_MAX} messages")]
    ThreadFull,
    /// The member has reached their limit of messages.
    #[error("a member writes at most {MEMBER_MESSAGES_MAX} messages of a thread")]
    MemberFull,
}

/// Decides a message to a thread with `written` messages: returns the rating afterwards. Without `seen`, it does
/// not matter what its writer saw.
///
/// A message of an agent marks the rating as read. A message of the member marks it as unread. Both rule out
/// the automatic reply.
///
/// # Errors
/// Refuses with the first reason that applies.
pub fn decide(
    rating: Rating,
    message: &Message,
    seen: Option<&Seen>,
    written: u32,
) -> Result<Rating, Refusal> {
    if seen.is_some_and(|seen| !seen.is_newest(&rating)) {
        return Err(Refusal::NewerMessage);
    }
    if written >= MESSAGES_MAX {
        return Err(Refusal::ThreadFull);
    }
    // Every message that is not a reply is the member's. A reply that the rating does not count yet is
    // counted as the member's. This is too strict for a moment, and never too lax.
    let of_member = written.saturating_sub(rating.replies);
    let after = match message.sender {
        Sender::Member if of_member >= MEMBER_MESSAGES_MAX => return Err(Refusal::MemberFull),
        Sender::Member => rating.messaged(),
        Sender::Agent => auto_reply::answered(rating),
    };
    Ok(Rating { newest_message: Some(message.message_id.clone()), ..after })
}

impl Seen {
    fn is_newest(&self, rating: &Rating) -> bool {
        match self {
            Self::Nothing => rating.newest_message.is_none(),
            Self::Message(message_id) => rating.newest_message.as_ref() == Some(message_id),
        }
    }
}

impl Message {
    /// Returns whether a retry repeats this message: same sender, same text.
    pub fn is_repeated_by(&self, other: &Self) -> bool {
        self.sender == other.sender && self.text == other.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rating::tests::rating;

    fn message(key: &str, sender: Sender) -> Message {
        let rating_id = rating(3, None).rating_id;
        Message {
            message_id: MessageId::from_key(&rating_id, key),
            rating_id,
            sender,
            text: "text".to_owned(),
            email_id: None,
            at: Timestamp::UNIX_EPOCH,
            actor: "agent:anna".to_owned(),
        }
    }

    #[test]
    fn refusals_come_in_their_order() {
        let table = [
            (0, 0, Sender::Member, None),
            (149, 0, Sender::Member, None),
            (150, 0, Sender::Member, Some(Refusal::MemberFull)),
            (150, 1, Sender::Member, None),
            (150, 0, Sender::Agent, None),
            (199, 50, Sender::Member, None),
            (200, 200, Sender::Member, Some(Refusal::ThreadFull)),
            (200, 0, Sender::Agent, Some(Refusal::ThreadFull)),
        ];
        for (written, replies, sender, expected) in table {
            let before = Rating { replies, ..rating(3, None) };
            let message = message("k1", sender);
            let decided = decide(before.clone(), &message, None, written);
            assert_eq!(decided.err(), expected, "{written} {replies} {sender:?}");
            let unseen = Seen::Message(message.message_id.clone());
            let decided = decide(before, &message, Some(&unseen), written);
            assert_eq!(decided.err(), Some(Refusal::NewerMessage));
        }
    }

    #[test]
    fn a_message_follows_the_newest_that_its_writer_saw() {
        let first = message("k1", Sender::Agent);
        let before = rating(3, None);
        let after = decide(before.clone(), &first, Some(&Seen::Nothing), 0).unwrap();
        let seen = Seen::Message(first.message_id);
        let reply = message("k2", Sender::Member);
        assert_eq!(
            decide(after.clone(), &reply, Some(&Seen::Nothing), 1),
            Err(Refusal::NewerMessage)
        );
        let answered = decide(after, &reply, Some(&seen), 1).unwrap();
        let late = message("k3", Sender::Agent);
        assert_eq!(decide(answered.clone(), &late, Some(&seen), 2), Err(Refusal::NewerMessage));
        assert!(decide(answered, &late, None, 2).is_ok());
        // The automatic reply is a message too.
        let sent = auto_reply::Release::Send.applied(before);
        let automatic = Seen::Message(auto_reply::message_id(&sent.rating_id));
        assert_eq!(
            decide(sent.clone(), &late, Some(&Seen::Nothing), 0),
            Err(Refusal::NewerMessage)
        );
        assert!(decide(sent, &late, Some(&automatic), 0).is_ok());
    }

    #[test]
    fn a_message_changes_its_rating() {
        let agent = message("k1", Sender::Agent);
        let by_agent = decide(rating(3, None), &agent, None, 0).unwrap();
        assert_eq!((by_agent.unread, by_agent.replies), (false, 1));
        let member = message("k2", Sender::Member);
        let by_member = decide(by_agent, &member, None, 1).unwrap();
        assert_eq!((by_member.unread, by_member.replies), (true, 1));
    }
}
