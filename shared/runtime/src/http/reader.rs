//! The language of the reader: the one that the request asks for, else the member's, else the programme's.

use jiff::Timestamp;
use puntos_domain::id::MemberId;
use puntos_domain::language::Language;
use puntos_store::{Store, StoreError};

use super::{Call, Failure};

/// Returns the language of texts about a member with this locale. Without a language that was asked for and
/// without a locale, it costs a read of the programme.
///
/// # Errors
/// Fails if the table does not answer.
pub async fn reader_language(
    store: &Store,
    asked: Option<Language>,
    locale: Option<&str>,
    now: Timestamp,
) -> Result<Language, StoreError> {
    if let Some(language) = asked.or_else(|| locale.map(Language::of_locale)) {
        return Ok(language);
    }
    let rules = store.program_in_force(now).await?;
    Ok(rules.map_or(Language::En, |rules| Language::of_locale(&rules.program.locale)))
}

impl Call {
    /// Returns the language of texts about a member with this locale.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn language(&self, locale: Option<&str>) -> Result<Language, Failure> {
        Ok(reader_language(&self.store, self.request.language(), locale, self.now).await?)
    }

    /// Returns the language of texts about a member whose account was not read. It is read, unless the request asks
    /// for a language.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn language_for(&self, member_id: &MemberId) -> Result<Language, Failure> {
        if let Some(language) = self.request.language() {
            return Ok(language);
        }
        let account = self.store.own_account(member_id).await?;
        self.language(account.and_then(|account| account.contact.locale).as_deref()).await
    }
}
