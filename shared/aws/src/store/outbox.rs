//! The outbox of an hour: the commits from which a mail follows, found by the hour in the lookup index.

use jiff::Timestamp;

use super::query::IndexQuery;
use super::{Store, StoreError};
use crate::keys::{Key, LOOKUP_INDEX, coupon_partition, reversal_partition};
use crate::order::Committed;
use puntos_domain::coupon::hour_prefix;

/// The commits that one query reads, and the most that one hour is read for.
const PAGE: i32 = 100;
const PAGES_MAX: u32 = 100;

impl Store {
    /// Reads the commits of the hour around an instant from which a mail follows.
    ///
    /// # Errors
    /// Fails where the table does not answer.
    pub async fn committed_in_hour(&self, hour: Timestamp) -> Result<Vec<Committed>, StoreError> {
        let mut commits = Vec::new();
        for partition in [coupon_partition(&hour_prefix(hour)), reversal_partition(hour)] {
            let mut start = None;
            for _ in 0..PAGES_MAX {
                let query = IndexQuery {
                    index: LOOKUP_INDEX,
                    partition: ("lookup_key", &partition),
                    keep: None,
                    ascending: true,
                    limit: PAGE,
                    start,
                };
                let page = self.query_index(query).await?;
                let keys: Vec<Key> =
                    page.items.iter().map(super::key_of).map(|(pk, sk)| Key::new(pk, sk)).collect();
                if !keys.is_empty() {
                    for item in self.batch_get(&keys, false).await?.into_values() {
                        match Committed::of_item(item) {
                            Ok(committed) => commits.extend(committed),
                            // One that cannot be read must not keep the others from being sent.
                            Err(error) => tracing::error!(%error, "a commit cannot be read"),
                        }
                    }
                }
                start = page.next;
                if start.is_none() {
                    break;
                }
            }
        }
        Ok(commits)
    }
}
