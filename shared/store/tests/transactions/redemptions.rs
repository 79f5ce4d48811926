//! Redemptions, with the unit and the limit that they take, and the use of their coupons.

use puntos_domain::account::MemberAccount;
use puntos_domain::coupon::{Coupon, CouponCode, CouponStatus};
use puntos_domain::id::{MemberId, RedemptionId};
use puntos_domain::redemption::Decision;
use puntos_domain::reward::{Reward, RewardKind};
use puntos_store::{RedemptionOutcome, RedemptionWrite};

use crate::table::Table;
use crate::{enrolled, now, stamp};

fn mug(stock: i64, limit: i64) -> Reward {
    Reward {
        name: "Mug".to_owned(),
        kind: RewardKind::Gift,
        points_cost: 0,
        points: None,
        discount: None,
        valid_days: 30,
        stock: Some(stock),
        per_member_limit: Some(limit),
        active: true,
        worth: None,
    }
}

async fn redeem(
    table: &Table,
    key: &str,
    account: &MemberAccount,
    reward: &Reward,
) -> RedemptionOutcome {
    let decision = Decision {
        points_spent: 0,
        allocations: Vec::new(),
        coupon: Coupon {
            code: CouponCode::issue([7; 10], now()),
            written: CouponStatus::Issued,
            expires_at: "2026-04-13T13:00:00Z".parse().unwrap(),
        },
        expired: Vec::new(),
        account: account.account.clone(),
        balance: account.account.balance(now()),
        takes_stock: true,
        per_member_limit: reward.per_member_limit,
    };
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

/// Returns a table with a member, their account and a reward.
async fn offered(stock: i64, limit: i64) -> (Table, MemberId, Reward) {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    let reward = mug(stock, limit);
    table.store.put_reward("rwd_mug", &reward, &stamp()).await.unwrap();
    (table, member_id, reward)
}

async fn account(table: &Table, member_id: &MemberId) -> MemberAccount {
    table.store.account(member_id).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_redemption_leaves_its_coupon_the_account_the_unit_and_the_limit() {
    let (table, member_id, reward) = offered(5, 1).await;
    let before = table.items().await;
    let outcome = redeem(&table, "k1", &account(&table, &member_id).await, &reward).await;
    assert!(matches!(outcome, RedemptionOutcome::Recorded(_)), "{outcome:?}");
    insta::assert_json_snapshot!(table.items_besides(&before).await);
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
    let (table, member_id, reward) = offered(0, 1).await;
    let outcome = redeem(&table, "k1", &account(&table, &member_id).await, &reward).await;
    assert!(matches!(outcome, RedemptionOutcome::Moved), "{outcome:?}");
}
