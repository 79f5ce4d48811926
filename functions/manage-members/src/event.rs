//! What members are enrolled and changed with, parsed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use puntos_api::Problem;
use puntos_domain::field::{FieldError, NOTE_MAX_CHARS, text};
use puntos_domain::member::{Profile, ProfileRequest};
use puntos_runtime::http::Caller;
use serde::{Deserialize, Deserializer};

/// The fields that a shopper may change of their own.
const OWN_FIELDS: [&str; 4] = ["email", "phone", "locale", "optional_emails"];

/// A change as a merge patch (RFC 7396): absent is unchanged, null removes.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProfilePatch {
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    name: Option<Option<String>>,
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    phone: Option<Option<String>>,
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    document: Option<Option<String>>,
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    card_number: Option<Option<String>>,
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    locale: Option<Option<String>>,
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>, format = "date")]
    birth_date: Option<Option<Date>>,
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<bool>)]
    optional_emails: Option<Option<bool>>,
}

/// Why a supervisor unblocks an address.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnblockRequest {
    /// Why.
    pub reason: String,
}

impl UnblockRequest {
    /// Returns the reason when it fits.
    ///
    /// # Errors
    /// Refuses a blank or too long one.
    pub fn checked(self) -> Result<String, FieldError> {
        text("reason", self.reason, NOTE_MAX_CHARS)
    }
}

fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    value: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(value).map(Some)
}

impl ProfilePatch {
    /// Returns whether the member asks for optional mails in so many words.
    pub fn asks_for_mails(&self) -> bool {
        self.optional_emails == Some(Some(true))
    }

    /// Returns the profile after the change, and the names of the fields that it changes.
    ///
    /// # Errors
    /// Refuses fields that do not fit, and those that are not a shopper's to change.
    pub fn applied(
        self,
        before: &Profile,
        caller: &Caller,
        now: Timestamp,
    ) -> Result<(Profile, Vec<&'static str>), Problem> {
        let name = match self.name {
            None => before.name.clone(),
            Some(Some(name)) => name,
            Some(None) => return Err(Problem::invalid_field("name", "cannot be removed")),
        };
        // Consent is given or taken back in so many words: there is nothing to remove.
        let optional_emails = match self.optional_emails {
            None => before.optional_emails,
            Some(Some(consents)) => consents,
            Some(None) => {
                return Err(Problem::invalid_field("optional_emails", "must be true or false"));
            }
        };
        let email = before.email.as_ref().map(|email| email.as_given().to_owned());
        let request = ProfileRequest {
            name,
            email: self.email.unwrap_or(email),
            phone: self.phone.unwrap_or_else(|| before.phone.clone()),
            document: self.document.unwrap_or_else(|| before.document.clone()),
            card_number: self.card_number.unwrap_or_else(|| before.card_number.clone()),
            locale: self.locale.unwrap_or_else(|| before.locale.clone()),
            birth_date: self.birth_date.unwrap_or(before.birth_date),
            optional_emails: Some(optional_emails),
        };
        let after = Profile::checked(request, now)?;
        let changed = changed_fields(before, &after);
        let foreign = changed.iter().find(|field| !OWN_FIELDS.contains(field));
        match foreign.filter(|_| caller.is_only_member()) {
            Some(field) => {
                Err(Problem::forbidden(format!("{field} is changed by the contact centre")))
            }
            None => Ok((after, changed)),
        }
    }
}

/// The same address in another writing is the same address: it changes nothing.
fn changed_fields(before: &Profile, after: &Profile) -> Vec<&'static str> {
    let differences = BTreeMap::from([
        ("name", before.name != after.name),
        ("email", before.email != after.email),
        ("phone", before.phone != after.phone),
        ("document", before.document != after.document),
        ("card_number", before.card_number != after.card_number),
        ("locale", before.locale != after.locale),
        ("birth_date", before.birth_date != after.birth_date),
        ("optional_emails", before.optional_emails != after.optional_emails),
    ]);
    differences.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}
