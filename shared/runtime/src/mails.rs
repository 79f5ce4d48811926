//! Reads of mails that need more than one item: a mail without its own item, and the inputs of a resend.

use jiff::Timestamp;
use puntos_domain::id::EmailId;
use puntos_domain::mail::{Composer, Email, MailRequest, resend};
use puntos_store::{Store, StoreError};

/// The stored facts for the request of a resend.
#[derive(Debug)]
pub enum ResendState {
    /// The resend that this request made before.
    Made(Box<Email>),
    /// The inputs of the decision.
    Undecided(Box<resend::Basis>),
}

/// Reads a mail. A mail that no sender has locked yet has no item: it is made from its redemption or its
/// reversal, and its status is queued.
///
/// # Errors
/// Fails if the table does not answer.
pub async fn find(
    store: &Store,
    brand: &str,
    email_id: &EmailId,
    now: Timestamp,
) -> Result<Option<MailRequest>, StoreError> {
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
    let Some(program) = store.program_in_force(now).await? else { return Ok(None) };
    let composer = Composer { program: &program, brand };
    Ok(match (&redemption, &reversal) {
        (Some(redemption), _) => composer.coupon(redemption),
        (None, Some(reversal)) => composer.reversal(reversal),
        (None, None) => None,
    })
}

/// Reads the inputs for the resend of a mail, for the request with this key; `None` if the first mail or the
/// member is missing.
///
/// # Errors
/// Fails if the table does not answer.
pub async fn resend_state(
    store: &Store,
    named: MailRequest,
    key: &str,
) -> Result<Option<ResendState>, StoreError> {
    let MailRequest { email: named, stored } = named;
    let first = match &named.resend_of {
        None => Some(named),
        Some(first_id) => store.email(first_id).await?,
    };
    let Some(first) = first else { return Ok(None) };
    if let Some(made) = store.email(&first.email_id.resend(key)).await? {
        return Ok(Some(ResendState::Made(Box::new(made))));
    }
    let newest = match &first.last_resend_id {
        None => None,
        Some(id) => store.email(id).await?,
    };
    let Some(member) = store.profile(&first.member_id).await? else { return Ok(None) };
    let profile = member.profile;
    let block = match resend::recipient(&first, &profile) {
        None => None,
        Some(to) => store.address_block(to.normalized()).await?,
    };
    let basis = resend::Basis { first, stored, newest, profile, block };
    Ok(Some(ResendState::Undecided(Box::new(basis))))
}
