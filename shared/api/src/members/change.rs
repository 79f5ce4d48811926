//! A change of a profile as a merge patch: an absent field and a null field are different.

use jiff::Timestamp;
use jiff::civil::Date;
use puntos_domain::member::{Profile, ProfileRequest};
use serde::Deserialize;

use crate::Problem;
use crate::agents::agent_id;
use crate::body::present;

/// The fields that members may change themselves.
const OWN_FIELDS: [&str; 5] = ["email", "email_pending", "phone", "locale", "optional_emails"];

/// A change as a merge patch (RFC 7396): absent is unchanged, null removes.
///
/// A member changes their own email, phone, locale and optional_emails. The email waits as `email_pending`.
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
    /// The agent who cares for the member, by the subject of their token.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    agent_id: Option<Option<String>>,
}

impl ProfilePatch {
    /// Returns whether the change asks for optional mails.
    pub fn asks_for_mails(&self) -> bool {
        self.optional_emails == Some(Some(true))
    }

    /// Returns whether the change enters the address that waits to be confirmed, for the first time or again.
    pub fn asks_to_confirm(&self, after: &Profile) -> bool {
        self.email.is_some() && after.email_pending.is_some()
    }

    /// Returns the profile after the change, and the names of the fields that it changes.
    ///
    /// # Errors
    /// Refuses fields that do not fit, and those that members may not change.
    pub fn applied(
        &self,
        before: &Profile,
        by_member: bool,
        now: Timestamp,
    ) -> Result<(Profile, Vec<&'static str>), Problem> {
        let name = match &self.name {
            None => before.name.clone(),
            Some(Some(name)) => name.clone(),
            Some(None) => return Err(Problem::invalid_field("name", "cannot be removed")),
        };
        // Consent is given or withdrawn. It cannot be removed.
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
            email: self.email.clone().unwrap_or(email),
            phone: patched(&self.phone, &before.phone),
            document: patched(&self.document, &before.document),
            card_number: patched(&self.card_number, &before.card_number),
            locale: patched(&self.locale, &before.locale),
            birth_date: self.birth_date.unwrap_or(before.birth_date),
            optional_emails: Some(optional_emails),
        };
        let mut after = Profile::checked(request, now)?;
        after.agent_id = match &self.agent_id {
            None => before.agent_id.clone(),
            Some(id) => id.clone().map(|id| agent_id("agent_id", id)).transpose()?,
        };
        match self.email {
            None => after.email_pending = before.email_pending.clone(),
            Some(_) if by_member => after = after.unconfirmed(before),
            Some(_) => {}
        }
        let changed = before.differences(&after);
        let foreign = changed.iter().find(|field| !OWN_FIELDS.contains(field));
        match foreign.filter(|_| by_member) {
            Some(field) => {
                Err(Problem::forbidden(format!("{field} is changed by the contact centre")))
            }
            None => Ok((after, changed)),
        }
    }
}

fn patched(patch: &Option<Option<String>>, before: &Option<String>) -> Option<String> {
    patch.as_ref().unwrap_or(before).clone()
}

#[cfg(test)]
mod tests {
    use puntos_domain::text::word;

    use super::*;

    #[test]
    fn every_field_that_can_change_has_a_word() {
        let request = ProfileRequest {
            name: "Ana".to_owned(),
            email: None,
            phone: None,
            document: None,
            card_number: None,
            locale: None,
            birth_date: None,
            optional_emails: None,
        };
        let profile = Profile::checked(request, Timestamp::UNIX_EPOCH).unwrap();
        for (field, _) in profile.compared(&profile) {
            assert!(word("profile_field", field).is_some(), "{field}");
        }
    }
}
