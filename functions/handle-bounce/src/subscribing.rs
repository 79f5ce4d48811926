//! What recipients say of optional mails: recorded as their member's consent, the latest word last.
//!
//! The mail itself keeps no trace of it: nothing became of its delivery.

use puntos_domain::mail::DeliveryReport;
use puntos_domain::member::Member;
use puntos_domain::stamp::Stamp;
use puntos_store::keys::OwnerKind;
use puntos_store::{Store, StoreError, pause};

use crate::recording::{Recorded, TRIES_MAX};

/// Who says it: whoever has the mail.
const ACTOR: &str = "member:mail";

/// Records whether the recipient of a mail wants optional ones.
pub(crate) async fn record(
    store: &Store,
    report: &DeliveryReport,
    consents: bool,
    request_id: &str,
) -> Result<Recorded, StoreError> {
    let stamp = Stamp { at: report.at, actor: ACTOR.to_owned(), request_id: request_id.to_owned() };
    for attempt in 0..TRIES_MAX {
        pause(attempt).await;
        let Some(stored) = member_of(store, report).await? else { return Ok(Recorded::Unknown) };
        // Anybody who has had a mail of the member may stop them; only who still has the address may
        // ask for more.
        let has_address = |address| report.recipients.contains(address);
        if consents && !stored.profile.email.as_ref().is_some_and(has_address) {
            return Ok(Recorded::Before);
        }
        let Some(after) = stored.consent().after(consents, report.at) else {
            return Ok(Recorded::Before);
        };
        if store.record_consent(&stored, after, &stamp).await? {
            return Ok(Recorded::Now);
        }
    }
    Err(StoreError::Busy)
}

/// The id of a mail names its member; events without our tag are matched by who has the address.
async fn member_of(store: &Store, report: &DeliveryReport) -> Result<Option<Member>, StoreError> {
    if let Some(email_id) = &report.email_id
        && let Some(stored) = store.profile(&email_id.member_id()).await?
    {
        return Ok(Some(stored));
    }
    let Some(address) = report.recipients.first() else { return Ok(None) };
    match store.owner(OwnerKind::Email, address.normalized()).await? {
        None => Ok(None),
        Some(member_id) => store.profile(&member_id).await,
    }
}
