//! Tests of gifts: what can be given, what is refused, and how a gift ends.

use super::*;
use crate::program::tests::demo;
use crate::reward::tests::mug;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn given(units_left: Option<i64>, change: impl Fn(&mut Reward)) -> Result<Gift, Refusal> {
    let mut reward = mug();
    change(&mut reward);
    let code = CouponCode::issue([1; 10], at(0));
    decide(Some("mug"), (&reward, units_left), &demo().program, code, at(0))
}

#[test]
fn refusals_come_in_their_order() {
    assert_eq!(given(Some(0), |reward| reward.active = false), Err(Refusal::NotOffered));
    assert_eq!(given(Some(0), |_| ()), Err(Refusal::OutOfStock));
    assert!(given(Some(1), |_| ()).unwrap().takes_stock);
    assert!(!given(None, |_| ()).unwrap().takes_stock);
}

#[test]
fn a_thing_comes_with_a_coupon_and_points_without() {
    let mug = given(None, |_| ()).unwrap();
    assert_eq!(mug.coupon.as_ref().map(|coupon| coupon.expires_at), Some(at(30 * 86_400)));
    assert_eq!((mug.points, mug.size_points.get()), (None, 100));
    let points = given(None, |reward| {
        reward.kind = RewardKind::Points;
        reward.points = Some(Points::new(250));
    });
    let points = points.unwrap();
    assert_eq!(
        (points.coupon, points.points, points.size_points.get()),
        (None, Some(Points::new(250)), 250)
    );
}

#[test]
fn every_end_of_a_gift_has_its_status() {
    let mut gift = given(None, |_| ()).unwrap();
    let last = at(30 * 86_400 - 1);
    assert_eq!(gift.status(last), GiftStatus::Offered);
    assert_eq!(gift.status(at(30 * 86_400)), GiftStatus::Expired);
    gift.coupon.as_mut().unwrap().written = CouponStatus::Used;
    assert_eq!(gift.status(at(30 * 86_400)), GiftStatus::Redeemed);
    gift.coupon = None;
    assert_eq!(gift.status(last), GiftStatus::Redeemed);
    use GiftStatus::{Expired, Offered, Redeemed};
    let counts = GiftCounts::of([Offered, Redeemed, Offered, Expired, Offered, Redeemed]);
    assert_eq!(counts, GiftCounts { offered: 6, redeemed: 2, expired: 1 });
}

fn money(amount: i64, currency: &str) -> Money {
    Money { amount, currency: currency.to_owned().try_into().unwrap() }
}

fn percent(percent: i64) -> Option<Discount> {
    Some(Discount { percent: Some(percent), amount: None })
}

fn off(amount: i64, currency: &str) -> Option<Discount> {
    Some(Discount { percent: None, amount: Some(money(amount, currency)) })
}

/// Returns terms of a gift of points.
fn points(number: i64) -> Terms {
    Terms { points: Some(Points::new(number)), ..Terms::default() }
}

/// Returns terms of a coupon for a day.
fn soap() -> Terms {
    Terms { name: Some("Soap".to_owned()), valid_days: Some(1), ..Terms::default() }
}

#[test]
fn what_is_made_up_is_judged_as_a_reward_is_by_its_place_in_the_request() {
    use RewardKind::{Discount as Off, Points, Product};
    let discount = |discount| Terms { discount, ..soap() };
    let table = [
        (Points, points(50), None),
        (Points, Terms::default(), Some("gift.points")),
        (Points, points(0), Some("gift.points")),
        (Points, points(-5), Some("gift.points")),
        (Points, Terms { name: soap().name, ..points(5) }, Some("gift.name")),
        (Points, Terms { valid_days: Some(3), ..points(5) }, Some("gift.valid_days")),
        (Points, Terms { worth: Some(money(5, "RUB")), ..points(5) }, Some("gift.worth")),
        (Points, Terms { discount: percent(5), ..points(5) }, Some("gift.discount")),
        (Product, soap(), None),
        (Product, Terms { name: None, ..soap() }, Some("gift.name")),
        (Product, Terms { valid_days: None, ..soap() }, Some("gift.valid_days")),
        (Product, Terms { valid_days: Some(3_651), ..soap() }, Some("gift.valid_days")),
        (Product, Terms { points: points(5).points, ..soap() }, Some("gift.points")),
        (Product, Terms { worth: Some(money(-1, "RUB")), ..soap() }, Some("gift.worth.amount")),
        (Product, discount(percent(5)), Some("gift.discount")),
        (Off, discount(percent(5)), None),
        (Off, discount(None), Some("gift.discount")),
        (Off, discount(percent(101)), Some("gift.discount.percent")),
    ];
    for (kind, terms, field) in table {
        let made = made_up(kind, terms.clone());
        let refused = made.err().map(|errors| errors[0].field.clone());
        assert_eq!(refused.as_deref(), field, "{kind:?} {terms:?}");
    }
    assert_eq!(made_up(Points, points(1_250)).unwrap().name, "1,250 points");
}

#[test]
fn the_programme_bounds_what_is_made_up() {
    use RewardKind::{Discount as Off, Points, Product};
    let mut program = demo().program;
    program.gift_valid_days = 30;
    let table = [
        (Product, Terms { valid_days: Some(30), ..soap() }, None),
        (Product, Terms { valid_days: Some(31), ..soap() }, Some("gift.valid_days")),
        (Product, Terms { worth: Some(money(5, "RUB")), ..soap() }, None),
        (Product, Terms { worth: Some(money(5, "EUR")), ..soap() }, Some("gift.worth.currency")),
        (Off, Terms { discount: off(5, "RUB"), ..soap() }, None),
        (Off, Terms { discount: off(5, "EUR"), ..soap() }, Some("gift.discount.amount.currency")),
        (Points, points(5), None),
    ];
    for (kind, terms, field) in table {
        let reward = made_up(kind, terms.clone()).unwrap();
        let refused = check_terms(&reward, &program).err().map(|errors| errors[0].field.clone());
        assert_eq!(refused.as_deref(), field, "{kind:?} {terms:?}");
    }
}

#[test]
fn what_is_made_up_has_a_worth() {
    use RewardKind::{Discount as Off, Points, Product};
    let mut program = demo().program;
    let worth = |program: &Program, kind, terms| {
        let reward = made_up(kind, terms).unwrap();
        let code = CouponCode::issue([1; 10], at(0));
        decide(None, (&reward, None), program, code, at(0)).unwrap().worth_minor
    };
    let stated = |amount| Terms { worth: Some(money(amount, "RUB")), ..soap() };
    assert_eq!(worth(&program, Points, points(5)), 0, "they count as points");
    assert_eq!(worth(&program, Product, stated(7)), 7);
    assert_eq!(worth(&program, Product, soap()), 20_000, "nobody said otherwise");
    program.gift_worth = Some(money(300, "RUB"));
    assert_eq!(worth(&program, Product, soap()), 300);
    assert_eq!(worth(&program, Off, Terms { discount: percent(5), ..soap() }), 300);
    let amount = Terms { discount: off(500, "RUB"), ..soap() };
    assert_eq!(worth(&program, Off, amount.clone()), 500);
    // A stated worth does not make an amount smaller.
    assert_eq!(worth(&program, Off, Terms { discount: amount.discount, ..stated(7) }), 500);
    let catalogued = |worth: Option<Money>| {
        let given = given(None, |reward: &mut Reward| reward.worth = worth.clone());
        given.map(|gift| (gift.worth_minor, gift.size_points.get()))
    };
    assert_eq!(catalogued(None), Ok((0, 100)), "its cost counts");
    assert_eq!(catalogued(Some(money(9, "RUB"))), Ok((9, 100)));
}
