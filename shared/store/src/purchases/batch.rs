//! Reads of many purchases at once.

use std::collections::BTreeMap;

use puntos_domain::accrual::{Receipt, RecordedInvoice};
use puntos_domain::id::PurchaseId;

use crate::keys::Key;
use crate::purchases::purchase_of;
use crate::{Store, StoreError};

/// The most items that one request reads.
pub(super) const BATCH_MAX: usize = 100;

impl Store {
    /// Reads the purchases with these ids, strongly. The answer has no order and omits what is missing.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn receipts(
        &self,
        purchase_ids: &[PurchaseId],
    ) -> Result<BTreeMap<PurchaseId, Receipt>, StoreError> {
        let invoices = self.invoices(purchase_ids).await?.into_iter();
        Ok(invoices.filter_map(|(id, invoice)| Some((id, invoice.receipt?))).collect())
    }

    /// Reads what is stored under the invoices of these purchases, strongly. The answer omits what is missing.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn invoices(
        &self,
        purchase_ids: &[PurchaseId],
    ) -> Result<BTreeMap<PurchaseId, RecordedInvoice>, StoreError> {
        let mut invoices = BTreeMap::new();
        for chunk in purchase_ids.chunks(BATCH_MAX) {
            let keys: Vec<Key> = chunk.iter().map(Key::purchase).collect();
            let mut found = self.batch_get(&keys, true).await?;
            for (purchase_id, key) in chunk.iter().zip(keys) {
                let Some(item) = found.remove(&(key.pk, key.sk)) else { continue };
                invoices.insert(purchase_id.clone(), purchase_of(purchase_id, item)?);
            }
        }
        Ok(invoices)
    }
}
