//! The outbox of an hour: the commits that cause a mail, found by the hour in the lookup index.

use jiff::Timestamp;
use puntos_domain::coupon::hour_prefix;
use puntos_domain::outbox::Outbox;

use crate::emails::email_of;
use crate::keys::{Key, LOOKUP_INDEX, coupon_partition, reversal_partition};
use crate::purchases::order_of;
use crate::redemptions::redemption_of;
use crate::redemptions::reversals::reversal_of;
use crate::table::Item;
use crate::table::query::IndexQuery;
use crate::{Store, StoreError};

/// The commits that one query reads, and the most that are read for one hour.
const PAGE: i32 = 100;
const PAGES_MAX: u32 = 100;

impl Store {
    /// Reads the commits that cause a mail, of the hour around an instant.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn committed_in_hour(&self, hour: Timestamp) -> Result<Vec<Outbox>, StoreError> {
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
                let keys: Vec<Key> = page
                    .items
                    .iter()
                    .map(crate::table::key_of)
                    .map(|(pk, sk)| Key::new(pk, sk))
                    .collect();
                if !keys.is_empty() {
                    for item in self.batch_get(&keys, false).await?.into_values() {
                        match outbox_of(item) {
                            Ok(committed) => commits.extend(committed),
                            // An item that cannot be read must not keep the other mails from being sent.
                            Err(error) => {
                                tracing::error!(error = error.chain(), "a commit cannot be read")
                            }
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

/// Reads the work that an item with an outbox causes; `None` if there is none.
///
/// # Errors
/// Fails if the item cannot be read.
pub fn outbox_of(item: Item) -> Result<Option<Outbox>, StoreError> {
    let work = item.get("outbox").and_then(|work| work.as_s().ok()).map(String::as_str);
    Ok(match work {
        Some("coupon_email") => Some(Outbox::Redemption(Box::new(redemption_of(item)?))),
        Some("reversal_email") => Some(Outbox::Reversal(Box::new(reversal_of(item)?))),
        Some("email") => Some(Outbox::Email(Box::new(email_of(item)?))),
        Some("order") => order_of(item)?.map(Outbox::Purchase),
        _ => None,
    })
}
