//! Mails that did not arrive: commits whose mail has no item, and mails that are stuck, uncertain, blocked,
//! rejected or bounced. There is one claim for each first mail, by the status of its newest resend.

use jiff::SignedDuration;
use puntos_domain::claim::{Act, Checked, Claim, ClaimKind, Evidence, Fix};
use puntos_domain::id::{ClaimId, EmailId, digest};
use puntos_domain::mail::{Composer, Email, EmailStatus, MailKind};
use puntos_domain::text;
use puntos_store::{ClaimChange, StoreError};

use super::{Run, Tally};

/// How long relay, sender and sweep may take.
const PATIENCE: SignedDuration = SignedDuration::from_hours(1);
/// How far back a run looks at mails: an older failure has its claim already.
const MAILS_BACK: SignedDuration = SignedDuration::from_hours(25);
/// The hours before now whose commits are checked. Commits above the age are skipped: the names of hours
/// repeat after years.
const HOURS_AGO: [i64; 3] = [0, 1, 2];
const COMMIT_AGE_MAX: SignedDuration = SignedDuration::from_hours(4);
/// The statuses of mails that did not arrive, and how long each may last.
const FAILED: [(EmailStatus, SignedDuration); 6] = [
    (EmailStatus::Queued, PATIENCE),
    (EmailStatus::Sending, PATIENCE),
    (EmailStatus::Uncertain, PATIENCE),
    (EmailStatus::Blocked, SignedDuration::ZERO),
    (EmailStatus::Rejected, SignedDuration::ZERO),
    (EmailStatus::Bounced, SignedDuration::ZERO),
];
/// The most pages of one status that one run reads.
const PAGES_MAX: u32 = 50;

/// Opens a claim for each commit of the last hours whose mail has no item, and counts those that are new.
///
/// # Errors
/// Fails where the table does not answer.
pub(crate) async fn without_item(run: &Run) -> Result<Tally, StoreError> {
    let composer = Composer { program: &run.program, brand: &run.brand };
    let between = (run.stamp.at - COMMIT_AGE_MAX, run.stamp.at - PATIENCE);
    let mut opened = Tally::default();
    for hours in HOURS_AGO {
        let hour = run.stamp.at - SignedDuration::from_hours(hours);
        let requests = run.store.lost_mails(hour, between, &composer).await?;
        let lost: Vec<Email> = requests.into_iter().map(|request| request.email).collect();
        let found = open_each(run, &lost, |email| Fix::RequestMail { email_id: email }).await;
        opened.add(&found?);
    }
    Ok(opened)
}

/// Opens a claim for each mail of the last day that did not arrive, and counts those that are new.
///
/// # Errors
/// Fails where the table does not answer.
pub(crate) async fn that_failed(run: &Run) -> Result<Tally, StoreError> {
    let mut opened = Tally::default();
    // A mail that waits is listed by when it was last put back, which may be just now.
    let between = (run.stamp.at - MAILS_BACK, run.stamp.at);
    for (status, lasts) in FAILED {
        let has_lasted = |email: &Email| run.stamp.at.duration_since(email.status_since()) >= lasts;
        let mut cursor = None;
        for _ in 0..PAGES_MAX {
            let (mut emails, next) = run.store.emails_since(status, between, cursor).await?;
            emails.retain(has_lasted);
            let emails = newest_of(run, emails).await?;
            let found = open_each(run, &emails, |email| Fix::Resend { email_id: email }).await;
            opened.add(&found?);
            cursor = next;
            if cursor.is_none() {
                break;
            }
        }
    }
    Ok(opened)
}

/// Returns those mails that no later resend repeats. The newest of them shows what the member got.
async fn newest_of(run: &Run, emails: Vec<Email>) -> Result<Vec<Email>, StoreError> {
    let firsts: Vec<EmailId> = emails.iter().filter_map(|email| email.resend_of.clone()).collect();
    let firsts = run.store.emails(&firsts).await?;
    let is_newest = |email: &Email| match &email.resend_of {
        None => email.last_resend_id.is_none(),
        Some(first_id) => firsts.iter().any(|first| {
            first.email_id == *first_id && first.last_resend_id.as_ref() == Some(&email.email_id)
        }),
    };
    Ok(emails.into_iter().filter(is_newest).collect())
}

async fn open_each(
    run: &Run,
    emails: &[Email],
    fix: impl Fn(EmailId) -> Fix,
) -> Result<Tally, StoreError> {
    // These mails may fail: the rating's thread, the claim or the timeline already shows the failure, the member's page
    // shows when points expire, nobody misses an invitation, and who enters an address can enter another one.
    let may_fail = [
        MailKind::AutoReply,
        MailKind::Claim,
        MailKind::ExpiryWarning,
        MailKind::Rerate,
        MailKind::Invitation,
        MailKind::EmailConfirmation,
    ];
    let needed = emails.iter().filter(|email| !may_fail.contains(&email.kind));
    let named: Vec<(ClaimId, &Email)> = needed.map(|email| (claim_id_of(email), email)).collect();
    let ids: Vec<ClaimId> = named.iter().map(|(claim_id, _)| claim_id.clone()).collect();
    let known = run.store.known_claims(&ids).await?;
    let mut opened = Tally::default();
    for (claim_id, email) in named {
        let first = email.resend_of.clone().unwrap_or_else(|| email.email_id.clone());
        let (before, claim) = match known.get(&claim_id) {
            None => (None, Some(new_claim(run, claim_id, email, fix(first)))),
            Some(Ok(before)) => {
                let (today, at) = (&run.today, run.stamp.at);
                (Some(before), before.claim.disproven(&first, email.status(), today, at))
            }
            // The check of the watched claims reports it.
            Some(Err(_)) => (None, None),
        };
        let Some(claim) = claim else { continue };
        let change = ClaimChange::new(before, &claim, run.today.date);
        // If another write came first, another run opened it.
        opened.count(run.store.save_claim(&change, &run.stamp).await);
    }
    Ok(opened)
}

fn new_claim(run: &Run, claim_id: ClaimId, email: &Email, fix: Fix) -> Claim {
    let lost = text::entry_email(&email.kind.into(), &email.status().into());
    let checked = Checked::proposing(fix, text::claim_mail_missing(&lost));
    let act = Act::of_system(run.stamp.at);
    let claim = Claim::open(claim_id, ClaimKind::Delivery, Evidence::default(), &act, &run.today);
    claim.checked(checked, run.stamp.at)
}

fn claim_id_of(email: &Email) -> ClaimId {
    let first = email.resend_of.as_ref().unwrap_or(&email.email_id);
    ClaimId::of_cause(&digest(&["mail", first.as_str()]), &email.member_id)
}
