//! The stored profile and its consent, which a member can also withdraw by mail.
//!
//! `members` writes the owner items and the words of names.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use jiff::civil::Date;
use puntos_domain::id::MemberId;
use puntos_domain::mail::EmailAddress;
use puntos_domain::member::{Consent, Member, Profile};
use puntos_domain::stamp::Stamp;
use puntos_domain::text as said;
use serde::{Deserialize, Serialize};

use crate::keys::{Key, timeline_at};
use crate::members::accounts::MERGES_MAX;
use crate::members::entries::ProfileEntry;
use crate::table::expression::{number, text};
use crate::table::{Condition, Item, Label, Transaction, Update, from_item};
use crate::{Store, StoreError};

#[derive(Serialize, Deserialize)]
pub(crate) struct ProfileItem {
    kind: String,
    timeline_member: MemberId,
    timeline_at: String,
    version: u64,
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email_pending: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    document: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    card_number: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    locale: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    birth_date: Option<Date>,
    #[serde(default = "consents", skip_serializing_if = "is_consent")]
    optional_emails: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    consent_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    agent_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    merged_into: Option<MemberId>,
    #[serde(rename = "content")]
    fingerprint: String,
    actor: String,
    request_id: String,
}

impl Store {
    /// Reads a profile strongly.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn profile(&self, member_id: &MemberId) -> Result<Option<Member>, StoreError> {
        let item = self.get(&Key::profile(member_id)).await?;
        item.map(profile_of).transpose()
    }

    /// Reads the profile of a member strongly: their own, or since a merge the other one.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn current_profile(
        &self,
        member_id: &MemberId,
    ) -> Result<Option<Member>, StoreError> {
        let member = self.profile(member_id).await?;
        self.current(member).await
    }

    /// Returns a member that was read, or since a merge the other one, who gets the mails of both.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn current(&self, mut member: Option<Member>) -> Result<Option<Member>, StoreError> {
        for _ in 0..MERGES_MAX {
            let Some(next) = member.as_ref().and_then(|member| member.merged_into.clone()) else {
                return Ok(member);
            };
            member = self.profile(&next).await?;
        }
        Err(StoreError::Busy)
    }

    /// Writes a member's consent to optional mails and, if it changes, the entry that records it. Returns
    /// false if the profile changed meanwhile.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn record_consent(
        &self,
        before: &Member,
        after: Consent,
        stamp: &Stamp,
    ) -> Result<bool, StoreError> {
        let version = before.version + 1;
        let update = Update::default().set("version", number(version));
        let update = match after.optional_emails {
            true => update.remove("optional_emails"),
            false => update.set("optional_emails", AttributeValue::Bool(false)),
        };
        let update = match after.said_at {
            Some(at) => update.set("consent_at", text(at.to_string())),
            None => update,
        };
        let as_read = Condition::compares("version", "=", number(before.version));
        let mut transaction = Transaction::default();
        transaction.update(Label::Profile, Key::profile(&before.member_id), update, as_read);
        if after.optional_emails != before.profile.optional_emails {
            let told = match after.optional_emails {
                true => said::reason_subscribed(),
                false => said::reason_unsubscribed(),
            };
            let told = told.into();
            let entry = ProfileEntry::new(&before.member_id, version, &told, stamp);
            transaction
                .put_profile_entry(Key::profile_change(&before.member_id, version), &entry)?;
        }
        Ok(self.commit(transaction).await?.is_committed())
    }
}

/// A member who never gave or refused consent gets optional mails.
fn consents() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
fn is_consent(optional_emails: &bool) -> bool {
    *optional_emails
}

pub(crate) fn profile_item(
    member_id: &MemberId,
    profile: &Profile,
    version: u64,
    fingerprint: &str,
    enrolled: &Stamp,
    consent_at: Option<Timestamp>,
) -> ProfileItem {
    let profile = profile.clone();
    ProfileItem {
        kind: "profile".to_owned(),
        timeline_member: member_id.clone(),
        timeline_at: timeline_at(enrolled.at, 0),
        version,
        name: profile.name,
        email: profile.email.map(String::from),
        email_pending: profile.email_pending.map(String::from),
        phone: profile.phone,
        document: profile.document,
        card_number: profile.card_number,
        locale: profile.locale,
        birth_date: profile.birth_date,
        optional_emails: profile.optional_emails,
        consent_at,
        agent_id: profile.agent_id,
        merged_into: None,
        fingerprint: fingerprint.to_owned(),
        actor: enrolled.actor.clone(),
        request_id: enrolled.request_id.clone(),
    }
}

/// Reads a profile from its item.
pub(crate) fn profile_of(item: Item) -> Result<Member, StoreError> {
    let item: ProfileItem = from_item(item)?;
    let corrupt = |name| StoreError::attribute(item.timeline_member.as_str(), "profile", name);
    let email = item.email.as_deref().map(EmailAddress::parse).transpose();
    let pending = item.email_pending.as_deref().map(EmailAddress::parse).transpose();
    Ok(Member {
        version: item.version,
        created_at: crate::timeline::time_of(&item.timeline_at)
            .ok_or_else(|| corrupt("timeline_at"))?,
        fingerprint: item.fingerprint.clone(),
        enrolled_by: (item.actor.clone(), item.request_id.clone()),
        profile: Profile {
            email: email.map_err(|_| corrupt("email"))?,
            email_pending: pending.map_err(|_| corrupt("email_pending"))?,
            name: item.name,
            phone: item.phone,
            document: item.document,
            card_number: item.card_number,
            locale: item.locale,
            birth_date: item.birth_date,
            optional_emails: item.optional_emails,
            agent_id: item.agent_id,
        },
        consent_at: item.consent_at,
        merged_into: item.merged_into,
        member_id: item.timeline_member,
    })
}
