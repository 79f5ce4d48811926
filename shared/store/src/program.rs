//! The programme in the table: immutable versions, and a small head item that names them.
//!
//! A version never changes, so a process keeps each one that it has read.

pub(crate) mod rewards;
mod versions;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use puntos_domain::accrual::Terms;
use puntos_domain::program::{Program, ProgramHead, ProgramVersion};
use puntos_domain::stamp::Stamp;
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::error::{Corruption, StoreError};
use crate::keys::{Key, instant};
use crate::table::expression::number;
use crate::table::{Condition, Item, Label, Transaction, from_item, json};

/// The versions that this process has read, by number.
pub(crate) type Versions = Arc<Mutex<HashMap<u32, Arc<ProgramVersion>>>>;

#[derive(Serialize, Deserialize)]
struct VersionItem {
    version: u32,
    program: String,
    written_at: String,
    actor: String,
    request_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    withdrawn_at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    withdrawn_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    withdrawn_request_id: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct HeadItem {
    /// The newest version.
    version: u32,
    /// Microseconds since 1970 at which each version begins, from version 1 on.
    effective_from: Vec<i64>,
    /// The versions that were withdrawn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    withdrawn: Vec<u32>,
    written_at: String,
    actor: String,
    request_id: String,
}

impl Store {
    /// Reads which versions the programme has, strongly.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn program_head(&self) -> Result<Option<ProgramHead>, StoreError> {
        let item = self.get(&Key::program_head()).await?;
        item.map(head_of).transpose()
    }

    /// Reads the version in force at an instant; `None` before the first programme.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn program_in_force(
        &self,
        at: Timestamp,
    ) -> Result<Option<Arc<ProgramVersion>>, StoreError> {
        match self.program_head().await? {
            Some(head) => self.program_at(&head, at).await.map(Some),
            None => Ok(None),
        }
    }

    /// Returns the version in force at an instant. It costs a read the first time in this process.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn program_at(
        &self,
        head: &ProgramHead,
        at: Timestamp,
    ) -> Result<Arc<ProgramVersion>, StoreError> {
        self.program_version(head.version_at(at)).await
    }

    /// Returns the rules of an accrual that is decided now.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn terms(
        &self,
        head: &ProgramHead,
        purchased_at: Timestamp,
        now: Timestamp,
    ) -> Result<Terms, StoreError> {
        let rating = self.program_at(head, purchased_at).await?;
        Ok(Terms { rating, current: self.program_at(head, now).await? })
    }

    /// Returns a version. It costs a read the first time in this process.
    ///
    /// # Errors
    /// Fails if the table does not answer or the version is missing.
    pub async fn program_version(&self, version: u32) -> Result<Arc<ProgramVersion>, StoreError> {
        let known = || self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known().get(&version) {
            return Ok(Arc::clone(found));
        }
        let key = Key::program_version(version);
        let missing = || StoreError::corrupt(&key.pk, &key.sk, Corruption::Missing);
        let item: VersionItem = from_item(self.get(&key).await?.ok_or_else(missing)?)?;
        let program = serde_json::from_str(&item.program)
            .map_err(|_| StoreError::attribute(&key.pk, &key.sk, "program"))?;
        let found = Arc::new(ProgramVersion::new(item.version, program));
        known().insert(version, Arc::clone(&found));
        Ok(found)
    }

    /// Writes the next version of the programme; returns false if another write came first.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn put_program(
        &self,
        head: Option<&ProgramHead>,
        program: &Program,
        effective_from: Timestamp,
        stamp: &Stamp,
    ) -> Result<bool, StoreError> {
        let version = head.map_or(1, |head| head.newest + 1);
        let mut next = head.cloned().unwrap_or_default();
        next.newest = version;
        next.effective_from.push(effective_from);
        let item = VersionItem {
            version,
            program: json(program)?,
            written_at: instant(stamp.at),
            actor: stamp.actor.clone(),
            request_id: stamp.request_id.clone(),
            withdrawn_at: None,
            withdrawn_by: None,
            withdrawn_request_id: None,
        };
        let mut transaction = Transaction::default();
        let key = Key::program_version(version);
        transaction.put(Label::ProgramVersion, key, &item, Condition::absent())?;
        transaction.put_head(head, &next, stamp)?;
        Ok(self.commit(transaction).await?.is_committed())
    }
}

impl Transaction {
    /// Replaces the head that was read.
    fn put_head(
        &mut self,
        before: Option<&ProgramHead>,
        after: &ProgramHead,
        stamp: &Stamp,
    ) -> Result<(), StoreError> {
        let item = HeadItem {
            version: after.newest,
            effective_from: after.effective_from.iter().map(|at| at.as_microsecond()).collect(),
            withdrawn: after.withdrawn.clone(),
            written_at: instant(stamp.at),
            actor: stamp.actor.clone(),
            request_id: stamp.request_id.clone(),
        };
        let as_read = match before {
            None => Condition::absent(),
            Some(before) => Condition::compares("version", "=", number(before.newest))
                .and(withdrawn_as_read(&before.withdrawn)?),
        };
        self.put(Label::ProgramHead, Key::program_head(), &item, as_read)
    }
}

fn withdrawn_as_read(withdrawn: &[u32]) -> Result<Condition, StoreError> {
    if withdrawn.is_empty() {
        return Ok(Condition::missing("withdrawn"));
    }
    let withdrawn = serde_dynamo::to_attribute_value(withdrawn).map_err(StoreError::unavailable)?;
    Ok(Condition::compares("withdrawn", "=", withdrawn))
}

/// Reads the head of the programme from its item.
pub(crate) fn head_of(item: Item) -> Result<ProgramHead, StoreError> {
    let key = Key::program_head();
    let item: HeadItem = from_item(item)?;
    let begins: Result<Vec<Timestamp>, _> =
        item.effective_from.iter().map(|at| Timestamp::from_microsecond(*at)).collect();
    let effective_from =
        begins.map_err(|_| StoreError::attribute(&key.pk, &key.sk, "effective_from"))?;
    Ok(ProgramHead { newest: item.version, effective_from, withdrawn: item.withdrawn })
}
