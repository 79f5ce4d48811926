//! Warnings of an expiry in the table: one small item for each, from the change that makes it due until its mail is
//! written or needed no more.
//!
//! The item is removed in the transaction that writes the mail, and the id of the mail is derived from the member
//! and the expiry. So each expiry is warned of once, even if it is opened again later.

use jiff::civil::Date;
use puntos_domain::account::MemberAccount;
use puntos_domain::expiry_warning::{DueWarning, ExpiryWarning};
use puntos_domain::id::MemberId;
use puntos_domain::mail::Email;
use puntos_domain::member::Member;
use serde::Serialize;

use crate::keys::{EXPIRY_WARNING_PREFIX, Key, due_order, expiry_queue, expiry_shard_queue};
use crate::members::accounts::{account_of, instant_of};
use crate::members::profiles::profile_of;
use crate::table::expression::number;
use crate::table::{Commit, Condition, Item, Label, Transaction, key_of};
use crate::{Store, StoreError};

/// The result of settling a due warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WarningOutcome {
    /// The item is gone, and the mail is written if there was one.
    Settled,
    /// The member was written to about this expiry before: settle it without a mail.
    AlreadyWarned,
    /// Another write changed the account or settled the warning first.
    Outdated,
}

#[derive(Serialize)]
struct WarningItem {
    work_queue: String,
    work_due: String,
}

impl Store {
    /// Reads warnings that are due by a local day in one of the partitions, the longest due first.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn due_warnings(
        &self,
        shard: u8,
        today: Date,
        most: i32,
    ) -> Result<Vec<DueWarning>, StoreError> {
        let queue = expiry_shard_queue(shard);
        let (items, _) = self.due_items(&queue, today, true, most, None).await?;
        Ok(items.iter().filter_map(warning_of).collect())
    }

    /// Reads the account and the profile of a member strongly, with one request.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn account_and_profile(
        &self,
        member_id: &MemberId,
    ) -> Result<Option<(MemberAccount, Member)>, StoreError> {
        let keys = [Key::account(member_id), Key::profile(member_id)];
        let mut found = self.batch_get(&keys, true).await?;
        let [account, profile] = keys.map(|key| found.remove(&(key.pk, key.sk)));
        let (Some(account), Some(profile)) = (account, profile) else { return Ok(None) };
        Ok(Some((account_of(member_id, account)?, profile_of(profile)?)))
    }

    /// Removes a due warning and writes its mail: both or nothing, on the condition that nobody changed the account
    /// since it was read.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn settle_warning(
        &self,
        warning: &DueWarning,
        read: &MemberAccount,
        mail: Option<&Email>,
    ) -> Result<WarningOutcome, StoreError> {
        let mut transaction = Transaction::default();
        let key = Key::expiry_warning(&warning.member_id, warning.expires_at);
        transaction.delete(Label::ExpiryWarning, key);
        let unchanged = Condition::compares("version", "=", number(read.account.version));
        transaction.check(Label::Account, Key::account(&warning.member_id), unchanged);
        if let Some(mail) = mail {
            transaction.put_mail(mail)?;
        }
        Ok(match self.commit(transaction).await? {
            Commit::Committed => WarningOutcome::Settled,
            Commit::Refused(refusals) if refusals.only(Label::Mail) => {
                WarningOutcome::AlreadyWarned
            }
            Commit::Refused(_) => WarningOutcome::Outdated,
        })
    }
}

impl Transaction {
    /// Adds the items of warnings that an entry makes due. An item that is there already is the same.
    pub(crate) fn put_warnings(
        &mut self,
        member_id: &MemberId,
        warnings: &[ExpiryWarning],
    ) -> Result<(), StoreError> {
        for warning in warnings {
            let item = WarningItem {
                work_queue: expiry_queue(member_id),
                work_due: due_order(warning.due_on, member_id),
            };
            let key = Key::expiry_warning(member_id, warning.expires_at);
            self.put(Label::ExpiryWarning, key, &item, Condition::default())?;
        }
        Ok(())
    }
}

/// Reads a due warning. All of it is in the key.
fn warning_of(item: &Item) -> Option<DueWarning> {
    let (pk, sk) = key_of(item);
    let second = sk.strip_prefix(EXPIRY_WARNING_PREFIX)?.parse().ok()?;
    Some(DueWarning { member_id: pk.parse().ok()?, expires_at: instant_of(second)? })
}
