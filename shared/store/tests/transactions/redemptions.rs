//! Redemptions, with the unit and the limit that they take.

use puntos_domain::account::MemberAccount;
use puntos_domain::coupon::CouponCode;
use puntos_domain::id::{MemberId, RedemptionId};
use puntos_domain::page::PageQuery;
use puntos_domain::redemption;
use puntos_domain::reward::{Listing, Reward, RewardKind};
use puntos_store::{RedemptionOutcome, RedemptionWrite};

use crate::adjustments::credit;
use crate::table::Table;
use crate::{account, enrolled, now, stamp};
use puntos_domain::points::Points;

/// A reward for 30 points.
pub(crate) fn mug(stock: i64, limit: i64) -> Reward {
    Reward {
        name: "Mug".to_owned(),
        kind: RewardKind::Gift,
        points_cost: Points::new(30),
        points: None,
        discount: None,
        valid_days: 30,
        stock: Some(stock),
        per_member_limit: Some(limit),
        active: true,
        worth: None,
    }
}

pub(crate) async fn redeem(
    table: &Table,
    key: &str,
    account: &MemberAccount,
    reward: &Reward,
) -> RedemptionOutcome {
    let code = CouponCode::issue([7; 10], now());
    let listing = Listing::edited(None, reward.clone(), None).unwrap();
    let decision = redemption::decide(account.account.clone(), &listing, code, now()).unwrap();
    let write = RedemptionWrite {
        redemption_id: &RedemptionId::from_key(key, &account.member_id),
        account,
        reward_id: "rwd_mug",
        reward,
        decision: &decision,
        fingerprint: "digest",
    };
    table.store.record_redemption(&write, &stamp()).await.unwrap()
}

/// Returns a table with a member who has 100 points, and a reward.
pub(crate) async fn offered(stock: i64, limit: i64) -> (Table, MemberId, Reward) {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    credit(&table, "credit", &account(&table, &member_id).await, "1").await;
    let reward = mug(stock, limit);
    edit(&table, reward.clone()).await;
    (table, member_id, reward)
}

/// Writes the reward, and returns the listing after it.
pub(crate) async fn edit(table: &Table, reward: Reward) -> Listing {
    let before = table.store.reward("rwd_mug").await.unwrap();
    let after = Listing::edited(before.as_ref(), reward, None).unwrap();
    let put = table.store.put_reward("rwd_mug", before.as_ref(), &after, &stamp()).await;
    assert!(put.unwrap());
    after
}

#[tokio::test]
async fn a_redemption_writes_its_coupon_the_account_the_unit_and_the_limit() {
    let (table, member_id, reward) = offered(5, 1).await;
    let before = table.items().await;
    let outcome = redeem(&table, "k1", &account(&table, &member_id).await, &reward).await;
    assert!(matches!(outcome, RedemptionOutcome::Recorded(_)), "{outcome:?}");
    insta::assert_json_snapshot!("record_redemption", table.changes(&before).await);
}

#[tokio::test]
async fn a_redemption_that_is_there_or_lost_a_race_or_is_above_the_limit_is_refused() {
    let (table, member_id, reward) = offered(5, 1).await;
    let unread = account(&table, &member_id).await;
    redeem(&table, "k1", &unread, &reward).await;
    let before = table.items().await;
    let outcome = redeem(&table, "k1", &unread, &reward).await;
    assert!(matches!(outcome, RedemptionOutcome::Exists(_)), "{outcome:?}");
    let outcome = redeem(&table, "k2", &unread, &reward).await;
    assert!(matches!(outcome, RedemptionOutcome::Outdated), "{outcome:?}");
    let outcome = redeem(&table, "k2", &account(&table, &member_id).await, &reward).await;
    assert!(matches!(outcome, RedemptionOutcome::LimitReached), "{outcome:?}");
    assert_eq!(table.items().await, before);
}

#[tokio::test]
async fn a_unit_that_is_gone_is_a_lost_race() {
    let (table, member_id, read) = offered(1, 1).await;
    edit(&table, mug(0, 1)).await;
    let before = table.items().await;
    let outcome = redeem(&table, "k1", &account(&table, &member_id).await, &read).await;
    assert!(matches!(outcome, RedemptionOutcome::Outdated), "{outcome:?}");
    assert_eq!(table.items().await, before);
}

#[tokio::test]
async fn an_edit_keeps_the_unit_that_was_taken_after_its_read() {
    let (table, member_id, reward) = offered(5, 1).await;
    let read = table.store.reward("rwd_mug").await.unwrap();
    let unread = account(&table, &member_id).await;
    let outcome = redeem(&table, "k1", &unread, &reward).await;
    assert!(matches!(outcome, RedemptionOutcome::Recorded(_)), "{outcome:?}");
    let more = Listing::edited(read.as_ref(), mug(7, 1), None).unwrap();
    let put = |after: Listing| {
        let (table, read) = (&table, read.as_ref());
        async move { table.store.put_reward("rwd_mug", read, &after, &stamp()).await.unwrap() }
    };
    assert!(put(more.clone()).await);
    let left = table.store.reward("rwd_mug").await.unwrap().unwrap();
    assert_eq!((left.units_left(), left.version), (Some(6), 2));
    // An edit of the same read is too late, and changes nothing.
    assert!(!put(more).await);
    assert_eq!(table.store.reward("rwd_mug").await.unwrap(), Some(left));
}

#[tokio::test]
async fn every_version_of_a_reward_stays_with_its_author() {
    let (table, _, reward) = offered(5, 1).await;
    for stock in 6..=8 {
        edit(&table, Reward { stock: Some(stock), ..reward.clone() }).await;
    }
    let page = |cursor| PageQuery { limit: 3, cursor };
    let versions = async |cursor| {
        table.store.reward_versions("rwd_mug", &page(cursor)).await.unwrap().unwrap()
    };
    let (first, next) = versions(None).await;
    let (second, end) = versions(next).await;
    let all: Vec<(u32, Option<i64>)> =
        first.iter().chain(&second).map(|found| (found.version, found.reward.stock)).collect();
    assert_eq!(all, [(4, Some(8)), (3, Some(7)), (2, Some(6)), (1, Some(5))]);
    assert_eq!(end, None);
    assert_eq!((first[0].written.actor.as_str(), first[0].written.at), ("agent:anna", now()));
    assert!(table.store.reward_versions("nothing", &page(None)).await.unwrap().is_none());
}
