//! Tests of the account.

use super::*;
use crate::id::ReservationId;
use crate::program::Negative;
use crate::program::tests::demo;
use proptest::prelude::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn lot(points: i64, available: Option<i64>, expires: Option<i64>) -> Lot {
    Lot {
        points: Points::new(points),
        available_at: available.map(at),
        expires_at: expires.map(at),
    }
}

fn account(lots: &[Lot]) -> Account {
    let mut account = Account::default();
    lots.iter().for_each(|lot| account.credit(lot.clone(), at(0)));
    account
}

#[test]
fn soonest_expiry_is_spent_first_and_endless_lots_last() {
    let mut account = account(&[
        lot(10, None, None),
        lot(10, None, Some(90)),
        lot(10, None, Some(50)),
        lot(9, Some(20), Some(30)),
    ]);
    let taken = account.spend(Points::new(25), at(10)).unwrap();
    let expected = [(10, Some(at(50))), (10, Some(at(90))), (5, None)];
    assert_eq!(
        taken.iter().map(|part| (part.points.get(), part.expires_at)).collect::<Vec<_>>(),
        expected
    );
    assert_eq!(
        account.spend(Points::new(6), at(10)),
        Err(Insufficient { missing: Points::new(1) })
    );
    assert_eq!(account.balance(at(10)).pending.get(), 9);
}

#[test]
fn a_lot_cannot_be_used_from_its_first_expired_instant() {
    let mut account = account(&[lot(10, Some(5), Some(50))]);
    assert_eq!(account.balance(at(4)).available.get(), 0);
    assert_eq!(account.balance(at(5)).available.get(), 10);
    assert_eq!(account.balance(at(49)).available.get(), 10);
    assert_eq!(account.balance(at(50)).available.get(), 0);
    assert_eq!(
        account.spend(Points::new(1), at(50)),
        Err(Insufficient { missing: Points::new(1) })
    );
    assert_eq!(account.settle(at(60)), [Expired { points: Points::new(10), at: at(50) }]);
    assert!(account.lots.is_empty());
}

#[test]
fn what_a_lapsed_reservation_held_expires_with_its_lot() {
    let mut account = account(&[lot(10, None, Some(50))]);
    let reservation_id = ReservationId::from_key("basket", &MemberId::from_key("m"));
    account.reserve(reservation_id, Points::new(4), at(40), at(1)).unwrap();
    assert_eq!(account.expired(at(39)), []);
    assert_eq!(account.expired(at(60)), [Expired { points: Points::new(10), at: at(50) }]);
}

#[test]
fn ten_years_of_shopping_keep_a_handful_of_lots() {
    let program = demo();
    let zone = program.zone();
    let mut account = Account::default();
    let mut most = 0;
    for day in 0..3650_i64 {
        let now = at(1_600_000_000 + day * 86_400);
        account.settle(now);
        if day % 9 < 5 {
            account.credit(Lot::earned(Points::new(10), now, &program.program, &zone), now);
        }
        most = most.max(account.lots.len());
    }
    assert!(most <= 13, "{most} lots");
}

proptest! {
    #[test]
    fn spending_takes_exactly_what_was_asked(
        lots in proptest::collection::vec((1_i64..100, proptest::option::of(0_i64..50), proptest::option::of(0_i64..100)), 0..12),
        points in 0_i64..300, now in 0_i64..100,
    ) {
        let lots: Vec<Lot> = lots.into_iter().map(|(points, available, expires)| lot(points, available, expires)).collect();
        let mut account = account(&lots);
        let whole: Points = account.lots.iter().map(|lot| lot.points).sum();
        prop_assert_eq!(whole, lots.iter().map(|lot| lot.points).sum::<Points>());
        let before = account.balance(at(now));
        let points = Points::new(points);
        match account.spend(points, at(now)) {
            Ok(taken) => {
                prop_assert_eq!(taken.iter().map(|part| part.points).sum::<Points>(), points);
                prop_assert_eq!(account.balance(at(now)).available, before.available - points);
            }
            Err(short) => {
                prop_assert_eq!(short.missing, points - before.available);
                prop_assert_eq!(account.balance(at(now)), before.clone());
            }
        }
        let expired: Points = account.settle(at(now)).iter().map(|expired| expired.points).sum();
        let after = account.balance(at(now));
        prop_assert_eq!(account.lots.iter().map(|lot| lot.points).sum::<Points>(), after.available + after.pending);
        prop_assert!(expired >= Points::ZERO);
    }
}

#[test]
fn debt_is_paid_by_the_next_points_and_not_by_expired_ones() {
    let mut account = account(&[lot(10, None, Some(50))]);
    let given_in = lot(30, None, Some(90));
    let taken = account.take_back(Points::new(25), &given_in, Negative::Debt, at(10));
    assert_eq!((taken.from_lots.get(), taken.as_debt.get(), taken.let_go.get()), (10, 15, 0));
    assert_eq!(
        (account.balance(at(10)).available.get(), account.balance(at(10)).debt.get()),
        (0, 15)
    );
    account.credit(lot(5, None, Some(9)), at(10));
    assert_eq!(account.debt.get(), 15);
    account.credit(lot(20, None, Some(90)), at(10));
    assert_eq!((account.balance(at(10)).available.get(), account.debt.get()), (5, 0));
}

#[test]
fn what_is_taken_back_comes_from_its_own_lot_first() {
    let mut account =
        account(&[lot(10, None, Some(50)), lot(10, None, Some(90)), lot(10, Some(20), Some(95))]);
    let taken = account.take_back(Points::new(15), &lot(1, None, Some(90)), Negative::Debt, at(10));
    assert_eq!(taken.points().get(), 15);
    let left: Vec<_> = account.lots.iter().map(|lot| (lot.points.get(), lot.expires_at)).collect();
    assert_eq!(left, [(5, Some(at(50))), (10, Some(at(95)))]);
    let taken = account.take_back(
        Points::new(100),
        &lot(1, None, Some(90)),
        Negative::WithinBalance,
        at(10),
    );
    assert_eq!(
        (taken.from_lots.get(), taken.as_debt.get(), taken.let_go.get(), account.debt.get()),
        (15, 0, 85, 0)
    );
}

#[test]
fn reserved_points_cannot_be_spent_until_they_are_free_again() {
    let mut account = account(&[lot(10, None, Some(50)), lot(10, None, Some(90))]);
    let id: ReservationId = "rsv_00000000000000000000000000000000".parse().unwrap();
    account.reserve(id.clone(), Points::new(15), at(30), at(10)).unwrap();
    let balance = account.balance(at(29));
    assert_eq!((balance.available.get(), balance.reserved.get()), (5, 15));
    assert_eq!(
        account.spend(Points::new(6), at(29)),
        Err(Insufficient { missing: Points::new(1) })
    );
    // It lapses by itself, and the points have their own expiry.
    assert_eq!(
        (account.balance(at(30)).available.get(), account.balance(at(30)).reserved.get()),
        (20, 0)
    );
    assert_eq!(account.balance(at(60)).available.get(), 10);
    let mut ended = account.clone();
    let held = ended.end_reservation(&id).unwrap();
    assert_eq!(held.iter().map(|part| part.points.get()).collect::<Vec<_>>(), [10, 5]);
    assert_eq!((ended.balance(at(29)).available.get(), ended.end_reservation(&id)), (5, None));
    assert_eq!(account.settle(at(60)), [Expired { points: Points::new(10), at: at(50) }]);
}
