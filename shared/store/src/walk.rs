//! The walk over all members: it reads the table in segments. What a walk is for has a module of its own.
//!
//! Only walks do so; nothing that somebody waits for reads the table like this.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use jiff::Timestamp;
use puntos_domain::id::MemberId;
use puntos_domain::walk::{Walk, WalkStatus};
use serde::{Deserialize, Serialize};

use crate::keys::{Key, instant};
use crate::ledger::{key_of_path, path_of};
use crate::table::expression::{number, text};
use crate::table::{Condition, Item, key_of, unavailable};
use crate::{Store, StoreError};

/// How many items of the table one segment passes.
const SEGMENT_ITEMS: i32 = 500;
/// The most open walks of one kind that are looked at.
const OPEN_MAX: i32 = 20;
/// The sort key of accounts.
const ACCOUNT: &str = "account";

/// A walk, as a part of the item of what it is for.
#[derive(Serialize, Deserialize)]
pub(crate) struct WalkItem {
    segment: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    checkpoint: Option<String>,
    updated_at: Timestamp,
    status: WalkStatus,
    /// Only while it is running.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    work_queue: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    work_due: Option<String>,
}

impl WalkItem {
    /// Returns a walk that the work index lists in a queue while it is running.
    pub(crate) fn of(walk: &Walk, queue: &str) -> Self {
        Self {
            segment: walk.segment,
            checkpoint: walk.checkpoint.clone(),
            updated_at: walk.updated_at,
            status: walk.status,
            work_queue: walk.is_running().then(|| queue.to_owned()),
            work_due: walk.is_running().then(|| instant(walk.updated_at)),
        }
    }

    pub(crate) fn walk(self) -> Walk {
        Walk {
            segment: self.segment,
            checkpoint: self.checkpoint,
            updated_at: self.updated_at,
            status: self.status,
        }
    }
}

/// Returns the condition that the next segment of a walk is the one that was read.
pub(crate) fn as_read(walk: &Walk) -> Condition {
    Condition::compares("segment", "=", number(walk.segment))
}

impl Store {
    /// Reads the members of the segment that begins at a checkpoint, and returns where the next one begins.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn members_from(
        &self,
        checkpoint: Option<&str>,
    ) -> Result<(Vec<MemberId>, Option<String>), StoreError> {
        let start = checkpoint.map(|path| key_of_path(path).attributes());
        let output = self
            .client
            .scan()
            .table_name(&*self.table_name)
            .filter_expression("#sk = :account")
            .projection_expression("#pk, #sk")
            .expression_attribute_names("#pk", "pk")
            .expression_attribute_names("#sk", "sk")
            .expression_attribute_values(":account", text(ACCOUNT))
            .limit(SEGMENT_ITEMS)
            .set_exclusive_start_key(start)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(unavailable)?;
        self.meter.read(output.consumed_capacity());
        let items = output.items.unwrap_or_default();
        let members = items.iter().filter_map(|item| key_of(item).0.parse().ok());
        let next = output.last_evaluated_key.map(|key: HashMap<String, AttributeValue>| {
            let (pk, sk) = key_of(&key);
            path_of(&Key::new(pk, sk))
        });
        Ok((members.collect(), next))
    }

    /// Reads the items of the walks in a queue that have not ended, those first whose last segment was written
    /// longest ago.
    pub(crate) async fn open_walks(&self, queue: &str) -> Result<Vec<Item>, StoreError> {
        self.first_of_queue(queue, OPEN_MAX).await
    }
}

/// Returns the checkpoint of a segment that begins after a member.
pub fn checkpoint_after(member_id: &MemberId) -> String {
    path_of(&Key::account(member_id))
}
