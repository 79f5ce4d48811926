//! The automatic reply to a low rating without a comment: when it is sent, and what cancels it.
//!
//! `rating` decides how a changed rating or a message affects it. `mail` has the text of the mail.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::field::{FieldError, FieldErrors, prose, text};
use crate::id::{MessageId, RatingId};
use crate::member::Profile;
use crate::rating::{AutoReply, Category, Rating};

/// The longest subject, in characters.
pub const SUBJECT_MAX_CHARS: usize = 150;
/// The longest body, in characters.
pub const BODY_MAX_CHARS: usize = 4000;
/// The longest wait, in minutes: thirty days.
pub const WAIT_MINUTES_MAX: i64 = 43_200;
const WAIT_MINUTES_DEFAULT: i64 = 60;

/// What is replied by itself, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AutoReplySettings {
    /// Whether anything is replied.
    pub enabled: bool,
    /// The subject of the mail: one line.
    pub subject: String,
    /// The body of the mail: plain text in lines.
    pub body: String,
    /// How long a comment is waited for.
    pub wait_minutes: i64,
    /// Since when it is on; ratings from before get none.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub enabled_since: Option<Timestamp>,
}

/// The settings as somebody writes them. What GET gives can be PUT back.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AutoReplyRequest {
    /// Whether anything is replied.
    pub enabled: bool,
    /// The subject of the mail, up to 150 characters in one line; needed where it is enabled.
    pub subject: Option<String>,
    /// The body of the mail, up to 4,000 characters; needed where it is enabled.
    pub body: Option<String>,
    /// How long a comment is waited for, 0 to 43,200; 60 where it is not given.
    pub wait_minutes: Option<i64>,
    /// Read-only: ignored.
    #[schema(value_type = Option<String>, format = "date-time", read_only)]
    pub enabled_since: Option<serde::de::IgnoredAny>,
}

/// When the automatic reply to a rating is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyTiming {
    Never,
    /// Later, unless something cancels it.
    At(Timestamp),
    /// Together with the rating.
    Now,
}

/// What to do with an automatic reply that may be due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    Send,
    Cancel,
    /// It does not wait, or it is not due yet.
    NotDue,
}

impl Default for AutoReplySettings {
    /// Returns the default settings of a programme: no automatic reply.
    fn default() -> Self {
        Self {
            enabled: false,
            subject: String::new(),
            body: String::new(),
            wait_minutes: WAIT_MINUTES_DEFAULT,
            enabled_since: None,
        }
    }
}

impl AutoReplyRequest {
    /// Returns the settings if every field fits. Does not set when they were turned on.
    ///
    /// # Errors
    /// Returns every field that is refused.
    pub fn checked(self) -> Result<AutoReplySettings, Vec<FieldError>> {
        let mut errors = FieldErrors::default();
        let enabled = self.enabled;
        // Settings that are off may be incomplete.
        let blank = |value: &String| !enabled && value.trim().is_empty();
        let subject = Some(self.subject.unwrap_or_default()).filter(|value| !blank(value));
        let body = Some(self.body.unwrap_or_default()).filter(|value| !blank(value));
        let subject = subject
            .and_then(|value| errors.keep(text("subject", value, SUBJECT_MAX_CHARS)))
            .unwrap_or_default();
        let body = body
            .and_then(|value| errors.keep(prose("body", value, BODY_MAX_CHARS)))
            .unwrap_or_default();
        let wait_minutes = self.wait_minutes.unwrap_or(WAIT_MINUTES_DEFAULT);
        if !(0..=WAIT_MINUTES_MAX).contains(&wait_minutes) {
            let detail = format!("must be from 0 to {WAIT_MINUTES_MAX}");
            errors.push(FieldError::invalid("wait_minutes", detail));
        }
        let settings =
            AutoReplySettings { enabled, subject, body, wait_minutes, enabled_since: None };
        errors.into_result(Some(settings))
    }
}

impl AutoReplySettings {
    /// Returns these settings as a change of earlier ones: turned on at the earlier time, or now.
    #[must_use]
    pub fn following(self, before: &Self, now: Timestamp) -> Self {
        let since = before.enabled_since.filter(|_| before.enabled).unwrap_or(now);
        Self { enabled_since: self.enabled.then_some(since), ..self }
    }

    /// Returns whether a rating came while the settings were on.
    fn covers(&self, rating: &Rating) -> bool {
        self.enabled && self.enabled_since.is_some_and(|since| since <= rating.rated_at)
    }
}

impl ReplyTiming {
    /// Returns the rating with the decision about its reply.
    #[must_use]
    pub fn applied(self, rating: Rating) -> Rating {
        match self {
            Self::Never => rating,
            Self::At(until) => Rating { auto_reply: AutoReply::Waiting { until }, ..rating },
            Self::Now => sent(rating),
        }
    }
}

impl Release {
    /// Returns the rating with the decision about its reply.
    #[must_use]
    pub fn applied(self, rating: Rating) -> Rating {
        match self {
            Self::Send => sent(rating),
            Self::Cancel => Rating { auto_reply: AutoReply::Cancelled, ..rating },
            Self::NotDue => rating,
        }
    }
}

/// Returns the id of the automatic reply as a message of its thread. The mail keeps its text.
pub fn message_id(rating_id: &RatingId) -> MessageId {
    // No caller's key has this character, so no other message has the same id.
    MessageId::from_key(rating_id, "auto-reply#")
}

/// Records that the reply was sent. It is the newest message of the thread.
fn sent(rating: Rating) -> Rating {
    let newest_message = Some(message_id(&rating.rating_id));
    Rating { auto_reply: AutoReply::Sent, newest_message, ..rating }
}

/// Returns whether an optional mail may go to a member: they have an address and gave consent.
pub fn may_write_to(profile: &Profile) -> bool {
    profile.optional_emails && profile.email.is_some()
}

/// Decides when the reply to a new or changed rating is sent. A rating has one reply: none after it was sent
/// or cancelled, and none after a comment, a message or a reply.
pub fn on_rating(
    rating: &Rating,
    settings: Option<&AutoReplySettings>,
    may_write: bool,
    now: Timestamp,
) -> ReplyTiming {
    let Some(settings) = settings.filter(|settings| settings.covers(rating)) else {
        return ReplyTiming::Never;
    };
    if rating.auto_reply != AutoReply::None || !asks_for_reply(rating) || !may_write {
        return ReplyTiming::Never;
    }
    let wait = SignedDuration::from_mins(settings.wait_minutes);
    match now.checked_add(wait) {
        Ok(until) if until > now => ReplyTiming::At(until),
        Ok(_) => ReplyTiming::Now,
        Err(_) => ReplyTiming::Never,
    }
}

/// Decides what to do with a reply at an instant. Ratings from before the settings were last turned on get
/// none.
pub fn at_release(
    rating: &Rating,
    settings: Option<&AutoReplySettings>,
    may_write: bool,
    now: Timestamp,
) -> Release {
    match rating.auto_reply {
        AutoReply::Waiting { until } if until <= now => {}
        _ => return Release::NotDue,
    }
    let covered = settings.is_some_and(|settings| settings.covers(rating));
    if covered && may_write && asks_for_reply(rating) { Release::Send } else { Release::Cancel }
}

/// Records an agent's reply, which rules out the automatic one.
pub fn answered(rating: Rating) -> Rating {
    let replied = rating.replied();
    Rating { auto_reply: replied.auto_reply.ruled_out(), ..replied }
}

fn asks_for_reply(rating: &Rating) -> bool {
    let was_explained = rating.earlier.iter().any(|opinion| opinion.comment.is_some());
    let is_silent = rating.comment.is_none() && !was_explained && rating.replies == 0;
    rating.category() == Category::Detractor && is_silent
}

#[cfg(test)]
mod tests;
