//! The three steps of a mail, and what each of their failures leaves behind.

use jiff::Timestamp;
use puntos_domain::mail::MailRequest;
use puntos_domain::mail::{AddressBlock, Email};
use puntos_domain::mail::{BlockReason, EmailStatus, StatusChange, render};
use puntos_runtime::Environment;
use puntos_runtime::mailer::{Mailer, NotSent};
use puntos_store::{ClaimOutcome, Store, StoreError};

/// How often a record is written again because a report of SES was faster.
const RECORD_TRIES_MAX: u32 = 8;

/// Sends the mail of an order, unless it was handled before, and returns the status it is left in.
///
/// # Errors
/// Fails, to be tried again, where nothing was sent and it may be later.
pub(crate) async fn send(
    store: &Store,
    mailer: &Mailer,
    order: MailRequest,
    environment: &Environment,
) -> Result<EmailStatus, String> {
    let MailRequest { email, stored } = order;
    let now = environment.now();
    let mut claimed = with(&email, EmailStatus::Sending, now, None);
    claimed.version = if stored { email.version + 1 } else { 0 };
    loop {
        match store.claim_email(&claimed).await.map_err(retried)? {
            ClaimOutcome::Claimed => break,
            ClaimOutcome::Blocked(block) => {
                return mark_blocked(store, &email, stored, &block, now).await;
            }
            // A resend that was linked to, or a claim that was given back: it waits, so it can be claimed.
            ClaimOutcome::Exists(found) if found.status() == EmailStatus::Queued => {
                claimed = with(&found, EmailStatus::Sending, now, None);
                claimed.version = found.version + 1;
            }
            ClaimOutcome::Exists(found) => return doubt(store, *found, now).await,
        }
    }
    let rendered =
        match render(claimed.kind, claimed.revision, claimed.language, &claimed.variables) {
            Ok(rendered) => rendered,
            Err(error) => {
                return record(
                    store,
                    claimed,
                    EmailStatus::Rejected,
                    Some(error.to_string()),
                    None,
                    now,
                )
                .await;
            }
        };
    let sent = mailer.send(&claimed, &rendered).await;
    let now = environment.now();
    match sent {
        Ok(message_id) => {
            record(store, claimed, EmailStatus::Sent, None, Some(message_id), now).await
        }
        Err(NotSent::Refused(reason)) => {
            record(store, claimed, EmailStatus::Rejected, Some(reason), None, now).await
        }
        Err(NotSent::Unknown(reason)) => {
            record(store, claimed, EmailStatus::Uncertain, Some(reason), None, now).await
        }
        Err(NotSent::Later(reason)) => give_back(store, claimed, reason).await,
    }
}

/// A claim that somebody made: if it is this mail's first life it was handled; if it is still being
/// sent, nobody knows whether the sender lives.
async fn doubt(store: &Store, found: Email, now: Timestamp) -> Result<EmailStatus, String> {
    match found.status() {
        EmailStatus::Sending => record(store, found, EmailStatus::Uncertain, None, None, now).await,
        handled => Ok(handled),
    }
}

async fn mark_blocked(
    store: &Store,
    email: &Email,
    stored: bool,
    block: &AddressBlock,
    now: Timestamp,
) -> Result<EmailStatus, String> {
    let why = match block.reason {
        BlockReason::HardBounce => "hard_bounce",
        BlockReason::Complaint => "complaint",
        BlockReason::Suppressed => "suppressed",
    };
    let mut blocked = with(email, EmailStatus::Blocked, now, Some(why.to_owned()));
    blocked.version = if stored { email.version + 1 } else { 0 };
    match store.save_email(&blocked).await.map_err(retried)? {
        None => Ok(EmailStatus::Blocked),
        Some(found) if found.status() == EmailStatus::Queued => {
            record(store, found, EmailStatus::Blocked, Some(why.to_owned()), None, now).await
        }
        Some(found) => Ok(found.status()),
    }
}

/// Writes what became of a mail. A report of SES may come between: it is kept, and this is added.
async fn record(
    store: &Store,
    mut email: Email,
    status: EmailStatus,
    detail: Option<String>,
    message_id: Option<String>,
    now: Timestamp,
) -> Result<EmailStatus, String> {
    for _ in 0..RECORD_TRIES_MAX {
        let mut recorded = with(&email, status, now, detail.clone());
        recorded.version = email.version + 1;
        recorded.message_id = message_id.clone().or(recorded.message_id);
        match store.save_email(&recorded).await.map_err(retried)? {
            None => return Ok(recorded.status()),
            // The answer of an earlier try was lost: it is written.
            Some(found) if found.history == recorded.history => return Ok(found.status()),
            Some(found) => email = found,
        }
    }
    Err(StoreError::Busy.to_string())
}

/// Nothing was sent: the mail waits again, and the message comes back.
async fn give_back(store: &Store, mut email: Email, reason: String) -> Result<EmailStatus, String> {
    for _ in 0..RECORD_TRIES_MAX {
        email.history.release();
        email.version += 1;
        match store.save_email(&email).await.map_err(retried)? {
            None => return Err(reason),
            Some(found) if found.status() == EmailStatus::Queued => return Err(reason),
            // Somebody who met the claim doubted it meanwhile.
            Some(found) => email = found,
        }
    }
    Err(StoreError::Busy.to_string())
}

fn with(email: &Email, status: EmailStatus, at: Timestamp, detail: Option<String>) -> Email {
    let mut changed = email.clone();
    changed.history.record(StatusChange { status, at, detail });
    changed
}

fn retried(error: StoreError) -> String {
    error.chain()
}
