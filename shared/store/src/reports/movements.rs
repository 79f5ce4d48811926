//! The movements of a run in the table: an item for each month, so that no item grows with the months.

use puntos_domain::report::Run;
use puntos_domain::report::movements::{MONTHS_MAX, MonthSums, Months};
use puntos_domain::standing::Month;
use serde::{Deserialize, Serialize};

use crate::keys::{Key, REPORT_MONTH_PREFIX};
use crate::table::{Condition, Label, Transaction, from_item, json, key_of};
use crate::{Store, StoreError};

#[derive(Serialize, Deserialize)]
struct MonthItem {
    /// The sums, as JSON.
    sums: String,
}

impl Store {
    /// Reads the movements that a run has summed up so far, strongly.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn movements(&self, run: &Run) -> Result<Months, StoreError> {
        // The months that are shown one by one, and the item for everything before them.
        let most = u32::try_from(MONTHS_MAX).unwrap_or(u32::MAX).saturating_add(1);
        let items = self.read_prefix(run.run_id.as_str(), REPORT_MONTH_PREFIX, most).await?;
        let mut months = Months::new();
        for item in items {
            let (pk, sk) = key_of(&item);
            let name = sk.strip_prefix(REPORT_MONTH_PREFIX).unwrap_or_default();
            let stored: MonthItem = from_item(item)?;
            let unreadable = |_| StoreError::attribute(&pk, &sk, "sums");
            let sums = serde_json::from_str(&stored.sums).map_err(unreadable)?;
            months.insert(Month::parse(name), sums);
        }
        Ok(months)
    }
}

impl Transaction {
    /// Adds the sums of a month of a run. The run in the same transaction carries the condition.
    pub(super) fn put_movements(
        &mut self,
        run: &Run,
        month: Option<Month>,
        sums: &MonthSums,
    ) -> Result<(), StoreError> {
        let item = MonthItem { sums: json(sums)? };
        let key = Key::report_month(&run.run_id, month);
        self.put(Label::ReportMonth, key, &item, Condition::default())
    }
}
