//! Members in the table: enrolment, changes, the owners of cards, documents and addresses, and the words of
//! names.
//!
//! The store guarantees uniqueness: each owner item is written on the condition that it is absent.

pub(crate) mod accounts;
pub(crate) mod addresses;
pub(crate) mod entries;
pub(crate) mod merges;
pub(crate) mod profiles;
pub(crate) mod sign_ins;

use jiff::Timestamp;
use jiff::civil::Date;
use puntos_domain::account::MemberAccount;
use puntos_domain::card::CardHolder;
use puntos_domain::email_confirmation::MAILS_PER_DAY_MAX;
use puntos_domain::id::MemberId;
use puntos_domain::mail::{Email, EmailAddress};
use puntos_domain::member::{Contact, Member, Profile, TakenValue, comparable, search_words};
use puntos_domain::program::ProgramHead;
use puntos_domain::stamp::Stamp;
use serde::{Deserialize, Serialize};

use crate::care::HandOver;
use crate::keys::{Key, OwnerKind, name_partition};
use crate::members::accounts::account_of;
use crate::members::entries::ProfileEntry;
use crate::members::profiles::{profile_item, profile_of};
use crate::program::head_of;
use crate::table::expression::{number, text};
use crate::table::transaction::Refusals;
use crate::table::{Commit, Condition, DayLimit, Label, Transaction, Update, from_item};
use crate::{Store, StoreError};

/// The longest value that is looked up, in bytes. Nothing longer is ever enrolled, and a DynamoDB key has at
/// most 2,048 bytes.
const OWNED_MAX_BYTES: usize = 1024;

/// The result of an enrolment.
#[derive(Debug)]
pub enum EnrolOutcome {
    /// The member is enrolled.
    Enrolled,
    /// The idempotency key was used before.
    Exists(Box<Member>),
    /// Another member has these values.
    Taken(Vec<TakenValue>),
}

/// The result of a change.
#[derive(Debug)]
pub enum PatchOutcome {
    /// The change was written.
    Changed,
    /// Another change came first: read and decide again.
    Outdated,
    /// Another member has these values.
    Taken(Vec<TakenValue>),
    /// The addresses that the member entered got their most mails of the day.
    TooMany,
}

/// The mail that asks to confirm an address, with the local day whose mails it counts to.
pub struct ConfirmationMail {
    pub mail: Email,
    pub today: Date,
}

#[derive(Serialize, Deserialize)]
struct OwnerItem {
    member_id: MemberId,
    /// When another card replaced this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    replaced_at: Option<Timestamp>,
}

/// A member as read: the profile, the account, and which versions the programme has.
#[derive(Debug)]
pub struct MemberState {
    pub member: Member,
    pub account: MemberAccount,
    /// `None` before the first programme.
    pub head: Option<ProgramHead>,
}

impl Store {
    /// Returns who has a card, a document, an address or a token's subject.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn owner(
        &self,
        kind: OwnerKind,
        value: &str,
    ) -> Result<Option<MemberId>, StoreError> {
        Ok(self.owner_item(kind, value).await?.map(|owner| owner.member_id))
    }

    /// Returns who holds a card, and whether another one replaced it.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn card_holder(&self, card: &str) -> Result<Option<CardHolder>, StoreError> {
        let owner = self.owner_item(OwnerKind::Card, card).await?;
        Ok(owner.map(|OwnerItem { member_id, replaced_at }| CardHolder { member_id, replaced_at }))
    }

    async fn owner_item(
        &self,
        kind: OwnerKind,
        value: &str,
    ) -> Result<Option<OwnerItem>, StoreError> {
        let form = owned_form(kind, value);
        if form.len() > OWNED_MAX_BYTES {
            return Ok(None);
        }
        self.get(&Key::owner(kind, &form)).await?.map(from_item).transpose()
    }

    /// Reads a profile and its account strongly, with one request.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn member(&self, member_id: &MemberId) -> Result<Option<MemberState>, StoreError> {
        let keys = [Key::profile(member_id), Key::account(member_id), Key::program_head()];
        let mut found = self.batch_get(&keys, true).await?;
        let [profile, account, head] = keys.map(|key| found.remove(&(key.pk, key.sk)));
        let Some((profile, account)) = profile.zip(account) else { return Ok(None) };
        Ok(Some(MemberState {
            member: profile_of(profile)?,
            account: account_of(member_id, account)?,
            head: head.map(head_of).transpose()?,
        }))
    }

    /// Finds members by the beginning of any word of their name, up to `most`.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn members_by_name(
        &self,
        prefix: &str,
        most: u32,
    ) -> Result<Vec<MemberId>, StoreError> {
        let items = self.read_prefix(&name_partition(prefix), prefix, most).await?;
        let owners: Result<Vec<OwnerItem>, StoreError> = items.into_iter().map(from_item).collect();
        let mut ids: Vec<MemberId> = owners?.into_iter().map(|owner| owner.member_id).collect();
        ids.sort();
        ids.dedup();
        Ok(ids)
    }

    /// Writes a member: the profile, the empty account, the owner items and the words of the name.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn enrol(
        &self,
        member_id: &MemberId,
        profile: &Profile,
        fingerprint: &str,
        stamp: &Stamp,
    ) -> Result<EnrolOutcome, StoreError> {
        let item = profile_item(member_id, profile, 0, fingerprint, stamp, None);
        let mut transaction = Transaction::default();
        transaction.put(Label::Profile, Key::profile(member_id), &item, Condition::absent())?;
        transaction.put_account(member_id, Contact::of(profile))?;
        let owned = owned_by(profile);
        for owned in &owned {
            transaction.put_owner(owned.key(), member_id)?;
        }
        for word in search_words(&profile.name) {
            transaction.put_name_word(&word, member_id)?;
        }
        let Commit::Refused(mut refusals) = self.commit(transaction).await? else {
            return Ok(EnrolOutcome::Enrolled);
        };
        if let Some(found) = refusals.found(Label::Profile)? {
            return Ok(EnrolOutcome::Exists(Box::new(profile_of(found)?)));
        }
        // The same request may have enrolled the member while this one met it: then the member owns these
        // values. A profile in conflict has no failed condition.
        Ok(match self.get(&Key::profile(member_id)).await? {
            Some(found) => EnrolOutcome::Exists(Box::new(profile_of(found)?)),
            None => EnrolOutcome::Taken(taken(&refusals, &owned)?),
        })
    }

    /// Writes a changed profile with everything that follows from it, and the entry that records it. A card that
    /// another one replaces stays with its member, as replaced.
    ///
    /// `reason` names the fields that changed, and `care` is given if the agent did. `mail` is written with the change.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn change_profile(
        &self,
        before: &Member,
        after: &Profile,
        reason: &str,
        care: Option<&HandOver>,
        mail: Option<&ConfirmationMail>,
        stamp: &Stamp,
    ) -> Result<PatchOutcome, StoreError> {
        let member_id = &before.member_id;
        let version = before.version + 1;
        // The profile is the entry of the enrolment. The entry of the change names who made the change.
        let (actor, request_id) = before.enrolled_by.clone();
        let enrolled = Stamp { at: before.created_at, actor, request_id };
        let says = before.profile.optional_emails != after.optional_emails;
        let consent_at = if says { Some(stamp.at) } else { before.consent_at };
        let item =
            profile_item(member_id, after, version, &before.fingerprint, &enrolled, consent_at);
        let as_read = Condition::compares("version", "=", number(before.version));
        let mut transaction = Transaction::default();
        transaction.put(Label::Profile, Key::profile(member_id), &item, as_read)?;
        let update = contact_update(Contact::of(after));
        transaction.update(Label::Account, Key::account(member_id), update, Condition::present());
        let reason = reason.into();
        let entry = ProfileEntry::new(member_id, version, &reason, stamp).with_new_address(
            &before.profile,
            after,
            version,
            stamp.at,
        );
        transaction.put_profile_entry(Key::profile_change(member_id, version), &entry)?;
        if let Some(care) = care {
            transaction.hand_over(care, before, after.agent_id.as_deref(), stamp)?;
        }
        let (had, has) = (owned_by(&before.profile), owned_by(after));
        for owned in had.iter().filter(|owned| !has.contains(owned)) {
            match owned.kind {
                OwnerKind::Card if after.card_number.is_some() => {
                    let replaced_at = Some(stamp.at);
                    let owner = OwnerItem { member_id: member_id.clone(), replaced_at };
                    transaction.put(Label::Owner, owned.key(), &owner, Condition::default())?;
                }
                _ => transaction.delete(Label::Owner, owned.key()),
            }
        }
        for owned in has.iter().filter(|owned| !had.contains(owned)) {
            transaction.put_owner(owned.key(), member_id)?;
        }
        let (old_words, words) = (search_words(&before.profile.name), search_words(&after.name));
        for word in old_words.iter().filter(|word| !words.contains(word)) {
            transaction.delete(Label::NameWord, Key::name_word(word, member_id));
        }
        for word in words.iter().filter(|word| !old_words.contains(word)) {
            transaction.put_name_word(word, member_id)?;
        }
        if let Some(ConfirmationMail { mail, today }) = mail {
            transaction.put_mail(mail)?;
            let count = DayLimit { name: "confirmations", size: 1, most: MAILS_PER_DAY_MAX };
            transaction.count_day(Key::member_day(member_id, *today), [count]);
        }
        Ok(match self.commit(transaction).await? {
            Commit::Committed => PatchOutcome::Changed,
            Commit::Refused(refusals) if refusals.only(Label::Day) => PatchOutcome::TooMany,
            Commit::Refused(refusals) if refusals.only(Label::Owner) => {
                PatchOutcome::Taken(taken(&refusals, &has)?)
            }
            Commit::Refused(_) => PatchOutcome::Outdated,
        })
    }
}

impl Transaction {
    /// Adds an owner: refused if another member has the value. A member may take a replaced card back.
    fn put_owner(&mut self, key: Key, member_id: &MemberId) -> Result<(), StoreError> {
        let owner = OwnerItem { member_id: member_id.clone(), replaced_at: None };
        let own = Condition::compares("member_id", "=", text(member_id.as_str()));
        self.put(Label::Owner, key, &owner, Condition::absent().or(own))
    }

    fn put_name_word(&mut self, word: &str, member_id: &MemberId) -> Result<(), StoreError> {
        let owner = OwnerItem { member_id: member_id.clone(), replaced_at: None };
        let key = Key::name_word(word, member_id);
        self.put(Label::NameWord, key, &owner, Condition::absent())
    }
}

/// A value that only one profile can have.
#[derive(PartialEq)]
struct Owned {
    kind: OwnerKind,
    /// The normalised form that is compared.
    form: String,
}

impl Owned {
    fn key(&self) -> Key {
        Key::owner(self.kind, &self.form)
    }
}

fn owned_by(profile: &Profile) -> Vec<Owned> {
    let values = [
        (OwnerKind::Document, profile.document.as_deref()),
        (OwnerKind::Card, profile.card_number.as_deref()),
        (OwnerKind::Email, profile.email.as_ref().map(EmailAddress::normalized)),
    ];
    let owned = values.into_iter().filter_map(|(kind, value)| Some((kind, value?)));
    owned.map(|(kind, value)| Owned { kind, form: owned_form(kind, value) }).collect()
}

fn owned_form(kind: OwnerKind, value: &str) -> String {
    match kind {
        OwnerKind::Document | OwnerKind::Card => comparable(value),
        OwnerKind::Email | OwnerKind::Subject => value.to_owned(),
    }
}

/// Returns the values that another member has.
fn taken(refusals: &Refusals, owned: &[Owned]) -> Result<Vec<TakenValue>, StoreError> {
    let mut taken = Vec::new();
    for owned in owned {
        let key = owned.key();
        let Some(refusal) = refusals.of(Label::Owner).find(|refusal| refusal.key == key) else {
            continue;
        };
        let owner: Option<OwnerItem> = refusal.found.clone().map(from_item).transpose()?;
        let is_replaced_card = owner.is_some_and(|owner| owner.replaced_at.is_some());
        taken.push(TakenValue { field: owned.kind.field(), is_replaced_card });
    }
    Ok(taken)
}

fn contact_update(contact: Contact) -> Update {
    // A redemption that read the old contact must decide again: its mail would go to the wrong address.
    contact_set(Update::default().add("version", 1), contact)
}

fn contact_set(update: Update, contact: Contact) -> Update {
    let update = update.set("first_name", text(contact.first_name));
    [("email", contact.email), ("locale", contact.locale)].into_iter().fold(
        update,
        |update, (name, value)| match value {
            Some(value) => update.set(name, text(value)),
            None => update.remove(name),
        },
    )
}
