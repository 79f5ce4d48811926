//! Failed and late mails: the mails that have been in a status for too long, and the claims that already
//! exist for them.

use std::collections::HashSet;

use jiff::Timestamp;
use puntos_domain::id::ClaimId;
use puntos_domain::mail::{Email, EmailStatus};
use puntos_domain::page::PageQuery;

use crate::emails::email_of;
use crate::keys::{Key, WORK_INDEX, email_queue, instant};
use crate::table::merged::MergedQuery;
use crate::{Store, StoreError};

/// The mails of one page, and the most keys of one read.
const PAGE: u32 = 100;

impl Store {
    /// Reads a page of the mails that entered a status between two instants, oldest first.
    ///
    /// # Errors
    /// Refuses a cursor of another list; fails if the table does not answer.
    pub async fn emails_since(
        &self,
        status: EmailStatus,
        (from, until): (Timestamp, Timestamp),
        cursor: Option<String>,
    ) -> Result<(Vec<Email>, Option<String>), StoreError> {
        let queue = email_queue(status);
        let query = MergedQuery {
            index: WORK_INDEX,
            attributes: ("work_queue", "work_due"),
            filters: &["emails-since", &queue],
            groups: vec![vec![queue.clone()]],
            from: Some(instant(from)),
            until: Some(instant(until)),
            ascending: true,
        };
        let (items, next) = self.query_merged(&query, &PageQuery { limit: PAGE, cursor }).await?;
        let emails: Result<Vec<Email>, StoreError> = items.into_iter().map(email_of).collect();
        Ok((emails?, next))
    }

    /// Returns those of these claims that exist. A claim that was just created may be missing: its write is
    /// conditional on its absence.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn known_claims(
        &self,
        claim_ids: &[ClaimId],
    ) -> Result<HashSet<ClaimId>, StoreError> {
        let mut known = HashSet::new();
        for chunk in claim_ids.chunks(PAGE as usize) {
            let keys: Vec<Key> = chunk.iter().map(Key::claim).collect();
            let found = self.batch_get(&keys, false).await?;
            for (claim_id, key) in chunk.iter().zip(keys) {
                if found.contains_key(&(key.pk, key.sk)) {
                    known.insert(claim_id.clone());
                }
            }
        }
        Ok(known)
    }
}
