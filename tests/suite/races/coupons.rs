//! Races for rewards and coupons: stock, limits, keys, and use against reversal.

use std::collections::BTreeMap;

use puntos_tests::{Answer, World};
use serde_json::json;

use super::{CALLERS, at_once, different, replayed, tally};

/// Returns a member with so many times 110 points.
async fn member_with(world: &World, times: i64) -> String {
    let member_id = world.member_id().await;
    let _ = world.earn(&member_id, times).await;
    member_id
}

/// Returns the units left of a reward.
async fn stock(world: &World, reward_id: &str) -> i64 {
    world.pos.get(&format!("/v1/rewards/{reward_id}")).await.expect(200).number("units_left")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_unit_goes_to_one_of_many_members() {
    let world = World::start().await;
    let reward_id = world.reward(100, json!({"stock": 1})).await;
    let mut members = Vec::new();
    for _ in 0..CALLERS {
        members.push(member_with(&world, 1).await);
    }
    let answers = at_once(async |number| {
        world.redeem(&members[number], &reward_id, &format!("unit-{number}")).await
    })
    .await;
    let late = CALLERS - 1;
    assert_eq!(tally(&answers), BTreeMap::from([((201, ""), 1), ((409, "out_of_stock"), late)]));
    assert_eq!(stock(&world, &reward_id).await, 0);
    for (member_id, answer) in members.iter().zip(&answers) {
        let left = if answer.status == 201 { 10 } else { 110 };
        assert_eq!(world.available(member_id).await, left);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_sent_by_many_redeems_once() {
    let world = World::start().await;
    let member_id = member_with(&world, 70).await;
    let reward_id = world.reward(100, json!({"stock": 70})).await;
    let answers =
        at_once(async |_| world.redeem(&member_id, &reward_id, "the-same-key").await).await;
    assert_eq!(tally(&answers), BTreeMap::from([((201, ""), CALLERS)]));
    assert_eq!(replayed(&answers), CALLERS - 1);
    assert_eq!(different(&answers, "redemption_id").len(), 1);
    assert_eq!(different(&answers, "coupon.code").len(), 1);
    assert_eq!(world.available(&member_id).await, 70 * 110 - 100);
    assert_eq!(stock(&world, &reward_id).await, 69);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_of_one_holds_against_many_keys() {
    let world = World::start().await;
    let member_id = member_with(&world, 70).await;
    let reward_id = world.reward(100, json!({"per_member_limit": 1, "stock": 70})).await;
    let answers = at_once(async |number| {
        world.redeem(&member_id, &reward_id, &format!("limit-{number}")).await
    })
    .await;
    let late = CALLERS - 1;
    assert_eq!(tally(&answers), BTreeMap::from([((201, ""), 1), ((409, "limit_reached"), late)]));
    assert_eq!(world.available(&member_id).await, 70 * 110 - 100);
    assert_eq!(stock(&world, &reward_id).await, 69);
}

/// Half of the callers use a coupon and half reverse its redemption; one half starts first. Returns whether
/// the coupon was used.
async fn contested(world: &World, users_first: bool) -> bool {
    let member_id = member_with(world, 1).await;
    let reward_id = world.reward(100, json!({})).await;
    let name = format!("contested-{}", world.fresh());
    let redeemed = world.redeem(&member_id, &reward_id, &name).await.expect(201);
    let (redemption_id, code) = (redeemed.text("redemption_id"), redeemed.text("coupon.code"));
    let uses_it = |number: usize| number.is_multiple_of(2) == users_first;
    let answers = at_once(async |number| {
        let key = format!("{name}-{number}");
        if uses_it(number) {
            let body = json!({"branch": "b1", "invoice_number": key});
            world.pos.post(&format!("/v1/coupons/{code}/use"), body, Some(&key)).await
        } else {
            world.reverse(&redemption_id, &key).await
        }
    })
    .await;
    let side = |of_users: bool| -> Vec<Answer> {
        let numbered = answers.iter().enumerate();
        let of_side = numbered.filter(|(number, _)| uses_it(*number) == of_users);
        of_side.map(|(_, answer)| answer.clone()).collect()
    };
    let (uses, reversals) = (side(true), side(false));
    let half = CALLERS / 2;
    let available = world.available(&member_id).await;
    let users_won = uses.iter().any(|answer| answer.status == 200);
    if users_won {
        let used = BTreeMap::from([((200, ""), 1), ((409, "coupon_used"), half - 1)]);
        assert_eq!(tally(&uses), used);
        assert_eq!(tally(&reversals), BTreeMap::from([((409, "coupon_used"), half)]));
        assert_eq!(available, 10);
    } else {
        assert_eq!(tally(&uses), BTreeMap::from([((409, "coupon_cancelled"), half)]));
        let reversed = BTreeMap::from([((200, ""), half - 1), ((201, ""), 1)]);
        assert_eq!(tally(&reversals), reversed);
        assert_eq!(available, 110);
    }
    users_won
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_coupon_is_used_or_reversed_but_not_both() {
    let world = World::start().await;
    for round in 0..4 {
        let _ = contested(&world, round % 2 == 0).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redemption_reversed_by_many_comes_back_once() {
    let world = World::start().await;
    let member_id = member_with(&world, 1).await;
    let reward_id = world.reward(100, json!({"stock": 5, "per_member_limit": 1})).await;
    let redeemed = world.redeem(&member_id, &reward_id, "undone").await.expect(201);
    let redemption_id = redeemed.text("redemption_id");
    let answers =
        at_once(async |number| world.reverse(&redemption_id, &format!("undo-{number}")).await)
            .await;
    let again = CALLERS - 1;
    assert_eq!(tally(&answers), BTreeMap::from([((200, ""), again), ((201, ""), 1)]));
    assert!(answers.iter().all(|answer| answer.number("points_restored") == 100));
    assert!(answers.iter().all(|answer| answer.number("balance.available") == 110));
    assert_eq!(world.available(&member_id).await, 110);
    assert_eq!(stock(&world, &reward_id).await, 5);
    // The limit was also restored once: one more redemption is possible, not two.
    let _ = world.redeem(&member_id, &reward_id, "again").await.expect(201);
    let _ = world.earn(&member_id, 1).await;
    let more = world.redeem(&member_id, &reward_id, "once-more").await;
    let _ = more.expect_problem(409, "limit_reached");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_use_that_is_taken_back_leaves_the_coupon_to_one_of_the_others() {
    let world = World::start().await;
    for round in 0..3 {
        let member_id = member_with(&world, 1).await;
        let reward_id = world.reward(100, json!({})).await;
        let name = format!("back-{round}");
        let redeemed = world.redeem(&member_id, &reward_id, &name).await.expect(201);
        let (redemption_id, code) = (redeemed.text("redemption_id"), redeemed.text("coupon.code"));
        let path = format!("/v1/coupons/{code}");
        let failed = json!({"branch": "b1", "invoice_number": "failed"});
        let _ = world.pos.post(&format!("{path}/use"), failed.clone(), Some(&name)).await;
        let answers = at_once(async |number| {
            let key = format!("{name}-{number}");
            match number % 3 {
                0 => world.pos.post(&format!("{path}/unuse"), failed.clone(), Some(&key)).await,
                1 => {
                    let body = json!({"branch": "b1", "invoice_number": key});
                    world.pos.post(&format!("{path}/use"), body, Some(&key)).await
                }
                _ => world.reverse(&redemption_id, &key).await,
            }
        })
        .await;
        let of_kind = |kind: usize| answers.iter().skip(kind).step_by(3);
        let unused = of_kind(0).filter(|one| one.status == 200 && !one.replayed).count();
        assert_eq!(unused, 1, "{:?}", tally(&answers));
        let uses = of_kind(1).filter(|one| one.status == 200).count();
        let reversals = of_kind(2).filter(|one| one.status == 201).count();
        assert!(uses + reversals <= 1, "{:?}", tally(&answers));
        let shown = world.pos.get(&path).await.expect(200).text("status");
        let expected = ["issued", "used", "cancelled"][uses + 2 * reversals];
        assert_eq!(shown, expected);
        let left = if reversals == 1 { 110 } else { 10 };
        assert_eq!(world.available(&member_id).await, left);
        assert!(answers.iter().all(|one| one.status < 500));
    }
}
