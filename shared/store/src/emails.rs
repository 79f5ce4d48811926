//! Mails in the table: content, address and history.
//!
//! The mail request is made from the commit that caused it (`outbox`). The item is created when a sender
//! locks the mail. The content is kept as variables of an immutable template.

pub(crate) mod outbox;

use jiff::Timestamp;
use puntos_domain::id::{EmailId, MemberId};
use puntos_domain::language::Language;
use puntos_domain::mail::{
    AddressBlock, BlockReason, Email, EmailAddress, EmailStatus, StatusChange,
};
use puntos_domain::page::PageQuery;
use serde::{Deserialize, Serialize};

use crate::keys::{
    Key, LOOKUP_INDEX, WORK_INDEX, email_order, email_queue, instant, message_lookup, timeline_at,
};
use crate::members::addresses::block_of;
use crate::table::expression::number;
use crate::table::merged::{Group, MergedQuery};
use crate::table::query::IndexQuery;
use crate::table::{Commit, Condition, Item, Label, Transaction, from_item, json};
use crate::timeline::row::EmailRow;
use crate::{Store, StoreError};

/// A mail sorts after its cause, which has the same time.
const LAST_OF_ITS_INSTANT: u64 = 99_999_999;
/// How many mails one page has.
const PAGE: u32 = 100;

/// The result of locking a mail.
#[derive(Debug)]
pub enum LockOutcome {
    /// This sender holds the lock.
    Locked,
    Blocked(AddressBlock),
    /// The mail exists and has changed; this is the current one.
    Exists(Box<Email>),
}

#[derive(Serialize, Deserialize)]
struct EmailItem {
    kind: String,
    timeline_member: MemberId,
    timeline_at: String,
    row: EmailRow,
    revision: u32,
    language: Language,
    to: String,
    variables: String,
    history: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resend_of: Option<EmailId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_resend_id: Option<EmailId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lookup_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lookup_sort: Option<String>,
    work_queue: String,
    work_due: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outbox: Option<String>,
    version: u64,
}

impl Store {
    /// Reads a mail strongly.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn email(&self, email_id: &EmailId) -> Result<Option<Email>, StoreError> {
        let item = self.get(&Key::email(email_id)).await?;
        item.map(email_of).transpose()
    }

    /// Reads mails by their ids; those missing are left out.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn emails(&self, ids: &[EmailId]) -> Result<Vec<Email>, StoreError> {
        let keys: Vec<Key> = ids.iter().map(Key::email).collect();
        self.batch_get(&keys, false).await?.into_values().map(email_of).collect()
    }

    /// Finds a mail by its SES message id, for events without our tags.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn email_by_message(&self, message_id: &str) -> Result<Option<Email>, StoreError> {
        let partition = message_lookup(message_id);
        let found = self.find_in_index(LOOKUP_INDEX, ("lookup_key", &partition), None).await?;
        let pk = found.as_ref().and_then(|item| item.get("pk")).and_then(|pk| pk.as_s().ok());
        match pk.and_then(|pk| pk.parse().ok()) {
            None => Ok(None),
            Some(email_id) => self.email(&email_id).await,
        }
    }

    /// Lists the mails with a status, newest first.
    ///
    /// # Errors
    /// Refuses a cursor of another list; fails if the table does not answer.
    pub async fn emails_with_status(
        &self,
        status: EmailStatus,
        page: &PageQuery,
    ) -> Result<(Vec<Email>, Option<String>), StoreError> {
        let queue = email_queue(status);
        let filters = ["emails", queue.as_str()];
        let query = IndexQuery {
            index: WORK_INDEX,
            partition: ("work_queue", &queue),
            since: None,
            keep: None,
            ascending: false,
            limit: i32::try_from(page.limit).unwrap_or(i32::MAX),
            start: self.cursors.start(page.cursor.as_deref(), &filters)?,
        };
        let found = self.query_index(query).await?;
        let emails: Result<Vec<Email>, StoreError> =
            found.items.into_iter().map(email_of).collect();
        Ok((emails?, found.next.map(|key| self.cursors.after(&key, &filters))))
    }

    /// Reads a page of the mails that are listed with a status since between two instants, oldest first.
    ///
    /// # Errors
    /// Refuses a cursor of another list; fails if the table does not answer.
    pub async fn emails_since(
        &self,
        status: EmailStatus,
        (from, until): (Timestamp, Timestamp),
        cursor: Option<String>,
    ) -> Result<(Vec<Email>, Option<String>), StoreError> {
        let queue = email_queue(status);
        let query = MergedQuery {
            index: WORK_INDEX,
            attributes: ("work_queue", "work_due"),
            filters: &["emails-since", &queue],
            groups: vec![Group {
                partitions: vec![queue.clone()],
                from: Some(instant(from)),
                until: Some(instant(until)),
            }],
            ascending: true,
            keep: None,
        };
        let page = PageQuery { limit: PAGE, cursor };
        let (items, next) = self.query_merged(&query, &page).await?;
        let emails: Result<Vec<Email>, StoreError> = items.into_iter().map(email_of).collect();
        Ok((emails?, next))
    }

    /// Locks a mail for sending: from now on no other sender sends it. Refused if the address is blocked at
    /// this moment.
    ///
    /// `locked` is the mail with the lock in its history. A version above 0 means that its item exists with
    /// the version before.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether the mail was locked is then unknown.
    pub async fn lock_email(&self, locked: &Email) -> Result<LockOutcome, StoreError> {
        let mut transaction = Transaction::default();
        transaction.put_mail(locked)?;
        transaction.check_unblocked(locked.to.normalized());
        let Commit::Refused(mut refusals) = self.commit(transaction).await? else {
            return Ok(LockOutcome::Locked);
        };
        if let Some(found) = refusals.found(Label::Mail)? {
            return Ok(LockOutcome::Exists(Box::new(email_of(found)?)));
        }
        let block = refusals.found(Label::Block)?.map(block_of).transpose()?.flatten();
        block.map(LockOutcome::Blocked).ok_or(StoreError::Busy)
    }

    /// Writes a mail if no other write came since it was read. Otherwise returns the current mail.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn save_email(&self, email: &Email) -> Result<Option<Email>, StoreError> {
        let key = Key::email(&email.email_id);
        match self.put(Label::Mail, key, &item_of(email)?, as_read(email)).await? {
            Commit::Committed => Ok(None),
            Commit::Refused(mut refusals) => refusals.found(Label::Mail)?.map(email_of).transpose(),
        }
    }

    /// Writes what SES reported about a mail, and blocks its recipients if the report requires it: both or
    /// nothing. Returns false if the mail changed meanwhile.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn save_report(
        &self,
        email: &Email,
        blocks: Option<(&[String], BlockReason, Timestamp)>,
    ) -> Result<bool, StoreError> {
        let (addresses, reason, at) =
            blocks.unwrap_or((&[], BlockReason::HardBounce, email.created_at));
        let report = |addresses: &[&String]| {
            let mut transaction = Transaction::default();
            transaction.put_mail(email)?;
            for address in addresses {
                transaction.block_address(address, reason, at);
            }
            Ok::<_, StoreError>(transaction)
        };
        let mut addresses: Vec<&String> = addresses.iter().collect();
        let refusals = match self.commit(report(&addresses)?).await? {
            Commit::Committed => return Ok(true),
            Commit::Refused(refusals) => refusals,
        };
        if refusals.has(Label::Mail) {
            return Ok(false);
        }
        // A block that would downgrade is left out, and the rest is written.
        let is_refused = |key: Key| refusals.of(Label::Block).any(|refusal| refusal.key == key);
        addresses.retain(|address| !is_refused(Key::address_block(address)));
        Ok(self.commit(report(&addresses)?).await?.is_committed())
    }

    /// Writes a resend and the mails that it changes, so that there is only one at a time. Returns false if
    /// one of them changed meanwhile or the resend exists already.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn record_resend(&self, emails: &[Email]) -> Result<bool, StoreError> {
        let mut transaction = Transaction::default();
        for email in emails {
            transaction.put_mail(email)?;
        }
        Ok(self.commit(transaction).await?.is_committed())
    }
}

impl Transaction {
    /// Adds a mail. A new one (version 0, queued) is sent after the commit.
    pub(crate) fn put_mail(&mut self, email: &Email) -> Result<(), StoreError> {
        let key = Key::email(&email.email_id);
        self.put(Label::Mail, key, &item_of(email)?, as_read(email))
    }
}

/// Returns the condition that a mail is as it was read. Its version is one more than the version read;
/// 0 is a new one.
fn as_read(email: &Email) -> Condition {
    match email.version.checked_sub(1) {
        None => Condition::absent(),
        Some(read) => Condition::compares("version", "=", number(read)),
    }
}

fn item_of(email: &Email) -> Result<EmailItem, StoreError> {
    let status = email.status();
    let message = email.message_id.as_deref();
    // A mail that is written before it is locked is relayed by its own insert. The item of a redemption's
    // mail is created by the lock.
    let waits = status == EmailStatus::Queued && email.version == 0;
    Ok(EmailItem {
        kind: "email".to_owned(),
        timeline_member: email.member_id.clone(),
        timeline_at: timeline_at(email.created_at, LAST_OF_ITS_INSTANT),
        row: EmailRow {
            email_kind: email.kind,
            status,
            redemption_id: email.redemption_id.clone(),
        },
        revision: email.revision,
        language: email.language,
        to: email.to.as_given().to_owned(),
        variables: json(&email.variables)?,
        history: json(&email.history)?,
        resend_of: email.resend_of.clone(),
        last_resend_id: email.last_resend_id.clone(),
        lookup_key: message.map(message_lookup),
        lookup_sort: message.map(str::to_owned),
        work_queue: email_queue(status),
        work_due: email_order(email.listed_since(), &email.email_id),
        actor: email.ordered_by.as_ref().map(|(actor, _)| actor.clone()),
        request_id: email.ordered_by.as_ref().map(|(_, request_id)| request_id.clone()),
        outbox: waits.then(|| "email".to_owned()),
        version: email.version,
    })
}

/// Reads a mail from its item.
pub(crate) fn email_of(item: Item) -> Result<Email, StoreError> {
    let pk = crate::table::key_of(&item).0;
    let corrupt = |name| StoreError::attribute(&pk, "email", name);
    let item: EmailItem = from_item(item)?;
    let history: Vec<StatusChange> =
        serde_json::from_str(&item.history).map_err(|_| corrupt("history"))?;
    Ok(Email {
        email_id: pk.parse().map_err(|_| corrupt("pk"))?,
        member_id: item.timeline_member,
        kind: item.row.email_kind,
        revision: item.revision,
        language: item.language,
        to: EmailAddress::parse(&item.to).map_err(|_| corrupt("to"))?,
        variables: serde_json::from_str(&item.variables).map_err(|_| corrupt("variables"))?,
        history: history.into(),
        redemption_id: item.row.redemption_id,
        resend_of: item.resend_of,
        last_resend_id: item.last_resend_id,
        message_id: item.lookup_sort,
        created_at: crate::timeline::time_of(&item.timeline_at)
            .ok_or_else(|| corrupt("timeline_at"))?,
        ordered_by: item.actor.zip(item.request_id),
        version: item.version,
    })
}
