//! The names of agents, as their colleagues see them.

use std::collections::HashMap;

use puntos_domain::page::PageQuery;
use puntos_domain::stamp::Stamp;
use serde::{Deserialize, Serialize};

use crate::keys::{AGENTS, Key, instant};
use crate::table::{Condition, Item, Label, from_item, key_of};
use crate::{Store, StoreError};

/// The most agents that are read.
const AGENTS_MAX: u32 = 1000;

#[derive(Serialize, Deserialize)]
struct AgentItem {
    name: String,
    written_at: String,
    actor: String,
    request_id: String,
}

impl Store {
    /// Writes the name of an agent. The newest name counts.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn put_agent(
        &self,
        subject: &str,
        name: &str,
        stamp: &Stamp,
    ) -> Result<(), StoreError> {
        let item = AgentItem {
            name: name.to_owned(),
            written_at: instant(stamp.at),
            actor: stamp.actor.clone(),
            request_id: stamp.request_id.clone(),
        };
        let written = self.put(Label::Agent, Key::agent(subject), &item, Condition::default());
        written.await.map(drop)
    }

    /// Reads a page of the subjects and names of the agents who gave a name, in the order of their subjects.
    /// All are read, up to 1,000, and a page is cut from them.
    ///
    /// # Errors
    /// Refuses a cursor of another list; fails if the table does not answer.
    pub async fn agents(
        &self,
        page: &PageQuery,
    ) -> Result<(Vec<(String, String)>, Option<String>), StoreError> {
        const FILTERS: &[&str] = &["agents"];
        let after = self.cursors.place(page.cursor.as_deref(), FILTERS)?;
        let mut agents = Vec::new();
        for item in self.read_prefix(AGENTS, "", AGENTS_MAX).await? {
            let (_, subject) = key_of(&item);
            if after.as_ref().is_none_or(|after| subject > *after) {
                agents.push((subject, agent_name_of(item)?));
            }
        }
        let has_more = agents.len() > page.limit as usize;
        agents.truncate(page.limit as usize);
        let last = agents.last().filter(|_| has_more);
        let next = last.map(|(subject, _)| self.cursors.after_place(subject, FILTERS));
        Ok((agents, next))
    }

    /// Reads the names of these agents, by subject. Who gave no name is left out.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn agent_names(
        &self,
        subjects: &[&str],
    ) -> Result<HashMap<String, String>, StoreError> {
        if subjects.is_empty() {
            return Ok(HashMap::new());
        }
        let keys: Vec<Key> = subjects.iter().map(|subject| Key::agent(subject)).collect();
        let found = self.batch_get(&keys, true).await?;
        let mut names = HashMap::with_capacity(found.len());
        for ((_, subject), item) in found {
            names.insert(subject, agent_name_of(item)?);
        }
        Ok(names)
    }
}

/// Reads the name of an agent from its item.
pub(crate) fn agent_name_of(item: Item) -> Result<String, StoreError> {
    Ok(from_item::<AgentItem>(item)?.name)
}
