//! Resends: a new mail with the same words, to the member's address of now, linked to the first.
//!
//! One at a time: the first mail names its newest resend, and its item guards the write. A mail that is
//! stuck in the queue is given up with the same write, so that it cannot go out as well. Reads and
//! decides; the write is the caller's.

use crate::http::Failure;
use jiff::{SignedDuration, Timestamp};
use puntos_domain::id::EmailId;
use puntos_domain::mail::{EmailStatus, Language, StatusChange, StatusHistory};

use puntos_api::Problem;
use puntos_domain::mail::Email;
use puntos_domain::mail::{Composer, MailRequest};
use puntos_domain::stamp::Stamp;
use puntos_store::Store;

/// How long SES has to tell of a mail whose sending is uncertain, before it is offered for resend.
const UNCERTAIN_FOR: SignedDuration = SignedDuration::from_hours(1);
/// How long a mail may wait for its sender before it counts as stuck.
const QUEUED_FOR: SignedDuration = SignedDuration::from_hours(1);

/// What a request for a resend comes to.
#[derive(Debug)]
pub enum Resend {
    /// This request ordered it before.
    Before(Box<Email>),
    /// The mails to be written with one transaction: the resend, the first mail, which names it, and one
    /// that is given up for it.
    Ordered(Vec<Email>),
}

/// Reads a mail. One that nobody has claimed yet has no item: it is its redemption, or its reversal,
/// and queued.
///
/// # Errors
/// Fails where the table does not answer.
pub async fn find(
    store: &Store,
    brand: &str,
    email_id: &EmailId,
    now: Timestamp,
) -> Result<Option<MailRequest>, Failure> {
    if let Some(email) = store.email(email_id).await? {
        return Ok(Some(MailRequest { email, stored: true }));
    }
    let redemption = store.redemption(&email_id.coupon_redemption_id()).await?;
    let reversal = match redemption {
        Some(_) => None,
        None => store.reversal(&email_id.reversed_redemption_id()).await?,
    };
    let reversal = reversal.filter(|found| found.redemption_id.reversal_email_id() == *email_id);
    if redemption.is_none() && reversal.is_none() {
        return Ok(None);
    }
    let head = store.program_head().await?.ok_or_else(Problem::not_found)?;
    let program = store.program_at(&head, now).await?;
    let context = Composer { program: &program, brand };
    Ok(match (&redemption, &reversal) {
        (Some(redemption), _) => context.coupon(redemption),
        (None, Some(reversal)) => context.reversal(reversal),
        (None, None) => None,
    })
}

/// Decides the resend of a mail that was found, for the request with this key.
///
/// # Errors
/// Refuses while the mail before is on its way (409 `resend_pending`), a mail that the member wants no
/// more (409 `unsubscribed`), and where there is no address (409 `no_address`) or a blocked one (409
/// `address_blocked`).
pub async fn decide(
    store: &Store,
    named: MailRequest,
    key: &str,
    stamp: &Stamp,
) -> Result<Resend, Failure> {
    let MailRequest { email: named, stored } = named;
    let mut first = match &named.resend_of {
        None => named,
        Some(first_id) => store.email(first_id).await?.ok_or_else(Problem::not_found)?,
    };
    let resend_id = first.email_id.resend(key);
    if let Some(before) = store.email(&resend_id).await? {
        return Ok(Resend::Before(Box::new(before)));
    }
    let mut newest = match &first.last_resend_id {
        None => None,
        Some(id) => store.email(id).await?,
    };
    let last = newest.as_mut().unwrap_or(&mut first);
    if !stored || is_on_its_way(last, stamp.at) {
        return Err(
            Problem::conflict("resend_pending", "the mail before is still on its way").into()
        );
    }
    let is_stuck = last.status() == EmailStatus::Queued;
    if is_stuck {
        let given_up = StatusChange::new(EmailStatus::Rejected, stamp.at);
        last.history.record(given_up.with_detail("stuck: given up for a resend"));
    }
    let resend = renewed(store, &first, resend_id, stamp).await?;
    first.last_resend_id = Some(resend.email_id.clone());
    first.version += 1;
    let given_up = newest.filter(|_| is_stuck).map(|mut newest| {
        newest.version += 1;
        newest
    });
    Ok(Resend::Ordered([resend, first].into_iter().chain(given_up).collect()))
}

/// A mail is on its way until SES took it or gave up, or nobody knows what became of it for an hour.
fn is_on_its_way(email: &Email, now: Timestamp) -> bool {
    let since = now.duration_since(email.status_since());
    match email.status() {
        EmailStatus::Sending | EmailStatus::Delayed => true,
        EmailStatus::Queued => since < QUEUED_FOR,
        EmailStatus::Uncertain => since < UNCERTAIN_FOR,
        _ => false,
    }
}

async fn renewed(
    store: &Store,
    first: &Email,
    email_id: EmailId,
    stamp: &Stamp,
) -> Result<Email, Failure> {
    let member = store.member(&first.member_id).await?.ok_or_else(Problem::not_found)?;
    let profile = member.0.profile;
    if first.kind.is_optional() && !profile.optional_emails {
        return Err(
            Problem::conflict("unsubscribed", "the member wants no optional e-mails").into()
        );
    }
    let to = profile
        .email
        .clone()
        .ok_or_else(|| Problem::conflict("no_address", "the member has no e-mail address"))?;
    if store.address_block(to.normalized()).await?.is_some() {
        return Err(Problem::conflict("address_blocked", "the member's address is blocked").into());
    }
    let mut variables = first.variables.clone();
    variables.name = Some(profile.first_name());
    Ok(Email {
        email_id,
        to,
        variables,
        language: profile.locale.as_deref().map_or(first.language, Language::of_locale),
        history: StatusHistory::queued(stamp.at),
        resend_of: Some(first.email_id.clone()),
        last_resend_id: None,
        message_id: None,
        created_at: stamp.at,
        ordered_by: Some((stamp.actor.clone(), stamp.request_id.clone())),
        version: 0,
        ..first.clone()
    })
}
