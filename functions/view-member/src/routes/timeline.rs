//! The timeline: every entry of a member, newest first, explained.
//!
//! Expiries have no items of their own: the write that noticed them carries them, and they are shown
//! beside it. Those that no write has noticed yet are shown on top.

use jiff::Timestamp;
use puntos_api::{Problem, ProblemBody};
use puntos_domain::account::Expired;
use puntos_domain::account::MemberAccount;
use puntos_domain::explanation::ExplanationRow;
use puntos_domain::id::{EmailId, EntryId, MemberId, RedemptionId};
use puntos_domain::mail::EmailStatus;
use puntos_domain::page::{Page, PageQuery};
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call};
use puntos_store::{Entry, EntryKind};
use serde::Serialize;

use super::sentence;

/// An entry of a timeline.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TimelineEntry {
    /// Its id.
    #[schema(value_type = String)]
    pub entry_id: EntryId,
    /// What it tells of.
    pub kind: EntryKind,
    /// When it was written.
    #[schema(value_type = String, format = "date-time")]
    pub at: Timestamp,
    /// The points given, or taken when negative.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points: Option<i64>,
    /// The available points right after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balance_after: Option<i64>,
    /// A sentence for people.
    pub summary: String,
    /// Why the points are what they are; the rows add up to them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Vec<ExplanationRow>>,
    /// The purchase.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purchase_id: Option<String>,
    /// The redemption that it is, undoes or tells of.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub redemption_id: Option<RedemptionId>,
    /// The rating that it is, or that a gift is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rating_id: Option<String>,
    /// The care task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_id: Option<String>,
    /// The claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim_id: Option<String>,
    /// The mail that it is or causes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub email_id: Option<EmailId>,
    /// What became of that mail so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_status: Option<EmailStatus>,
    /// A note for colleagues; a member does not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Who did it; a member does not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
}

#[utoipa::path(
    get, path = "/v1/members/{member_id}/timeline", tag = "Members",
    params(
        ("member_id" = String, Path), ("kind" = Option<EntryKind>, Query),
        ("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query),
    ),
    description = "Lists everything that happened to a member, newest first. A page may be short and still carry a cursor; an expiry stands beside the entry that noticed it and does not count to the limit.",
    responses(
        (status = 200, description = "The entries", body = Page<TimelineEntry>),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn timeline(call: &Call) -> Result<Answer, Failure> {
    let member_id: MemberId = call.request.path_id("member_id")?;
    call.only_own(&member_id).await?;
    let kind = call.request.query("kind").map(kind_of).transpose()?.flatten();
    let unwritten = call.request.query("kind").is_some() && kind.is_none();
    let page = call.request.page()?;
    let account = call.store.account(&member_id).await?.ok_or_else(Problem::not_found)?;
    if unwritten {
        return Ok(Answer::ok(Page::<TimelineEntry> { data: Vec::new(), next_cursor: None }));
    }
    let (entries, next_cursor) = call.store.timeline(&member_id, kind, &page).await?;
    let mut data = unnoticed(call, &page, &account);
    for entry in &entries {
        data.extend(shown(entry));
    }
    data.retain(|entry| kind.is_none_or(|kind| entry.kind == kind));
    fill_email_status(call, &mut data).await?;
    if call.request.caller()?.is_only_member() {
        for entry in &mut data {
            entry.actor = None;
            entry.note = None;
        }
    }
    Ok(Answer::ok(Page { data, next_cursor }))
}

/// Kinds that the contract knows and nothing writes yet find nothing; others are refused.
fn kind_of(name: &str) -> Result<Option<EntryKind>, Failure> {
    Ok(Some(match name {
        "purchase" => EntryKind::Purchase,
        "redemption" => EntryKind::Redemption,
        "reversal" => EntryKind::Reversal,
        "adjustment" => EntryKind::Adjustment,
        "expiry" => EntryKind::Expiry,
        "email" => EntryKind::Email,
        "profile" => EntryKind::Profile,
        "rating" => EntryKind::Rating,
        "task" => EntryKind::Task,
        "claim" => EntryKind::Claim,
        "return" => return Ok(None),
        _ => return Err(Problem::invalid_field("kind", "is not a kind of entry").into()),
    }))
}

/// Returns an entry as it is shown, with the expiries that it noticed below it: they came before.
fn shown(entry: &Entry) -> Vec<TimelineEntry> {
    let Some(at) = entry.at() else { return Vec::new() };
    let email_id = match entry.kind {
        EntryKind::Email => entry.pk.parse().ok(),
        EntryKind::Redemption => mailed(entry).map(RedemptionId::coupon_email_id),
        EntryKind::Reversal => mailed(entry).map(RedemptionId::reversal_email_id),
        _ => None,
    };
    let explanation = entry.explanation();
    let object = |kind: EntryKind| entry.object_id().filter(|_| entry.kind == kind);
    let mut rows = vec![TimelineEntry {
        entry_id: entry.entry_id(),
        kind: entry.kind,
        at,
        points: entry.points,
        balance_after: entry.balance_after,
        summary: sentence::of(entry),
        explanation: explanation.map(|explanation| explanation.for_people()),
        purchase_id: (entry.kind == EntryKind::Purchase).then(|| entry.pk.clone()),
        redemption_id: entry.redemption_id.clone(),
        rating_id: object(EntryKind::Rating),
        task_id: object(EntryKind::Task),
        claim_id: object(EntryKind::Claim),
        email_id,
        email_status: entry.status,
        note: entry.note.clone(),
        actor: entry.actor.clone(),
    }];
    rows.extend(entry.expired().iter().rev().map(|expired| expiry(&entry.pk, expired)));
    rows
}

fn mailed(entry: &Entry) -> Option<&RedemptionId> {
    entry.outbox.as_ref().and(entry.redemption_id.as_ref())
}

/// Expiries that no write has noticed yet, on the first page.
fn unnoticed(call: &Call, page: &PageQuery, account: &MemberAccount) -> Vec<TimelineEntry> {
    if page.cursor.is_some() {
        return Vec::new();
    }
    let expired = account.account.expired(call.now);
    expired.iter().rev().map(|expired| expiry(account.member_id.as_str(), expired)).collect()
}

fn expiry(noticed_by: &str, expired: &Expired) -> TimelineEntry {
    let cause = format!("{noticed_by}#{}", expired.at.as_second());
    TimelineEntry {
        entry_id: EntryId::of("expiry", &cause),
        kind: EntryKind::Expiry,
        at: expired.at,
        points: Some(-expired.points),
        balance_after: None,
        summary: sentence::expired(expired.points),
        explanation: None,
        purchase_id: None,
        redemption_id: None,
        rating_id: None,
        task_id: None,
        claim_id: None,
        email_id: None,
        email_status: None,
        note: None,
        actor: None,
    }
}

/// A redemption shows what became of its mail: those of a page are read with one request. A mail that
/// nobody has claimed yet is queued.
async fn fill_email_status(call: &Call, data: &mut [TimelineEntry]) -> Result<(), Failure> {
    let open = |entry: &TimelineEntry| entry.email_status.is_none();
    let ids: Vec<EmailId> = data
        .iter()
        .filter(|entry| open(entry))
        .filter_map(|entry| entry.email_id.clone())
        .collect();
    let emails = call.store.emails(&ids).await?;
    for entry in data.iter_mut().filter(|entry| entry.email_status.is_none()) {
        let Some(id) = &entry.email_id else { continue };
        let found = emails.iter().find(|email| email.email_id == *id);
        entry.email_status = Some(found.map_or(EmailStatus::Queued, |email| email.status()));
    }
    Ok(())
}
