//! A rating with its thread: the routes and their shapes.

use jiff::Timestamp;
use puntos_domain::auto_reply;
use puntos_domain::field::{FieldError, FieldErrors, prose};
use puntos_domain::gift::{GiftCounts, GivenGift};
use puntos_domain::id::{EmailId, MemberId, MessageId, RatingId};
use puntos_domain::language::Language;
use puntos_domain::mail::{Email, EmailStatus, auto_reply_email_id};
use puntos_domain::rating::{AutoReply, Category, Color, Rating};
use puntos_domain::thread::{Message, Refusal, Seen, Sender};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::gifts::GiftAnswer;
use super::viewing::ViewerAnswer;
use super::{AGENTS, READERS};
use crate::{KeyRule, Problem, Reply, Route, Shape};

/// Shows a rating with its thread.
pub const SHOW: Route = Route {
    key: "GET /v1/ratings/{rating_id}",
    operation_id: "show_rating",
    tag: "Ratings",
    summary: "Show a rating with its thread",
    description: "The rating with its history, its messages and its gifts. An agent or a supervisor \
        marks it as read by this request. An automatic reply that was sent is one of the messages. A \
        member sees their own ratings, and neither which agent wrote nor who looks at it.",
    roles: READERS,
    idempotency: KeyRule::Ignored,
    query: &[],
    request: None,
    answers: &[Reply::new::<ThreadAnswer>(200, "The rating")],
    problems: &[(404, &["not_found"])],
};

/// Writes a message into a thread.
pub const WRITE_MESSAGE: Route = Route {
    key: "POST /v1/ratings/{rating_id}/messages",
    operation_id: "write_message",
    tag: "Ratings",
    summary: "Write a message into the thread of a rating",
    description: "A message of an agent marks the rating as read and is mailed to the member, where \
        they have an address. A message of the member marks it as unread and counts as a comment. Both \
        cancel a waiting automatic reply. With `after`, a message is refused with `thread_moved` if the \
        thread has a newer message than its writer saw; the refusal has the newest. A thread has at most \
        200 messages, at most 150 of them by the member.",
    roles: READERS,
    idempotency: KeyRule::Required,
    query: &[],
    request: Some(Shape::of::<MessageRequest>()),
    answers: &[Reply::new::<MessageAnswer>(201, "Written, or written before with this key")],
    problems: &[(404, &["not_found"]), (409, &["thread_moved", "thread_full"])],
};

/// Marks a rating as read.
pub const MARK_READ: Route = Route {
    key: "POST /v1/ratings/{rating_id}/read",
    operation_id: "mark_rating_read",
    tag: "Ratings",
    summary: "Mark a rating as read",
    description: "As showing it to an agent does. A repetition changes nothing.",
    roles: AGENTS,
    idempotency: KeyRule::Ignored,
    query: &[],
    request: None,
    answers: &[Reply::new::<ReadAnswer>(200, "Read")],
    problems: &[(404, &["not_found"])],
};

/// The longest message, in characters.
const MESSAGE_MAX_CHARS: usize = 4000;

/// A message of a thread.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageRequest {
    /// The text: up to 4,000 characters, in lines.
    pub text: String,
    /// The newest message that its writer saw: a `message_id`, or `none`.
    pub after: Option<String>,
}

/// A rating, opened.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ThreadAnswer {
    /// Its id.
    #[schema(value_type = String)]
    pub rating_id: RatingId,
    /// Who rated.
    #[schema(value_type = String)]
    pub member_id: MemberId,
    /// The name of the member when they rated.
    pub name: String,
    /// The newest score that the member gave at any visit.
    pub last_score: u8,
    /// The current score of this visit.
    pub score: u8,
    /// The category of the score.
    pub category: Category,
    /// The colour of the category.
    pub color: Color,
    /// The current comment.
    pub comment: Option<String>,
    /// Where the visit was.
    pub branch: String,
    /// The invoice of the visit.
    pub invoice_number: Option<String>,
    /// When the visit was.
    #[schema(value_type = String, format = "date-time")]
    pub visited_at: Timestamp,
    /// When it was first rated.
    #[schema(value_type = String, format = "date-time")]
    pub created_at: Timestamp,
    /// Whether an agent still has to read it.
    pub unread: bool,
    /// Whether it has a comment, or the member wrote a message.
    pub has_comment: bool,
    /// How often agents replied. The automatic reply does not count.
    pub replies: u32,
    /// The agents who look at it; a member sees none.
    pub viewers: Vec<ViewerAnswer>,
    /// The scores and comments that are kept, oldest first; the last is the current one.
    pub history: Vec<OpinionAnswer>,
    /// The thread, oldest first.
    pub messages: Vec<MessageAnswer>,
    /// How many gifts the member was given for any of their ratings, and what became of them.
    pub gifts: GiftCounts,
    /// The gifts for this one, oldest first.
    pub gifts_of_rating: Vec<GiftAnswer>,
    /// What became of the automatic reply.
    pub auto_reply: AutoReplyAnswer,
}

/// A score and comment of a visit.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OpinionAnswer {
    /// The score.
    pub score: u8,
    /// The category of the score.
    pub category: Category,
    /// The colour of the category.
    pub color: Color,
    /// The comment.
    pub comment: Option<String>,
    /// When it was given.
    #[schema(value_type = String, format = "date-time")]
    pub at: Timestamp,
}

/// A message of a thread.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MessageAnswer {
    /// Its id.
    #[schema(value_type = String)]
    pub message_id: MessageId,
    /// The rating whose thread it is in.
    #[schema(value_type = String)]
    pub rating_id: RatingId,
    /// Who wrote it.
    pub from: Author,
    /// The text.
    pub text: String,
    /// When.
    #[schema(value_type = String, format = "date-time")]
    pub at: Timestamp,
    /// The mail that carries it; null where it carries none.
    #[schema(value_type = Option<String>)]
    pub email_id: Option<EmailId>,
    /// The status of that mail.
    pub email_status: Option<EmailStatus>,
    /// Who wrote it; null for the automatic reply, and for a member who reads.
    pub actor: Option<String>,
}

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The member who rated.
    Member,
    /// Somebody in the contact centre.
    Agent,
    /// The system: the automatic reply.
    System,
}

/// What became of the automatic reply to a rating.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AutoReplyAnswer {
    /// Whether there is one, and whether it was sent.
    pub state: AutoReplyState,
    /// When it is sent, while it waits.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub until: Option<Timestamp>,
    /// The mail that it became.
    #[schema(value_type = Option<String>)]
    pub email_id: Option<EmailId>,
    /// The status of that mail.
    pub email_status: Option<EmailStatus>,
}

/// Whether a rating has an automatic reply, and whether it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AutoReplyState {
    /// There is none.
    None,
    /// It waits for a comment.
    Waiting,
    /// It was sent.
    Sent,
    /// It was cancelled.
    Cancelled,
}

/// A rating that was marked as read.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReadAnswer {
    /// The rating.
    #[schema(value_type = String)]
    pub rating_id: RatingId,
    /// Always false.
    pub unread: bool,
}

impl MessageRequest {
    /// Returns the text, and what its writer saw.
    ///
    /// # Errors
    /// Refuses a text that is blank or too long, or has control characters, and an `after` that names no message.
    pub fn checked(self) -> Result<(String, Option<Seen>), Problem> {
        let mut errors = FieldErrors::default();
        let text = errors.keep(prose("text", self.text, MESSAGE_MAX_CHARS));
        let seen = match self.after.as_deref() {
            None => Ok(None),
            Some("none") => Ok(Some(Seen::Nothing)),
            Some(id) => id
                .parse()
                .map(|id| Some(Seen::Message(id)))
                .map_err(|_| FieldError::invalid("after", "must be the id of a message, or none")),
        };
        let seen = errors.keep(seen);
        Ok(errors.into_result(text.zip(seen))?)
    }
}

impl MessageAnswer {
    /// Returns a message; agents also see who wrote it.
    pub fn new(message: Message, shows_actor: bool) -> Self {
        Self {
            message_id: message.message_id,
            rating_id: message.rating_id,
            from: match message.sender {
                Sender::Member => Author::Member,
                Sender::Agent => Author::Agent,
            },
            text: message.text,
            at: message.at,
            email_id: message.email_id,
            email_status: None,
            actor: shows_actor.then_some(message.actor),
        }
    }

    /// Returns the automatic reply to a rating as a message of its thread.
    pub fn automatic(rating_id: &RatingId, mail: &Email) -> Self {
        let message = mail.variables.message.as_ref();
        let text = message.map(|message| message.in_language(mail.language));
        Self {
            message_id: auto_reply::message_id(rating_id),
            rating_id: rating_id.clone(),
            from: Author::System,
            text: text.unwrap_or_default(),
            at: mail.created_at,
            email_id: Some(mail.email_id.clone()),
            email_status: Some(mail.status()),
            actor: None,
        }
    }
}

impl ThreadAnswer {
    /// Returns a rating with its thread and its member's gifts, as it is at an instant. The statuses of mails
    /// are not filled in, and the automatic reply is not added.
    pub fn new(
        (rating, last_score): (Rating, u8),
        messages: Vec<Message>,
        mut gifts: Vec<GivenGift>,
        by_agent: bool,
        now: Timestamp,
        language: Language,
    ) -> Self {
        let counts = GiftCounts::of(gifts.iter().map(|gift| gift.gift.status(now)));
        gifts.retain(|gift| gift.rating_id == rating.rating_id);
        gifts.sort_by_key(|gift| gift.created_at);
        let messages = messages.into_iter().map(|message| MessageAnswer::new(message, by_agent));
        let category = rating.category();
        Self {
            has_comment: rating.has_comment(),
            viewers: ViewerAnswer::of(&rating, by_agent, now),
            history: OpinionAnswer::history(&rating),
            auto_reply: AutoReplyAnswer::new(&rating),
            messages: messages.collect(),
            gifts: counts,
            gifts_of_rating: gifts
                .into_iter()
                .map(|gift| GiftAnswer::new(gift, now, language))
                .collect(),
            rating_id: rating.rating_id,
            member_id: rating.member_id,
            name: rating.member_name,
            last_score,
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

    /// Adds the automatic reply, which is kept as its mail, to the messages.
    pub fn add_auto_reply(&mut self, mail: &Email) {
        self.messages.push(MessageAnswer::automatic(&self.rating_id, mail));
        self.messages.sort_by(|one, other| {
            (one.at, one.message_id.as_str()).cmp(&(other.at, other.message_id.as_str()))
        });
    }

    /// Returns every mail in the answer, with the field for its status.
    pub fn mails(&mut self) -> Vec<(&EmailId, &mut Option<EmailStatus>)> {
        let messages = self.messages.iter_mut().map(|one| (&one.email_id, &mut one.email_status));
        let gifts = self.gifts_of_rating.iter_mut();
        let gifts = gifts.map(|one| (&one.email_id, &mut one.email_status));
        let reply = (&self.auto_reply.email_id, &mut self.auto_reply.email_status);
        let named = messages.chain(gifts).chain([reply]);
        named.filter_map(|(id, status)| Some((id.as_ref()?, status))).collect()
    }
}

impl OpinionAnswer {
    fn new(score: u8, comment: &Option<String>, at: Timestamp) -> Self {
        let category = Category::of(score);
        Self { score, category, color: category.color(), comment: comment.clone(), at }
    }

    fn history(rating: &Rating) -> Vec<Self> {
        let earlier = rating.earlier.iter();
        let earlier = earlier.map(|opinion| Self::new(opinion.score, &opinion.comment, opinion.at));
        earlier.chain([Self::new(rating.score, &rating.comment, rating.opinion_at())]).collect()
    }
}

impl AutoReplyAnswer {
    fn new(rating: &Rating) -> Self {
        let (state, until) = match rating.auto_reply {
            AutoReply::None => (AutoReplyState::None, None),
            AutoReply::Waiting { until } => (AutoReplyState::Waiting, Some(until)),
            AutoReply::Sent => (AutoReplyState::Sent, None),
            AutoReply::Cancelled => (AutoReplyState::Cancelled, None),
        };
        let is_sent = rating.auto_reply == AutoReply::Sent;
        let email_id = is_sent.then(|| auto_reply_email_id(rating));
        Self { state, until, email_id, email_status: None }
    }
}

/// Returns the problem that a refused message is answered with. One of a thread that moved has the newest message.
pub fn refused(refusal: Refusal, newest: Option<MessageAnswer>) -> Problem {
    let code = match refusal {
        Refusal::NewerMessage => "thread_moved",
        Refusal::ThreadFull | Refusal::MemberFull => "thread_full",
    };
    let problem = Problem::conflict(code, refusal.to_string());
    match newest {
        None => problem,
        Some(newest) => problem.with("message", json!(newest)),
    }
}
