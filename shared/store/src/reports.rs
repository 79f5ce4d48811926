//! Runs of reports in the table.

mod movements;

use jiff::Timestamp;
use puntos_domain::id::RunId;
use puntos_domain::report::movements::MonthSums;
use puntos_domain::report::{Run, Sums};
use puntos_domain::stamp::Stamp;
use puntos_domain::standing::Month;
use serde::{Deserialize, Serialize};

use crate::error::Corruption;
use crate::keys::{Key, REPORT_QUEUE, instant};
use crate::table::expression::text;
use crate::table::{Commit, Condition, Item, Label, Transaction, from_item, json, key_of};
use crate::walk::{WalkItem, as_read};
use crate::{Store, StoreError};

#[derive(Serialize, Deserialize)]
struct RunItem {
    as_of: Timestamp,
    #[serde(flatten)]
    walk: WalkItem,
    /// The sums, as JSON.
    sums: String,
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
        let mut transaction = Transaction::default();
        let key = Key::report_run(&after.run_id);
        transaction.put(Label::ReportRun, key, &item_of(after, stamp)?, as_read(&read.walk))?;
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
        let items = self.open_walks(REPORT_QUEUE).await?.into_iter();
        items.map(|item| run_of(&run_id_of(&item)?, item)).collect()
    }
}

fn item_of(run: &Run, stamp: &Stamp) -> Result<RunItem, StoreError> {
    Ok(RunItem {
        as_of: run.as_of,
        walk: WalkItem::of(&run.walk, REPORT_QUEUE),
        sums: json(&run.sums)?,
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
    Ok(Run { run_id: run_id.clone(), as_of: item.as_of, walk: item.walk.walk(), sums })
}
