//! Redemptions, with the unit and the limit that they take.

use puntos_domain::account::MemberAccount;
use puntos_domain::coupon::CouponCode;
use puntos_domain::id::{MemberId, RedemptionId};
use puntos_domain::redemption;
use puntos_domain::reward::{Reward, RewardKind};
use puntos_store::{RedemptionOutcome, RedemptionWrite};

use crate::adjustments::credit;
use crate::table::Table;
use crate::{account, enrolled, now, stamp};

/// A reward for 30 points.
pub(crate) fn mug(stock: i64, limit: i64) -> Reward {
    Reward {
        name: "Mug".to_owned(),
        kind: RewardKind::Gift,
        points_cost: 30,
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
    let decision = redemption::decide(account.account.clone(), reward, code, now()).unwrap();
    let write = RedemptionWrite {
        redemption_id: &RedemptionId::from_key(key, &account.member_id),
        account,
        reward_id: "rwd_mug",
        reward,
        decision: &decision,
        content: "digest",
    };
    table.store.record_redemption(&write, &stamp()).await.unwrap()
}

/// Returns a table with a member who has 100 points, and a reward.
pub(crate) async fn offered(stock: i64, limit: i64) -> (Table, MemberId, Reward) {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    credit(&table, "credit", &account(&table, &member_id).await, "1").await;
    let reward = mug(stock, limit);
    table.store.put_reward("rwd_mug", &reward, &stamp()).await.unwrap();
    (table, member_id, reward)
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
    assert!(matches!(outcome, RedemptionOutcome::Moved), "{outcome:?}");
    let outcome = redeem(&table, "k2", &account(&table, &member_id).await, &reward).await;
    assert!(matches!(outcome, RedemptionOutcome::LimitReached), "{outcome:?}");
    assert_eq!(table.items().await, before);
}

#[tokio::test]
async fn a_unit_that_is_gone_is_a_lost_race() {
    let (table, member_id, read) = offered(1, 1).await;
    table.store.put_reward("rwd_mug", &mug(0, 1), &stamp()).await.unwrap();
    let before = table.items().await;
    let outcome = redeem(&table, "k1", &account(&table, &member_id).await, &read).await;
    assert!(matches!(outcome, RedemptionOutcome::Moved), "{outcome:?}");
    assert_eq!(table.items().await, before);
}
