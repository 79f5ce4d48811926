//! Changes of the tier as rows store them.

use puntos_domain::standing::TierChange;

use super::Row;
use crate::members::accounts::instant_of;

/// A change of the tier: its second, the names of the tier before and after, and the second until which it holds.
pub(crate) type TierItem = (i64, Option<String>, Option<String>, Option<i64>);

/// Returns changes of the tier as a row stores them.
pub(crate) fn tier_item(changes: &[TierChange]) -> Vec<TierItem> {
    let item = |change: &TierChange| {
        let until = change.until.map(jiff::Timestamp::as_second);
        (change.at.as_second(), change.from.clone(), change.to.clone(), until)
    };
    changes.iter().map(item).collect()
}

impl Row {
    /// Returns the changes of the tier that the entry recorded, oldest first.
    pub fn tier_changes(&self) -> Vec<TierChange> {
        let items = match self {
            Self::Purchase(row) => &row.tier,
            Self::Return(row) => &row.tier,
            Self::Correction(row) => &row.tier,
            Self::Move(row) => &row.tier,
            _ => return Vec::new(),
        };
        let change = |(at, from, to, until): &TierItem| {
            Some(TierChange {
                at: instant_of(*at)?,
                from: from.clone(),
                to: to.clone(),
                until: until.and_then(instant_of),
            })
        };
        items.iter().filter_map(change).collect()
    }
}
