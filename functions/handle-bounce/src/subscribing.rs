//! Records whether recipients want optional mails, as their member's consent. The latest report wins.
//!
//! The history of the mail does not change: its delivery is not affected.

use puntos_domain::mail::DeliveryReport;
use puntos_domain::member::Member;
use puntos_domain::stamp::Stamp;
use puntos_runtime::{Deadline, decide};
use puntos_store::keys::OwnerKind;
use puntos_store::{Store, StoreError};

use crate::recording::Recorded;

/// The actor of these changes: anybody who has the mail.
const ACTOR: &str = "member:mail";

/// Records whether the recipient of a mail wants optional ones.
pub(crate) async fn record(
    store: &Store,
    report: &DeliveryReport,
    consents: bool,
    request_id: &str,
    deadline: Deadline,
) -> Result<Recorded, StoreError> {
    let stamp = Stamp { at: report.at, actor: ACTOR.to_owned(), request_id: request_id.to_owned() };
    decide(deadline, |_| attempt(store, report, consents, &stamp)).await
}

async fn attempt(
    store: &Store,
    report: &DeliveryReport,
    consents: bool,
    stamp: &Stamp,
) -> Result<Option<Recorded>, StoreError> {
    let Some(member) = member_of(store, report).await? else { return Ok(Some(Recorded::Unknown)) };
    // Every recipient of a member's mail may unsubscribe; only the current address may subscribe again.
    let has_address = |address| report.recipients.contains(address);
    if consents && !member.profile.email.as_ref().is_some_and(has_address) {
        return Ok(Some(Recorded::Before));
    }
    let Some(after) = member.consent().after(consents, report.at) else {
        return Ok(Some(Recorded::Before));
    };
    let is_recorded = store.record_consent(&member, after, stamp).await?;
    Ok(is_recorded.then_some(Recorded::Now))
}

/// Finds the member by the mail's id, or by the address for events without our tag.
async fn member_of(store: &Store, report: &DeliveryReport) -> Result<Option<Member>, StoreError> {
    if let Some(email_id) = &report.email_id
        && let Some(stored) = store.current_profile(&email_id.member_id()).await?
    {
        return Ok(Some(stored));
    }
    let Some(address) = report.recipients.first() else { return Ok(None) };
    match store.owner(OwnerKind::Email, address.normalized()).await? {
        None => Ok(None),
        Some(member_id) => store.current_profile(&member_id).await,
    }
}
