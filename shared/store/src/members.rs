//! Members in the table: their enrolment and changes, who owns a card, a document or an address, and the words of
//! names.
//!
//! Uniqueness is the store's: each owner item is written on the condition that it is absent.

pub(crate) mod accounts;
pub(crate) mod addresses;
pub(crate) mod profiles;

use aws_sdk_dynamodb::types::TransactWriteItem;
use puntos_domain::account::MemberAccount;
use puntos_domain::id::MemberId;
use puntos_domain::member::{Contact, Member, Profile, comparable, search_words};
use puntos_domain::stamp::Stamp;
use serde::{Deserialize, Serialize};

use crate::keys::{Key, OwnerKind, name_partition, timeline_at};
use crate::members::accounts::account_of;
use crate::members::profiles::{profile_item, profile_of};
use crate::table::expression::number;
use crate::table::{Committed, Condition, FailedCondition, Update, from_item, to_item};
use crate::{Store, StoreError};

/// The longest text that somebody can have, in bytes: nothing longer is ever enrolled, and a key of
/// DynamoDB has at most 2,048.
const OWNED_MAX_BYTES: usize = 1024;

/// What became of an enrolment.
#[derive(Debug)]
pub enum EnrolOutcome {
    /// The member is enrolled.
    Enrolled,
    /// The idempotency key was there already.
    Exists(Box<Member>),
    /// Somebody else has these: names of fields.
    Taken(Vec<&'static str>),
}

/// What became of a change.
#[derive(Debug)]
pub enum PatchOutcome {
    /// It is written.
    Changed,
    /// Another change was faster: read again, decide again.
    Moved,
    /// Somebody else has these: names of fields.
    Taken(Vec<&'static str>),
}

#[derive(Serialize)]
struct ChangeItem<'a> {
    kind: &'static str,
    timeline_member: &'a MemberId,
    timeline_at: String,
    reason: &'a str,
    actor: &'a str,
    request_id: &'a str,
}

#[derive(Serialize, Deserialize)]
struct OwnerItem {
    member_id: MemberId,
}

impl Store {
    /// Returns who has a card, a document, an address or a token's subject.
    ///
    /// # Errors
    /// Fails where the table does not answer.
    pub async fn owner(
        &self,
        kind: OwnerKind,
        value: &str,
    ) -> Result<Option<MemberId>, StoreError> {
        let form = owned_form(kind, value);
        if form.len() > OWNED_MAX_BYTES {
            return Ok(None);
        }
        let item = self.get(&Key::owner(kind, &form)).await?;
        let owner: Option<OwnerItem> = item.map(from_item).transpose()?;
        Ok(owner.map(|owner| owner.member_id))
    }

    /// Binds the subject of a token to a member, as the sign-up does.
    ///
    /// # Errors
    /// Fails where the table does not answer.
    pub async fn link_subject(
        &self,
        subject: &str,
        member_id: &MemberId,
    ) -> Result<(), StoreError> {
        let key = Key::owner(OwnerKind::Subject, subject);
        self.put_item(to_item(&key, &OwnerItem { member_id: member_id.clone() })?).await
    }

    /// Reads a profile and its account strongly, with one request.
    ///
    /// # Errors
    /// Fails where the table does not answer.
    pub async fn member(
        &self,
        member_id: &MemberId,
    ) -> Result<Option<(Member, MemberAccount)>, StoreError> {
        let keys = [Key::profile(member_id), Key::account(member_id)];
        let mut found = self.batch_get(&keys, true).await?;
        let [profile, account] = keys.map(|key| found.remove(&(key.pk, key.sk)));
        Ok(match (profile, account) {
            (Some(profile), Some(account)) => {
                Some((profile_of(profile)?, account_of(member_id, account)?))
            }
            _ => None,
        })
    }

    /// Finds members by the beginning of any word of their name, up to `most`.
    ///
    /// # Errors
    /// Fails where the table does not answer.
    pub async fn members_by_name(
        &self,
        prefix: &str,
        most: i32,
    ) -> Result<Vec<MemberId>, StoreError> {
        let items = self.query_prefix(&name_partition(prefix), prefix, most).await?;
        let owners: Result<Vec<OwnerItem>, StoreError> = items.into_iter().map(from_item).collect();
        let mut ids: Vec<MemberId> = owners?.into_iter().map(|owner| owner.member_id).collect();
        ids.sort();
        ids.dedup();
        Ok(ids)
    }

    /// Writes a member: the profile, the empty account, what they own, the words of the name.
    ///
    /// # Errors
    /// Fails where the table does not answer; then nothing is known to be written.
    pub async fn enrol(
        &self,
        member_id: &MemberId,
        profile: &Profile,
        content: &str,
        stamp: &Stamp,
    ) -> Result<EnrolOutcome, StoreError> {
        let key = Key::profile(member_id);
        let item = profile_item(member_id, profile, 0, content, stamp, None);
        let mut writes = vec![
            self.put(to_item(&key, &item)?, Condition::absent())?,
            self.account_put(member_id, Contact::of(profile))?,
        ];
        let first_owner = writes.len();
        let owned = owned_by(profile);
        for (kind, _, value) in &owned {
            writes.push(self.owner_put(*kind, value, member_id)?);
        }
        for word in search_words(&profile.name) {
            writes.push(self.word_put(&word, member_id)?);
        }
        let mut failed = match self.commit(writes).await? {
            Committed::Yes => return Ok(EnrolOutcome::Enrolled),
            Committed::Refused(failed) => failed,
        };
        if failed[0].index == 0 {
            let found = failed.swap_remove(0).found.ok_or(StoreError::Busy)?;
            return Ok(EnrolOutcome::Exists(Box::new(profile_of(found)?)));
        }
        let fields: Vec<&'static str> = owned.iter().map(|(_, field, _)| *field).collect();
        Ok(EnrolOutcome::Taken(taken(&failed, first_owner, &fields)))
    }

    /// Writes a changed profile with everything that follows from it, and the entry that tells of it.
    ///
    /// `reason` names the fields that changed.
    ///
    /// # Errors
    /// Fails where the table does not answer; then nothing is known to be written.
    pub async fn change_profile(
        &self,
        before: &Member,
        after: &Profile,
        reason: &str,
        stamp: &Stamp,
    ) -> Result<PatchOutcome, StoreError> {
        let member_id = &before.member_id;
        let version = before.version + 1;
        // The profile is the entry of the enrolment: who changes it stands in the entry of the change.
        let (actor, request_id) = before.enrolled_by.clone();
        let enrolled = Stamp { at: before.created_at, actor, request_id };
        let says = before.profile.optional_emails != after.optional_emails;
        let consent_at = if says { Some(stamp.at) } else { before.consent_at };
        let item = profile_item(member_id, after, version, &before.content, &enrolled, consent_at);
        let as_read = Condition::compares("version", "=", number(before.version));
        let contact = Contact::of(after);
        let mut writes = vec![
            self.put(to_item(&Key::profile(member_id), &item)?, as_read)?,
            self.update(&Key::account(member_id), contact_update(contact), Condition::present())?,
            self.change_put(member_id, version, reason, stamp)?,
        ];
        let (had, has) = (owned_by(&before.profile), owned_by(after));
        for owned in had.iter().filter(|owned| !has.contains(owned)) {
            writes.push(self.delete(&Key::owner(owned.0, &owned.2))?);
        }
        let first_owner = writes.len();
        let new: Vec<_> = has.iter().filter(|owned| !had.contains(owned)).collect();
        for (kind, _, value) in &new {
            writes.push(self.owner_put(*kind, value, member_id)?);
        }
        let (old_words, words) = (search_words(&before.profile.name), search_words(&after.name));
        for word in old_words.iter().filter(|word| !words.contains(word)) {
            writes.push(self.delete(&Key::name_word(word, member_id))?);
        }
        for word in words.iter().filter(|word| !old_words.contains(word)) {
            writes.push(self.word_put(word, member_id)?);
        }
        let failed = match self.commit(writes).await? {
            Committed::Yes => return Ok(PatchOutcome::Changed),
            Committed::Refused(failed) => failed,
        };
        if failed[0].index < first_owner {
            return Ok(PatchOutcome::Moved);
        }
        let fields: Vec<&'static str> = new.iter().map(|(_, field, _)| *field).collect();
        Ok(PatchOutcome::Taken(taken(&failed, first_owner, &fields)))
    }

    pub(crate) fn change_put(
        &self,
        member_id: &MemberId,
        version: u64,
        reason: &str,
        stamp: &Stamp,
    ) -> Result<TransactWriteItem, StoreError> {
        let key = Key::profile_change(member_id, version);
        let change = ChangeItem {
            kind: "profile",
            timeline_member: member_id,
            timeline_at: timeline_at(stamp.at, version),
            reason,
            actor: &stamp.actor,
            request_id: &stamp.request_id,
        };
        self.put(to_item(&key, &change)?, Condition::absent())
    }

    fn owner_put(
        &self,
        kind: OwnerKind,
        value: &str,
        member_id: &MemberId,
    ) -> Result<TransactWriteItem, StoreError> {
        let key = Key::owner(kind, value);
        self.put(to_item(&key, &OwnerItem { member_id: member_id.clone() })?, Condition::absent())
    }

    fn word_put(&self, word: &str, member_id: &MemberId) -> Result<TransactWriteItem, StoreError> {
        let key = Key::name_word(word, member_id);
        self.put(to_item(&key, &OwnerItem { member_id: member_id.clone() })?, Condition::absent())
    }
}

/// What a profile owns alone: the kind, the field, and the form that is compared.
fn owned_by(profile: &Profile) -> Vec<(OwnerKind, &'static str, String)> {
    let document = profile
        .document
        .as_deref()
        .map(|value| (OwnerKind::Document, "document", comparable(value)));
    let card = profile
        .card_number
        .as_deref()
        .map(|value| (OwnerKind::Card, "card_number", comparable(value)));
    let email = profile
        .email
        .as_ref()
        .map(|email| (OwnerKind::Email, "email", email.normalized().to_owned()));
    [document, card, email].into_iter().flatten().collect()
}

fn owned_form(kind: OwnerKind, value: &str) -> String {
    match kind {
        OwnerKind::Document | OwnerKind::Card => comparable(value),
        OwnerKind::Email | OwnerKind::Subject => value.to_owned(),
    }
}

fn taken(
    failed: &[FailedCondition],
    first_owner: usize,
    fields: &[&'static str],
) -> Vec<&'static str> {
    failed
        .iter()
        .filter_map(|failed| fields.get(failed.index.checked_sub(first_owner)?).copied())
        .collect()
}

fn contact_update(contact: Contact) -> Update {
    // A redemption that read the contact before this must decide again: its mail would go astray.
    let update = Update::default()
        .set("first_name", crate::table::expression::text(contact.first_name))
        .add("version", 1);
    [("email", contact.email), ("locale", contact.locale)].into_iter().fold(
        update,
        |update, (name, value)| match value {
            Some(value) => update.set(name, crate::table::expression::text(value)),
            None => update.remove(name),
        },
    )
}
