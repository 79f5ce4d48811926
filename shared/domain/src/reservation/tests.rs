//! Tests of paying with points: what is reserved, paid, released or free again adds up.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::account::Lot;
use crate::accrual::{Earned, Receipt};
use crate::fingerprint;
use crate::id::MemberId;
use crate::program::tests::demo;
use crate::returns::{self, Goods};
use crate::stamp::Stamp;

/// A point pays 100 minor units, up to half of a total, and stays reserved for 30 minutes.
fn rules() -> ProgramVersion {
    let mut program = demo().program;
    program.payment =
        Some(Payment { amount_per_point: 100, basket_percent_max: 50, reservation_minutes: 30 });
    ProgramVersion::new(1, program)
}

fn terms() -> Terms {
    let rules = Arc::new(rules());
    Terms { rating: Arc::clone(&rules), current: rules }
}

fn at(minute: i64) -> Timestamp {
    let noon: Timestamp = "2025-06-10T12:00:00Z".parse().unwrap();
    noon + SignedDuration::from_mins(minute)
}

fn account(points: i64) -> Account {
    let mut account = Account::default();
    account
        .credit(Lot { points: Points::new(points), available_at: None, expires_at: None }, at(0));
    account
}

fn id(key: &str) -> ReservationId {
    ReservationId::from_key(key, &MemberId::from_key("m"))
}

fn reserved(account: &mut Account, key: &str, points: i64, now: Timestamp) -> Reservation {
    reserve(account, id(key), Points::new(points), &rules(), String::new(), now).unwrap()
}

fn purchase(total_minor: i64, paid_with_points_minor: i64) -> Purchase {
    Purchase {
        branch: "b1".into(),
        invoice_number: "1".into(),
        purchased_at: at(0),
        total: Money { amount: total_minor, currency: demo().program.currency },
        lines: vec![],
        paid_with_points_minor,
    }
}

/// Returns what the member's points are in all, reserved ones included.
fn sum(account: &Account, now: Timestamp) -> i64 {
    let balance = account.balance(now);
    (balance.available + balance.pending + balance.reserved - balance.debt).get()
}

#[test]
fn the_first_reason_refuses_a_reservation() {
    let refused = |account: &Account, points, rules: &ProgramVersion| {
        let mut tried = account.clone();
        let refusal =
            reserve(&mut tried, id("new"), points, rules, String::new(), at(0)).unwrap_err();
        assert_eq!(&tried, account, "nothing changes");
        refusal
    };
    let mut full = account(100);
    for key in ["a", "b", "c"] {
        let _ = reserved(&mut full, key, 10, at(0));
    }
    assert_eq!(refused(&full, Points::new(i64::MAX), &demo()), Refusal::NotOffered);
    assert_eq!(refused(&full, Points::new(i64::MAX), &rules()), Refusal::WorthTooMuch);
    assert_eq!(refused(&full, Points::new(1_000), &rules()), Refusal::TooMany);
    assert_eq!(
        refused(&account(99), Points::new(100), &rules()),
        Refusal::Insufficient { missing: Points::new(1) }
    );
    // Those that lapsed do not count, and their points can be reserved again.
    let _ = reserved(&mut full, "d", 100, at(30));
    assert_eq!(
        (full.balance(at(30)).available.get(), full.balance(at(30)).reserved.get()),
        (0, 100)
    );
}

#[test]
fn a_reservation_has_its_value_and_its_end() {
    let mut account = account(300);
    let now = at(0) + SignedDuration::from_millis(1_500);
    let made = reserved(&mut account, "a", 250, now);
    let value = Money { amount: 25_000, currency: demo().program.currency };
    assert_eq!((made.points.get(), &made.value), (250, &value));
    let whole_second = at(30) + SignedDuration::from_secs(1);
    assert_eq!((made.lapses_at, account.reserved[0].lapses_at), (whole_second, whole_second));
    assert!(made.is_open(at(30)) && !made.is_open(at(31)));
    assert_eq!(id("a").member_id(), MemberId::from_key("m"));
}

#[test]
fn the_first_reason_refuses_a_payment() {
    let mut held = account(500);
    let open = reserved(&mut held, "a", 300, at(0));
    let with = |state| Reservation { state, ..open.clone() };
    let released = with(ReservationState::Released("key".into()));
    let confirmed = with(ReservationState::Confirmed(purchase(1, 0).id()));
    let other = NotPaid::OtherValue(open.value.clone());
    let table = [
        (&confirmed, 100, 1, 31, NotPaid::Confirmed),
        (&released, 100, 1, 0, NotPaid::Lapsed),
        (&open, 100, 1, 30, NotPaid::Lapsed),
        (&open, 100, 29_999, 29, other.clone()),
        (&open, 60_000, 30_001, 29, other),
        (&open, 59_999, 30_000, 29, NotPaid::OverShare(50)),
    ];
    for (reservation, total, paid, minute, refusal) in table {
        let purchase = purchase(total, paid);
        let refused =
            confirm(reservation, &purchase, held.clone(), &terms(), Points::ZERO, at(minute));
        assert_eq!(refused.unwrap_err(), refusal);
    }
    // Also where the account no longer has it.
    let bought = purchase(60_000, 30_000);
    let refused = confirm(&open, &bought, account(500), &terms(), Points::ZERO, at(1));
    assert_eq!(refused.unwrap_err(), NotPaid::Lapsed);
    let mut elsewhere = bought.clone();
    elsewhere.total.currency = Currency::try_from("USD".to_owned()).unwrap();
    let refused = confirm(&open, &elsewhere, held, &terms(), Points::ZERO, at(1));
    assert_eq!(refused.unwrap_err(), NotPaid::OtherValue(open.value));
}

#[test]
fn money_earns_and_points_do_not() {
    let mut held = account(500);
    let open = reserved(&mut held, "a", 400, at(0));
    let paid =
        confirm(&open, &purchase(145_000, 40_000), held, &terms(), Points::ZERO, at(1)).unwrap();
    let in_money = accrual::decide(
        &purchase(105_000, 0),
        &Returned::default(),
        account(100),
        &terms(),
        Points::ZERO,
        at(1),
    )
    .unwrap();
    assert_eq!(paid.lot, in_money.lot);
    assert_eq!(
        (paid.lot.points.get(), paid.balance.available.get(), paid.balance.reserved.get()),
        (100, 200, 0)
    );
    assert_eq!(paid.paid.iter().map(|part| part.points).sum::<Points>().get(), 400);
    assert_eq!(paid.account.standing.months[0].spent_minor, 105_000);
    assert_eq!(paid.account.standing.months, in_money.account.standing.months);
    let (quoted, _) =
        accrual::quote(&purchase(145_000, 40_000), &account(0), &terms(), at(1)).unwrap();
    assert_eq!(quoted.points().get(), 100);
}

#[test]
fn a_return_of_everything_brings_all_points_back() {
    let mut held = account(500);
    let open = reserved(&mut held, "a", 400, at(0));
    let purchase = purchase(145_000, 40_000);
    let paid = confirm(&open, &purchase, held, &terms(), Points::ZERO, at(1)).unwrap();
    let member_id = MemberId::from_key("m");
    let receipt = Receipt {
        fingerprint: fingerprint::purchase(&purchase, Some(&member_id)),
        purchase,
        recorded: Stamp { at: at(1), actor: "pos:1".into(), request_id: "r".into() },
        earned: Some(Earned::new(&member_id, &paid, at(1))),
        returned: Returned::default(),
        revision: 0,
    };
    let goods = Goods::Amount(145_000);
    let back = returns::decide(receipt.of_member().unwrap(), &goods, paid.account, &terms(), at(2))
        .unwrap();
    assert_eq!((back.points_clawed_back.get(), back.points_given_back.get()), (100, 400));
    assert_eq!(back.balance.available.get(), 500);
    assert!(back.account.standing.months.is_empty(), "nothing is left that counts");
}

/// One step of a history: reserve points, or pay, release or wait.
#[derive(Debug, Clone)]
enum Step {
    Reserve(i64),
    Pay(usize),
    Release(usize),
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1_i64..200).prop_map(Step::Reserve),
        (0_usize..6).prop_map(Step::Pay),
        (0_usize..6).prop_map(Step::Release),
        (1_i64..20).prop_map(Step::Wait),
    ]
}

proptest! {
    /// Points leave the sum only when a purchase is paid with them, and each reservation pays once.
    #[test]
    fn no_history_loses_or_doubles_points(steps in proptest::collection::vec(step(), 1..40)) {
        let mut account = account(500);
        let (mut minute, mut expected) = (0, 500);
        let mut made: Vec<(Reservation, bool)> = Vec::new();
        for (number, step) in steps.into_iter().enumerate() {
            let now = at(minute);
            match step {
                Step::Wait(minutes) => minute += minutes,
                Step::Reserve(points) => {
                    let available = account.balance(now).available;
                    let open = made.iter().filter(|(one, ended)| !ended && one.lapses_at > now).count();
                    let key = format!("{number}");
                    let reservation =
                        reserve(&mut account, id(&key), Points::new(points), &rules(), String::new(), now);
                    prop_assert_eq!(reservation.is_ok(), open < OPEN_MAX && points <= available.get());
                    made.extend(reservation.ok().map(|one| (one, false)));
                }
                Step::Pay(place) if place < made.len() => {
                    let (reservation, ended) = &mut made[place];
                    let minor = reservation.value.amount;
                    let paid = reservation.pay(&mut account, &purchase(2 * minor, minor), now);
                    prop_assert_eq!(paid.is_ok(), !*ended && reservation.lapses_at > now);
                    if paid.is_ok() {
                        expected -= reservation.points.get();
                        *ended = true;
                    }
                }
                Step::Release(place) if place < made.len() => {
                    let (reservation, ended) = &mut made[place];
                    reservation.release(&mut account);
                    *ended = true;
                }
                Step::Pay(_) | Step::Release(_) => {}
            }
            prop_assert_eq!(sum(&account, at(minute)), expected);
        }
        // In the end everything is free by itself.
        let balance = account.balance(at(minute + 30));
        prop_assert_eq!((balance.available.get(), balance.reserved.get()), (expected, 0));
    }
}
