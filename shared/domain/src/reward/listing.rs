//! A reward in the catalogue: its units left, its versions, and its edits.

use crate::reward::Reward;
use crate::stamp::Stamp;

/// A reward in the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The reward as it was last written.
    pub reward: Reward,
    /// The stock (0 without a limit) less the units taken. It is below 0 if more were taken than there are.
    pub unit_balance: i64,
    /// Counts the edits, from 1 on.
    pub version: u32,
}

/// A version of a reward, and who wrote it.
#[derive(Debug, Clone)]
pub struct RewardVersion {
    /// Its number.
    pub version: u32,
    /// The reward as it was written.
    pub reward: Reward,
    /// Who wrote it, when, and under which request.
    pub written: Stamp,
}

/// The edit names an older version than the current one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the reward was changed since it was read: read it again")]
pub struct RewardChanged;

impl Listing {
    /// Returns how many units are left; `None` without a limit.
    pub fn units_left(&self) -> Option<i64> {
        self.reward.stock.map(|_| self.unit_balance.max(0))
    }

    /// Decides an edit: the listing after it, or the same one if nothing changes. Units that were taken stay
    /// taken. Units that are given without a limit are not counted.
    ///
    /// `version` is the version that the edit starts from, if it names one. A repeated edit names the version
    /// before its own.
    ///
    /// # Errors
    /// Refuses an edit that starts from another version.
    pub fn edited(
        before: Option<&Self>,
        reward: Reward,
        version: Option<u32>,
    ) -> Result<Self, RewardChanged> {
        let current = before.map_or(0, |before| before.version);
        let is_current = version.is_none_or(|version| version == current);
        if let Some(before) = before.filter(|before| before.reward == reward) {
            let is_repeated =
                version.is_some_and(|version| version.checked_add(1) == Some(current));
            return if is_current || is_repeated { Ok(before.clone()) } else { Err(RewardChanged) };
        }
        if !is_current {
            return Err(RewardChanged);
        }
        let stock = |reward: &Reward| reward.stock.unwrap_or(0);
        let (balance, stock_before) =
            before.map_or((0, 0), |before| (before.unit_balance, stock(&before.reward)));
        let unit_balance = balance - stock_before + stock(&reward);
        Ok(Self { reward, unit_balance, version: current.saturating_add(1) })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::reward::tests::mug;

    fn with_stock(stock: impl Into<Option<i64>>) -> Reward {
        Reward { stock: stock.into(), ..mug() }
    }

    fn listed(reward: Reward) -> Listing {
        Listing::edited(None, reward, None).expect("a new reward")
    }

    fn edited(before: &Listing, reward: Reward) -> Listing {
        Listing::edited(Some(before), reward, None).expect("no version is named")
    }

    fn taken(listing: Listing, units: i64) -> Listing {
        Listing { unit_balance: listing.unit_balance - units, ..listing }
    }

    #[test]
    fn an_edit_brings_no_unit_back() {
        let before = taken(listed(with_stock(5)), 2);
        let table = [
            ("the same again", with_stock(5), Some(3)),
            ("another name", Reward { name: "Cup".into(), ..with_stock(5) }, Some(3)),
            ("one more", with_stock(6), Some(4)),
            ("fewer than were taken", with_stock(1), Some(0)),
            ("without a limit", with_stock(None), None),
        ];
        for (edit, reward, left) in table {
            assert_eq!(edited(&before, reward).units_left(), left, "{edit}");
        }
        let fewer = edited(&before, with_stock(1));
        assert_eq!(edited(&fewer, with_stock(5)).units_left(), Some(3));
        let without = edited(&before, with_stock(None));
        assert_eq!(edited(&without, with_stock(5)).units_left(), Some(3));
        // A reversal returns a unit that was taken, also while there are fewer than were taken.
        assert_eq!(taken(fewer.clone(), -1).units_left(), Some(0));
        assert_eq!(edited(&taken(fewer, -1), with_stock(2)).units_left(), Some(1));
    }

    #[test]
    fn an_edit_of_an_older_version_is_refused_and_a_repeated_one_is_not() {
        let first = listed(with_stock(5));
        let second = edited(&first, with_stock(6));
        assert_eq!((first.version, second.version), (1, 2));
        let edit = |stock, version| {
            Listing::edited(Some(&second), with_stock(stock), version).map(|after| after.version)
        };
        assert_eq!(edit(7, None), Ok(3));
        assert_eq!(edit(7, Some(2)), Ok(3));
        assert_eq!(edit(7, Some(1)), Err(RewardChanged));
        assert_eq!(edit(7, Some(3)), Err(RewardChanged));
        assert_eq!(edit(6, None), Ok(2));
        assert_eq!(edit(6, Some(2)), Ok(2));
        assert_eq!(edit(6, Some(1)), Ok(2));
        assert_eq!(edit(6, Some(0)), Err(RewardChanged));
        assert_eq!(Listing::edited(None, mug(), Some(1)), Err(RewardChanged));
        assert!(Listing::edited(None, mug(), Some(0)).is_ok());
    }

    proptest! {
        /// After any edits and redemptions, the units left are the stock less what was taken.
        #[test]
        fn units_left_are_the_stock_less_what_was_taken(
            steps in prop::collection::vec((prop::option::of(0..20_i64), any::<bool>()), 1..30),
        ) {
            let mut listing = listed(with_stock(10));
            let mut gone = 0;
            for (stock, redeems) in steps {
                if redeems && listing.units_left().is_some_and(|left| left > 0) {
                    listing = taken(listing, 1);
                    gone += 1;
                } else {
                    listing = edited(&listing, with_stock(stock));
                }
                let left = listing.reward.stock.map(|stock| (stock - gone).max(0));
                prop_assert_eq!(listing.units_left(), left);
            }
        }
    }
}
