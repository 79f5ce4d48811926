//! The catalogue in the table: one item for each reward, with the units left.

use aws_sdk_dynamodb::types::AttributeValue;
use puntos_domain::reward::Reward;
use puntos_domain::stamp::Stamp;
use serde::{Deserialize, Serialize};

use crate::keys::{Key, instant};
use crate::table::expression::number;
use crate::table::{Condition, Item, Label, Transaction, Update, from_item, json};
use crate::{Store, StoreError};

/// The most rewards that one list reads.
const REWARDS_MAX: u32 = 500;

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
    /// Reads one reward strongly, with the units left.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn reward(&self, reward_id: &str) -> Result<Option<Reward>, StoreError> {
        let item = self.get(&Key::reward(reward_id)).await?;
        item.map(reward_of).transpose().map(|found| found.map(|(_, reward)| reward))
    }

    /// Reads the catalogue by id: at most 500 rewards.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn rewards(&self) -> Result<Vec<(String, Reward)>, StoreError> {
        let items = self.read_prefix("rewards", "", REWARDS_MAX).await?;
        items.into_iter().map(reward_of).collect()
    }

    /// Writes a reward. The given stock replaces the units left.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn put_reward(
        &self,
        reward_id: &str,
        reward: &Reward,
        stamp: &Stamp,
    ) -> Result<(), StoreError> {
        let key = Key::reward(reward_id);
        let item = RewardItem {
            reward_id: reward_id.to_owned(),
            reward: json(reward)?,
            limited: reward.stock.is_some(),
            units_left: reward.stock.unwrap_or(0),
            written_at: instant(stamp.at),
            actor: stamp.actor.clone(),
            request_id: stamp.request_id.clone(),
        };
        self.put(Label::Reward, key, &item, Condition::default()).await.map(|_written| ())
    }
}

impl Transaction {
    /// Takes one unit of a reward with limited stock: refused if none is left.
    pub(crate) fn take_unit(&mut self, reward_id: &str) {
        let is_left = Condition::compares("limited", "=", AttributeValue::Bool(true))
            .and(Condition::compares("units_left", ">=", number(1)));
        let take = Update::default().add("units_left", -1);
        self.update(Label::Units, Key::reward(reward_id), take, is_left);
    }

    /// Gives one unit of a reward back.
    pub(crate) fn return_unit(&mut self, reward_id: &str) {
        let give_back = Update::default().add("units_left", 1);
        self.update(Label::Units, Key::reward(reward_id), give_back, Condition::present());
    }
}

/// Reads a reward from its item: the id, and the reward with the units left.
pub(crate) fn reward_of(item: Item) -> Result<(String, Reward), StoreError> {
    let item: RewardItem = from_item(item)?;
    let mut reward: Reward = serde_json::from_str(&item.reward)
        .map_err(|_| StoreError::attribute("rewards", &item.reward_id, "reward"))?;
    reward.stock = item.limited.then_some(item.units_left);
    Ok((item.reward_id, reward))
}
