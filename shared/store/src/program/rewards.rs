//! The catalogue in the table: one item for each reward with its units left, and one for each version.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use puntos_domain::page::PageQuery;
use puntos_domain::reward::{Listing, Reward, RewardVersion};
use puntos_domain::stamp::Stamp;
use serde::{Deserialize, Serialize};

use crate::keys::{Key, instant};
use crate::table::expression::{number, text};
use crate::table::{Condition, Item, Label, Transaction, Update, from_item, json};
use crate::{Store, StoreError};

/// The most rewards that one list reads.
const REWARDS_MAX: u32 = 500;

#[derive(Deserialize)]
struct RewardItem {
    #[serde(rename = "sk")]
    reward_id: String,
    reward: String,
    units_left: i64,
    #[serde(default)]
    version: u32,
}

#[derive(Serialize, Deserialize)]
struct VersionItem {
    version: u32,
    reward: String,
    written_at: String,
    actor: String,
    request_id: String,
}

impl Store {
    /// Reads one reward of the catalogue strongly.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn reward(&self, reward_id: &str) -> Result<Option<Listing>, StoreError> {
        let item = self.get(&Key::reward(reward_id)).await?;
        item.map(listing_of).transpose().map(|found| found.map(|(_, listing)| listing))
    }

    /// Reads a page of the catalogue by id. All rewards are read, up to 500, and a page is cut from them.
    ///
    /// # Errors
    /// Refuses a cursor of another list; fails if the table does not answer.
    pub async fn rewards(
        &self,
        page: &PageQuery,
    ) -> Result<(Vec<(String, Listing)>, Option<String>), StoreError> {
        const FILTERS: &[&str] = &["rewards"];
        let after = self.cursors.place(page.cursor.as_deref(), FILTERS)?;
        let items = self.read_prefix("rewards", "", REWARDS_MAX).await?;
        let listings: Result<Vec<_>, StoreError> = items.into_iter().map(listing_of).collect();
        let mut listings = listings?;
        listings.retain(|(id, _)| after.as_ref().is_none_or(|after| id > after));
        let has_more = listings.len() > page.limit as usize;
        listings.truncate(page.limit as usize);
        let last = listings.last().filter(|_| has_more);
        let next = last.map(|(id, _)| self.cursors.after_place(id, FILTERS));
        Ok((listings, next))
    }

    /// Writes a reward and its version: the edit of the listing that was read. Returns false if another edit
    /// came first. Units that others take or return in the meantime stay taken or returned.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn put_reward(
        &self,
        reward_id: &str,
        before: Option<&Listing>,
        after: &Listing,
        stamp: &Stamp,
    ) -> Result<bool, StoreError> {
        let reward = json(&after.reward)?;
        let added = after.unit_balance - before.map_or(0, |before| before.unit_balance);
        let edit = Update::default()
            .set("reward", text(&reward))
            .set("limited", AttributeValue::Bool(after.reward.stock.is_some()))
            .set("version", number(after.version))
            .add("units_left", added);
        let version = before.map_or(0, |before| before.version);
        let as_read = match version {
            0 => Condition::missing("version"),
            version => Condition::compares("version", "=", number(version)),
        };
        let item = VersionItem {
            version: after.version,
            reward,
            written_at: instant(stamp.at),
            actor: stamp.actor.clone(),
            request_id: stamp.request_id.clone(),
        };
        let mut transaction = Transaction::default();
        transaction.update(Label::Reward, Key::reward(reward_id), edit, as_read);
        let key = Key::reward_version(reward_id, after.version);
        transaction.put(Label::RewardVersion, key, &item, Condition::absent())?;
        Ok(self.commit(transaction).await?.is_committed())
    }

    /// Reads a page of the versions of a reward strongly, newest first; `None` if there is no such reward.
    ///
    /// # Errors
    /// Refuses a cursor of another list; fails if the table does not answer.
    pub async fn reward_versions(
        &self,
        reward_id: &str,
        page: &PageQuery,
    ) -> Result<Option<(Vec<RewardVersion>, Option<String>)>, StoreError> {
        let filters = ["reward versions", reward_id];
        let newest = match self.cursors.place(page.cursor.as_deref(), &filters)? {
            None => self.reward(reward_id).await?.map(|listing| listing.version),
            Some(after) => after.parse().ok().map(|after: u32| after.saturating_sub(1)),
        };
        let Some(newest) = newest else { return Ok(None) };
        let oldest = newest.saturating_sub(page.limit).saturating_add(1);
        let keys: Vec<Key> =
            (oldest..=newest).map(|version| Key::reward_version(reward_id, version)).collect();
        let found = match keys.is_empty() {
            true => HashMap::new(),
            false => self.batch_get(&keys, true).await?,
        };
        let versions: Result<Vec<RewardVersion>, StoreError> =
            found.into_values().map(|item| version_of(reward_id, item)).collect();
        let mut versions = versions?;
        versions.sort_by_key(|version| std::cmp::Reverse(version.version));
        let next = (oldest > 1).then(|| self.cursors.after_place(oldest.to_string(), &filters));
        Ok(Some((versions, next)))
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

/// Reads a reward from its item: the id, and the listing.
pub(crate) fn listing_of(item: Item) -> Result<(String, Listing), StoreError> {
    let item: RewardItem = from_item(item)?;
    let reward = reward_of("rewards", &item.reward_id, &item.reward)?;
    let listing = Listing { reward, unit_balance: item.units_left, version: item.version };
    Ok((item.reward_id, listing))
}

fn version_of(reward_id: &str, item: Item) -> Result<RewardVersion, StoreError> {
    let item: VersionItem = from_item(item)?;
    let key = Key::reward_version(reward_id, item.version);
    let at = item.written_at.parse();
    let written = Stamp {
        at: at.map_err(|_| StoreError::attribute(&key.pk, &key.sk, "written_at"))?,
        actor: item.actor,
        request_id: item.request_id,
    };
    let reward = reward_of(&key.pk, &key.sk, &item.reward)?;
    Ok(RewardVersion { version: item.version, reward, written })
}

fn reward_of(pk: &str, sk: &str, reward: &str) -> Result<Reward, StoreError> {
    serde_json::from_str(reward).map_err(|_| StoreError::attribute(pk, sk, "reward"))
}
