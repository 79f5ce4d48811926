//! The branches that purchases and ratings named: each is written once, when a function first meets it.
//!
//! A process remembers which it has met, so a branch costs it one write and nothing later.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use puntos_domain::invoice::BranchKey;
use puntos_domain::program::{BRANCHES_MAX, Branch};
use serde::{Deserialize, Serialize};

use crate::keys::{BRANCHES, Key, instant};
use crate::table::{Condition, Label, from_item};
use crate::{Store, StoreError};

/// The branches that this process has met.
pub(crate) type Met = Arc<Mutex<HashSet<BranchKey>>>;

#[derive(Serialize, Deserialize)]
struct BranchItem {
    /// As it was written first.
    name: String,
    met_at: String,
}

impl Store {
    /// Writes down a branch that this process has not met. The branches are only listed, so a failure is left
    /// to the next purchase or rating.
    pub async fn meet_branch(&self, branch: &str, now: Timestamp) {
        let key = BranchKey::of(branch);
        if self.met().contains(&key) {
            return;
        }
        let item = BranchItem { name: branch.trim().to_owned(), met_at: instant(now) };
        let place = Key::branch(&key);
        if self.put(Label::Branch, place, &item, Condition::absent()).await.is_ok() {
            let mut met = self.met();
            if met.len() >= BRANCHES_MAX {
                met.clear();
            }
            met.insert(key);
        }
    }

    /// Reads the branches that were met, strongly, in the order in which they compare.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn branches_met(&self) -> Result<Vec<Branch>, StoreError> {
        let most = u32::try_from(BRANCHES_MAX).unwrap_or(u32::MAX);
        let items = self.read_prefix(BRANCHES, "", most).await?;
        let branch = |item: BranchItem| Branch { id: item.name.clone(), name: item.name };
        items.into_iter().map(|item| from_item(item).map(branch)).collect()
    }

    fn met(&self) -> std::sync::MutexGuard<'_, HashSet<BranchKey>> {
        self.branches_met.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
