//! Races for points: purchases of one invoice, purchases of one member, and the last points.

use std::collections::BTreeMap;

use puntos_tests::World;
use serde_json::json;

use super::{CALLERS, at_once, different, replayed, tally};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_invoice_sent_by_many_earns_once() {
    let world = World::start().await;
    let member_id = world.member_id().await;
    let body = world.purchase(&member_id, 110_000);
    let answers =
        at_once(async |_| world.pos.post("/v1/purchases", body.clone(), None).await).await;
    assert_eq!(tally(&answers), BTreeMap::from([((201, ""), CALLERS)]));
    assert_eq!(replayed(&answers), CALLERS - 1);
    assert_eq!(different(&answers, "purchase_id").len(), 1);
    assert!(answers.iter().all(|answer| answer.number("points.earned") == 110));
    // A replay during the first request also returns the balance after it.
    assert!(answers.iter().all(|answer| answer.number("balance.available") == 110));
    assert_eq!(world.available(&member_id).await, 110);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_invoice_with_two_contents_has_one_winner() {
    let world = World::start().await;
    let member_id = world.member_id().await;
    let mut body = world.purchase(&member_id, 110_000);
    let small = body.clone();
    body["total"]["amount"] = json!(220_000);
    let answers = at_once(async |number| {
        let body = if number % 2 == 0 { &small } else { &body };
        world.pos.post("/v1/purchases", body.clone(), None).await
    })
    .await;
    let half = CALLERS / 2;
    let expected = BTreeMap::from([((201, ""), half), ((409, "invoice_conflict"), half)]);
    assert_eq!(tally(&answers), expected);
    assert_eq!(different(&answers, "purchase_id").len(), 1);
    let won = answers.iter().find(|answer| answer.status == 201).unwrap();
    assert_eq!(world.available(&member_id).await, won.number("points.earned"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_purchase_of_a_busy_member_counts() {
    let world = World::start().await;
    let member_id = world.member_id().await;
    let answers = at_once(async |number| {
        let amount = 110_000 + 10_000 * i64::try_from(number).unwrap();
        let body = world.purchase(&member_id, amount);
        world.pos.post("/v1/purchases", body, None).await
    })
    .await;
    assert_eq!(tally(&answers), BTreeMap::from([((201, ""), CALLERS)]));
    assert_eq!(different(&answers, "purchase_id").len(), CALLERS);
    // 110 + 120 + … + 740.
    assert_eq!(world.available(&member_id).await, 64 * (110 + 740) / 2);
    // Each answer has the balance after its own purchase, so no two balances are equal.
    let mut balances: Vec<i64> =
        answers.iter().map(|answer| answer.number("balance.available")).collect();
    balances.sort_unstable();
    balances.dedup();
    assert_eq!(balances.len(), CALLERS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_points_are_spent_once() {
    let world = World::start().await;
    let member_id = world.member_id().await;
    let _ = world.earn(&member_id, 1).await;
    let reward_id = world.reward(100, json!({})).await;
    let answers = at_once(async |number| {
        world.redeem(&member_id, &reward_id, &format!("last-{number}")).await
    })
    .await;
    let short = CALLERS - 1;
    let expected = BTreeMap::from([((201, ""), 1), ((409, "insufficient_points"), short)]);
    assert_eq!(tally(&answers), expected);
    let missing = answers.iter().filter_map(|answer| answer.at("missing_points").as_i64());
    assert_eq!(missing.collect::<Vec<_>>(), vec![90; short]);
    assert_eq!(world.available(&member_id).await, 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_invoice_is_credited_by_one_agent_only() {
    let world = World::start().await;
    let member_id = world.member_id().await;
    let path = format!("/v1/members/{member_id}/adjustments");
    let invoice = json!({"branch": "b1", "invoice_number": "lost"});
    let body = json!({"points": 50, "reason": "the purchase is missing", "invoice": invoice});
    let answers = at_once(async |number| {
        world.agent.post(&path, body.clone(), Some(&format!("credit-{number}"))).await
    })
    .await;
    let late = CALLERS - 1;
    assert_eq!(
        tally(&answers),
        BTreeMap::from([((201, ""), 1), ((409, "already_credited"), late)])
    );
    assert_eq!(world.available(&member_id).await, 50);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_reservation_pays_for_one_of_many_purchases() {
    let world = World::start().await;
    world.offer_payment().await;
    let member_id = world.member_id().await;
    let _ = world.earn(&member_id, 10).await;
    let reserved = world.reserve(&member_id, 100, "one").await.expect(201);
    let answers = at_once(async |_| {
        let body = world.paid_purchase(&member_id, 110_000, &reserved);
        world.pos.post("/v1/purchases", body, None).await
    })
    .await;
    let late = CALLERS - 1;
    let expected = BTreeMap::from([((201, ""), 1), ((409, "reservation_confirmed"), late)]);
    assert_eq!(tally(&answers), expected);
    // 1,100 earned, 100 paid, and 100 for the 1,000.00 that was paid in money.
    assert_eq!(world.available(&member_id).await, 1_100 - 100 + 50);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reservation_is_released_or_pays_but_not_both() {
    let world = World::start().await;
    world.offer_payment().await;
    let member_id = world.member_id().await;
    let _ = world.earn(&member_id, 10).await;
    let reserved = world.reserve(&member_id, 100, "one").await.expect(201);
    let path = format!("/v1/reservations/{}/release", reserved.text("reservation_id"));
    let body = world.paid_purchase(&member_id, 110_000, &reserved);
    let answers = at_once(async |number| match number % 2 {
        0 => world.pos.post(&path, json!({}), Some(&format!("release-{number}"))).await,
        _ => world.pos.post("/v1/purchases", body.clone(), None).await,
    })
    .await;
    let half = CALLERS / 2;
    let paid = BTreeMap::from([((201, ""), half), ((409, "reservation_confirmed"), half)]);
    let released = BTreeMap::from([((200, ""), half), ((409, "reservation_lapsed"), half)]);
    let found = tally(&answers);
    assert!(found == paid || found == released, "{found:?}");
    let available = if found == paid { 1_050 } else { 1_100 };
    assert_eq!(world.available(&member_id).await, available);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_than_three_reservations_are_open_and_none_holds_missing_points() {
    let world = World::start().await;
    world.offer_payment().await;
    let member_id = world.member_id().await;
    let _ = world.earn(&member_id, 1).await;
    let answers =
        at_once(async |number| world.reserve(&member_id, 30, &format!("r-{number}")).await).await;
    let late = CALLERS - 3;
    let expected = BTreeMap::from([((201, ""), 3), ((409, "too_many_reservations"), late)]);
    assert_eq!(tally(&answers), expected);
    assert_eq!(world.available(&member_id).await, 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purchase_that_many_move_is_moved_once_and_no_return_is_lost() {
    let world = World::start().await;
    let (wrong, right) = (world.member_id().await, world.member_id().await);
    let purchase = world.earn(&wrong, 1).await.text("purchase_id");
    let path = format!("/v1/purchases/{purchase}");
    let answers = at_once(async |number| {
        if number == 0 {
            let body = json!({
                "branch": "b1", "return_number": "R", "amount": {"amount": 110_000, "currency": "RUB"},
                "returned_at": world.stack.clock().now().to_string(),
            });
            return world.pos.post(&format!("{path}/returns"), body, None).await;
        }
        let body = json!({"member_id": right, "reason": "r"});
        let key = format!("move-{number}");
        world.supervisor.post(&format!("{path}/move"), body, Some(&key)).await
    })
    .await;
    let expected =
        BTreeMap::from([((200, ""), 1), ((201, ""), 1), ((409, "same_member"), CALLERS - 2)]);
    assert_eq!(tally(&answers), expected);
    // Whatever came first, the points of the returned purchase are nobody's.
    for member_id in [&wrong, &right] {
        let page = world.agent.get(&format!("/v1/members/{member_id}")).await.expect(200);
        assert_eq!((page.number("balance.available"), page.number("balance.debt")), (0, 0));
    }
}
