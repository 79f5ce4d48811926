//! Accounts in the table. One item holds the lots, and the contact for a redemption's mail.
//!
//! `ledger` writes an account, together with the entry that explains the change.

use jiff::Timestamp;
use jiff::civil::Date;
use puntos_domain::account::{Account, Allocation, Lot, MemberAccount, OnceMark, Reserved};
use puntos_domain::accrual::Credit;
use puntos_domain::chain::ChainHead;
use puntos_domain::id::{MemberId, ReservationId};
use puntos_domain::member::Contact;
use puntos_domain::points::Points;
use puntos_domain::standing::{Month, MonthSum, Standing};
use serde::{Deserialize, Serialize};

use crate::keys::Key;
use crate::ledger::path_of;
use crate::table::{Condition, Item, Label, Transaction, Update, from_item, json, to_item};
use crate::{Store, StoreError};

/// How many merges in a row are followed: a member who was merged into another, who was merged later.
pub(crate) const MERGES_MAX: usize = 64;

/// A lot as it is stored: points, then the seconds since 1970 of its two instants.
type LotItem = (Points, Option<i64>, Option<i64>);
/// Points of a lot: how many, and the second of their expiry.
pub(crate) type AllocationItem = (Points, Option<i64>);
/// A reservation: its id, the second at which it lapses, and the lots that it holds.
type ReservedItem = (ReservationId, i64, Vec<AllocationItem>);
/// A month, then the points and the minor units that count in it.
type MonthItem = (i32, Points, i64);

/// What `Account` holds besides its version. What is empty is not stored.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct AccountItem {
    version: u64,
    lots: Vec<LotItem>,
    #[serde(skip_serializing_if = "Points::is_zero")]
    debt: Points,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reserved: Vec<ReservedItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tier: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tier_month: Option<i32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    months: Vec<MonthItem>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    once: Vec<(String, Date)>,
}

/// The attributes of [`AccountItem`] that a change of the account replaces.
const REPLACED: [&str; 8] =
    ["version", "lots", "debt", "reserved", "tier", "tier_month", "months", "once"];

/// The item of an account: its points, and the contact of its member.
#[derive(Serialize, Deserialize)]
struct StoredAccount {
    #[serde(flatten)]
    account: AccountItem,
    /// The newest entry of the chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    head: Option<ChainHead>,
    /// The member whose account has the points since a merge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    merged_into: Option<MemberId>,
    #[serde(flatten)]
    contact: Contact,
}

impl Store {
    /// Reads the account that has the points of a member, strongly: their own, or since a merge the other one.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn account(&self, member_id: &MemberId) -> Result<Option<MemberAccount>, StoreError> {
        let account = self.own_account(member_id).await?;
        self.followed(account).await
    }

    /// Reads the account of a member strongly, also one that is empty since a merge.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn own_account(
        &self,
        member_id: &MemberId,
    ) -> Result<Option<MemberAccount>, StoreError> {
        let item = self.get(&Key::account(member_id)).await?;
        item.map(|item| account_of(member_id, item)).transpose()
    }

    /// Returns a credit as one of the member who has its points now: since a merge another one. Reads nothing if it
    /// is the earner's.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn current_credit(
        &self,
        credit: Option<Credit>,
        earner: Option<&MemberId>,
    ) -> Result<Option<Credit>, StoreError> {
        let Some((credit, earner)) = credit.clone().zip(earner) else { return Ok(credit) };
        if credit.member_id == *earner {
            return Ok(Some(credit));
        }
        let account = self.account(&credit.member_id).await?;
        let member_id = account.map_or(credit.member_id, |account| account.member_id);
        Ok(Some(Credit { member_id, ..credit }))
    }

    /// Returns the account that has the points of the one that was read. Every decision about points starts from
    /// it, so purchases, returns and reversals that name a merged member reach the right one.
    pub(crate) async fn followed(
        &self,
        read: Option<MemberAccount>,
    ) -> Result<Option<MemberAccount>, StoreError> {
        let mut account = read;
        for _ in 0..MERGES_MAX {
            let Some(next) = account.as_ref().and_then(|account| account.merged_into.clone())
            else {
                return Ok(account);
            };
            account = self.own_account(&next).await?;
        }
        Err(StoreError::Busy)
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
        let account = AccountItem::default();
        let item = StoredAccount { account, head, merged_into: None, contact };
        self.put(Label::Account, Key::account(member_id), &item, Condition::absent())
    }
}

/// Reads an account from its item.
pub(crate) fn account_of(member_id: &MemberId, item: Item) -> Result<MemberAccount, StoreError> {
    let StoredAccount { account, head, merged_into, contact } = from_item(item)?;
    let account = account.account();
    Ok(MemberAccount { member_id: member_id.clone(), account, contact, head, merged_into })
}

/// Returns the update that makes an account the one after a change, with the version after the one that was
/// read. `ledger` adds the head.
pub(crate) fn account_update(read: &MemberAccount, after: &Account) -> Result<Update, StoreError> {
    let key = Key::account(&read.member_id);
    let mut item = to_item(&key, &AccountItem::of(after, read.account.version + 1))?;
    let replaced = REPLACED.into_iter().map(|name| (name, item.remove(name)));
    Ok(replaced.fold(Update::default(), |update, (name, value)| match value {
        Some(value) => update.set(name, value),
        None => update.remove(name),
    }))
}

/// Returns the points of an account as JSON text.
pub(crate) fn account_json(account: &Account) -> Result<String, StoreError> {
    json(&AccountItem::of(account, account.version))
}

/// Reads the points of an account from JSON text.
pub(crate) fn account_of_json(text: &str) -> Option<Account> {
    serde_json::from_str(text).ok().map(AccountItem::account)
}

impl AccountItem {
    fn of(account: &Account, version: u64) -> Self {
        let seconds = |at: Option<Timestamp>| at.map(Timestamp::as_second);
        let lots = account.lots.iter();
        let reserved = account.reserved.iter();
        let months = account.standing.months.iter();
        let once = account.once.iter();
        Self {
            version,
            lots: lots
                .map(|lot| (lot.points, seconds(lot.available_at), seconds(lot.expires_at)))
                .collect(),
            debt: account.debt,
            reserved: reserved
                .map(|held| {
                    let allocations = held.allocations.iter();
                    let parts = allocations.map(allocation_item).collect();
                    (held.reservation_id.clone(), held.lapses_at.as_second(), parts)
                })
                .collect(),
            tier: account.standing.tier.clone(),
            tier_month: account.standing.settled.map(|month| month.0),
            months: months.map(|sum| (sum.month.0, sum.points, sum.spent_minor)).collect(),
            once: once.map(|mark| (mark.promotion.clone(), mark.day)).collect(),
        }
    }

    fn account(self) -> Account {
        let instant = |second: Option<i64>| second.and_then(instant_of);
        let lots = self.lots.into_iter().map(|(points, available, expires)| Lot {
            points,
            available_at: instant(available),
            expires_at: instant(expires),
        });
        let reserved = self.reserved.into_iter().map(|(reservation_id, lapses, parts)| Reserved {
            reservation_id,
            lapses_at: instant_of(lapses).unwrap_or(Timestamp::MAX),
            allocations: parts.into_iter().map(allocation_of).collect(),
        });
        let months = self.months.into_iter().map(|(month, points, spent_minor)| MonthSum {
            month: Month(month),
            points,
            spent_minor,
        });
        let once = self.once.into_iter().map(|(promotion, day)| OnceMark { promotion, day });
        Account {
            version: self.version,
            lots: lots.collect(),
            debt: self.debt,
            reserved: reserved.collect(),
            standing: Standing {
                tier: self.tier,
                settled: self.tier_month.map(Month),
                months: months.collect(),
            },
            once: once.collect(),
        }
    }
}

pub(crate) fn allocation_item(part: &Allocation) -> AllocationItem {
    (part.points, part.expires_at.map(Timestamp::as_second))
}

pub(crate) fn allocation_of((points, expires): AllocationItem) -> Allocation {
    Allocation { points, expires_at: expires.and_then(instant_of) }
}

pub(crate) fn instant_of(second: i64) -> Option<Timestamp> {
    Timestamp::from_second(second).ok()
}
