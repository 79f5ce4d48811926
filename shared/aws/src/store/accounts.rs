//! Accounts in the table: the lots, and the contact that a redemption's mail needs, in one item.
//!
//! Written only together with the entry that explains the change, conditional on the version read.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use jiff::Timestamp;
use puntos_domain::account::{Account, Expired, Lot};
use puntos_domain::id::MemberId;
use puntos_domain::member::Profile;
use serde::{Deserialize, Serialize};

use super::expression::number;
use super::{Condition, Item, Store, StoreError, Update, from_item, to_item};
use crate::keys::Key;

/// An account as it was read.
#[derive(Debug, Clone)]
pub struct StoredAccount {
    /// Whose it is.
    pub member_id: MemberId,
    /// The lots and the version.
    pub account: Account,
    /// Where mail goes, and how the till greets.
    pub contact: Contact,
}

/// What a mail or a till needs to know of a member without reading the profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The first word of the name.
    pub first_name: String,
    /// The address that mail goes to, as given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The language of mails, where the member has one of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
}

impl Contact {
    /// Returns the contact of a profile.
    pub fn of(profile: &Profile) -> Self {
        Self {
            first_name: profile.first_name(),
            email: profile.email.as_ref().map(|email| email.as_given().to_owned()),
            locale: profile.locale.clone(),
        }
    }
}

/// Who changed something, when, and under which request.
#[derive(Debug, Clone)]
pub struct Stamp {
    /// The time of the change.
    pub at: Timestamp,
    /// Who: `agent:subject`.
    pub actor: String,
    /// The id under which the request is logged.
    pub request_id: String,
}

/// A lot as it is stored: points, then the seconds since 1970 of its two instants.
type LotItem = (i64, Option<i64>, Option<i64>);

#[derive(Serialize, Deserialize)]
struct AccountItem {
    version: u64,
    lots: Vec<LotItem>,
    #[serde(flatten)]
    contact: Contact,
}

impl Store {
    /// Reads an account strongly.
    ///
    /// # Errors
    /// Fails where the table does not answer.
    pub async fn account(&self, member_id: &MemberId) -> Result<Option<StoredAccount>, StoreError> {
        let item = self.get(&Key::account(member_id)).await?;
        item.map(|item| account_of(member_id, item)).transpose()
    }

    /// Returns the update of an account, conditional on the version that was read.
    pub(crate) fn account_update(
        &self,
        member_id: &MemberId,
        read_version: u64,
        after: &Account,
    ) -> Result<TransactWriteItem, StoreError> {
        let update = Update::default()
            .set("version", number(read_version + 1))
            .set("lots", lots_attribute(after));
        let unmoved = Condition::compares("version", "=", number(read_version));
        self.update(&Key::account(member_id), update, unmoved)
    }

    /// Returns the first write of an account.
    pub(crate) fn account_put(
        &self,
        member_id: &MemberId,
        contact: Contact,
    ) -> Result<TransactWriteItem, StoreError> {
        let key = Key::account(member_id);
        let item = to_item(&key, &AccountItem { version: 0, lots: Vec::new(), contact })?;
        self.put(item, Condition::absent())
    }
}

/// Reads an account out of its item.
pub(crate) fn account_of(member_id: &MemberId, item: Item) -> Result<StoredAccount, StoreError> {
    let item: AccountItem = from_item(item)?;
    let lots = item.lots.into_iter().map(|(points, available, expires)| Lot {
        points,
        available_at: available.and_then(instant_of),
        expires_at: expires.and_then(instant_of),
    });
    let account = Account { version: item.version, lots: lots.collect() };
    Ok(StoredAccount { member_id: member_id.clone(), account, contact: item.contact })
}

fn lots_attribute(account: &Account) -> AttributeValue {
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

/// Expired points as an entry stores them: points, then the second of their expiry.
pub(crate) fn expired_item(expired: &[Expired]) -> Vec<(i64, i64)> {
    expired.iter().map(|part| (part.points, part.at.as_second())).collect()
}
