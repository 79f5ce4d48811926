//! The timeline: every entry of a member, newest first, explained.
//!
//! Expiries have no items of their own. The write that noticed them stores them, and they are shown
//! with it. Expiries that no write has noticed yet are shown first.

use puntos_api::Problem;
use puntos_api::member_view::{KindFilter, TimelineEntry};
use puntos_domain::account::{Expired, MemberAccount};
use puntos_domain::id::{EmailId, EntryId, MemberId, RedemptionId};
use puntos_domain::mail::EmailStatus;
use puntos_domain::page::{Page, PageQuery};
use puntos_domain::timeline::EntryKind;
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::Entry;

use crate::{ViewMember, sentence};

pub(crate) async fn timeline(_: &ViewMember, call: &Call) -> Result<Answer, Failure> {
    let member_id: MemberId = call.request.path_id("member_id")?;
    call.only_own(&member_id).await?;
    let filter = KindFilter::of(call.request.query("kind"))?;
    let page = call.request.page()?;
    let account = call.store.account(&member_id).await?.ok_or_else(Problem::not_found)?;
    let kind = match filter {
        KindFilter::All => None,
        KindFilter::Only(kind) => Some(kind),
        KindFilter::Unwritten => {
            return Ok(Answer::ok(Page::<TimelineEntry> { data: Vec::new(), next_cursor: None }));
        }
    };
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

/// Returns an entry as it is shown. The expiries that it noticed are below it, because they are older.
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

/// Adds the status of the mails, which are read with one request. A mail that is not locked yet is
/// queued.
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
