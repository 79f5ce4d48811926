//! Daily limits: what an agent or a member did on a local day, counted in the transaction that does it.

use crate::keys::Key;
use crate::table::expression::number;
use crate::table::{Condition, Label, Transaction, Update};

/// What a write adds to one count of a day, and the most of that day.
pub(crate) struct DayLimit {
    pub(crate) name: &'static str,
    pub(crate) size: i64,
    pub(crate) most: i64,
}

impl Transaction {
    /// Counts on a local day: refused if a limit of the day is reached.
    pub(crate) fn count_day(&mut self, key: Key, counts: impl IntoIterator<Item = DayLimit>) {
        let mut update = Update::default();
        let mut fits: Option<Condition> = None;
        for DayLimit { name, size, most } in counts {
            let below = Condition::compares(name, "<=", number(most - size));
            let has_room = Condition::missing(name).or(below);
            fits = Some(match fits {
                None => has_room,
                Some(fits) => fits.and(has_room),
            });
            update = update.add(name, size);
        }
        if let Some(fits) = fits {
            self.update(Label::Day, key, update, fits);
        }
    }
}
