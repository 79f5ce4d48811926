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

/// Why a message is refused. The first that applies, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("a thread has at most {MESSAGES_MAX} messages")]
    ThreadFull,
    /// The member has reached their limit of messages.
    #[error("a member writes at most {MEMBER_MESSAGES_MAX} messages of a thread")]
    MemberFull,
}

/// Decides a message to a thread with `written` messages: returns the rating afterwards.
///
/// A message of an agent marks the rating as read. A message of the member marks it as unread. Both rule out
/// the automatic reply.
///
/// # Errors
/// Refuses with the first reason that applies.
pub fn decide(rating: Rating, sender: Sender, written: u32) -> Result<Rating, Refusal> {
    if written >= MESSAGES_MAX {
        return Err(Refusal::ThreadFull);
    }
    // Every message that is not a reply is the member's. A reply that the rating does not count yet is
    // counted as the member's. This is too strict for a moment, and never too lax.
    let of_member = written.saturating_sub(rating.replies);
    match sender {
        Sender::Member if of_member >= MEMBER_MESSAGES_MAX => Err(Refusal::MemberFull),
        Sender::Member => Ok(rating.messaged()),
        Sender::Agent => Ok(auto_reply::answered(rating)),
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

    #[test]
    fn limits_come_in_their_order() {
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
            let decided = decide(before, sender, written);
            assert_eq!(decided.err(), expected, "{written} {replies} {sender:?}");
        }
    }

    #[test]
    fn a_message_changes_its_rating() {
        let by_agent = decide(rating(3, None), Sender::Agent, 0).unwrap();
        assert_eq!((by_agent.unread, by_agent.replies), (false, 1));
        let by_member = decide(by_agent, Sender::Member, 1).unwrap();
        assert_eq!((by_member.unread, by_member.replies), (true, 1));
    }
}
