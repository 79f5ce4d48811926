//! Invitations to rate a visit: when one is due, whether it is still sent then, and what its link names.
//!
//! A purchase or an order waits as the due item itself. The store signs the token of the link.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};

use crate::auto_reply::may_write_to;
use crate::id::{MemberId, OrderEventId, PurchaseId, RatingId};
use crate::invoice::Invoice;
use crate::member::Member;
use crate::program::{InvitedAfter, Program};
use crate::rating::{EARLIER_MAX, RateVisit, Rating};

/// How old a visit may be when it becomes known. Older ones come from imports, or from tills that were offline for long.
const AGE_MAX: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How long an invitation can be used.
const VALID_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);
/// The branch of the ratings of orders, which name none.
pub const ORDER_BRANCH: &str = "online";

/// Names a visit: the purchase or the order that records it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VisitId {
    Purchase(PurchaseId),
    /// The event by which the order was placed.
    Order(OrderEventId),
}

/// A visit that its member may be invited to rate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    pub visit_id: VisitId,
    pub member_id: MemberId,
    pub branch: String,
    /// The number of the invoice or of the order.
    pub invoice_number: String,
    pub at: Timestamp,
}

/// A visit whose invitation is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueInvitation {
    pub visit: Visit,
    /// Since when it is due.
    pub due_at: Timestamp,
}

/// What the link of an invitation names: a visit and its member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    pub visit_id: VisitId,
    pub member_id: MemberId,
}

/// What is known of a visit besides the visit itself when its invitation is due.
#[derive(Debug, Clone)]
pub struct Circumstances {
    pub member: Member,
    /// Whether the visit was rated, by whatever way.
    pub is_rated: bool,
    /// Whether the order was cancelled.
    pub is_cancelled: bool,
}

impl Visit {
    /// Returns the id of its rating. One that the till sends with the invoice has the same.
    pub fn rating_id(&self) -> RatingId {
        let invoice = Invoice::new(&self.branch, &self.invoice_number);
        RatingId::of_visit(invoice, &self.member_id)
    }

    /// Returns the rating of the visit.
    pub fn rated(&self, score: u8, comment: Option<String>) -> RateVisit {
        RateVisit {
            score,
            comment,
            branch: self.branch.clone(),
            invoice_number: Some(self.invoice_number.clone()),
            visited_at: self.at,
        }
    }

    /// Returns what the link of its invitation names.
    pub fn invitation(&self) -> Invitation {
        Invitation { visit_id: self.visit_id.clone(), member_id: self.member_id.clone() }
    }

    fn kind(&self) -> InvitedAfter {
        match self.visit_id {
            VisitId::Purchase(_) => InvitedAfter::Purchase,
            VisitId::Order(_) => InvitedAfter::Order,
        }
    }
}

/// Returns when the invitation to a visit that becomes known now is due; `None` if there is none: the programme
/// invites to no such visit, or it was long ago.
pub fn due_at(
    program: &Program,
    kind: InvitedAfter,
    visited_at: Timestamp,
    now: Timestamp,
) -> Option<Timestamp> {
    let settings = program.invitations.as_ref().filter(|set| set.after.contains(&kind))?;
    let is_old = now.duration_since(visited_at) > AGE_MAX;
    let wait = SignedDuration::from_mins(settings.wait_minutes.into());
    visited_at.checked_add(wait).ok().filter(|_| !is_old)
}

/// Decides whether a due invitation is sent. It is not if the programme invites no more, the member wants no optional
/// mails or was merged, the visit was rated or the order cancelled.
pub fn is_sent(visit: &Visit, known: &Circumstances, program: &Program) -> bool {
    let settings = program.invitations.as_ref();
    let invites = settings.is_some_and(|settings| settings.after.contains(&visit.kind()));
    let can_get = may_write_to(&known.member.profile) && known.member.merged_into.is_none();
    invites && can_get && !known.is_rated && !known.is_cancelled
}

/// Returns until when an invitation that is sent now can be used.
pub fn valid_until(now: Timestamp) -> Timestamp {
    now.saturating_add(VALID_FOR).unwrap_or(Timestamp::MAX)
}

/// Returns whether a rating was changed so often that its invitation cannot change it any more.
pub fn is_used_up(rating: &Rating) -> bool {
    rating.earlier.len() >= EARLIER_MAX
}

impl fmt::Display for Invitation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let visit = match &self.visit_id {
            VisitId::Purchase(purchase_id) => purchase_id.as_str(),
            VisitId::Order(event_id) => event_id.as_str(),
        };
        write!(formatter, "{visit}-{}", self.member_id)
    }
}

/// The text is no invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an invitation")]
pub struct NotAnInvitation;

impl FromStr for Invitation {
    type Err = NotAnInvitation;

    fn from_str(text: &str) -> Result<Self, NotAnInvitation> {
        let (visit, member) = text.split_once('-').ok_or(NotAnInvitation)?;
        let purchase = visit.parse().map(VisitId::Purchase);
        let visit_id = purchase.or_else(|_| visit.parse().map(VisitId::Order));
        Ok(Self {
            visit_id: visit_id.map_err(|_| NotAnInvitation)?,
            member_id: member.parse().map_err(|_| NotAnInvitation)?,
        })
    }
}

#[cfg(test)]
mod tests;
