//! Ratings: a score for a visit, its category, and its counters.
//!
//! `auto_reply` decides when an automatic reply is sent. This module only decides what cancels it.

mod tally;
#[cfg(test)]
pub(crate) mod tests;
mod viewers;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::calendar::local_date;
use crate::field::FieldError;
use crate::id::{MemberId, MessageId, RatingId};
use crate::invoice::{BranchKey, Invoice};
use crate::program::ProgramVersion;
use crate::stamp::Stamp;

pub use tally::{Nps, Tally};
pub use viewers::{VIEWERS_MAX, Viewer};

/// The highest score; the lowest is the programme's.
pub const SCORE_MAX: u8 = 10;
/// The longest comment, in characters.
pub const COMMENT_MAX_CHARS: usize = 1000;
/// The most earlier scores and comments that are kept: the newest.
pub const EARLIER_MAX: usize = 20;

/// Which of three kinds of customer a score makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Scores 9 or 10.
    Promoter,
    /// Scores 7 or 8.
    Passive,
    /// Scores 6 or less.
    Detractor,
}

/// The colour in which a category is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Color {
    /// Of promoters.
    Green,
    /// Of passives.
    Yellow,
    /// Of detractors.
    Red,
}

impl Category {
    /// Returns the category of a score.
    pub fn of(score: u8) -> Self {
        match score {
            9.. => Self::Promoter,
            7..=8 => Self::Passive,
            ..=6 => Self::Detractor,
        }
    }

    /// Returns the colour in which it is shown.
    pub fn color(self) -> Color {
        match self {
            Self::Promoter => Color::Green,
            Self::Passive => Color::Yellow,
            Self::Detractor => Color::Red,
        }
    }
}

/// The state of the automatic reply to a rating. There is one at most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AutoReply {
    /// None was ever due.
    #[default]
    None,
    /// It is sent at this time, if nothing cancels it.
    Waiting {
        /// The time.
        until: Timestamp,
    },
    /// It became a mail.
    Sent,
    /// Something cancelled it.
    Cancelled,
}

/// An earlier score and comment of a rating that was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierOpinion {
    pub score: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// When it was given.
    pub at: Timestamp,
}

/// A member's rating of one visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rating {
    pub rating_id: RatingId,
    /// Who rated.
    pub member_id: MemberId,
    /// The member's name when the rating was given.
    pub member_name: String,
    /// Where the visit was.
    pub branch: String,
    /// The invoice of the visit.
    pub invoice_number: Option<String>,
    /// When the visit was, as first given.
    pub visited_at: Timestamp,
    /// The local day of the visit when it was first rated. The counters of this day include it.
    pub day: Date,
    /// The current score.
    pub score: u8,
    /// The current comment.
    pub comment: Option<String>,
    /// Whether an agent still has to read it.
    pub unread: bool,
    /// Whether the member wrote a message in the thread. It counts as a comment.
    pub member_wrote: bool,
    /// How often it was replied to.
    pub replies: u32,
    /// When it was first given.
    pub rated_at: Timestamp,
    /// When the score or comment was last changed.
    pub changed_at: Option<Timestamp>,
    /// The earlier scores and comments, oldest first.
    pub earlier: Vec<EarlierOpinion>,
    /// The state of the automatic reply.
    pub auto_reply: AutoReply,
    /// The newest message of the thread; the automatic reply is one.
    pub newest_message: Option<MessageId>,
    /// The agents who said that they look at it, in the order in which they came. Their time may be over.
    pub viewers: Vec<Viewer>,
}

/// A parsed rating of a visit. Whether the score is within the programme's bounds is not checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateVisit {
    pub score: u8,
    pub comment: Option<String>,
    /// Where the visit was.
    pub branch: String,
    /// The invoice of the visit.
    pub invoice_number: Option<String>,
    /// When the visit was.
    pub visited_at: Timestamp,
}

/// What names a visit without an invoice.
#[derive(Debug, Clone, Copy)]
pub enum VisitName<'a> {
    /// The local day: a member rates a branch once a day.
    Day(Date),
    /// The idempotency key: a till rates as often as there are visits.
    Key(&'a str),
}

#[derive(Debug, Clone)]
pub struct RecordedRating {
    pub rating: Rating,
    /// The fingerprint of the last request: member, score, comment, branch and invoice.
    pub fingerprint: String,
    /// Who rated first, when, and under which request.
    pub recorded: Stamp,
    /// Counts the writes; the store sets it.
    pub version: u64,
}

/// The field by which a list of ratings is sorted.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    utoipa::ToSchema,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantNames,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum RatingSort {
    /// The date of the visit.
    Date,
    /// The score, then the newest visit first.
    Score,
    /// The customer's name, then the date of the visit.
    Name,
    /// The unread flag, then the newest visit first.
    Unread,
    /// The branch, then the newest visit first.
    Branch,
}

impl RatingSort {
    /// The names, as queries have them.
    pub const NAMES: &[&str] = <Self as strum::VariantNames>::VARIANTS;

    /// Returns the name, as the query has it.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

impl RateVisit {
    /// Returns the id of the member's rating: of the visit where it has an invoice, otherwise of the branch
    /// and the local day, or of the till's idempotency key.
    pub fn rating_id(&self, without_invoice: VisitName<'_>, member_id: &MemberId) -> RatingId {
        match (&self.invoice_number, without_invoice) {
            (Some(invoice), _) => {
                RatingId::of_visit(Invoice::new(&self.branch, invoice), member_id)
            }
            (None, VisitName::Day(day)) => {
                RatingId::of_day(&BranchKey::of(&self.branch), day, member_id)
            }
            (None, VisitName::Key(key)) => RatingId::from_key(key, member_id),
        }
    }
}

impl Rating {
    /// Returns the category of its score.
    pub fn category(&self) -> Category {
        Category::of(self.score)
    }

    /// Returns when the current score and comment were given.
    pub fn opinion_at(&self) -> Timestamp {
        self.changed_at.unwrap_or(self.rated_at)
    }

    /// Returns whether the member said anything: with the score, or later in the thread.
    pub fn has_comment(&self) -> bool {
        self.comment.is_some() || self.member_wrote
    }

    /// Returns its part of the counters of its day.
    pub fn tally(&self) -> Tally {
        let category = self.category();
        let has_comment = self.has_comment();
        Tally {
            ratings: 1,
            comments: has_comment.into(),
            replies: self.replies.into(),
            unread_comments: (has_comment && self.unread).into(),
            promoters: (category == Category::Promoter).into(),
            passives: (category == Category::Passive).into(),
            detractors: (category == Category::Detractor).into(),
            scores: std::array::from_fn(|score| (score == usize::from(self.score)).into()),
        }
    }

    /// Marks it as read.
    #[must_use]
    pub fn opened(self) -> Self {
        Self { unread: false, ..self }
    }

    /// Counts one more reply of an agent, and marks the rating as read.
    #[must_use]
    pub fn replied(self) -> Self {
        Self { replies: self.replies.saturating_add(1), unread: false, ..self }
    }

    /// Records a message of its member: the rating is unread again, and the automatic reply is cancelled.
    #[must_use]
    pub fn messaged(self) -> Self {
        Self { unread: true, member_wrote: true, auto_reply: self.auto_reply.ruled_out(), ..self }
    }

    /// Changes score and comment. It stays the rating of the same visit, and the earlier ones are kept.
    ///
    /// A new comment marks it as unread. A comment, or a score that is not low any more, cancels a waiting
    /// automatic reply.
    #[must_use]
    pub fn changed(mut self, score: u8, comment: Option<String>, at: Timestamp) -> Self {
        let is_new_comment = comment.is_some() && comment != self.comment;
        let earlier = EarlierOpinion {
            score: self.score,
            comment: self.comment.take(),
            at: self.opinion_at(),
        };
        self.earlier.push(earlier);
        let too_many = self.earlier.len().saturating_sub(EARLIER_MAX);
        let is_comment_dropped =
            self.earlier.drain(..too_many).any(|opinion| opinion.comment.is_some());
        if is_comment_dropped {
            // The earlier comment is not kept, so this field records that there was one.
            self.auto_reply = self.auto_reply.ruled_out();
        }
        let needs_no_reply = comment.is_some() || Category::of(score) != Category::Detractor;
        if needs_no_reply {
            self.auto_reply = self.auto_reply.cancelled();
        }
        Self { score, comment, unread: self.unread || is_new_comment, changed_at: Some(at), ..self }
    }
}

impl AutoReply {
    /// Cancels a waiting reply.
    #[must_use]
    pub fn cancelled(self) -> Self {
        match self {
            Self::Waiting { .. } => Self::Cancelled,
            other => other,
        }
    }

    /// Cancels a reply that was not sent, and rules out a later one.
    #[must_use]
    pub fn ruled_out(self) -> Self {
        match self {
            Self::Sent => Self::Sent,
            Self::None | Self::Waiting { .. } | Self::Cancelled => Self::Cancelled,
        }
    }
}

/// Decides a rating: the first of a visit, or a change of the existing one. Does not decide the automatic
/// reply.
///
/// # Errors
/// Refuses a score below the programme's lowest.
pub fn decide(
    before: Option<Rating>,
    command: &RateVisit,
    rating_id: &RatingId,
    member_name: &str,
    rules: &ProgramVersion,
    now: Timestamp,
) -> Result<Rating, FieldError> {
    let score = score(command.score.into(), rules.program.lowest_score)?;
    if let Some(before) = before {
        return Ok(before.changed(score, command.comment.clone(), now));
    }
    Ok(Rating {
        member_id: rating_id.member_id(),
        rating_id: rating_id.clone(),
        member_name: member_name.to_owned(),
        branch: command.branch.clone(),
        invoice_number: command.invoice_number.clone(),
        visited_at: command.visited_at,
        day: local_date(command.visited_at, &rules.zone()),
        score,
        comment: command.comment.clone(),
        unread: true,
        member_wrote: false,
        replies: 0,
        rated_at: now,
        changed_at: None,
        earlier: Vec::new(),
        auto_reply: AutoReply::None,
        newest_message: None,
        viewers: Vec::new(),
    })
}

/// Returns a score within the bounds of the programme.
///
/// # Errors
/// Refuses one below the programme's lowest or above 10.
pub fn score(score: i64, lowest: u8) -> Result<u8, FieldError> {
    u8::try_from(score).ok().filter(|score| (lowest..=SCORE_MAX).contains(score)).ok_or_else(|| {
        FieldError::invalid("score", format!("must be from {lowest} to {SCORE_MAX}"))
    })
}
