//! The programme in the table: immutable versions, and a head item that lists them.

pub(crate) mod rewards;

use jiff::Timestamp;
use puntos_domain::program::{Program, ProgramHead, ProgramVersion};
use puntos_domain::stamp::Stamp;
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::error::{Corruption, StoreError};
use crate::keys::{Key, instant};
use crate::table::expression::number;
use crate::table::{Condition, Item, Label, Transaction, from_item, json};

#[derive(Serialize, Deserialize)]
struct VersionItem {
    version: u32,
    program: String,
    /// Microseconds since 1970 at which each version began, from version 1 on; only in the head.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    effective_from: Vec<i64>,
    written_at: String,
    actor: String,
    request_id: String,
}

impl Store {
    /// Reads the newest version of the programme strongly.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn program_head(&self) -> Result<Option<ProgramHead>, StoreError> {
        let item = self.get(&Key::program_head()).await?;
        item.map(head_of).transpose()
    }

    /// Returns the version in force at an instant. Only a version older than the newest costs a read.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn program_at(
        &self,
        head: &ProgramHead,
        at: Timestamp,
    ) -> Result<ProgramVersion, StoreError> {
        let version = head.version_at(at);
        if version == head.newest.version {
            return Ok(head.newest.clone());
        }
        let key = Key::program_version(version);
        let missing = || StoreError::corrupt(&key.pk, &key.sk, Corruption::Missing);
        let item: VersionItem = from_item(self.get(&key).await?.ok_or_else(missing)?)?;
        version_of(&key, &item)
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
        let version = head.map_or(1, |head| head.newest.version + 1);
        let mut begun: Vec<i64> = head
            .map(|head| head.effective_from.iter().map(|at| at.as_microsecond()).collect())
            .unwrap_or_default();
        begun.push(effective_from.as_microsecond());
        let mut item = VersionItem {
            version,
            program: json(program)?,
            effective_from: Vec::new(),
            written_at: instant(stamp.at),
            actor: stamp.actor.clone(),
            request_id: stamp.request_id.clone(),
        };
        let mut transaction = Transaction::default();
        let key = Key::program_version(version);
        transaction.put(Label::ProgramVersion, key, &item, Condition::absent())?;
        item.effective_from = begun;
        let as_read = match version {
            1 => Condition::absent(),
            _ => Condition::compares("version", "=", number(version - 1)),
        };
        transaction.put(Label::ProgramHead, Key::program_head(), &item, as_read)?;
        Ok(self.commit(transaction).await?.is_committed())
    }
}

/// Reads the head of the programme from its item.
pub(crate) fn head_of(item: Item) -> Result<ProgramHead, StoreError> {
    let key = Key::program_head();
    let item: VersionItem = from_item(item)?;
    let begun: Result<Vec<Timestamp>, _> =
        item.effective_from.iter().map(|at| Timestamp::from_microsecond(*at)).collect();
    let effective_from = begun.map_err(|_| corrupt(&key, "effective_from"))?;
    Ok(ProgramHead { newest: version_of(&key, &item)?, effective_from })
}

fn version_of(key: &Key, item: &VersionItem) -> Result<ProgramVersion, StoreError> {
    let program = serde_json::from_str(&item.program).map_err(|_| corrupt(key, "program"))?;
    Ok(ProgramVersion { version: item.version, program })
}

fn corrupt(key: &Key, attribute: &'static str) -> StoreError {
    StoreError::attribute(&key.pk, &key.sk, attribute)
}
