//! Runs of reports in the table, and the walk over all members that they make.
//!
//! The walk reads the table in segments. Only a run does so; nothing that somebody waits for reads the table like
//! this.

mod movements;

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use jiff::Timestamp;
use puntos_domain::id::{MemberId, RunId};
use puntos_domain::report::movements::MonthSums;
use puntos_domain::report::{Run, RunStatus, Sums};
use puntos_domain::stamp::Stamp;
use puntos_domain::standing::Month;
use serde::{Deserialize, Serialize};

use crate::error::Corruption;
use crate::keys::{Key, REPORT_QUEUE, WORK_INDEX, instant};
use crate::ledger::{key_of_path, path_of};
use crate::table::expression::{number, text};
use crate::table::query::IndexQuery;
use crate::table::{
    Commit, Condition, Item, Label, Transaction, from_item, json, key_of, unavailable,
};
use crate::{Store, StoreError};

/// How many items of the table one segment passes.
const SEGMENT_ITEMS: i32 = 500;
/// The most open runs that are looked at.
const OPEN_MAX: i32 = 20;

#[derive(Serialize, Deserialize)]
struct RunItem {
    as_of: Timestamp,
    segment: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    checkpoint: Option<String>,
    updated_at: Timestamp,
    status: RunStatus,
    /// The sums, as JSON.
    sums: String,
    /// Only while it is running.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    work_queue: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    work_due: Option<String>,
    actor: String,
    request_id: String,
}

/// Names the newest finished run.
#[derive(Serialize, Deserialize)]
struct NewestRunItem {
    run_id: RunId,
    as_of: String,
}

impl Store {
    /// Writes a new run. Returns the run that has this id already, if there is one.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn start_run(&self, run: &Run, stamp: &Stamp) -> Result<Option<Run>, StoreError> {
        let key = Key::report_run(&run.run_id);
        let item = item_of(run, stamp)?;
        let written = self.put(Label::ReportRun, key, &item, Condition::absent()).await?;
        let Commit::Refused(mut refusals) = written else { return Ok(None) };
        let found = refusals.found(Label::ReportRun)?;
        found.map(|item| run_of(&run.run_id, item)).transpose()
    }

    /// Reads a run strongly.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn run(&self, run_id: &RunId) -> Result<Option<Run>, StoreError> {
        let item = self.get(&Key::report_run(run_id)).await?;
        item.map(|item| run_of(run_id, item)).transpose()
    }

    /// Writes a run after a segment, with the months that the segment changed: all or nothing. Returns whether
    /// it was written: not if the segment was written before.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn save_run(
        &self,
        read: &Run,
        after: &Run,
        changed: &[(Option<Month>, &MonthSums)],
        stamp: &Stamp,
    ) -> Result<bool, StoreError> {
        let as_read = Condition::compares("segment", "=", number(read.segment));
        let mut transaction = Transaction::default();
        let key = Key::report_run(&after.run_id);
        transaction.put(Label::ReportRun, key, &item_of(after, stamp)?, as_read)?;
        for (month, sums) in changed {
            transaction.put_movements(after, *month, sums)?;
        }
        Ok(self.commit(transaction).await?.is_committed())
    }

    /// Makes a finished run the newest one, unless a newer one has finished.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn publish_run(&self, run: &Run) -> Result<(), StoreError> {
        let as_of = instant(run.as_of);
        let newer = Condition::compares("as_of", "<", text(as_of.clone()));
        let item = NewestRunItem { run_id: run.run_id.clone(), as_of };
        let condition = Condition::absent().or(newer);
        self.put(Label::ReportRun, Key::newest_report(), &item, condition).await.map(drop)
    }

    /// Reads the newest finished run.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn newest_run(&self) -> Result<Option<Run>, StoreError> {
        let Some(item) = self.get(&Key::newest_report()).await? else { return Ok(None) };
        let newest: NewestRunItem = from_item(item)?;
        self.run(&newest.run_id).await
    }

    /// Reads the runs that have not finished, those first whose last segment was written longest ago.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn open_runs(&self) -> Result<Vec<Run>, StoreError> {
        let query = IndexQuery {
            index: WORK_INDEX,
            partition: ("work_queue", REPORT_QUEUE),
            since: None,
            keep: None,
            ascending: true,
            limit: OPEN_MAX,
            start: None,
        };
        let items = self.query_index(query).await?.items.into_iter();
        items.map(|item| run_of(&run_id_of(&item)?, item)).collect()
    }

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
}

/// The sort key of accounts.
const ACCOUNT: &str = "account";

fn item_of(run: &Run, stamp: &Stamp) -> Result<RunItem, StoreError> {
    Ok(RunItem {
        as_of: run.as_of,
        segment: run.segment,
        checkpoint: run.checkpoint.clone(),
        updated_at: run.updated_at,
        status: run.status,
        sums: json(&run.sums)?,
        work_queue: (!run.is_finished()).then(|| REPORT_QUEUE.to_owned()),
        work_due: (!run.is_finished()).then(|| instant(run.updated_at)),
        actor: stamp.actor.clone(),
        request_id: stamp.request_id.clone(),
    })
}

fn run_id_of(item: &Item) -> Result<RunId, StoreError> {
    let (pk, sk) = key_of(item);
    pk.parse().map_err(|_| StoreError::corrupt(&pk, &sk, Corruption::Attribute("pk")))
}

fn run_of(run_id: &RunId, item: Item) -> Result<Run, StoreError> {
    let item: RunItem = from_item(item)?;
    let unreadable = |_| StoreError::attribute(run_id.as_str(), "report", "sums");
    let sums: Sums = serde_json::from_str(&item.sums).map_err(unreadable)?;
    Ok(Run {
        run_id: run_id.clone(),
        as_of: item.as_of,
        segment: item.segment,
        checkpoint: item.checkpoint,
        updated_at: item.updated_at,
        status: item.status,
        sums,
    })
}
