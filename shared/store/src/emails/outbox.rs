//! The outbox of an hour: the commits that cause work, found by the hour in the lookup index. Mails that have
//! an item are found by their status.

use std::collections::HashSet;

use jiff::Timestamp;
use puntos_domain::coupon::hour_prefix;
use puntos_domain::id::{EmailId, OrderEventId};
use puntos_domain::mail::{Composer, MailRequest};
use puntos_domain::outbox::{CycleStart, Outbox};
use puntos_domain::page::PageQuery;

use crate::emails::email_of;
use crate::keys::{
    Key, LOOKUP_INDEX, coupon_partition, cycle_partition, instant, reversal_partition,
};
use crate::members::sign_ins::address_change_of;
use crate::purchases::order_of;
use crate::redemptions::redemption_of;
use crate::redemptions::reversals::reversal_of;
use crate::table::Item;
use crate::table::batch::KEYS_MAX;
use crate::table::merged::{Group, MergedQuery};
use crate::table::query::IndexQuery;
use crate::{Store, StoreError};

/// The commits that one query reads, and the most that are read for one hour.
const PAGE: i32 = 100;
const PAGES_MAX: u32 = 100;

impl Store {
    /// Returns the requests of the mails that have no item, of the commits in the hour around an instant. The
    /// mails were created after the first of the two other instants and before the second.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn lost_mails(
        &self,
        hour: Timestamp,
        (after, before): (Timestamp, Timestamp),
        composer: &Composer<'_>,
    ) -> Result<Vec<MailRequest>, StoreError> {
        let commits = self.committed_in_hour(hour).await?;
        let mut requests: Vec<MailRequest> = commits
            .iter()
            .filter_map(|commit| commit.mail_request(composer))
            .filter(|request| after < request.email.created_at && request.email.created_at < before)
            .collect();
        let ids: Vec<EmailId> =
            requests.iter().map(|request| request.email.email_id.clone()).collect();
        let mut known = HashSet::new();
        for chunk in ids.chunks(KEYS_MAX) {
            known.extend(self.emails(chunk).await?.into_iter().map(|email| email.email_id));
        }
        requests.retain(|request| !known.contains(&request.email.email_id));
        Ok(requests)
    }

    /// Reads the commits that cause a mail, of the hour around an instant.
    async fn committed_in_hour(&self, hour: Timestamp) -> Result<Vec<Outbox>, StoreError> {
        let mut commits = Vec::new();
        for partition in [coupon_partition(&hour_prefix(hour)), reversal_partition(hour)] {
            let mut start = None;
            for _ in 0..PAGES_MAX {
                let query = IndexQuery {
                    index: LOOKUP_INDEX,
                    partition: ("lookup_key", &partition),
                    since: None,
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
                let items = self.batch_get(&keys, false).await?.into_values();
                commits.extend(items.filter_map(readable));
                start = page.next;
                if start.is_none() {
                    break;
                }
            }
        }
        Ok(commits)
    }

    /// Reads a page of the purchases that were recorded between two instants, at most an hour apart, and whose
    /// care cycle did not start.
    ///
    /// # Errors
    /// Refuses a cursor of another list; fails if the table does not answer.
    pub async fn unstarted_cycles(
        &self,
        (from, until): (Timestamp, Timestamp),
        cursor: Option<String>,
    ) -> Result<(Vec<CycleStart>, Option<String>), StoreError> {
        let mut hours = vec![cycle_partition(from), cycle_partition(until)];
        hours.dedup();
        let query = MergedQuery {
            index: LOOKUP_INDEX,
            attributes: ("lookup_key", "lookup_sort"),
            filters: &["unstarted-cycles"],
            groups: vec![Group {
                partitions: hours,
                from: Some(instant(from)),
                until: Some(instant(until)),
            }],
            ascending: true,
            keep: None,
        };
        let page = PageQuery { limit: PAGE.unsigned_abs(), cursor };
        let (found, next) = self.query_merged(&query, &page).await?;
        let purchases: Vec<Key> =
            found.iter().map(crate::table::key_of).map(|(pk, sk)| Key::new(pk, sk)).collect();
        // The event of a purchase has its id, so its key tells whether the cycle started.
        let event_of = |key: &Key| Key::order_event(&OrderEventId::of_event(&key.pk));
        let events: Vec<Key> = purchases.iter().map(event_of).collect();
        let started = self.batch_get(&events, false).await?;
        let has_started = |key: &Key| {
            let event = event_of(key);
            started.contains_key(&(event.pk, event.sk))
        };
        let lost: Vec<Key> = purchases.into_iter().filter(|key| !has_started(key)).collect();
        let items = self.batch_get(&lost, false).await?.into_values();
        let cycles = items.filter_map(readable).filter_map(|commit| match commit {
            Outbox::Purchase(start) => Some(start),
            _ => None,
        });
        Ok((cycles.collect(), next))
    }
}

/// Reads a commit. One that cannot be read must not keep the others from their work.
fn readable(item: Item) -> Option<Outbox> {
    outbox_of(item).unwrap_or_else(|error| {
        tracing::error!(error = error.chain(), "a commit cannot be read");
        None
    })
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
        Some("address") => Some(Outbox::Address(address_change_of(&item)?)),
        _ => None,
    })
}
