//! The claims that already exist for failures.

use std::collections::HashMap;

use puntos_domain::claim::ClaimRecord;
use puntos_domain::id::ClaimId;

use crate::claims::item::claim_of;
use crate::keys::Key;
use crate::table::batch::KEYS_MAX;
use crate::{Store, StoreError};

impl Store {
    /// Returns those of these claims that exist, as far as they can be read. A claim that was just created may
    /// be missing: its write is conditional on its absence.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn known_claims(
        &self,
        claim_ids: &[ClaimId],
    ) -> Result<HashMap<ClaimId, Result<ClaimRecord, StoreError>>, StoreError> {
        let mut known = HashMap::new();
        for chunk in claim_ids.chunks(KEYS_MAX) {
            let keys: Vec<Key> = chunk.iter().map(Key::claim).collect();
            let mut found = self.batch_get(&keys, false).await?;
            for (claim_id, key) in chunk.iter().zip(keys) {
                if let Some(item) = found.remove(&(key.pk, key.sk)) {
                    known.insert(claim_id.clone(), claim_of(item));
                }
            }
        }
        Ok(known)
    }
}
