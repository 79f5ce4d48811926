//! Due items of members' cycles and of claims, found by date in a few partitions of the work index.
//!
//! Reads only what is due. Members and claims without a due item cost nothing.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use jiff::civil::Date;
use puntos_domain::care::VersionedCycle;
use puntos_domain::id::{ClaimId, MemberId};

use crate::care::care_of;
use crate::keys::{WORK_INDEX, due_shard_queue};
use crate::table::expression::text;
use crate::table::{Item, key_of, unavailable};
use crate::{Store, StoreError};

/// How many due items one query reads.
const DUE_PAGE: i32 = 100;

/// Something that is due.
pub enum Due {
    /// A step of a member's cycle.
    Care(Box<VersionedCycle>),
    /// A step of a claim.
    Claim(ClaimId),
}

/// A page of what is due, and where the next begins.
pub struct DuePage {
    /// The due items. An item that cannot be read is logged and left out.
    pub due: Vec<Due>,
    /// Where the next page begins; `None` after the last.
    pub next: Option<DueStart>,
}

/// Where a page of what is due begins.
pub struct DueStart(HashMap<String, AttributeValue>);

impl Store {
    /// Reads a page of what is due by a local day in one of the partitions. The latest due day comes first,
    /// so that many overdue items do not delay today's.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn due(
        &self,
        shard: u8,
        today: Date,
        start: Option<DueStart>,
    ) -> Result<DuePage, StoreError> {
        let queue = due_shard_queue(shard);
        let start = start.map(|start| start.0);
        let (items, next) = self.due_items(&queue, today, false, DUE_PAGE, start).await?;
        let due = items.into_iter().filter_map(due_of).collect();
        Ok(DuePage { due, next: next.map(DueStart) })
    }

    /// Reads the items of a partition of the work index that are due by a local day, and where the next page begins.
    pub(crate) async fn due_items(
        &self,
        queue: &str,
        today: Date,
        ascending: bool,
        most: i32,
        start: Option<HashMap<String, AttributeValue>>,
    ) -> Result<(Vec<Item>, Option<HashMap<String, AttributeValue>>), StoreError> {
        let output = self
            .client
            .query()
            .table_name(&*self.table_name)
            .index_name(WORK_INDEX)
            .key_condition_expression("#queue = :queue AND #due <= :today")
            .expression_attribute_names("#queue", "work_queue")
            .expression_attribute_names("#due", "work_due")
            .expression_attribute_values(":queue", text(queue))
            .expression_attribute_values(":today", text(end_of(today)))
            .scan_index_forward(ascending)
            .limit(most)
            .set_exclusive_start_key(start)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(unavailable)?;
        self.meter.read(output.consumed_capacity());
        Ok((output.items.unwrap_or_default(), output.last_evaluated_key))
    }
}

/// Returns a sort key that comes after every item of a day.
pub(super) fn end_of(day: Date) -> String {
    format!("{day}~")
}

/// Reads a due item. An item that cannot be read must not block the others.
pub(super) fn due_of(item: Item) -> Option<Due> {
    let (pk, sk) = key_of(&item);
    let member_id: MemberId = pk.parse().ok()?;
    if let Some(cause) = sk.strip_prefix("claim-step#") {
        return Some(Due::Claim(ClaimId::of_cause(cause, &member_id)));
    }
    let care = care_of(&member_id, item);
    care.inspect_err(|error| tracing::error!(error = error.chain(), "a care cycle cannot be read"))
        .ok()
        .map(|care| Due::Care(Box::new(care)))
}
