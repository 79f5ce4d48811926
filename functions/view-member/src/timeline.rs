//! The timeline: every entry of a member, newest first, explained.
//!
//! Expiries and changes of the tier have no items of their own. The write that noticed them stores them, and they
//! are shown with it. What no write has noticed yet is shown first.

mod tiers;

use jiff::Timestamp;
use puntos_api::Problem;
use puntos_api::agents::{name_of, subject};
use puntos_api::member_view::{TimelineEntry, kind_of};
use puntos_domain::account::{Expired, MemberAccount};
use puntos_domain::explanation::Explanation;
use puntos_domain::id::{EmailId, EntryId, MemberId, TaskId};
use puntos_domain::language::Language;
use puntos_domain::mail::EmailStatus;
use puntos_domain::page::{Page, PageQuery};
use puntos_domain::rating::Category;
use puntos_domain::task::TaskStatus;
use puntos_domain::text;
use puntos_domain::timeline::EntryKind;
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::{Entry, Row};

use crate::{ViewMember, sentence};

use tiers::Tiers;

pub(crate) async fn timeline(_: &ViewMember, call: &Call) -> Result<Answer, Failure> {
    let member_id: MemberId = call.request.path_id("member_id")?;
    call.only_own(&member_id).await?;
    let kind = kind_of(call.request.query("kind"))?;
    let page = call.request.page()?;
    let account = call.store.own_account(&member_id).await?.ok_or_else(Problem::not_found)?;
    let (entries, next_cursor) = call.store.timeline(&member_id, kind, &page).await?;
    let tiers = Tiers::of(call, &account, &entries).await?;
    let language = match &tiers {
        Some(tiers) => tiers.language(),
        None => call.language(account.contact.locale.as_deref()).await?,
    };
    let mut data = unnoticed(call, &page, &account, tiers.as_ref(), language);
    for entry in &entries {
        data.extend(shown(entry, tiers.as_ref(), language));
    }
    data.retain(|entry| kind.is_none_or(|kind| entry.kind == kind));
    fill_email_status(call, &mut data).await?;
    if call.request.caller()?.is_only_member() {
        for entry in &mut data {
            entry.actor = None;
            entry.note = None;
        }
    } else {
        show_who_did(call, &entries, &mut data, language).await?;
    }
    Ok(Answer::ok(Page { data, next_cursor }))
}

/// Returns an entry as it is shown. What it noticed is below it, the newest first.
fn shown(entry: &Entry, tiers: Option<&Tiers>, language: Language) -> Vec<TimelineEntry> {
    let Some(at) = entry.at() else { return Vec::new() };
    let summary = sentence::of(entry).in_language(language);
    let in_language = |explanation: Explanation| explanation.in_language(language);
    let mut line = TimelineEntry {
        points: entry.points(),
        balance_after: entry.balance_after(),
        branch: entry.branch().map(str::to_owned),
        invoice_number: entry.invoice_number().map(str::to_owned),
        redemption_id: entry.row.redemption_id().cloned(),
        note: entry.row.note().map(|note| note.in_language(language)),
        actor: entry.actor().map(str::to_owned),
        ..TimelineEntry::new(entry.entry_id(), entry.kind(), at, summary)
    };
    match &entry.row {
        Row::Purchase(purchase) => {
            line.purchase_id = Some(entry.object().to_owned());
            line.purchased_at = Some(purchase.purchased_at);
            line.total = Some(purchase.total());
            let paid = purchase.points_paid();
            let explanation = purchase.explanation();
            line.explanation =
                explanation.map(|explanation| in_language(explanation.with_points_paid(paid)));
        }
        Row::Return(returned) => {
            line.purchase_id = Some(returned.purchase_id.to_string());
            line.explanation = returned.explanation().map(in_language);
        }
        Row::Correction(correction) => {
            line.purchase_id = Some(correction.purchase_id.to_string());
            line.explanation = correction.explanation().map(in_language);
        }
        Row::Move(moved) => {
            line.purchase_id = Some(moved.purchase_id.to_string());
            line.purchased_at = Some(moved.purchased_at);
            line.explanation = moved.explanation().map(in_language);
        }
        Row::Redemption(redemption) if entry.has_mail() => {
            line.email_id = Some(redemption.redemption_id.coupon_email_id());
        }
        Row::Reversal(reversal) if entry.has_mail() => {
            line.email_id = Some(reversal.redemption_id.reversal_email_id());
        }
        Row::Email(email) => {
            line.email_id = entry.object().parse().ok();
            line.email_status = Some(email.status);
        }
        Row::Rating(rating) => {
            line.rating_id = entry.object_id();
            line.score = Some(rating.score);
            line.color = Some(Category::of(rating.score).color());
            line.comment = rating.comment.clone();
        }
        Row::Gift(_) => line.rating_id = entry.object_id(),
        Row::Task(_) => line.task_id = entry.object_id(),
        Row::Claim(_) => line.claim_id = entry.object_id(),
        Row::Redemption(_)
        | Row::Reversal(_)
        | Row::Adjustment(_)
        | Row::Merge(_)
        | Row::Profile(_) => {}
    }
    let noticed = tiers.map_or_else(Vec::new, |tiers| tiers.noticed_by(entry));
    [line].into_iter().chain(below(entry.object(), &entry.expired(), noticed, language)).collect()
}

/// Returns the expiries and the changes of the tier that something noticed, the newest first.
fn below(
    noticed_by: &str,
    expired: &[Expired],
    mut tiers: Vec<TimelineEntry>,
    language: Language,
) -> Vec<TimelineEntry> {
    tiers.extend(expired.iter().map(|expired| expiry(noticed_by, expired, language)));
    tiers.sort_by_key(|entry| std::cmp::Reverse(entry.at));
    tiers
}

/// Expiries and lost tiers that no write has noticed yet, on the first page.
fn unnoticed(
    call: &Call,
    page: &PageQuery,
    account: &MemberAccount,
    tiers: Option<&Tiers>,
    language: Language,
) -> Vec<TimelineEntry> {
    if page.cursor.is_some() {
        return Vec::new();
    }
    let lost = tiers.map_or_else(Vec::new, |tiers| tiers.unnoticed(account, call.now));
    below(account.member_id.as_str(), &account.account.expired(call.now), lost, language)
}

/// Returns the id of an expiry at an instant: the same in the timeline and in statements.
pub(crate) fn expiry_id(noticed_by: &str, at: Timestamp) -> EntryId {
    EntryId::of("expiry", &format!("{noticed_by}#{}", at.as_second()))
}

fn expiry(noticed_by: &str, expired: &Expired, language: Language) -> TimelineEntry {
    let entry_id = expiry_id(noticed_by, expired.at);
    let summary = text::entry_expired(expired.points).in_language(language);
    TimelineEntry {
        points: Some(-expired.points),
        ..TimelineEntry::new(entry_id, EntryKind::Expiry, expired.at, summary)
    }
}

/// Adds to completed tasks who did them, by name, and the note of that agent. The index has neither: the tasks
/// are read with one request, and the names with another.
async fn show_who_did(
    call: &Call,
    entries: &[Entry],
    data: &mut [TimelineEntry],
    language: Language,
) -> Result<(), Failure> {
    let is_done = |entry: &&Entry| matches!(&entry.row, Row::Task(task) if task.state == TaskStatus::Completed);
    let ids = entries.iter().filter(is_done).filter_map(|entry| entry.object_id()?.parse().ok());
    let ids: Vec<TaskId> = ids.collect();
    let tasks = call.store.tasks(&ids).await?;
    let done = |task_id: &str| {
        let task = tasks.iter().find(|stored| stored.task.task_id.as_str() == task_id)?;
        task.done.as_ref()
    };
    let actors = tasks.iter().filter_map(|stored| subject(&stored.done.as_ref()?.by));
    let names = call.store.agent_names(&actors.collect::<Vec<_>>()).await?;
    for entry in data {
        let Some(done) = entry.task_id.as_deref().and_then(done) else { continue };
        entry.actor = Some(name_of(&done.by, &names).unwrap_or(&done.by).to_owned());
        let note = done.note.as_ref().map(|note| note.in_language(language));
        entry.note = note.or(entry.note.take());
    }
    Ok(())
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
