//! Purchases that could not be recorded: each is a claim of missing points, with the purchase kept as it
//! stood in its queue.

use puntos_domain::claim::{Act, Checked, Claim, ClaimKind, Fix, check};
use puntos_domain::id::{ClaimId, MemberId, PurchaseId, digest};
use puntos_store::keys::OwnerKind;
use puntos_store::{ClaimChange, StoreError, StoredClaim, pause};

use super::Run;
use super::event::DeadPurchase;

/// The largest purchase that is kept, in bytes.
const BODY_MAX_BYTES: usize = 256 * 1024;
/// How often it is decided again because somebody was faster.
const TRIES_MAX: u32 = 8;

/// Puts a purchase before an agent. One that failed before opens its claim again; a message that comes
/// twice changes nothing.
///
/// # Errors
/// Fails where the table does not answer; the message stays where it is.
pub(crate) async fn put_before_agent(run: &Run, body: String) -> Result<(), StoreError> {
    let purchase = DeadPurchase::of(&body);
    let cause = digest(&["dead-letter", &body]);
    let unknown = ClaimId::of_cause(&cause, &MemberId::unknown());
    for attempt in 0..TRIES_MAX {
        pause(attempt).await;
        // Whoever was unknown at first may be enrolled by now: the claim stays where it is.
        let known = run.store.claim(&unknown).await?;
        let claim_id = match known {
            Some(_) => unknown.clone(),
            None => ClaimId::of_cause(&cause, &named(run, &purchase).await?),
        };
        if recorded(run, &claim_id, &purchase, &body).await? {
            return Ok(());
        }
    }
    Err(StoreError::Busy)
}

/// Returns whom the purchase names, where we know them.
async fn named(run: &Run, purchase: &DeadPurchase) -> Result<MemberId, StoreError> {
    let by_id = purchase.member_id.as_ref().and_then(|id| id.parse::<MemberId>().ok());
    let found = match (by_id, &purchase.evidence.card_number) {
        (Some(id), _) => run.store.account(&id).await?.map(|account| account.member_id),
        (None, Some(card)) => run.store.owner(OwnerKind::Card, card).await?,
        (None, None) => None,
    };
    Ok(found.unwrap_or_else(MemberId::unknown))
}

async fn recorded(
    run: &Run,
    claim_id: &ClaimId,
    purchase: &DeadPurchase,
    body: &str,
) -> Result<bool, StoreError> {
    let invoice = purchase.evidence.invoice();
    let purchase_id = invoice.map(|(branch, number)| PurchaseId::from_invoice(branch, number));
    let sources = run.store.claim_sources(claim_id, None, purchase_id.as_ref()).await?;
    if let Some(before) = &sources.claim {
        return failed_again(run, before).await;
    }
    let is_kept = body.len() <= BODY_MAX_BYTES;
    let proposed = Checked {
        fix: is_kept.then_some(Fix::Redrive),
        ..Checked::proposing(Fix::Redrive, "a purchase could not be recorded")
    };
    let act = Act::of_system(run.stamp.at);
    let evidence = purchase.evidence.clone();
    let kind = ClaimKind::MissingPoints;
    let mut claim =
        Claim::open(claim_id.clone(), kind, evidence, proposed.clone(), &act, &run.today);
    if let Some((invoice, head)) = invoice.zip(sources.head.as_ref()) {
        let stored = sources.purchase.as_ref();
        let found = run.store.invoice_of(invoice, stored, head, run.stamp.at).await?;
        let checked = check(&claim_id.member_id(), found);
        claim = claim.checked(Checked { fix: proposed.fix, ..checked }, run.stamp.at);
    }
    let change = ClaimChange {
        body: is_kept.then_some(body),
        ..ClaimChange::new(None, &claim, run.today.date)
    };
    run.store.save_claim(&change, &run.stamp).await
}

async fn failed_again(run: &Run, before: &StoredClaim) -> Result<bool, StoreError> {
    let Some(after) = before.claim.recurred(&run.today, run.stamp.at) else { return Ok(true) };
    let change = ClaimChange::new(Some(before), &after, run.today.date);
    run.store.save_claim(&change, &run.stamp).await
}
