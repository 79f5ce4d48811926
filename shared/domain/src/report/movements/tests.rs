//! Tests of movements: months, branches, their bounds, and that random ledgers add up.

use proptest::prelude::*;

use super::*;
use crate::account::{Account, Lot};
use crate::statement::{EntryPoints, Statement};

fn at(instant: &str) -> Timestamp {
    instant.parse().unwrap()
}

fn movements() -> Movements {
    let zone = TimeZone::get("Europe/Moscow").unwrap();
    Movements::new(at("2026-03-14T13:00:00Z"), zone, Months::new())
}

fn month(movements: &Movements, name: &str) -> MonthSums {
    movements.months.get(&Month::parse(name)).cloned().unwrap_or_default()
}

fn line(instant: &str, points: i64, cause: Cause) -> Line {
    Line { at: at(instant), points: Points::new(points), balance: Points::ZERO, cause }
}

#[test]
fn each_change_counts_in_its_local_month_and_at_its_branch() {
    let mut sums = movements();
    let changes = [
        Change::Purchase { branch: "MSK-1", earned: Points::new(110), paid: Points::new(7) },
        Change::Purchase { branch: "msk-1", earned: Points::new(50), paid: Points::ZERO },
        Change::Return { branch: "MSK-1", clawed: Points::new(65), given_back: Points::new(3) },
        Change::Redemption { points: Points::new(30) },
        Change::Reversal { points: Points::new(30) },
        Change::Adjustment { points: Points::new(-5) },
        Change::Correction { points: Points::new(11) },
    ];
    let lines: Vec<Line> = (0..changes.len())
        .map(|index| line("2026-02-10T12:00:00Z", 0, Cause::Entry(index)))
        .collect();
    sums.add(&lines, &changes);
    let february = month(&sums, "2026-02");
    assert_eq!(
        (february.issued.get(), february.clawed.get(), february.redeemed.get()),
        (160, 65, 30)
    );
    assert_eq!(
        (february.paid.get(), february.given_back.get(), february.restored.get()),
        (7, 3, 30)
    );
    assert_eq!((february.adjusted.get(), february.corrected.get()), (-5, 11));
    assert_eq!(february.net().get(), 97);
    let branch = &february.branches["msk-1"];
    assert_eq!(branch.name.as_deref(), Some("MSK-1"));
    assert_eq!(
        (branch.issued.get(), branch.clawed.get(), branch.paid.get(), branch.redeemed.get()),
        (160, 65, 7, 0)
    );
    // The coupon counts where and when it was taken, one hour later in a new local month.
    sums.add_use(Use { branch: "msk-2", at: at("2026-02-28T21:00:00Z"), points: Points::new(30) });
    assert_eq!((month(&sums, "2026-03").branches["msk-2"].redeemed).get(), 30);
    assert_eq!((month(&sums, "2026-03").net()).get(), 0);
}

#[test]
fn points_expire_in_the_month_of_their_last_day() {
    let mut sums = movements();
    let march = at("2026-02-28T21:00:00Z");
    let cause = Cause::Expiry { at: march, recorded_by: None };
    sums.add(&[line("2026-02-28T21:00:00Z", -40, cause)], &[]);
    // Points that came when they had expired count with the entry that gave them.
    sums.add(&[line("2026-03-05T12:00:00Z", -2, cause)], &[]);
    assert_eq!((month(&sums, "2026-02").expired).get(), 40);
    assert_eq!((month(&sums, "2026-03").expired).get(), 2);
}

#[test]
fn old_months_are_summed_and_what_comes_during_the_run_counts_in_its_month() {
    let mut sums = movements();
    let changes = [Change::Adjustment { points: Points::new(1) }];
    let lines = ["2019-01-01T00:00:00Z", "2024-03-31T20:59:59Z", "2024-03-31T21:00:00Z"]
        .into_iter()
        .chain(["2026-04-02T00:00:00Z"])
        .map(|instant| line(instant, 1, Cause::Entry(0)));
    sums.add(&lines.collect::<Vec<_>>(), &changes);
    let found: Vec<(Option<Month>, i64)> =
        sums.months.iter().map(|(month, sums)| (*month, sums.adjusted.get())).collect();
    let expected = [(None, 2), (Month::parse("2024-04"), 1), (Month::parse("2026-03"), 1)];
    assert_eq!(found, expected);
}

#[test]
fn branches_beyond_the_most_are_summed_as_others() {
    let mut sums = MonthSums::default();
    for number in 0..BRANCHES_MAX + 5 {
        sums.branch(&format!("b{number}")).issued += Points::new(1);
    }
    sums.branch("b0").issued += Points::new(1);
    assert_eq!((sums.branches.len(), sums.others.issued.get()), (BRANCHES_MAX, 5));
    assert_eq!(sums.branches["b0"].issued.get(), 2);
    let stored = serde_json::to_string(&sums).unwrap();
    assert!(stored.len() < 20_000, "{} bytes", stored.len());
    assert_eq!(serde_json::from_str::<MonthSums>(&stored).unwrap(), sums);
}

proptest! {
    /// Purchases, spendings and expiries at random times: the months add up to what the account holds.
    #[test]
    fn months_add_up_to_what_is_held(
        steps in prop::collection::vec((0_i64..900, 1_i64..200, 1_i64..400, any::<bool>()), 0..40),
    ) {
        let zone = TimeZone::UTC;
        let day = |day: i64| Timestamp::from_second(1_640_995_200 + day * 86_400).unwrap();
        let now = day(1_400);
        let mut days: Vec<_> = steps;
        days.sort_unstable();
        let mut account = Account::default();
        let (mut entries, mut changes) = (Vec::new(), Vec::new());
        for (when, points, life, earns) in days {
            let mut expired = account.settle(day(when));
            let moved = if earns {
                let expires_at = Some(day(when + life));
                account.credit(Lot { points: Points::new(points), available_at: None, expires_at }, day(when));
                changes.push(Change::Purchase { branch: "b", earned: Points::new(points), paid: Points::ZERO });
                points
            } else {
                let spent = points.min(account.balance(day(when)).available.get());
                account.spend(Points::new(spent), day(when)).unwrap();
                changes.push(Change::Redemption { points: Points::new(spent) });
                -spent
            };
            expired.retain(|expired| expired.points > Points::ZERO);
            entries.push(EntryPoints { at: day(when), points: Points::new(moved), expired, expired_at_once: Points::ZERO });
        }
        let statement = Statement::of(&entries, &account, Timestamp::MIN, None, now);
        let mut sums = Movements::new(now, zone, Months::new());
        sums.add(&statement.lines, &changes);
        let balance = account.balance(now);
        let net: Points = sums.months.values().map(MonthSums::net).sum();
        prop_assert_eq!(net, balance.available + balance.pending + balance.reserved - balance.debt);
        prop_assert!(sums.months.len() <= MONTHS_MAX + 1);
    }
}
