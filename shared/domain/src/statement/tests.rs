//! Statements by cases: expiries at their own instants, and both ends of a period.

use super::*;
use crate::account::Lot;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn entry(second: i64, points: i64, expired: &[(i64, i64)], expired_at_once: i64) -> EntryPoints {
    let expired = expired
        .iter()
        .map(|(points, second)| Expired { points: Points::new(*points), at: at(*second) });
    EntryPoints {
        at: at(second),
        points: Points::new(points),
        expired: expired.collect(),
        expired_at_once: Points::new(expired_at_once),
    }
}

/// Returns an account with lots of these points and expiries.
fn account(lots: &[(i64, Option<i64>)]) -> Account {
    let lots = lots.iter().map(|(points, expires)| Lot {
        points: Points::new(*points),
        available_at: None,
        expires_at: expires.map(at),
    });
    Account { lots: lots.collect(), ..Account::default() }
}

/// Returns the opening, the seconds, points and balances of the lines, and the closing.
fn shown(statement: &Statement) -> (i64, Vec<(i64, i64, i64)>, i64) {
    let lines = statement.lines.iter();
    let lines = lines.map(|line| (line.at.as_second(), line.points.get(), line.balance.get()));
    (statement.opening.get(), lines.collect(), statement.closing.get())
}

#[test]
fn an_expiry_counts_at_its_own_instant() {
    // 100 and 50 points came, 60 were spent, 40 expired at 50, which the entry at 90 recorded.
    let entries = [
        entry(10, 100, &[], 0),
        entry(20, 50, &[], 0),
        entry(30, -60, &[], 0),
        entry(90, 7, &[(40, 50)], 0),
    ];
    let account = account(&[(50, Some(95)), (7, None)]);
    let of = |from, until: Option<i64>| {
        shown(&Statement::of(&entries, &account, at(from), until.map(at), at(99)))
    };
    let all = vec![
        (10, 100, 100),
        (20, 50, 150),
        (30, -60, 90),
        (50, -40, 50),
        (90, 7, 57),
        (95, -50, 7),
    ];
    assert_eq!(of(0, None), (0, all.clone(), 7));
    assert_eq!(of(30, Some(50)), (150, vec![(30, -60, 90)], 90));
    assert_eq!(of(50, Some(51)), (90, vec![(50, -40, 50)], 50));
    assert_eq!(of(51, Some(52)), (50, vec![], 50));
    assert_eq!(of(96, None), (7, vec![], 7));
}

#[test]
fn points_that_had_expired_when_they_came_never_take_the_balance_below() {
    // A redemption at 20 took 30; its reversal at 60 gave them back, and they had expired at 50.
    let entries = [entry(10, 30, &[], 0), entry(20, -30, &[], 0), entry(60, 30, &[(30, 50)], 30)];
    let statement = Statement::of(&entries, &account(&[]), at(0), None, at(99));
    let lines = vec![(10, 30, 30), (20, -30, 0), (60, 30, 30), (60, -30, 0)];
    assert_eq!(shown(&statement), (0, lines, 0));
    let expiry = statement.lines[3].cause;
    assert_eq!(expiry, Cause::Expiry { at: at(50), recorded_by: Some(2) });
}

#[test]
fn debt_and_reserved_points_are_in_the_balance() {
    let mut account = account(&[(10, None)]);
    account
        .reserve(
            format!("rsv_{}", "0".repeat(32)).parse().unwrap(),
            Points::new(4),
            at(500),
            at(99),
        )
        .unwrap();
    account.debt = Points::new(3);
    let statement = Statement::of(&[], &account, at(0), None, at(99));
    assert_eq!(shown(&statement), (7, vec![], 7));
}
