//! The coupons of a member, of redemptions and of gifts, the newest first.
//!
//! The timeline gives their order and may lag. The coupons are read strongly.

use puntos_domain::coupon::GrantedCoupon;
use puntos_domain::id::MemberId;
use puntos_domain::page::PageQuery;

use crate::keys::{Key, TIMELINE_INDEX};
use crate::redemptions::coupons::{COUPON_STATUS, coupon_of};
use crate::table::query::IndexQuery;
use crate::table::{Condition, key_of};
use crate::timeline::Entry;
use crate::{Store, StoreError};

/// How many rows of the timeline one query reads, and the most queries of one page.
const ROWS_AT_ONCE: i32 = 100;
const QUERIES_MAX: usize = 5;

impl Store {
    /// Reads a page of the coupons of a member. It looks at no more than 500 entries, so it may be short.
    ///
    /// # Errors
    /// Refuses a cursor of another list; fails if the table does not answer.
    pub async fn coupons_of_member(
        &self,
        member_id: &MemberId,
        page: &PageQuery,
    ) -> Result<(Vec<GrantedCoupon>, Option<String>), StoreError> {
        let filters = ["coupons of member", member_id.as_str()];
        let mut next = self.cursors.start(page.cursor.as_deref(), &filters)?;
        let limit = page.limit as usize;
        let mut keys: Vec<Key> = Vec::with_capacity(limit);
        for _ in 0..QUERIES_MAX {
            let found = self
                .query_index(IndexQuery {
                    index: TIMELINE_INDEX,
                    partition: ("timeline_member", member_id.as_str()),
                    since: None,
                    keep: Some(Condition::has(COUPON_STATUS)),
                    ascending: false,
                    limit: ROWS_AT_ONCE,
                    start: next,
                })
                .await?;
            next = found.next;
            let wanted = limit - keys.len();
            // A page that is full goes on after its last coupon.
            if found.items.len() > wanted
                && let Some(last) = found.items.get(wanted - 1)
            {
                next = Some(Entry::of(last.clone())?.place_in_timeline());
            }
            let places = found.items.iter().take(wanted).map(key_of);
            keys.extend(places.map(|(pk, sk)| Key::new(pk, sk)));
            if next.is_none() || keys.len() == limit {
                break;
            }
        }
        let next = next.map(|key| self.cursors.after(&key, &filters));
        Ok((self.coupons(&keys).await?, next))
    }

    /// Reads coupons by the keys of the items that hold them, strongly and in this order.
    async fn coupons(&self, keys: &[Key]) -> Result<Vec<GrantedCoupon>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = self.batch_get(keys, true).await?;
        let items = keys.iter().filter_map(|key| found.remove(&(key.pk.clone(), key.sk.clone())));
        items.filter_map(|item| coupon_of(item).transpose()).collect()
    }
}
