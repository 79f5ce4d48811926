//! Rating a visit: the command, its identity, and the rating that follows from it.

use jiff::Timestamp;

use super::{AutoReply, Rating, score};
use crate::calendar::local_date;
use crate::field::FieldError;
use crate::id::{MemberId, RatingId, digest};
use crate::program::ProgramVersion;

/// A parsed rating of a visit. Whether the score is within the programme's bounds is not checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateVisit {
    /// The score.
    pub score: u8,
    /// The comment.
    pub comment: Option<String>,
    /// Where the visit was.
    pub branch: String,
    /// The invoice of the visit.
    pub invoice_number: Option<String>,
    /// When the visit was.
    pub visited_at: Timestamp,
}

impl RateVisit {
    /// Returns the id of the member's rating: of the visit where it has an invoice, otherwise of the
    /// idempotency key.
    pub fn rating_id(&self, key: &str, member_id: &MemberId) -> RatingId {
        match &self.invoice_number {
            Some(invoice) => RatingId::of_visit(&self.branch, invoice, member_id),
            None => RatingId::from_key(key, member_id),
        }
    }

    /// Returns the fingerprint. The time of the visit is not part of it: a retry may give another.
    pub fn fingerprint(&self, member_id: &MemberId) -> String {
        let score = self.score.to_string();
        let comment = self.comment.as_deref().unwrap_or_default();
        let invoice = self.invoice_number.as_deref().unwrap_or_default();
        digest(&[member_id.as_str(), &score, comment, &self.branch, invoice])
    }
}

/// Decides a rating: the first of a visit, or a change of the one before. The automatic reply is not
/// decided here.
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
        replies: 0,
        rated_at: now,
        changed_at: None,
        earlier: Vec::new(),
        auto_reply: AutoReply::None,
    })
}
