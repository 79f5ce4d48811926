//! The programme and the catalogue in the table: immutable versions, and a head that names them all.

use jiff::Timestamp;
use puntos_domain::program::{Program, ProgramHead, ProgramVersion};
use puntos_domain::reward::Reward;
use serde::{Deserialize, Serialize};

use super::expression::number;
use super::{Committed, Condition, Item, Store, StoreError, from_item, to_item};
use crate::keys::{Key, instant};
use puntos_domain::stamp::Stamp;

/// The most rewards that one list reads.
const REWARDS_MAX: i32 = 500;

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

#[derive(Serialize, Deserialize)]
struct RewardItem {
    #[serde(rename = "sk")]
    reward_id: String,
    reward: String,
    limited: bool,
    units_left: i64,
    written_at: String,
    actor: String,
    request_id: String,
}

impl Store {
    /// Reads the newest version of the programme strongly.
    ///
    /// # Errors
    /// Fails where the table does not answer.
    pub async fn program_head(&self) -> Result<Option<ProgramHead>, StoreError> {
        let item = self.get(&Key::program_head()).await?;
        item.map(head_of).transpose()
    }

    /// Returns the version in force at an instant; only an older one than the newest costs a read.
    ///
    /// # Errors
    /// Fails where the table does not answer.
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
        let missing = || corrupt(&key, "the version is missing");
        let item: VersionItem = from_item(self.get(&key).await?.ok_or_else(missing)?)?;
        version_of(&key, &item)
    }

    /// Writes the next version of the programme; false where another admin was faster.
    ///
    /// # Errors
    /// Fails where the table does not answer.
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
            program: serde_json::to_string(program)
                .map_err(|error| corrupt(&Key::program_head(), &error.to_string()))?,
            effective_from: Vec::new(),
            written_at: instant(stamp.at),
            actor: stamp.actor.clone(),
            request_id: stamp.request_id.clone(),
        };
        let version_key = Key::program_version(version);
        let put_version = self.put(to_item(&version_key, &item)?, Condition::absent())?;
        item.effective_from = begun;
        let unmoved = match version {
            1 => Condition::absent(),
            _ => Condition::compares("version", "=", number(version - 1)),
        };
        let put_head = self.put(to_item(&Key::program_head(), &item)?, unmoved)?;
        Ok(matches!(self.commit(vec![put_version, put_head]).await?, Committed::Yes))
    }

    /// Reads one reward strongly, with the units left.
    ///
    /// # Errors
    /// Fails where the table does not answer.
    pub async fn reward(&self, reward_id: &str) -> Result<Option<Reward>, StoreError> {
        let item = self.get(&Key::reward(reward_id)).await?;
        item.map(reward_of).transpose().map(|found| found.map(|(_, reward)| reward))
    }

    /// Reads the catalogue, by id; bounded at 500 rewards.
    ///
    /// # Errors
    /// Fails where the table does not answer.
    pub async fn rewards(&self) -> Result<Vec<(String, Reward)>, StoreError> {
        let items = self.query_partition("rewards", REWARDS_MAX).await?;
        items.into_iter().map(reward_of).collect()
    }

    /// Writes a reward; its units left become the stock given.
    ///
    /// # Errors
    /// Fails where the table does not answer.
    pub async fn put_reward(
        &self,
        reward_id: &str,
        reward: &Reward,
        stamp: &Stamp,
    ) -> Result<(), StoreError> {
        let key = Key::reward(reward_id);
        let item = RewardItem {
            reward_id: reward_id.to_owned(),
            reward: serde_json::to_string(reward)
                .map_err(|error| corrupt(&key, &error.to_string()))?,
            limited: reward.stock.is_some(),
            units_left: reward.stock.unwrap_or(0),
            written_at: instant(stamp.at),
            actor: stamp.actor.clone(),
            request_id: stamp.request_id.clone(),
        };
        self.put_item(to_item(&key, &item)?).await
    }
}

/// Reads the head of the programme out of its item.
pub(crate) fn head_of(item: Item) -> Result<ProgramHead, StoreError> {
    let key = Key::program_head();
    let item: VersionItem = from_item(item)?;
    let begun: Result<Vec<Timestamp>, _> =
        item.effective_from.iter().map(|at| Timestamp::from_microsecond(*at)).collect();
    let effective_from = begun.map_err(|error| corrupt(&key, &error.to_string()))?;
    Ok(ProgramHead { newest: version_of(&key, &item)?, effective_from })
}

/// Reads a reward out of its item: the id, and the reward with the units left.
pub(crate) fn reward_of(item: Item) -> Result<(String, Reward), StoreError> {
    let item: RewardItem = from_item(item)?;
    let key = Key::reward(&item.reward_id);
    let mut reward: Reward =
        serde_json::from_str(&item.reward).map_err(|error| corrupt(&key, &error.to_string()))?;
    reward.stock = item.limited.then_some(item.units_left);
    Ok((item.reward_id, reward))
}

fn version_of(key: &Key, item: &VersionItem) -> Result<ProgramVersion, StoreError> {
    let program =
        serde_json::from_str(&item.program).map_err(|error| corrupt(key, &error.to_string()))?;
    Ok(ProgramVersion { version: item.version, program })
}

fn corrupt(key: &Key, reason: &str) -> StoreError {
    StoreError::Corrupt { pk: key.pk.clone(), sk: key.sk.clone(), reason: reason.to_owned() }
}
