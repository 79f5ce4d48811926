//! Adjustments by hand: an agent credits or takes points, with a reason.

use jiff::Timestamp;

use crate::account::{Account, Balance, Expired, Insufficient, Lot};
use crate::expiry_warning::{Expiries, ExpiryWarning};
use crate::id::MemberId;
use crate::points::Points;
use crate::program::ProgramVersion;

/// A recorded adjustment.
#[derive(Debug, Clone)]
pub struct Adjustment {
    /// The member whose points were adjusted.
    pub member_id: MemberId,
    /// The points added, or taken when negative.
    pub points: Points,
    /// The fingerprint of the request.
    pub fingerprint: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What an adjustment does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Points that expired earlier and get their entry with this write.
    pub expired: Vec<Expired>,
    /// The warnings of expiries that become due.
    pub warnings: Vec<ExpiryWarning>,
    /// The account afterwards.
    pub account: Account,
    /// What the member has afterwards.
    pub balance: Balance,
}

/// Decides an adjustment. Credited points live as the programme says, from the local date of `now`. Points
/// are taken soonest expiry first.
///
/// # Errors
/// Refuses to take more than is available: the balance never goes below zero.
pub fn decide(
    mut account: Account,
    points: Points,
    rules: &ProgramVersion,
    now: Timestamp,
) -> Result<Decision, Insufficient> {
    let open = Expiries::of(&account);
    let expired = account.settle(now);
    if points > Points::ZERO {
        account.credit(Lot::earned(points, now, &rules.program, &rules.zone()), now);
    } else {
        account.spend(-points, now)?;
    }
    let balance = account.balance(now);
    let warnings = open.opened(&account, rules, now);
    Ok(Decision { expired, warnings, account, balance })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::tests::demo;

    #[test]
    fn credits_live_by_the_programme_and_takings_stop_at_zero() {
        let now: Timestamp = "2025-06-10T12:00:00Z".parse().unwrap();
        let credited = decide(Account::default(), Points::new(50), &demo(), now).unwrap();
        assert_eq!(credited.balance.available.get(), 50);
        let expiry = credited.balance.expiring_next.unwrap().at;
        assert_eq!(expiry, "2026-06-30T21:00:00Z".parse().unwrap());
        let taken = decide(credited.account.clone(), Points::new(-50), &demo(), now).unwrap();
        assert_eq!(taken.balance.available.get(), 0);
        assert_eq!(
            decide(credited.account, Points::new(-51), &demo(), now),
            Err(Insufficient { missing: Points::new(1) })
        );
    }
}
