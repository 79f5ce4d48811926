//! The link of a subject to a member in the table, the code with which a person joins a member, and the addresses
//! that the user pool has to follow.
//!
//! The owner item of the subject and the sign-in item of the member are written together. The owner item must be absent
//! or of this member. The sign-in item must have no subject, the same one, or the one that the code replaces. A link
//! removes the code.

use jiff::Timestamp;
use puntos_domain::id::MemberId;
use puntos_domain::join_code::PendingCode;
use puntos_domain::outbox::AddressChange;
use puntos_domain::sign_in::Links;
use puntos_domain::stamp::Stamp;
use puntos_domain::text::{self as said, Remark};
use serde::{Deserialize, Serialize};

use super::OwnerItem;
use crate::keys::{ADDRESS_QUEUE, Key, OwnerKind, instant};
use crate::members::entries::ProfileEntry;
use crate::table::expression::{number, text};
use crate::table::{Condition, Item, Label, Transaction, Update, from_item, key_of};
use crate::{Store, StoreError};

/// The most changed addresses that one call returns.
const WAITING_MAX: i32 = 100;

/// The links of a subject and a member, and the code that waits for the member.
#[derive(Debug, Default)]
pub struct SignInState {
    pub links: Links,
    pub code: Option<PendingCode>,
}

#[derive(Default, Serialize, Deserialize)]
struct SignInItem {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// The digest of the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wrong_tries: Option<u32>,
}

impl Store {
    /// Reads the links of a subject and a member, and the member's code, strongly and with one request.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn sign_in(
        &self,
        subject: &str,
        member_id: &MemberId,
    ) -> Result<SignInState, StoreError> {
        let keys = [Key::owner(OwnerKind::Subject, subject), Key::sign_in(member_id)];
        let mut found = self.batch_get(&keys, true).await?;
        let [owner, sign_in] = keys.map(|key| found.remove(&(key.pk, key.sk)));
        let owner: Option<OwnerItem> = owner.map(from_item).transpose()?;
        let item: SignInItem = sign_in.map(from_item).transpose()?.unwrap_or_default();
        let code = match (item.code, item.expires_at) {
            (Some(digest), Some(expires_at)) => {
                let wrong_tries = item.wrong_tries.unwrap_or_default();
                Some(PendingCode { digest, expires_at, wrong_tries })
            }
            _ => None,
        };
        let links = Links {
            member_of_subject: owner.map(|owner| owner.member_id),
            subject_of_member: item.subject,
        };
        Ok(SignInState { links, code })
    }

    /// Links a subject to a member. Returns false if one of the two has another link, or another write came first.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn link_subject(
        &self,
        subject: &str,
        member_id: &MemberId,
    ) -> Result<bool, StoreError> {
        let own = Condition::compares("subject", "=", text(subject));
        let free = Condition::missing("subject").or(own);
        let mut transaction = Transaction::default();
        transaction.put_link(subject, member_id, free)?;
        Ok(self.commit(transaction).await?.is_committed())
    }

    /// Links a subject to a member with a code, removes the code and the link of a replaced subject, and records it.
    /// This requires that code and subject of the member are as they were read. Returns false if the subject reaches
    /// another member, or another write came first.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn join_subject(
        &self,
        subject: &str,
        member_id: &MemberId,
        code: &PendingCode,
        replaced: Option<&str>,
        stamp: &Stamp,
    ) -> Result<bool, StoreError> {
        let as_read = reached_by(replaced).and(unchanged(code));
        let mut transaction = Transaction::default();
        transaction.put_link(subject, member_id, as_read)?;
        if let Some(replaced) = replaced {
            transaction.delete(Label::Owner, Key::owner(OwnerKind::Subject, replaced));
        }
        let reason = match replaced {
            None => said::reason_joined(),
            Some(_) => said::reason_sign_in_replaced(),
        };
        transaction.put_sign_in_change(member_id, &stamp.request_id, &reason.into(), stamp)?;
        Ok(self.commit(transaction).await?.is_committed())
    }

    /// Keeps the code of a member, in the place of an earlier one, and records it. `replaced` is the subject that the
    /// code will replace, as it was read; `None` if nobody signs in as the member. Returns false if this changed since.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn put_join_code(
        &self,
        member_id: &MemberId,
        code: &PendingCode,
        replaced: Option<&str>,
        stamp: &Stamp,
    ) -> Result<bool, StoreError> {
        let item = SignInItem {
            subject: replaced.map(str::to_owned),
            code: Some(code.digest.clone()),
            expires_at: Some(code.expires_at),
            wrong_tries: None,
        };
        let mut transaction = Transaction::default();
        transaction.put(Label::SignIn, Key::sign_in(member_id), &item, reached_by(replaced))?;
        let reason = match replaced {
            None => said::reason_code_given(),
            Some(_) => said::reason_replacing_code_given(),
        };
        transaction.put_sign_in_change(member_id, &stamp.request_id, &reason.into(), stamp)?;
        Ok(self.commit(transaction).await?.is_committed())
    }

    /// Returns the subject that reaches a member, read strongly.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn subject_of(&self, member_id: &MemberId) -> Result<Option<String>, StoreError> {
        let item: Option<SignInItem> =
            self.get(&Key::sign_in(member_id)).await?.map(from_item).transpose()?;
        Ok(item.and_then(|item| item.subject))
    }

    /// Returns the changed addresses that wait for the user pool since before an instant, those that wait longest, up to
    /// a hundred.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn waiting_addresses(
        &self,
        until: Timestamp,
    ) -> Result<Vec<AddressChange>, StoreError> {
        let until = instant(until);
        let items = self.first_of_queue(ADDRESS_QUEUE, WAITING_MAX).await?.into_iter();
        let due = items.take_while(|item| {
            item.get("work_due").and_then(|due| due.as_s().ok()).is_some_and(|due| *due < until)
        });
        Ok(due.filter_map(readable).collect())
    }

    /// Takes a changed address out of the list of those that wait, and records that the user pool has another person
    /// with it.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn settle_taken_address(
        &self,
        change: &AddressChange,
        stamp: &Stamp,
    ) -> Result<(), StoreError> {
        let AddressChange { member_id, version } = change;
        let settled = Update::default().remove("work_queue").remove("work_due");
        let mut transaction = Transaction::default();
        let key = Key::profile_change(member_id, *version);
        transaction.update(Label::ProfileChange, key, settled, Condition::present());
        let reason = said::reason_address_taken().into();
        transaction.put_sign_in_change(member_id, &version.to_string(), &reason, stamp)?;
        // Refused if it was recorded before.
        let _ = self.commit(transaction).await?;
        Ok(())
    }

    /// Takes a changed address out of the list of those that wait.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn settle_address(&self, change: &AddressChange) -> Result<(), StoreError> {
        let key = Key::profile_change(&change.member_id, change.version);
        let settled = Update::default().remove("work_queue").remove("work_due");
        self.update_one(&key, settled, Condition::present()).await?;
        Ok(())
    }

    /// Counts a wrong try against a code. Returns false if the code is no longer as it was read.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn count_wrong_try(
        &self,
        member_id: &MemberId,
        code: &PendingCode,
    ) -> Result<bool, StoreError> {
        let tries = code.wrong_tries.saturating_add(1);
        let update = Update::default().set("wrong_tries", number(tries));
        let mut transaction = Transaction::default();
        transaction.update(Label::SignIn, Key::sign_in(member_id), update, unchanged(code));
        Ok(self.commit(transaction).await?.is_committed())
    }
}

/// Returns the condition that this subject reaches the member, or none.
fn reached_by(subject: Option<&str>) -> Condition {
    match subject {
        Some(subject) => Condition::compares("subject", "=", text(subject)),
        None => Condition::missing("subject"),
    }
}

impl Transaction {
    /// Adds the link of a subject to a member: refused if the subject reaches another one, or if the sign-in of the
    /// member is not as it was read.
    fn put_link(
        &mut self,
        subject: &str,
        member_id: &MemberId,
        as_read: Condition,
    ) -> Result<(), StoreError> {
        self.put_owner(Key::owner(OwnerKind::Subject, subject), member_id)?;
        let item = SignInItem { subject: Some(subject.to_owned()), ..SignInItem::default() };
        self.put(Label::SignIn, Key::sign_in(member_id), &item, as_read)
    }

    fn put_sign_in_change(
        &mut self,
        member_id: &MemberId,
        cause: &str,
        reason: &Remark,
        stamp: &Stamp,
    ) -> Result<(), StoreError> {
        // The profile does not change, so the entry has no version of it.
        let entry = ProfileEntry::new(member_id, 0, reason, stamp);
        self.put_profile_entry(Key::sign_in_change(member_id, cause), &entry)
    }
}

/// Reads a changed address. One that cannot be read must not keep the others waiting.
fn readable(item: Item) -> Option<AddressChange> {
    let change = address_change_of(&item);
    change
        .inspect_err(|error| {
            tracing::error!(error = error.chain(), "a changed address cannot be read")
        })
        .ok()
}

/// Reads a changed address from the key of the entry that records it.
pub(crate) fn address_change_of(item: &Item) -> Result<AddressChange, StoreError> {
    let (pk, sk) = key_of(item);
    let version = sk.rsplit('#').next().and_then(|version| version.parse().ok());
    let version = version.ok_or_else(|| StoreError::attribute(&pk, &sk, "sk"))?;
    let member_id = pk.parse().map_err(|_| StoreError::attribute(&pk, &sk, "pk"))?;
    Ok(AddressChange { member_id, version })
}

/// Returns the condition that a code is as it was read.
fn unchanged(code: &PendingCode) -> Condition {
    let tries = match code.wrong_tries {
        0 => Condition::missing("wrong_tries"),
        tries => Condition::compares("wrong_tries", "=", number(tries)),
    };
    Condition::compares("code", "=", text(&*code.digest)).and(tries)
}
