//! Checks what claims wait for: a mail that went out, a purchase that was recorded, or a fix that failed.

use std::collections::HashMap;

use puntos_domain::claim::{ClaimRecord, News, Observation, Watched};
use puntos_domain::id::{EmailId, PurchaseId};
use puntos_domain::mail::{Composer, Email, EmailStatus};
use puntos_store::{ClaimChange, StoreError};

use super::{Run, Tally};

/// The most pages of a hundred claims that one run looks at.
const PAGES_MAX: u32 = 50;
/// The most mails that one request asks for.
const BATCH_MAX: usize = 100;

/// Checks the claims that the system watches, newest first, and counts those that changed. If there are
/// more claims than a run has time for, the oldest stay with the agents.
///
/// # Errors
/// Fails where the table does not answer.
pub(crate) async fn check(run: &Run) -> Result<Tally, StoreError> {
    let mut tally = Tally::default();
    let mut start = None;
    for _ in 0..PAGES_MAX {
        let (found, next) = run.store.watched_claims(start).await?;
        let mut claims = Vec::new();
        for claim in found {
            match claim {
                Ok(stored) => claims.push(stored),
                Err(error) => tally.count(Err(error)),
            }
        }
        check_page(run, &claims, &mut tally).await;
        start = next;
        if start.is_none() || run.deadline.is_over() {
            break;
        }
    }
    Ok(tally)
}

async fn check_page(run: &Run, claims: &[ClaimRecord], tally: &mut Tally) {
    let mails = mails_of(run, claims).await.unwrap_or_else(|error| {
        // Claims that wait for purchases are checked anyway.
        tally.count(Err(error));
        HashMap::new()
    });
    for stored in claims {
        tally.count(check_one(run, stored, &mails).await);
    }
}

async fn check_one(
    run: &Run,
    stored: &ClaimRecord,
    mails: &HashMap<EmailId, Email>,
) -> Result<bool, StoreError> {
    let observation = match stored.claim.watched() {
        None => None,
        Some(Watched::Mail(email_id)) => observed_mail(mails, &email_id),
        Some(Watched::Purchase(purchase_id)) => {
            observed_purchase(run, stored, &purchase_id).await?
        }
        Some(Watched::Order(order_id)) => return check_order(run, stored, &order_id).await,
    };
    let after =
        observation.and_then(|observation| stored.claim.observed(&observation, run.stamp.at));
    let Some(after) = after else { return Ok(false) };
    let change = ClaimChange::new(Some(stored), &after, run.today.date);
    // If another write came first, the next run checks again.
    run.store.save_claim(&change, &run.stamp).await
}

/// Ends the claim of money without an order if the order came, and tells its member.
async fn check_order(run: &Run, stored: &ClaimRecord, order_id: &str) -> Result<bool, StoreError> {
    let member_id = stored.claim.claim_id.member_id();
    let basis = run.store.money_basis(&member_id, order_id).await?;
    let has_order = basis.payment.payment.has_order();
    let after = stored.claim.observed(&Observation::Order, run.stamp.at).filter(|_| has_order);
    let Some(after) = after else { return Ok(false) };
    let composer = Composer { program: &run.program, brand: &run.brand };
    let mail = run.store.current(basis.profile).await?.and_then(|member| {
        let version = stored.version + 1;
        composer.claim_news(&after, version, News::OrderCame, &member.profile, &run.stamp)
    });
    let change = ClaimChange {
        mail: mail.as_ref(),
        ..ClaimChange::new(Some(stored), &after, run.today.date)
    };
    run.store.save_claim(&change, &run.stamp).await
}

/// Reads the mails that the claims wait for, and the newest resend of each.
async fn mails_of(
    run: &Run,
    claims: &[ClaimRecord],
) -> Result<HashMap<EmailId, Email>, StoreError> {
    let watched = claims.iter().filter_map(|stored| match stored.claim.watched()? {
        Watched::Mail(email_id) => Some(email_id),
        Watched::Purchase(_) | Watched::Order(_) => None,
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

/// Returns the mail itself if it was sent after all, otherwise its newest resend.
fn observed_mail(mails: &HashMap<EmailId, Email>, email_id: &EmailId) -> Option<Observation> {
    let first = mails.get(email_id)?;
    let went_out = matches!(
        first.status(),
        EmailStatus::Sent | EmailStatus::Delivered | EmailStatus::Complained
    );
    let resend = first.last_resend_id.as_ref().and_then(|id| mails.get(id));
    let newest = resend.filter(|_| !went_out).unwrap_or(first);
    Some(Observation::Mail(email_id.clone(), newest.status()))
}

/// Returns whether the purchase is recorded. If the claim's member is known, it must be recorded for them.
async fn observed_purchase(
    run: &Run,
    stored: &ClaimRecord,
    purchase_id: &PurchaseId,
) -> Result<Option<Observation>, StoreError> {
    let purchase = run.store.purchase(purchase_id).await?;
    let Some(purchase) = purchase.filter(|purchase| purchase.receipt.is_some()) else {
        return Ok(None);
    };
    let member_id = stored.claim.claim_id.member_id();
    let is_theirs = purchase.is_purchase_of(&member_id);
    Ok((is_theirs || !member_id.is_known()).then_some(Observation::Purchase))
}
