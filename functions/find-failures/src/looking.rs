//! The look at what claims wait for: a mail that went out by now, a purchase that is recorded by now, or
//! a fix that failed.

use std::collections::HashMap;

use puntos_aws::store::{ClaimChange, StoreError, StoredClaim, StoredEmail};
use puntos_domain::claim::{Sight, Watched};
use puntos_domain::id::{EmailId, PurchaseId};
use puntos_domain::mail::EmailStatus;

use super::Run;

/// The most pages of a hundred claims that one run looks at.
const PAGES_MAX: u32 = 50;
/// The most mails that one request asks for.
const BATCH_MAX: usize = 100;

/// Looks at every claim that the system watches, and returns how many moved. What this run does not come
/// to has the next one's time.
///
/// # Errors
/// Fails where the table does not answer.
pub(crate) async fn look(run: &Run) -> Result<usize, StoreError> {
    let mut moved = 0;
    let mut start = None;
    for _ in 0..PAGES_MAX {
        let (claims, next) = run.store.watched_claims(start).await?;
        moved += look_at(run, &claims).await?;
        start = next;
        if start.is_none() || run.environment.now() >= run.ends_at {
            break;
        }
    }
    Ok(moved)
}

async fn look_at(run: &Run, claims: &[StoredClaim]) -> Result<usize, StoreError> {
    let mails = mails_of(run, claims).await?;
    let mut moved = 0;
    for stored in claims {
        let sight = match stored.claim.watched() {
            None => None,
            Some(Watched::Mail(email_id)) => mail_sight(&mails, &email_id),
            Some(Watched::Purchase(purchase_id)) => {
                purchase_sight(run, stored, &purchase_id).await?
            }
        };
        let after = sight.and_then(|sight| stored.claim.on_look(&sight, run.stamp.at));
        if let Some(after) = after {
            let change = ClaimChange::new(Some(stored), &after, run.today.date);
            // Where somebody was faster, the next run looks again.
            moved += usize::from(run.store.save_claim(&change, &run.stamp).await?);
        }
    }
    Ok(moved)
}

/// Reads the mails that the claims wait for, and the newest resend of each.
async fn mails_of(
    run: &Run,
    claims: &[StoredClaim],
) -> Result<HashMap<EmailId, StoredEmail>, StoreError> {
    let watched = claims.iter().filter_map(|stored| match stored.claim.watched()? {
        Watched::Mail(email_id) => Some(email_id),
        Watched::Purchase(_) => None,
    });
    let mut wanted: Vec<EmailId> = watched.collect();
    let mut mails = HashMap::new();
    // First the mails themselves, then what they name.
    for _ in 0..2 {
        let mut named = Vec::new();
        wanted.sort_unstable();
        wanted.dedup();
        for chunk in wanted.chunks(BATCH_MAX) {
            for email in run.store.emails(chunk).await? {
                named.extend(email.last_resend_id.clone());
                mails.insert(email.email_id.clone(), email);
            }
        }
        wanted = named;
    }
    Ok(mails)
}

/// The mail itself where it went out after all, otherwise its newest resend.
fn mail_sight(mails: &HashMap<EmailId, StoredEmail>, email_id: &EmailId) -> Option<Sight> {
    let first = mails.get(email_id)?;
    let went_out = matches!(
        first.status(),
        EmailStatus::Sent | EmailStatus::Delivered | EmailStatus::Complained
    );
    let resend = first.last_resend_id.as_ref().and_then(|id| mails.get(id));
    let newest = resend.filter(|_| !went_out).unwrap_or(first);
    Some(Sight::Mail(email_id.clone(), newest.status()))
}

/// The purchase, recorded for whom it names; one that names nobody we know, recorded at all.
async fn purchase_sight(
    run: &Run,
    stored: &StoredClaim,
    purchase_id: &PurchaseId,
) -> Result<Option<Sight>, StoreError> {
    let purchase = run.store.purchase(purchase_id).await?;
    let Some(receipt) = purchase.and_then(|purchase| purchase.receipt) else { return Ok(None) };
    let member_id = stored.claim.claim_id.member_id();
    let is_theirs = receipt.earned.as_ref().is_some_and(|earned| earned.member_id == member_id);
    Ok((is_theirs || !member_id.is_known()).then_some(Sight::Purchase))
}
