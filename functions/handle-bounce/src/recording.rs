//! Records one report on its mail and on its addresses, in one write. Subscriptions are recorded in
//! `subscribing`.

use puntos_domain::mail::{DeliveryReport, Email, StatusChange};
use puntos_runtime::{Deadline, decide};
use puntos_store::{Store, StoreError};

/// The result of recording a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recorded {
    /// It is recorded.
    Now,
    /// It was recorded before, or has no effect.
    Before,
    /// It belongs to no known mail or member. Its addresses are blocked if it says so.
    Unknown,
}

/// Records a report.
pub(crate) async fn record(
    store: &Store,
    report: &DeliveryReport,
    deadline: Deadline,
) -> Result<Recorded, StoreError> {
    let Some(change) = report.status_change() else { return Ok(Recorded::Before) };
    decide(deadline, |_| attempt(store, report, &change)).await
}

async fn attempt(
    store: &Store,
    report: &DeliveryReport,
    change: &StatusChange,
) -> Result<Option<Recorded>, StoreError> {
    let addresses: Vec<String> =
        report.recipients.iter().map(|address| address.normalized().to_owned()).collect();
    let blocks = report.blocks();
    let Some(mut email) = email_of(store, report).await? else {
        if let Some(reason) = blocks {
            store.block_addresses(&addresses, reason, report.at).await?;
        }
        return Ok(Some(Recorded::Unknown));
    };
    let known_id = email.message_id.is_some() || report.message_id.is_none();
    if !email.history.record(change.clone()) && known_id {
        // The block was written with an earlier change. The history has a limit, the blocks have none.
        let is_kept = email.history.changes().contains(change);
        if let Some(reason) = blocks.filter(|_| !is_kept) {
            store.block_addresses(&addresses, reason, report.at).await?;
        }
        return Ok(Some(Recorded::Before));
    }
    email.message_id = email.message_id.or_else(|| report.message_id.clone());
    email.version += 1;
    let blocked = blocks.map(|reason| (addresses.as_slice(), reason, report.at));
    let is_saved = store.save_report(&email, blocked).await?;
    Ok(is_saved.then_some(Recorded::Now))
}

/// Our own tag names the mail; events without tags are matched by the id that SES gave it.
async fn email_of(store: &Store, report: &DeliveryReport) -> Result<Option<Email>, StoreError> {
    if let Some(email_id) = &report.email_id
        && let Some(email) = store.email(email_id).await?
    {
        return Ok(Some(email));
    }
    match &report.message_id {
        None => Ok(None),
        Some(message_id) => store.email_by_message(message_id).await,
    }
}
