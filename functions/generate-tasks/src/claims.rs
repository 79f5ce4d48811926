//! Applies a local day to a claim: creates its follow-up, notes a broken promise, writes to its member, or ends the
//! claim if the missing purchase has arrived.

use jiff::civil::Date;
use puntos_domain::claim::{Claim, News, Observation, Today};
use puntos_domain::id::{ClaimId, TaskId, digest};
use puntos_domain::mail::Composer;
use puntos_domain::points::Points;
use puntos_domain::program::ProgramVersion;
use puntos_domain::stamp::Stamp;
use puntos_domain::task::{Task, TaskKind, TaskStatus};
use puntos_domain::text::{self, Remark};
use puntos_store::{ClaimChange, ClaimSources, FollowUp, Store, StoreError};

/// Does what is due. Returns false if nothing is due any more, or if another write came first; the next
/// run then decides again.
///
/// # Errors
/// Fails where the table does not answer.
pub(crate) async fn handle(
    store: &Store,
    brand: &str,
    claim_id: &ClaimId,
    today: Date,
    stamp: &Stamp,
) -> Result<bool, StoreError> {
    let sources = store.claim_sources(claim_id, None, None).await?;
    let (Some(before), Some(head)) = (&sources.claim, &sources.head) else { return Ok(false) };
    let rules = store.program_at(head, stamp.at).await?;
    let composer = Composer { program: &rules, brand };
    let member = store.current(sources.profile.clone()).await?;
    let mail_of = |after: &Claim, news: News| {
        let member = member.as_ref()?;
        composer.claim_news(after, before.version + 1, news, &member.profile, stamp)
    };
    let settings = rules.program.claims;
    let Some(day) = before.claim.on_day(&Today { date: today, settings }, stamp.at) else {
        return Ok(false);
    };
    if let Some(after) = came_meanwhile(store, &rules, &before.claim, stamp).await? {
        let mail = after.tells_member().then(|| mail_of(&after, News::Step)).flatten();
        let change =
            ClaimChange { mail: mail.as_ref(), ..ClaimChange::new(Some(before), &after, today) };
        return store.save_claim(&change, stamp).await;
    }
    let mut after = day.claim;
    let mail = day.news.and_then(|news| mail_of(&after, news));
    let mut note = text::task_of_claim(&after.kind.into(), &after.status.into());
    if let Some(promised) = day.broken_promise {
        note = text::task_promise_broken(&note, promised);
    }
    let note = Remark::from(note);
    let open = store.open_follow_up(&before.claim).await?;
    let task = follow_up(&after, &sources, today, note.clone());
    let follow_up = match &open {
        _ if !day.asks => None,
        None => Some(FollowUp::Made(&task)),
        Some(open) => day.broken_promise.map(|_| FollowUp::Noted(open, &note)),
    };
    if day.asks {
        after.follow_up_task = Some(open.clone().unwrap_or_else(|| task.task_id.clone()));
    }
    let mail = mail.as_ref();
    let change = ClaimChange { follow_up, mail, ..ClaimChange::new(Some(before), &after, today) };
    store.save_claim(&change, stamp).await
}

/// Returns the claim's end if the missing purchase has arrived and earned points.
async fn came_meanwhile(
    store: &Store,
    rules: &ProgramVersion,
    claim: &Claim,
    stamp: &Stamp,
) -> Result<Option<Claim>, StoreError> {
    let mut found = Vec::new();
    if let Some(purchase_id) = claim.missed() {
        found.extend(store.purchase(&purchase_id).await?);
    } else if let Some(number) = claim.missed_number() {
        let branches = store.searched_branches(Some(rules)).await?;
        let numbered = store.invoices_numbered(number, &branches).await?;
        found.extend(numbered.into_iter().map(|(_, purchase)| purchase));
    }
    let member_id = claim.claim_id.member_id();
    let mut earned = found.into_iter().filter_map(|purchase| purchase.receipt?.earned);
    let is_own = earned.any(|earned| earned.member_id == member_id && earned.points > Points::ZERO);
    Ok(if is_own { claim.observed(&Observation::Purchase, stamp.at) } else { None })
}

/// Returns the follow-up of a claim for a day: one id, however often it is created.
fn follow_up(claim: &Claim, sources: &ClaimSources, today: Date, note: Remark) -> Task {
    let member_id = claim.claim_id.member_id();
    let cause = digest(&["claim_follow_up", claim.claim_id.as_str(), &today.to_string()]);
    // The member of a claim may be unknown. Then the task has no name.
    let name = sources.profile.as_ref().map(|stored| stored.profile.name.clone());
    Task {
        task_id: TaskId::of_cause(&cause, &member_id),
        kind: TaskKind::ClaimFollowUp,
        member_id,
        member_name: name.unwrap_or_default(),
        due_from: today,
        due_until: None,
        status: TaskStatus::Open,
        note: Some(note),
        about: Some(claim.claim_id.to_string()),
        moved: None,
        agent_id: sources.profile.as_ref().and_then(|stored| stored.profile.agent_id.clone()),
    }
}
