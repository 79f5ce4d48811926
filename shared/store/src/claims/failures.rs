//! The claims that already exist for failures.

use std::collections::HashSet;

use puntos_domain::id::ClaimId;

use crate::keys::Key;
use crate::{Store, StoreError};

/// The most keys of one read.
const KEYS_MAX: usize = 100;

impl Store {
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
        for chunk in claim_ids.chunks(KEYS_MAX) {
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
