//! The view of a member for the contact centre: the page and the timeline. The routes and their shapes.

use jiff::Timestamp;
use puntos_domain::explanation::ExplanationRow;
use puntos_domain::id::{EmailId, EntryId, RedemptionId};
use puntos_domain::mail::EmailStatus;
use puntos_domain::money::Money;
use puntos_domain::points::Points;
use puntos_domain::rating::Color;
use puntos_domain::timeline::EntryKind;
use serde::Serialize;

use crate::members::MemberAnswer;
use crate::{KeyRule, Parameter, Problem, Reply, Role, Route};

/// Shows a member.
pub const SHOW: Route = Route {
    key: "GET /v1/members/{member_id}",
    operation_id: "get_member",
    tag: "Members",
    summary: "Show a member",
    description: "Shows a member with the balance and the status of the e-mail address, by a \
        strong read: it includes every write before it.",
    roles: &[Role::Agent, Role::Supervisor, Role::Member],
    idempotency: KeyRule::Ignored,
    query: &[],
    request: None,
    answers: &[Reply::new::<MemberAnswer>(200, "The member")],
    problems: &[(404, &["not_found"])],
};

/// Lists everything that happened to a member.
pub const TIMELINE: Route = Route {
    key: "GET /v1/members/{member_id}/timeline",
    operation_id: "list_timeline",
    tag: "Members",
    summary: "List everything that happened to a member",
    description: "Newest first. A page may be short and still have a cursor. An expiry and a change \
        of the tier are shown right after the entry that recorded them, at their own time, and do \
        not count to the limit. What no entry has recorded yet comes first. The sentence of a \
        change of the tier is in the language of the member.",
    roles: &[Role::Agent, Role::Supervisor, Role::Member],
    idempotency: KeyRule::Ignored,
    query: &[
        Parameter::optional::<EntryKind>("kind", "Only entries of this kind"),
        Parameter::LIMIT,
        Parameter::CURSOR,
    ],
    request: None,
    answers: &[Reply::page::<TimelineEntry>(200, "The entries")],
    problems: &[(400, &["cursor_mismatch"]), (404, &["not_found"])],
};

/// Returns the kind that the parameter `kind` names; `None` is every kind.
///
/// # Errors
/// Refuses a kind that the contract does not know.
pub fn kind_of(kind: Option<&str>) -> Result<Option<EntryKind>, Problem> {
    let Some(name) = kind else { return Ok(None) };
    Ok(Some(match name {
        "purchase" => EntryKind::Purchase,
        "return" => EntryKind::Return,
        "redemption" => EntryKind::Redemption,
        "reversal" => EntryKind::Reversal,
        "adjustment" => EntryKind::Adjustment,
        "expiry" => EntryKind::Expiry,
        "tier" => EntryKind::Tier,
        "email" => EntryKind::Email,
        "profile" => EntryKind::Profile,
        "rating" => EntryKind::Rating,
        "task" => EntryKind::Task,
        "claim" => EntryKind::Claim,
        _ => return Err(Problem::invalid_field("kind", "is not a kind of entry")),
    }))
}

/// An entry of a timeline.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TimelineEntry {
    /// Its id.
    #[schema(value_type = String)]
    pub entry_id: EntryId,
    /// Its kind.
    pub kind: EntryKind,
    /// When it was written.
    #[schema(value_type = String, format = "date-time")]
    pub at: Timestamp,
    /// The points given, or taken when negative.
    pub points: Option<Points>,
    /// The available points right after it.
    pub balance_after: Option<Points>,
    /// A sentence for people.
    pub summary: String,
    /// Why the points are what they are; the rows add up to them.
    pub explanation: Option<Vec<ExplanationRow>>,
    /// The purchase.
    pub purchase_id: Option<String>,
    /// When the purchase was made.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub purchased_at: Option<Timestamp>,
    /// The branch of the purchase, of the invoice of an adjustment, or of the rated visit.
    pub branch: Option<String>,
    /// The number of that invoice.
    pub invoice_number: Option<String>,
    /// The total of the purchase.
    pub total: Option<Money>,
    /// The redemption of a redemption, its reversal or its mail.
    #[schema(value_type = Option<String>)]
    pub redemption_id: Option<RedemptionId>,
    /// The rating, or the rating that got a gift.
    pub rating_id: Option<String>,
    /// The score of the rating.
    pub score: Option<u8>,
    /// The colour in which the score is shown.
    pub color: Option<Color>,
    /// The comment of the rating.
    pub comment: Option<String>,
    /// The care task.
    pub task_id: Option<String>,
    /// The claim.
    pub claim_id: Option<String>,
    /// The mail, or the mail that it caused.
    #[schema(value_type = Option<String>)]
    pub email_id: Option<EmailId>,
    /// The status of that mail.
    pub email_status: Option<EmailStatus>,
    /// A note for colleagues, or of the agent who did the task; a member does not see it.
    pub note: Option<String>,
    /// Who did it, a task by name; a member does not see it.
    pub actor: Option<String>,
}

impl TimelineEntry {
    /// Returns an entry with what every kind has, and nothing else.
    pub fn new(entry_id: EntryId, kind: EntryKind, at: Timestamp, summary: String) -> Self {
        Self {
            entry_id,
            kind,
            at,
            points: None,
            balance_after: None,
            summary,
            explanation: None,
            purchase_id: None,
            purchased_at: None,
            branch: None,
            invoice_number: None,
            total: None,
            redemption_id: None,
            rating_id: None,
            score: None,
            color: None,
            comment: None,
            task_id: None,
            claim_id: None,
            email_id: None,
            email_status: None,
            note: None,
            actor: None,
        }
    }
}
