//! The ledger: an entry that moves points and the account after it are written here, and only here. Reserving
//! moves none.
//!
//! Each entry is linked to the one before it. The head of the chain is in the account item, which every entry
//! writes anyway. `chain` in `puntos_domain` says what a link covers.

mod purchases;
pub(crate) mod read;

use puntos_domain::account::{Account, MemberAccount};
use puntos_domain::chain::{ChainHead, Link};
use puntos_domain::expiry_warning::ExpiryWarning;
use serde::Serialize;

use crate::StoreError;
use crate::error::Corruption;
use crate::keys::Key;
use crate::members::accounts::account_update;
use crate::table::expression::number;
use crate::table::{Condition, Label, Transaction, Update, to_item};
use crate::timeline::Entry;

/// The place of an entry in the chain as it is stored: its digest, and the key of the entry before it.
pub(crate) type LinkItem = (String, Option<String>);

/// An entry to be written.
pub(crate) struct EntryPut<'a, T> {
    pub(crate) label: Label,
    pub(crate) key: Key,
    pub(crate) item: &'a T,
    /// The condition on what is stored under its key.
    pub(crate) as_read: Condition,
    /// The warnings of expiries that it makes due.
    pub(crate) warnings: &'a [ExpiryWarning],
}

/// An entry with its place in the chain.
#[derive(Serialize)]
struct LinkedItem<'a, T> {
    #[serde(flatten)]
    item: &'a T,
    link: LinkItem,
}

impl Transaction {
    /// Adds an entry that moves points, linked to the newest entry of the account, the account after it, on the
    /// condition of the version that was read, and the warnings that become due.
    pub(crate) fn put_entry(
        &mut self,
        put: EntryPut<'_, impl Serialize>,
        read: &MemberAccount,
        after: &Account,
    ) -> Result<(), StoreError> {
        self.put_entry_and(put, read, after, |update| update)
    }

    /// Adds an entry as [`Self::put_entry`] does, and a change of what the account item has besides points.
    pub(crate) fn put_entry_and(
        &mut self,
        put: EntryPut<'_, impl Serialize>,
        read: &MemberAccount,
        after: &Account,
        change: impl FnOnce(Update) -> Update,
    ) -> Result<(), StoreError> {
        let EntryPut { label, key, item, as_read, warnings } = put;
        // The facts are taken from the item as it will be read, so that both sides agree.
        let entry = Entry::of(to_item(&key, item)?)?.in_chain();
        let unreadable = || StoreError::corrupt(&key.pk, &key.sk, Corruption::Attribute("row"));
        let facts = entry.ok_or_else(unreadable)?.facts;
        let link = Link::behind(read.head.as_ref(), &facts);
        let head = ChainHead::after(&facts.key, &link);
        let link = (link.digest, link.previous);
        self.put(label, key, &LinkedItem { item, link }, as_read)?;
        let head = serde_dynamo::to_attribute_value(&head).map_err(StoreError::unavailable)?;
        self.change_account(read, change(account_update(read, after)?.set("head", head)));
        self.put_warnings(&read.member_id, warnings)
    }

    /// Adds an account whose points are reserved or free again, on the condition of the version that was read.
    /// The member has as many points as before, so there is no entry.
    pub(crate) fn put_reserved(
        &mut self,
        read: &MemberAccount,
        after: &Account,
    ) -> Result<(), StoreError> {
        self.change_account(read, account_update(read, after)?);
        Ok(())
    }

    fn change_account(&mut self, read: &MemberAccount, update: Update) {
        let unchanged = Condition::compares("version", "=", number(read.account.version));
        self.update(Label::Account, Key::account(&read.member_id), update, unchanged);
    }
}

/// Returns the text by which the chain names the item with this key.
pub(crate) fn path_of(key: &Key) -> String {
    format!("{}/{}", key.pk, key.sk)
}

/// Returns the key that such a text names.
pub(crate) fn key_of_path(path: &str) -> Key {
    let (pk, sk) = path.split_once('/').unwrap_or((path, ""));
    Key::new(pk, sk)
}
