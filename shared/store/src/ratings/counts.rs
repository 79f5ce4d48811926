//! The counters of ratings, by branch and local day. They change only together with their rating.
//!
//! The counters of all branches are spread over several shards, so that busy days do not contend for one
//! item.

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use futures::future::try_join_all;
use jiff::civil::Date;
use puntos_domain::id::RatingId;
use puntos_domain::invoice::BranchKey;
use puntos_domain::rating::{Rating, Tally};
use serde::Deserialize;

use crate::keys::{COUNT_SHARDS, Key, branch_counts_partition, total_counts_partition};
use crate::table::expression::text;
use crate::table::{Condition, Item, Label, Transaction, Update, from_item, unavailable};
use crate::{Store, StoreError};

/// The most days with ratings that are read: the newest ten years.
const COUNT_DAYS_MAX: u16 = 3660;
/// The most requests that this takes, with the longest names of branches.
const PAGES_MAX: usize = 4;

/// Sort before and after every day.
const FIRST: &str = "!";
const LAST: &str = "~";

/// The counters of one local day, or one shard of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct DayCount {
    /// The day of the visits.
    #[serde(rename = "sk")]
    pub day: Date,
    /// The sums.
    #[serde(flatten)]
    pub tally: Tally,
}

impl Store {
    /// Reads the counters of a branch, or of all, for a range of days, both ends included. A day can come in
    /// several shards.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn rating_days(
        &self,
        branch: Option<&BranchKey>,
        from: Option<Date>,
        until: Option<Date>,
    ) -> Result<Vec<DayCount>, StoreError> {
        let partitions = match branch {
            Some(branch) => vec![branch_counts_partition(branch)],
            None => (0..COUNT_SHARDS).map(total_counts_partition).collect(),
        };
        let reads = partitions.iter().map(|partition| self.counted(partition, from, until));
        Ok(try_join_all(reads).await?.into_iter().flatten().collect())
    }

    async fn counted(
        &self,
        partition: &str,
        from: Option<Date>,
        until: Option<Date>,
    ) -> Result<Vec<DayCount>, StoreError> {
        let lowest = from.map_or_else(|| FIRST.to_owned(), |day| day.to_string());
        let highest = until.map_or_else(|| LAST.to_owned(), |day| day.to_string());
        let mut days = Vec::new();
        let mut start = None;
        for _ in 0..PAGES_MAX {
            let left = usize::from(COUNT_DAYS_MAX).saturating_sub(days.len());
            let output = self
                .client
                .query()
                .table_name(self.table_name())
                .key_condition_expression("#pk = :pk AND #sk BETWEEN :lowest AND :highest")
                .expression_attribute_names("#pk", "pk")
                .expression_attribute_names("#sk", "sk")
                .expression_attribute_values(":pk", text(partition))
                .expression_attribute_values(":lowest", text(&lowest))
                .expression_attribute_values(":highest", text(&highest))
                .scan_index_forward(false)
                .consistent_read(true)
                .limit(i32::try_from(left).unwrap_or(i32::MAX))
                .set_exclusive_start_key(start)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(unavailable)?;
            self.meter.read(output.consumed_capacity());
            for item in output.items.unwrap_or_default() {
                let scores = Tally::default().with_scores(|name| count_of(&item, name)).scores;
                let day: DayCount = from_item(item)?;
                days.push(DayCount { tally: Tally { scores, ..day.tally }, ..day });
            }
            start = output.last_evaluated_key;
            if start.is_none() || days.len() >= usize::from(COUNT_DAYS_MAX) {
                break;
            }
        }
        Ok(days)
    }
}

impl Transaction {
    /// Adds the difference between two states of a rating to the counters of its day, for its branch and for
    /// all. Adds nothing if there is no difference.
    pub(crate) fn move_counts(&mut self, before: Option<&Rating>, after: &Rating) {
        let difference = after.tally() - before.map(Rating::tally).unwrap_or_default();
        if difference == Tally::default() {
            return;
        }
        let moves = difference.named().filter(|(_, amount)| *amount != 0);
        let update =
            moves.fold(Update::default(), |update, (name, amount)| update.add(name, amount));
        for key in count_keys(&after.rating_id, &BranchKey::of(&after.branch), after.day) {
            self.update(Label::Counts, key, update.clone(), Condition::default());
        }
    }
}

/// Returns a counter; one that no rating moved is not stored.
fn count_of(item: &Item, name: &str) -> i64 {
    let stored = item.get(name).and_then(|value| value.as_n().ok());
    stored.and_then(|count| count.parse().ok()).unwrap_or_default()
}

/// Returns the two items that count a rating.
fn count_keys(rating_id: &RatingId, branch: &BranchKey, day: Date) -> [Key; 2] {
    let bytes = rating_id.cause().bytes();
    let spread = bytes.fold(0_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte));
    [Key::branch_counts(branch, day), Key::total_counts(spread % COUNT_SHARDS, day)]
}
