//! Tests of gifts: what can be given, what is refused, and how a gift ends.

use super::*;
use crate::reward::tests::mug;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn given(units_left: Option<i64>, change: impl Fn(&mut Reward)) -> Result<Gift, Refusal> {
    let mut reward = mug();
    change(&mut reward);
    decide(Some("mug"), &reward, units_left, CouponCode::issue([1; 10], at(0)), at(0))
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
    assert_eq!((mug.points, mug.size_points), (None, 100));
    let points = given(None, |reward| {
        reward.kind = RewardKind::Points;
        reward.points = Some(250);
    });
    let points = points.unwrap();
    assert_eq!((points.coupon, points.points, points.size_points), (None, Some(250), 250));
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
    assert_eq!(counts, GiftCounts { offered: 3, redeemed: 2, expired: 1 });
}

#[test]
fn what_is_made_up_is_judged_as_a_reward_is_by_its_place_in_the_request() {
    use RewardKind::{Discount as Off, Points, Product};
    let percent = |percent: i64| Some(Discount { percent: Some(percent), amount: None });
    let name = |name: &str| Some(name.to_owned());
    let table = [
        (made_up(Points, None, Some(50), None, None), None),
        (made_up(Points, None, None, None, None), Some("gift.points")),
        (made_up(Points, None, Some(0), None, None), Some("gift.points")),
        (made_up(Points, None, Some(-5), None, None), Some("gift.points")),
        (made_up(Points, name("n"), Some(5), None, None), Some("gift.name")),
        (made_up(Points, None, Some(5), None, Some(3)), Some("gift.valid_days")),
        (made_up(Points, None, Some(5), percent(5), None), Some("gift.discount")),
        (made_up(Product, name("Soap"), None, None, Some(1)), None),
        (made_up(Product, None, None, None, Some(1)), Some("gift.name")),
        (made_up(Product, name("Soap"), None, None, None), Some("gift.valid_days")),
        (made_up(Product, name("Soap"), None, None, Some(3_651)), Some("gift.valid_days")),
        (made_up(Product, name("Soap"), Some(5), None, Some(1)), Some("gift.points")),
        (made_up(Product, name("Soap"), None, percent(5), Some(1)), Some("gift.discount")),
        (made_up(Off, name("Five off"), None, percent(5), Some(1)), None),
        (made_up(Off, name("Five off"), None, None, Some(1)), Some("gift.discount")),
        (
            made_up(Off, name("Five off"), None, percent(101), Some(1)),
            Some("gift.discount.percent"),
        ),
    ];
    for (made, field) in table {
        assert_eq!(made.err().map(|errors| errors[0].field.clone()).as_deref(), field);
    }
    let points = made_up(Points, None, Some(1_250), None, None).unwrap();
    assert_eq!(points.name, "1,250 points");
}
