//! The words of a mail that the user pool sends, in the language of its recipient.

use jiff::Timestamp;
use puntos_domain::language::Language;
use puntos_domain::mail::{CodeMail, EmailAddress, Placeholders};
use puntos_runtime::InvocationError;
use puntos_store::keys::OwnerKind;
use puntos_store::{Store, StoreError};

use crate::event::MailOrder;

/// The pool may not write to a blocked address. The person reads this.
#[derive(Debug, thiserror::Error)]
#[error("this address gets no e-mails")]
struct Blocked;

/// Returns the words; `None` leaves them to the pool.
///
/// # Errors
/// Refuses a blocked address. Fails if the table does not answer.
pub(crate) async fn of(
    store: &Store,
    order: &MailOrder,
    brand: &str,
    now: Timestamp,
) -> Result<Option<CodeMail>, InvocationError> {
    if let Some(email) = &order.email {
        let block = store.address_block(email.normalized()).await;
        if block.map_err(InvocationError::failed)?.is_some() {
            return Err(InvocationError::failed(Blocked));
        }
    }
    let Some(kind) = order.kind else { return Ok(None) };
    let language = language(store, order, now).await.map_err(InvocationError::failed)?;
    let placeholders = Placeholders { code: &order.code, username: &order.username };
    Ok(Some(CodeMail::new(kind, language, brand, placeholders)))
}

/// Returns the language of the member who has the address, else the one of the account, else the programme's.
async fn language(
    store: &Store,
    order: &MailOrder,
    now: Timestamp,
) -> Result<Language, StoreError> {
    let of_member = match &order.email {
        Some(email) => locale_of_member(store, email).await?,
        None => None,
    };
    let chosen = of_member.or_else(|| order.locale.clone());
    let locale = match chosen {
        Some(locale) => Some(locale),
        None => store.program_in_force(now).await?.map(|rules| rules.program.locale.clone()),
    };
    Ok(Language::of_locale(locale.as_deref().unwrap_or_default()))
}

async fn locale_of_member(
    store: &Store,
    email: &EmailAddress,
) -> Result<Option<String>, StoreError> {
    let owner = store.owner(OwnerKind::Email, email.normalized()).await?;
    let Some(owner) = owner else { return Ok(None) };
    let member = store.current_profile(&owner).await?;
    Ok(member.and_then(|member| member.profile.locale))
}
