//! Purchases that could not be recorded: each becomes a claim of missing points, with the message kept
//! unchanged.

use puntos_domain::claim::{Act, Checked, Claim, ClaimKind, ClaimRecord, Fix};
use puntos_domain::id::{ClaimId, MemberId, digest};
use puntos_domain::invoice::Invoice;
use puntos_domain::text;
use puntos_runtime::decide;
use puntos_store::keys::OwnerKind;
use puntos_store::{ClaimChange, StoreError};

use super::Run;
use super::event::DeadPurchase;

/// The largest purchase that is kept, in bytes.
const BODY_MAX_BYTES: usize = 256 * 1024;

/// Opens a claim for a purchase. If it failed before, its claim is opened again; a message that comes
/// twice changes nothing.
///
/// # Errors
/// Fails where the table does not answer; the message stays where it is.
pub(crate) async fn open_claim(run: &Run, body: String) -> Result<(), StoreError> {
    let purchase = DeadPurchase::of(&body);
    decide(run.deadline, |_| attempt(run, &purchase, &body)).await
}

async fn attempt(run: &Run, purchase: &DeadPurchase, body: &str) -> Result<Option<()>, StoreError> {
    let cause = digest(&["dead-letter", body]);
    let unknown = ClaimId::of_cause(&cause, &MemberId::unknown());
    // A member who was unknown at first may be enrolled by now: the claim keeps its id.
    let claim_id = match run.store.claim(&unknown).await? {
        Some(_) => unknown,
        None => ClaimId::of_cause(&cause, &named(run, purchase).await?),
    };
    Ok(recorded(run, &claim_id, purchase, body).await?.then_some(()))
}

/// Returns the member that the purchase names, if there is one.
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
    let purchase_id = invoice.map(Invoice::purchase_id);
    let sources = run.store.claim_sources(claim_id, None, purchase_id.as_ref()).await?;
    if let Some(before) = &sources.claim {
        return failed_again(run, before).await;
    }
    let is_kept = body.len() <= BODY_MAX_BYTES;
    let proposed = Checked {
        fix: is_kept.then_some(Fix::Redrive),
        ..Checked::proposing(Fix::Redrive, text::claim_purchase_not_recorded())
    };
    let act = Act::of_system(run.stamp.at);
    let evidence = purchase.evidence.clone();
    let kind = ClaimKind::MissingPoints;
    let opened = Claim::open(claim_id.clone(), kind, evidence, &act, &run.today);
    let mut claim = opened.checked(proposed.clone(), run.stamp.at);
    if let Some((invoice, head)) = invoice.zip(sources.head.as_ref()) {
        let stored = sources.purchase.as_ref();
        let found = run.store.invoice_of(invoice, stored, head, run.stamp.at).await?;
        let checked = Checked { fix: proposed.fix, ..claim.check(found) };
        claim = claim.checked(checked, run.stamp.at);
    }
    let change = ClaimChange {
        body: is_kept.then_some(body),
        ..ClaimChange::new(None, &claim, run.today.date)
    };
    run.store.save_claim(&change, &run.stamp).await
}

async fn failed_again(run: &Run, before: &ClaimRecord) -> Result<bool, StoreError> {
    let Some(after) = before.claim.recurred(&run.today, run.stamp.at) else { return Ok(true) };
    let change = ClaimChange::new(Some(before), &after, run.today.date);
    run.store.save_claim(&change, &run.stamp).await
}
