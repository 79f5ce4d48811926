//! Accounts in the table. One item holds the lots, and the contact for a redemption's mail.
//!
//! `ledger` writes an account, together with the entry that explains the change.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use puntos_domain::account::{Account, Lot, MemberAccount};
use puntos_domain::chain::ChainHead;
use puntos_domain::id::MemberId;
use puntos_domain::member::Contact;
use serde::{Deserialize, Serialize};

use crate::keys::Key;
use crate::ledger::path_of;
use crate::table::expression::number;
use crate::table::{Condition, Item, Label, Transaction, from_item};
use crate::{Store, StoreError};

/// A lot as it is stored: points, then the seconds since 1970 of its two instants.
type LotItem = (i64, Option<i64>, Option<i64>);

#[derive(Serialize, Deserialize)]
struct AccountItem {
    version: u64,
    lots: Vec<LotItem>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    head: Option<ChainHead>,
    #[serde(flatten)]
    contact: Contact,
}

impl Store {
    /// Reads an account strongly.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn account(&self, member_id: &MemberId) -> Result<Option<MemberAccount>, StoreError> {
        let item = self.get(&Key::account(member_id)).await?;
        item.map(|item| account_of(member_id, item)).transpose()
    }
}

impl Transaction {
    /// Adds an empty account.
    pub(crate) fn put_account(
        &mut self,
        member_id: &MemberId,
        contact: Contact,
    ) -> Result<(), StoreError> {
        let head = Some(ChainHead::start(&path_of(&Key::profile(member_id))));
        let item = AccountItem { version: 0, lots: Vec::new(), head, contact };
        self.put(Label::Account, Key::account(member_id), &item, Condition::absent())
    }
}

/// Reads an account from its item.
pub(crate) fn account_of(member_id: &MemberId, item: Item) -> Result<MemberAccount, StoreError> {
    let item: AccountItem = from_item(item)?;
    let lots = item.lots.into_iter().map(|(points, available, expires)| Lot {
        points,
        available_at: available.and_then(instant_of),
        expires_at: expires.and_then(instant_of),
    });
    let account = Account { version: item.version, lots: lots.collect() };
    Ok(MemberAccount {
        member_id: member_id.clone(),
        account,
        contact: item.contact,
        head: item.head,
    })
}

pub(crate) fn lots_attribute(account: &Account) -> AttributeValue {
    let seconds =
        |at: Option<Timestamp>| at.map_or(AttributeValue::Null(true), |at| number(at.as_second()));
    let lots = account.lots.iter().map(|lot| {
        AttributeValue::L(vec![
            number(lot.points),
            seconds(lot.available_at),
            seconds(lot.expires_at),
        ])
    });
    AttributeValue::L(lots.collect())
}

pub(crate) fn instant_of(second: i64) -> Option<Timestamp> {
    Timestamp::from_second(second).ok()
}
