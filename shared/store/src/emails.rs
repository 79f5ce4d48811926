//! Mails in the table: what they say, to whom, and everything that happened to them.
//!
//! The mail request is made from the commit that caused it; the item begins when the sender locks the
//! mail. What the mail says is kept as variables of an immutable template.

use jiff::Timestamp;
use puntos_domain::id::{EmailId, MemberId, RedemptionId};
use puntos_domain::mail::Email;
use puntos_domain::mail::{
    BlockReason, EmailAddress, EmailStatus, Language, MailKind, StatusChange,
};
use serde::{Deserialize, Serialize};

use super::blocks::refusing_block;
use super::expression::number;
use super::query::IndexQuery;
use super::{Committed, Condition, Cursor, Item, Store, StoreError, from_item, to_item};
use crate::keys::{
    Key, LOOKUP_INDEX, WORK_INDEX, email_order, email_queue, message_lookup, timeline_at,
};
use puntos_domain::mail::AddressBlock;
use puntos_domain::page::PageQuery;

/// A mail follows what it tells of, which has the same time.
const LAST_OF_ITS_INSTANT: u64 = 99_999_999;

/// What became of locking a mail.
#[derive(Debug)]
pub enum LockOutcome {
    /// The mail is this sender's to send.
    Locked,
    /// The address is blocked.
    Blocked(AddressBlock),
    /// The mail is there, and moved on: this is what is there.
    Exists(Box<Email>),
}

#[derive(Serialize, Deserialize)]
struct EmailItem {
    kind: String,
    timeline_member: MemberId,
    timeline_at: String,
    email_kind: MailKind,
    revision: u32,
    language: Language,
    to: String,
    variables: String,
    status: EmailStatus,
    history: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    redemption_id: Option<RedemptionId>,
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
    /// Fails where the table does not answer.
    pub async fn email(&self, email_id: &EmailId) -> Result<Option<Email>, StoreError> {
        let item = self.get(&Key::email(email_id)).await?;
        item.map(email_of).transpose()
    }

    /// Reads mails by their ids; those missing are left out.
    ///
    /// # Errors
    /// Fails where the table does not answer.
    pub async fn emails(&self, ids: &[EmailId]) -> Result<Vec<Email>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<Key> = ids.iter().map(Key::email).collect();
        self.batch_get(&keys, false).await?.into_values().map(email_of).collect()
    }

    /// Finds a mail by the id that SES gave it: for events without our tags.
    ///
    /// # Errors
    /// Fails where the table does not answer.
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
    /// Refuses a foreign cursor; fails where the table does not answer.
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
            keep: None,
            ascending: false,
            limit: i32::try_from(page.limit).unwrap_or(i32::MAX),
            start: Cursor::start(page.cursor.as_deref(), &filters)?,
        };
        let found = self.query_index(query).await?;
        let emails: Result<Vec<Email>, StoreError> =
            found.items.into_iter().map(email_of).collect();
        Ok((emails?, found.next.map(|key| Cursor::after(&key, &filters))))
    }

    /// Returns the mails that have been longest in a status, oldest first.
    ///
    /// # Errors
    /// Fails where the table does not answer.
    pub async fn oldest_emails(
        &self,
        status: EmailStatus,
        most: i32,
    ) -> Result<Vec<Email>, StoreError> {
        let queue = email_queue(status);
        let query = IndexQuery {
            index: WORK_INDEX,
            partition: ("work_queue", &queue),
            keep: None,
            ascending: true,
            limit: most,
            start: None,
        };
        self.query_index(query).await?.items.into_iter().map(email_of).collect()
    }

    /// Locks a mail for one sender. Refused where the address is blocked at this moment.
    ///
    /// `locked` is the mail with the status `sending`; a version above 0 means that its item exists with
    /// the version before.
    ///
    /// # Errors
    /// Fails where the table does not answer; then it is not known whether the mail is locked.
    pub async fn lock_email(&self, locked: &Email) -> Result<LockOutcome, StoreError> {
        let writes = vec![self.email_put(locked)?, self.unblocked_check(locked.to.normalized())?];
        let mut failed = match self.commit(writes).await? {
            Committed::Yes => return Ok(LockOutcome::Locked),
            Committed::Refused(failed) => failed,
        };
        if failed[0].index == 0 {
            let found = failed.swap_remove(0).found.ok_or(StoreError::Busy)?;
            return Ok(LockOutcome::Exists(Box::new(email_of(found)?)));
        }
        refusing_block(&failed[0])?.map(LockOutcome::Blocked).ok_or(StoreError::Busy)
    }

    /// Writes a mail on the condition that nobody else wrote it since it was read; what is there
    /// instead comes back.
    ///
    /// # Errors
    /// Fails where the table does not answer; then nothing is known to be written.
    pub async fn save_email(&self, email: &Email) -> Result<Option<Email>, StoreError> {
        let (item, as_read) = item_and_condition(email)?;
        match self.put_item_if(item, as_read).await? {
            Committed::Yes => Ok(None),
            Committed::Refused(mut failed) => {
                let found = failed.swap_remove(0).found.ok_or(StoreError::Busy)?;
                email_of(found).map(Some)
            }
        }
    }

    /// Writes what SES reported of a mail, and blocks its recipients where the report says so: both
    /// or nothing. False where the mail moved meanwhile.
    ///
    /// # Errors
    /// Fails where the table does not answer; then nothing is known to be written.
    pub async fn save_report(
        &self,
        email: &Email,
        blocks: Option<(&[String], BlockReason, Timestamp)>,
    ) -> Result<bool, StoreError> {
        let mut writes = vec![self.email_put(email)?];
        if let Some((addresses, reason, at)) = blocks {
            for address in addresses {
                writes.push(self.block_write(address, reason, at)?);
            }
        }
        let failed = match self.commit(writes).await? {
            Committed::Yes => return Ok(true),
            Committed::Refused(failed) => failed,
        };
        if failed[0].index == 0 {
            return Ok(false);
        }
        // A block that would downgrade is left out, and the rest written.
        let refused: Vec<usize> = failed.iter().map(|failed| failed.index).collect();
        let mut writes = vec![self.email_put(email)?];
        if let Some((addresses, reason, at)) = blocks {
            for (index, address) in addresses.iter().enumerate() {
                if !refused.contains(&(index + 1)) {
                    writes.push(self.block_write(address, reason, at)?);
                }
            }
        }
        Ok(matches!(self.commit(writes).await?, Committed::Yes))
    }

    /// Writes a resend and the mails that it changes, so that there is one at a time. False where one of
    /// them moved meanwhile or the resend is there already.
    ///
    /// # Errors
    /// Fails where the table does not answer; then nothing is known to be written.
    pub async fn record_resend(&self, emails: &[Email]) -> Result<bool, StoreError> {
        let writes: Result<_, StoreError> =
            emails.iter().map(|email| self.email_put(email)).collect();
        Ok(matches!(self.commit(writes?).await?, Committed::Yes))
    }

    /// Returns the write of a mail: a new one (version 0, queued) is sent once it is committed.
    pub(crate) fn email_put(
        &self,
        email: &Email,
    ) -> Result<aws_sdk_dynamodb::types::TransactWriteItem, StoreError> {
        let (item, as_read) = item_and_condition(email)?;
        self.put(item, as_read)
    }
}

/// The version of a mail to be written is one more than the version read; 0 is a new one.
fn item_and_condition(email: &Email) -> Result<(Item, Condition), StoreError> {
    let as_read = match email.version.checked_sub(1) {
        None => Condition::absent(),
        Some(read) => Condition::compares("version", "=", number(read)),
    };
    let key = Key::email(&email.email_id);
    Ok((to_item(&key, &item_of(email)?)?, as_read))
}

fn item_of(email: &Email) -> Result<EmailItem, StoreError> {
    let json = |value: Result<String, serde_json::Error>| {
        value.map_err(|error| StoreError::Unavailable(error.to_string()))
    };
    let status = email.status();
    let message = email.message_id.as_deref();
    // A mail that is written before it is locked is relayed by its own insert; that of a redemption
    // begins with the lock.
    let waits = status == EmailStatus::Queued && email.version == 0;
    Ok(EmailItem {
        kind: "email".to_owned(),
        timeline_member: email.member_id.clone(),
        timeline_at: timeline_at(email.created_at, LAST_OF_ITS_INSTANT),
        email_kind: email.kind,
        revision: email.revision,
        language: email.language,
        to: email.to.as_given().to_owned(),
        variables: json(serde_json::to_string(&email.variables))?,
        status,
        history: json(serde_json::to_string(&email.history))?,
        redemption_id: email.redemption_id.clone(),
        resend_of: email.resend_of.clone(),
        last_resend_id: email.last_resend_id.clone(),
        lookup_key: message.map(message_lookup),
        lookup_sort: message.map(str::to_owned),
        work_queue: email_queue(status),
        work_due: email_order(email.status_since(), &email.email_id),
        actor: email.ordered_by.as_ref().map(|(actor, _)| actor.clone()),
        request_id: email.ordered_by.as_ref().map(|(_, request_id)| request_id.clone()),
        outbox: waits.then(|| "email".to_owned()),
        version: email.version,
    })
}

/// Reads a mail out of its item.
pub(crate) fn email_of(item: Item) -> Result<Email, StoreError> {
    let pk = super::key_of(&item).0;
    let corrupt = |reason: &str| StoreError::Corrupt {
        pk: pk.clone(),
        sk: "email".to_owned(),
        reason: reason.to_owned(),
    };
    let item: EmailItem = from_item(item)?;
    let history: Vec<StatusChange> =
        serde_json::from_str(&item.history).map_err(|_| corrupt("history"))?;
    Ok(Email {
        email_id: pk.parse().map_err(|_| corrupt("pk"))?,
        member_id: item.timeline_member,
        kind: item.email_kind,
        revision: item.revision,
        language: item.language,
        to: EmailAddress::parse(&item.to).map_err(|_| corrupt("to"))?,
        variables: serde_json::from_str(&item.variables).map_err(|_| corrupt("variables"))?,
        history: history.into(),
        redemption_id: item.redemption_id,
        resend_of: item.resend_of,
        last_resend_id: item.last_resend_id,
        message_id: item.lookup_sort,
        created_at: super::timeline::time_of(&item.timeline_at)
            .ok_or_else(|| corrupt("timeline_at"))?,
        ordered_by: item.actor.zip(item.request_id),
        version: item.version,
    })
}
