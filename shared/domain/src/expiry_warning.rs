//! The warning that points expire: when it is due, and whether it is still needed then.
//!
//! All points of a member with one expiry share one warning. The change of an account that opens an expiry
//! makes it due; points that come later, or that come back, cause no second one.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{Span, Timestamp};

use crate::account::Account;
use crate::auto_reply::may_write_to;
use crate::calendar::local_date;
use crate::id::MemberId;
use crate::member::Profile;
use crate::points::Points;
use crate::program::ProgramVersion;

/// How many warnings one change makes due, the soonest first: a transaction has at most 100 items, and a programme whose
/// points expire by the day may have more expiries.
const WARNINGS_MAX: usize = 60;

/// A warning that becomes due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpiryWarning {
    /// The expiry that it is about.
    pub expires_at: Timestamp,
    /// The local day on which the member is written to.
    pub due_on: Date,
}

/// A warning that is due, as it is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueWarning {
    pub member_id: MemberId,
    /// The expiry that it is about.
    pub expires_at: Timestamp,
}

/// The expiries that the points of an account have.
#[derive(Debug, Clone)]
pub struct Expiries(BTreeSet<Timestamp>);

/// What a warning says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Warned {
    /// The points that expire.
    pub points: Points,
    /// The points that can be spent, these included.
    pub available: Points,
}

impl Expiries {
    /// Returns the expiries of all points, reserved ones included.
    pub fn of(account: &Account) -> Self {
        let lots = account.lots.iter().filter_map(|lot| lot.expires_at);
        let reserved = account.reserved.iter().flat_map(|reserved| &reserved.allocations);
        Self(lots.chain(reserved.filter_map(|part| part.expires_at)).collect())
    }

    /// Returns the warnings of the expiries that a change opened: none if the programme warns of none. One whose
    /// day has passed is due at once.
    pub fn opened(
        &self,
        after: &Account,
        rules: &ProgramVersion,
        now: Timestamp,
    ) -> Vec<ExpiryWarning> {
        let Some(days) = rules.program.expiry_warning_days else { return Vec::new() };
        let zone = rules.zone();
        let expiries: BTreeSet<Timestamp> =
            after.lots.iter().filter_map(|lot| lot.expires_at).collect();
        let opened = expiries.difference(&self.0).filter(|at| **at > now);
        let warning = |expires_at: &Timestamp| {
            let expires_on = local_date(*expires_at, &zone);
            let due_on = expires_on.checked_sub(Span::new().days(i64::from(days)));
            ExpiryWarning { expires_at: *expires_at, due_on: due_on.unwrap_or(Date::MIN) }
        };
        opened.map(warning).take(WARNINGS_MAX).collect()
    }
}

/// Decides what a due warning says; `None` if it is needed no more: the points were spent or have expired, the
/// programme warns no more, or the member does not want optional mails.
pub fn at_release(
    account: &Account,
    profile: &Profile,
    expires_at: Timestamp,
    rules: &ProgramVersion,
    now: Timestamp,
) -> Option<Warned> {
    rules.program.expiry_warning_days?;
    if expires_at <= now || !may_write_to(profile) {
        return None;
    }
    let balance = account.balance(now);
    let expiring = balance.expiring.iter().find(|expiring| expiring.at == expires_at)?;
    Some(Warned { points: expiring.points, available: balance.available })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{Allocation, Lot, Reserved};
    use crate::id::ReservationId;
    use crate::mail::EmailAddress;
    use crate::program::tests::demo;

    fn at(instant: &str) -> Timestamp {
        instant.parse().unwrap()
    }

    fn rules(days: Option<u16>) -> ProgramVersion {
        let mut rules = demo();
        rules.program.expiry_warning_days = days;
        rules
    }

    fn account(lots: &[(i64, &str)]) -> Account {
        let lot = |(points, expires): &(i64, &str)| Lot {
            points: Points::new(*points),
            available_at: None,
            expires_at: Some(at(expires)),
        };
        Account { lots: lots.iter().map(lot).collect(), ..Account::default() }
    }

    fn profile(address: Option<&str>, optional_emails: bool) -> Profile {
        Profile {
            name: "Mina Muster".to_owned(),
            email: address.map(|address| EmailAddress::parse(address).unwrap()),
            email_pending: None,
            phone: None,
            document: None,
            card_number: None,
            locale: None,
            birth_date: None,
            optional_emails,
            agent_id: None,
        }
    }

    const JULY: &str = "2026-06-30T21:00:00Z";
    const AUGUST: &str = "2026-07-31T21:00:00Z";
    const NOW: &str = "2026-05-10T12:00:00Z";

    #[test]
    fn a_new_expiry_is_warned_of_some_local_days_before() {
        let before = Expiries::of(&account(&[(5, JULY)]));
        let after = account(&[(50, JULY), (7, AUGUST)]);
        let opened = |days, after: &Account| before.opened(after, &rules(days), at(NOW));
        // It expires with the first instant of August 1 in Moscow.
        let due = |day: &str| {
            vec![ExpiryWarning { expires_at: at(AUGUST), due_on: day.parse().unwrap() }]
        };
        assert_eq!(opened(Some(30), &after), due("2026-07-02"));
        assert_eq!(opened(Some(1), &after), due("2026-07-31"));
        assert_eq!(opened(Some(365), &after), due("2025-08-01"));
        assert_eq!(opened(None, &after), []);
        assert_eq!(opened(Some(30), &account(&[(50, JULY)])), [], "it was open");
        assert_eq!(opened(Some(30), &account(&[(50, JULY), (7, NOW)])), [], "it has expired");
    }

    #[test]
    fn one_change_makes_the_soonest_sixty_due() {
        let lot = |hour: i64| Lot {
            points: Points::new(1),
            available_at: None,
            expires_at: Some(at(JULY) + jiff::SignedDuration::from_hours(24 * hour)),
        };
        let after = Account { lots: (0..90).map(lot).collect(), ..Account::default() };
        let before = Expiries::of(&Account::default());
        let due = before.opened(&after, &rules(Some(30)), at(NOW));
        assert_eq!((due.len(), due[0].expires_at), (60, at(JULY)));
    }

    #[test]
    fn points_that_were_reserved_open_nothing_when_they_are_free_again() {
        let mut before = account(&[]);
        let allocations = vec![Allocation { points: Points::new(5), expires_at: Some(at(JULY)) }];
        let reservation_id = ReservationId::from_key("k", &MemberId::from_key("m"));
        before.reserved.push(Reserved { reservation_id, lapses_at: at(NOW), allocations });
        let freed = account(&[(5, JULY)]);
        assert_eq!(Expiries::of(&before).opened(&freed, &rules(Some(30)), at(NOW)), []);
    }

    #[test]
    fn a_warning_tells_what_is_left_and_is_dropped_if_it_is_not_needed() {
        let account = account(&[(5, JULY), (7, AUGUST)]);
        let member = profile(Some("mina@example.com"), true);
        let decide = |profile: &Profile, expires, days, now| {
            at_release(&account, profile, at(expires), &rules(days), at(now))
        };
        let warned = Some(Warned { points: Points::new(5), available: Points::new(12) });
        assert_eq!(decide(&member, JULY, Some(30), NOW), warned);
        assert_eq!(decide(&member, JULY, None, NOW), None, "the programme warns no more");
        assert_eq!(decide(&member, JULY, Some(30), JULY), None, "they have expired");
        let spent = "2026-05-31T21:00:00Z";
        assert_eq!(decide(&member, spent, Some(30), NOW), None, "they were spent");
        assert_eq!(decide(&profile(None, true), JULY, Some(30), NOW), None, "no address");
        let unwilling = profile(Some("mina@example.com"), false);
        assert_eq!(decide(&unwilling, JULY, Some(30), NOW), None, "no consent");
    }
}
